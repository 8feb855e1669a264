package state

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// When the committer writes: at once if a Sync waits, else commitAfter the first update of a batch. After a failure
// (a full disk) it tries again every retryAfter, whether or not anybody waits.
const (
	commitAfter = 50 * time.Millisecond
	retryAfter  = time.Second
)

// batch is what one commit writes, and the place where those who need it wait.
type batch struct {
	records map[string]Record
	done    chan struct{} // closed after the commit
	err     error         // of the commit; to be read once done is closed
}

func newBatch() *batch {
	return &batch{records: map[string]Record{}, done: make(chan struct{})}
}

// Sync waits for the commit of the newest batch that has anything in it. All who come while a commit is under way wait
// for the same next one, which is what makes many people at a time cheap. If the commit fails, each of them gets the
// error; the updates are kept and tried again.
func (s *file) Sync(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := s.pending()
	if b == nil || err != nil {
		return err
	}
	select {
	case s.kick <- struct{}{}:
	default: // a commit has been asked for already, and has not begun
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Health writes what waits.
func (s *file) Health(ctx context.Context) error { return s.Sync(ctx) }

// pending is the batch after whose commit everything up to now is in the file; nil if it is there already.
func (s *file) pending() (*batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, errClosed
	case len(s.open.records) > 0:
		return s.open, nil
	}
	return s.writing, nil
}

// run is the committer, the only goroutine that writes to the file. It lives from OpenFile to Close.
func (s *file) run() {
	defer close(s.ended)
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		select {
		case <-s.kick:
			s.commit()
		case <-s.delay.C:
			s.commit()
		case <-sweep.C:
			s.sweepIdle()
		case <-s.stop:
			s.commit()
			return
		}
	}
}

// commit writes the open batch in one transaction.
func (s *file) commit() {
	b := s.beginCommit()
	if b == nil {
		return
	}
	b.err = s.write(func(records *bolt.Bucket) error {
		if err := store(records, b.records); err != nil {
			return err
		}
		return s.sweeper.sweep(records, sweepPerRecord*len(b.records))
	})
	s.endCommit(b)
	close(b.done)
}

// beginCommit makes the open batch the one that is being written; nil if there is nothing in it.
func (s *file) beginCommit() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open.records) == 0 {
		return nil
	}
	s.writing, s.open = s.open, newBatch()
	return s.writing
}

// endCommit lets go of a batch that is in the file. One that is not goes back under what has come since.
func (s *file) endCommit(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = nil
	if b.err != nil {
		again := maps.Clone(b.records)
		maps.Copy(again, s.open.records)
		s.open.records = again
		s.delay.Reset(retryAfter)
	}
	if (b.err == nil) != (s.failed == nil) { // once when it begins and once when it ends
		s.report(b.err)
	}
	s.failed = b.err
}

func (s *file) report(err error) {
	if err != nil {
		s.log.Error("the state file cannot be written", "file", s.db.Path(), "error", err)
		return
	}
	s.log.Info("the state file can be written again", "file", s.db.Path())
}

// write runs f in a write transaction. Once the file has turned out to be damaged it is not touched again: what bbolt has
// in memory is no longer to be trusted, and after a panic its locks may be held. Every Sync fails from then on, and the
// next start sees what can be saved.
func (s *file) write(f func(records *bolt.Bucket) error) error {
	if s.broken != nil {
		return s.broken
	}
	err := guard(func() error {
		if err := intact(s.db, s.opened); err != nil {
			return err
		}
		return s.db.Update(func(tx *bolt.Tx) error { return f(tx.Bucket(bucketName)) })
	})
	if err != nil {
		err = fmt.Errorf("write the state file: %w", err)
	}
	if errors.Is(err, errDamaged) {
		s.broken = err
	}
	return err
}

// store puts a batch in, in the order of its keys: bbolt keeps a page as one slice until the commit, and to insert in
// the midst of it again and again takes seconds for a large batch.
func store(records *bolt.Bucket, batch map[string]Record) error {
	for _, key := range slices.Sorted(maps.Keys(batch)) {
		r := batch[key]
		var err error
		if len(r.Data) == 0 {
			err = records.Delete([]byte(key))
		} else {
			err = records.Put([]byte(key), encode([]byte(key), r))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is left, ends the committer and closes the file. It is the one moment that is worth an fsync: after
// an orderly stop not even a power failure takes anything.
func (s *file) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errClosed
	}
	s.closed = true
	s.mu.Unlock()

	close(s.stop)
	<-s.ended
	if s.broken != nil {
		return s.broken // bbolt's Close could wait for ever; the file is released with the process
	}
	return errors.Join(s.failed, s.db.Sync(), s.db.Close())
}
