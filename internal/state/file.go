package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// bucketName names the one bucket of the file, and the version of its format (see encode).
var bucketName = []byte("ssprd state 1")

var errClosed = errors.New("the state file is closed")

// file is a Store over a bbolt file and its journal. Updates lie over the file in three layers: open takes them, writing is on
// its way into the journal, gathered is in the journal and not in the file yet. The newest word on a key is in the first of
// these that has one, else in the file. What is in the file leaves memory, so that memory holds what is new and nothing else.
type file struct {
	db      *bolt.DB
	journal *journal
	opened  os.FileInfo // what was at the path when it was opened
	mapped  string      // its name among what the process has in its memory
	log     *slog.Logger

	mu       sync.Mutex // guards the five that follow; never held while anything is written
	open     *batch
	writing  *batch // nil while nothing is being written
	gathered map[string]Record
	failed   error // of the last commit or checkpoint; nil once one has succeeded
	closed   bool

	turn    chan struct{} // has room for one: whoever writes, and may use what follows
	size    int           // of gathered, in bytes
	sweeper sweeper
	broken  error     // why the file is not to be touched again
	lean    time.Time // when pages of the file were let go of last

	late   *time.Timer   // asks for a commit some time after the first update of a batch
	settle *time.Timer   // asks for a checkpoint some time after the first commit since the last one
	stop   chan struct{} // closed by Close
	ended  chan struct{} // closed by the goroutine that minds the timers, for which Close waits
}

// OpenFile opens the bbolt file at path for this process alone, and makes it (and its folder) if there is none. While
// another process has it open, OpenFile fails after a second. A bbolt file that is torn, or of another program or version,
// is set aside as PATH.broken-UTCSTAMP, reported to log, and begun anew: people whose reset was under way start again,
// and nobody is locked out until somebody repairs it (R70). An empty file is a new one; a file of zeros, or one that ends
// within its first page, is a torn one. Whatever else is at path, a folder or a certificate, is left as it is, and
// OpenFile fails.
func OpenFile(path string, log *slog.Logger) (Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open the state file: %w", err)
	}
	db, j, err := openOrSetAside(path, log)
	if err != nil {
		return nil, fmt.Errorf("open the state file %s: %w", path, err)
	}
	opened, err := os.Stat(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the state file: %w", err), j.file.Close(), db.Close())
	}
	mapped, err := filepath.EvalSymlinks(path)
	if err == nil {
		mapped, err = filepath.Abs(mapped)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the state file: %w", err), j.file.Close(), db.Close())
	}
	s := &file{
		db: db, journal: j, opened: opened, mapped: mapped, log: log,
		open: newBatch(), gathered: map[string]Record{}, turn: make(chan struct{}, 1),
		late: time.NewTimer(time.Hour), settle: time.NewTimer(time.Hour),
		stop: make(chan struct{}), ended: make(chan struct{}),
	}
	s.late.Stop()
	s.settle.Stop()
	go s.mind()
	return s, nil
}

func (s *file) Get(ctx context.Context, key string) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	s.mu.Lock()
	closed := s.closed
	r, ok := s.overlay(key)
	s.mu.Unlock()
	if closed {
		return Record{}, errClosed
	}
	// The file is read without the lock: nothing leaves the overlay before it is in the file, so that what was not above is
	// below, or newer still.
	if !ok {
		var err error
		if r, err = s.read(key); err != nil {
			return Record{}, err
		}
	}
	if !r.live(time.Now()) {
		return Record{}, ErrNotFound
	}
	return Record{bytes.Clone(r.Data), r.Expires}, nil
}

func (s *file) Update(ctx context.Context, key string, f func(old []byte) (Record, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	old, err := s.current(key)
	if err != nil {
		return err
	}
	next, err := f(old)
	if err != nil {
		return err
	}
	if err := Validate(key, next); err != nil {
		return err
	}
	s.put(key, next)
	return nil
}

// maxOpen bounds the records that wait in memory while the file cannot be written.
const maxOpen = 1 << 16

// writable refuses updates that could only pile up in memory.
func (s *file) writable() error {
	switch {
	case s.closed:
		return errClosed
	case len(s.open.records)+len(s.gathered) >= maxOpen && s.failed != nil:
		return fmt.Errorf("too much waits to be written: %w", s.failed)
	}
	return nil
}

// current is the data of key that an Update starts from, nil if there is none.
func (s *file) current(key string) ([]byte, error) {
	r, ok := s.overlay(key)
	if !ok {
		var err error
		if r, err = s.read(key); err != nil {
			return nil, err
		}
	}
	if !r.live(time.Now()) {
		return nil, nil
	}
	return bytes.Clone(r.Data), nil
}

// overlay looks in the batches; a removal is found as a record without data.
func (s *file) overlay(key string) (Record, bool) {
	if r, ok := s.open.records[key]; ok {
		return r, true
	}
	if s.writing != nil {
		if r, ok := s.writing.records[key]; ok {
			return r, true
		}
	}
	r, ok := s.gathered[key]
	return r, ok
}

func (s *file) put(key string, r Record) {
	if len(s.open.records) == 0 {
		s.late.Reset(commitAfter)
	}
	r.Data = bytes.Clone(r.Data)
	s.open.records[key] = r
}

// read looks in the file, and gives an empty record if there is none.
func (s *file) read(key string) (Record, error) {
	var r Record
	err := guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			value := tx.Bucket(bucketName).Get([]byte(key))
			if value == nil {
				return nil
			}
			var err error
			r, err = decode([]byte(key), value)
			r.Data = bytes.Clone(r.Data) // it would be gone with the transaction
			return err
		})
	})
	if err != nil {
		return Record{}, fmt.Errorf("read the state file: %w", err)
	}
	return r, nil
}
