package state

import (
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Len counts the records a store holds, expired ones too: of a file, those that are in it.
func Len(s Store) (n int) {
	switch s := s.(type) {
	case *memory:
		n = len(s.records)
	case *file:
		_ = s.db.View(func(tx *bolt.Tx) error {
			n = tx.Bucket(bucketName).Stats().KeyN
			return nil
		})
	}
	return n
}

// Waiting counts the records that are not in the file yet.
func Waiting(s Store) int {
	f := s.(*file)
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open.records)
}

// Limit makes the disk of a file as good as full at a size in bytes; 0 makes it empty again. No commit may be under way.
func Limit(s Store, size int) {
	f := s.(*file)
	f.mu.Lock() // which the next commit takes, and so sees the size
	defer f.mu.Unlock()
	f.db.MaxSize = size
}

// Keys are the keys of a memory store.
func Keys(s Store) []string { return slices.Sorted(maps.Keys(s.(*memory).records)) }

// Verify is verify.
var Verify = verify

// HoldCommits makes every commit of a file wait until release is called.
func HoldCommits(s Store) (release func()) {
	tx, err := s.(*file).db.Begin(true)
	if err != nil {
		panic(err)
	}
	return func() { _ = tx.Rollback() }
}

// Commits counts the transactions that were ever written to a file.
func Commits(s Store) (n int) {
	_ = s.(*file).db.View(func(tx *bolt.Tx) error {
		n = tx.ID()
		return nil
	})
	return n
}
