package state

import (
	"crypto/cipher"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// Standing is how a state file is.
type Standing int

// The standings.
const (
	Absent   Standing = iota // there is none, or an empty one: it will be made
	InUse                    // a portal runs on it
	Sound                    // it can be gone on with
	Damaged                  // it will be set aside at the start, and a new one begun
	Foreign                  // it never was a state file: no portal starts on it
	OtherKey                 // it was written under another key, by which nothing in it is found
)

// Look tells how the state file at path is, and changes nothing: a portal that runs on it is not disturbed, and one that starts
// at this moment waits for no longer than a reading takes. An error says that it cannot be read at all.
func Look(path string, key Key) (Standing, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Absent, nil
	case err != nil:
		return Foreign, err
	}
	defer f.Close()
	switch info, err := f.Stat(); {
	case err != nil:
		return Foreign, err
	case !info.Mode().IsRegular():
		return Foreign, nil
	case info.Size() == 0:
		return Absent, nil
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return InUse, nil
	case err != nil:
		return Foreign, err
	}
	switch err := verify(f); {
	case errors.Is(err, errForeign):
		return Foreign, nil
	case err != nil:
		return Damaged, nil
	}
	return lookInside(f, key)
}

// lookInside reads records, of which the first dozens tell whose key they are sealed under.
func lookInside(f *os.File, key Key) (Standing, error) {
	standing := Sound
	err := guard(func() error {
		db, err := bolt.Open(f.Name(), 0, &bolt.Options{ReadOnly: true, Timeout: lockWait, NoStatistics: true,
			OpenFile: func(string, int, os.FileMode) (*os.File, error) { return os.Open(f.Name()) }})
		if err != nil {
			return err
		}
		defer db.Close()
		return db.View(func(tx *bolt.Tx) error {
			records := tx.Bucket(bucketName)
			if first, _ := tx.Cursor().First(); first != nil && records == nil {
				return errDamaged
			}
			if records != nil && sealedByAnother(records, key) {
				standing = OtherKey
			}
			return nil
		})
	})
	if errors.Is(err, errDamaged) {
		return Damaged, nil
	}
	return standing, err
}

// someRecords are enough: all of a file are sealed under one key.
const someRecords = 64

// sealedByAnother tells whether there are records of which none opens under the key.
func sealedByAnother(records *bolt.Bucket, key Key) bool {
	seals := map[string]cipher.AEAD{}
	seen, c := 0, records.Cursor()
	for k, value := c.First(); k != nil && seen < someRecords; k, value = c.Next() {
		r, err := decode(k, value)
		end := strings.LastIndexByte(string(k), '/')
		if err != nil || end < 0 {
			continue
		}
		name := string(k[:end])
		if seals[name] == nil {
			seals[name] = seal(name, key)
		}
		if _, err := seals[name].Open(nil, nil, r.Data, k); err == nil {
			return false
		}
		seen++
	}
	return seen > 0
}
