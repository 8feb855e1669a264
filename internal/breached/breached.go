// Package breached looks passwords up in a list of those that breaches have made public: the file that Have I Been Pwned
// ships as "Pwned Passwords, SHA-1, ordered by hash". A line is the digest of a password in 40 hexadecimal digits, and
// perhaps a colon and how often it was seen. Upper and lower case, LF and CRLF are the same here.
//
// The file has some forty gigabytes, so it is searched where it lies: never read into memory, and nothing is asked of any
// network. Digests are spread evenly, so that of a digest one can tell about where it stands: a search reads some three
// blocks of that file, and a bounded number of any other.
//
// The file stays open. A newer one is put into place by renaming it and reloading (SIGHUP); a file that is
// written over while it is in use would be searched half old, half new. What a search finds wrong in it is an error,
// never a "not in the list".
package breached

import (
	"crypto/sha1" // the list's: it hides nothing here
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// List is an open list. Its methods may be called by many goroutines at once.
type List struct {
	text    io.ReaderAt
	size    int64
	digests float64 // an estimate where the list is large
	file    io.Closer
}

// Open opens the list at path, and tells at once what is wrong with it: a small file is read whole, of a large one
// the beginning, the end and some thousands of blocks in between.
func Open(path string) (*List, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, unreadable(err)
	} else if info.IsDir() {
		return nil, fmt.Errorf("it is a folder: %s", wanted)
	} else if !info.Mode().IsRegular() { // a pipe might never open
		return nil, fmt.Errorf("it is not a file: %s", wanted)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(unreadable(err), file.Close())
	}
	l := &List{text: file, size: info.Size(), file: file}
	if err := l.check(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return l, nil
}

// Check tells what is wrong with the list at path, as Open does.
func Check(path string) error {
	l, err := Open(path)
	if err != nil {
		return err
	}
	return l.Close()
}

// About is what there is to tell of a list.
type About struct {
	Size    int64   // bytes
	Digests float64 // different ones, an estimate where the list is large
	Made    time.Time
}

// Describe tells of the list at path; the error is that of Open.
func Describe(path string) (About, error) {
	l, err := Open(path)
	if err != nil {
		return About{}, err
	}
	defer l.Close()
	info, err := os.Stat(path)
	if err != nil {
		return About{}, unreadable(err)
	}
	return About{l.size, l.digests, info.ModTime()}, nil
}

// Close closes the file.
func (l *List) Close() error { return l.file.Close() }

// Contains tells whether the password is in the list, byte for byte as it was typed.
func (l *List) Contains(password string) (bool, error) {
	return l.find(sha1.Sum([]byte(password)))
}

// wanted is what every mistake asks for.
const wanted = "wanted the list of SHA-1 digests ordered by hash, as one file and unpacked"

// unreadable leaves out the path, which whoever named the file knows.
func unreadable(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("it cannot be read: %w", err)
}
