package state

import (
	"cmp"
	"io"
	"log/slog"
	"maps"
	"os"
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

// Waiting counts the records that are neither in the file nor in its journal yet.
func Waiting(s Store) int {
	f := s.(*file)
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open.records)
}

// Limit makes the disk of a file as good as full at a size in bytes; 0 makes it empty again.
func Limit(s Store, size int) {
	f := s.(*file)
	f.inTurn(func() { f.db.MaxSize, f.journal.limit = size, cmp.Or(int64(size), maxJournal) })
}

// Keys are the keys of a memory store.
func Keys(s Store) []string { return slices.Sorted(maps.Keys(s.(*memory).records)) }

// ReadJournal opens the journal of the state file at path and reads it as what follows the transaction after.
func ReadJournal(path string, after uint64) (map[string]Record, error) {
	j, err := openJournal(path, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer j.file.Close()
	return j.read(after, slog.New(slog.DiscardHandler))
}

// FillJournal makes a journal as good as full at a size in bytes, as Limit does the file.
func FillJournal(s Store, size int64) {
	f := s.(*file)
	f.inTurn(func() { f.journal.limit = size })
}

// MakeRoom lets the file, and not its journal, grow as it likes.
func MakeRoom(s Store) {
	f := s.(*file)
	f.inTurn(func() { f.db.MaxSize = 0 })
}

// SweepWithoutCutting makes the sweep of a quiet minute, with a journal that can be looked at and not emptied.
func SweepWithoutCutting(s Store) {
	f := s.(*file)
	f.inTurn(func() {
		file := f.journal.file
		readOnly, err := os.Open(file.Name())
		if err != nil {
			panic(err)
		}
		defer readOnly.Close()
		f.journal.file = readOnly
		f.sweepIdle()
		f.journal.file = file
	})
}

// Verify is verify.
var Verify = verify

// HoldCheckpoint begins a checkpoint of a file, which does not get far until release is called, nor does any commit.
func HoldCheckpoint(s Store) (release func()) {
	f := s.(*file)
	tx, err := f.db.Begin(true)
	if err != nil {
		panic(err)
	}
	f.turn <- struct{}{}
	go func() { f.settleDown(); <-f.turn }()
	return func() { _ = tx.Rollback() }
}

// Checkpoint puts into the file what has gathered.
func Checkpoint(s Store) {
	f := s.(*file)
	f.inTurn(f.settleDown)
}

// Checkpoints counts the transactions that were ever written to a file.
func Checkpoints(s Store) (n int) {
	_ = s.(*file).db.View(func(tx *bolt.Tx) error {
		n = tx.ID()
		return nil
	})
	return n
}

// Journal is the path of the journal of a state file.
func Journal(path string) string { return journalPath(path) }

// Entries lists the keys of the journal of a state file, as often as they are written in it.
func Entries(path string) (keys []string) {
	f, err := os.Open(journalPath(path))
	if err != nil {
		panic(err)
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		panic(err)
	}
	for rest := content[min(journalHead, len(content)):]; len(rest) > 0; {
		key, _, size, ok := parseEntry(rest)
		if !ok {
			return append(keys, "torn")
		}
		keys, rest = append(keys, key), rest[size:]
	}
	return keys
}
