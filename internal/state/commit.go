package state

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"ssprd/internal/mapped"
)

// When it is written: a commit, into the journal, at once if a Sync waits, else commitAfter the first update of a batch. A
// checkpoint, into the file, checkpointAfter the first commit since the last one, or once checkpointSize bytes have gathered, those of
// some twenty resets: bbolt needs many times as much memory for them until it has written them, and more of them at once cost no less.
// After a failure (a full disk) it is tried again every retryAfter, whether or not anybody waits.
const (
	commitAfter     = 50 * time.Millisecond
	checkpointAfter = 500 * time.Millisecond
	checkpointSize  = 64 << 10
	retryAfter      = time.Second
	letGoEvery      = 2 * time.Second
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

// Sync returns once the newest batch that has anything in it is committed. Whoever comes first does it for all; those who come
// meanwhile wait for the same next one, which is what makes many people at a time cheap. If the commit fails, each of them gets
// the error; the updates are kept and tried again.
func (s *file) Sync(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := s.pending()
	if b == nil || err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		s.commitUnlessDone(b)
		<-s.turn
		return b.err
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Health writes what waits.
func (s *file) Health(ctx context.Context) error { return s.Sync(ctx) }

// pending is the batch after whose commit everything up to now is safe; nil if it is already. While the file cannot be written
// nothing is taken to be.
func (s *file) pending() (*batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, errClosed
	case len(s.open.records) > 0 || s.failed != nil:
		return s.open, nil
	}
	return s.writing, nil
}

func (s *file) commitUnlessDone(b *batch) {
	select {
	case <-b.done:
	default:
		s.commit()
	}
}

// mind does what is due when nobody asks for it.
func (s *file) mind() {
	defer close(s.ended)
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		select {
		case <-s.late.C:
			s.inTurn(s.commit)
		case <-s.settle.C:
			s.inTurn(s.settleDown)
		case <-sweep.C:
			s.inTurn(s.sweepIdle)
		case <-s.stop:
			return
		}
	}
}

// inTurn waits for the turn, and does something in it. What follows wants it.
func (s *file) inTurn(do func()) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	do()
}

// commit writes the open batch into the journal, and what has gathered into the file as well where that has failed before.
func (s *file) commit() {
	b := s.beginCommit()
	if b == nil {
		return
	}
	var failed error
	if s.failing() { // first: what fills the journal goes
		failed = s.checkpoint(sweepPerRecord * len(s.gathered))
	}
	b.err = s.append(b.records)
	s.endCommit(b)
	if b.err == nil {
		b.err = failed
	}
	s.came(b.err)
	close(b.done)
}

// beginCommit closes the open batch, if there is anything to do.
func (s *file) beginCommit() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open.records) == 0 && s.failed == nil {
		return nil
	}
	s.writing, s.open = s.open, newBatch()
	return s.writing
}

func (s *file) append(records map[string]Record) error {
	if s.broken != nil {
		return s.broken
	}
	if len(records) == 0 {
		return nil
	}
	err := s.intact()
	if err == nil {
		err = s.journal.append(records)
	}
	return s.told(err)
}

// endCommit has what was written gather. What could not be written goes back under what has been updated since.
func (s *file) endCommit(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = nil
	if b.err != nil {
		again := maps.Clone(b.records)
		maps.Copy(again, s.open.records)
		s.open.records = again
		return
	}
	if len(s.gathered) == 0 && len(b.records) > 0 {
		s.settle.Reset(checkpointAfter)
	}
	for key, r := range b.records {
		if old, known := s.gathered[key]; known {
			s.size -= len(key) + len(old.Data)
		}
		s.gathered[key] = r
		s.size += len(key) + len(r.Data)
	}
	if s.size >= checkpointSize {
		s.settle.Reset(0)
	}
}

func (s *file) failing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed != nil
}

// settleDown is the checkpoint that is due by itself.
func (s *file) settleDown() {
	if len(s.gathered) > 0 {
		s.came(s.checkpoint(sweepPerRecord * len(s.gathered)))
	}
}

// checkpoint makes one transaction of the file: it puts in what has gathered, removes what has expired of n records that are
// there, and after it empties the journal. Nobody else changes gathered meanwhile. Once the file is known to be damaged it is not
// touched again: bbolt might panic, or sign a broken tree as whole.
func (s *file) checkpoint(n int) error {
	if s.broken != nil {
		return s.broken
	}
	var latest uint64
	err := s.intact()
	if err == nil {
		err = guard(func() error {
			return s.db.Update(func(tx *bolt.Tx) error {
				latest = uint64(tx.ID())
				records := tx.Bucket(bucketName)
				if err := store(records, s.gathered); err != nil {
					return err
				}
				return s.sweeper.sweep(records, n)
			})
		})
	}
	if err == nil {
		err = s.journal.empty(latest)
	}
	if err != nil {
		return s.told(err)
	}
	s.mu.Lock()
	s.gathered, s.size = map[string]Record{}, 0
	s.mu.Unlock()
	s.letGo()
	return nil
}

// letGo lets go of what of the file has come into the memory of the process, now and then: to read it again costs. Where it fails
// the process only seems to be larger.
func (s *file) letGo() {
	if now := time.Now(); now.Sub(s.lean) > letGoEvery {
		s.lean = now
		_ = mapped.LetGo(s.mapped)
	}
}

// came keeps what came of a commit or a checkpoint, and sees to it that what has failed is tried again.
func (s *file) came(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.late.Reset(retryAfter)
	}
	if (err == nil) != (s.failed == nil) { // once when it begins and once when it ends
		s.report(err)
	}
	s.failed = err
}

func (s *file) report(err error) {
	if err != nil {
		s.log.Error("the state file cannot be written", "file", s.db.Path(), "error", err)
		return
	}
	s.log.Info("the state file can be written again", "file", s.db.Path())
}

// intact tells whether the state file and its journal are those that were opened, and whole.
func (s *file) intact() error {
	return guard(func() error {
		if err := intact(s.db, s.opened); err != nil {
			return err
		}
		return s.journal.intact()
	})
}

// told is an error as it is told. One that time will not mend is remembered.
func (s *file) told(err error) error {
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

// Close writes what is left and closes the file, beside which there is no journal any more. It is the one moment that is worth
// an fsync: after an orderly stop not even a power failure takes anything.
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
	s.inTurn(func() {
		s.commit()
		if !s.failing() {
			s.settleDown()
		}
	})
	if s.broken != nil {
		return s.broken // bbolt's Close could wait for ever; the files are released with the process
	}
	if s.failed != nil {
		return errors.Join(s.failed, s.journal.file.Close(), s.db.Close())
	}
	return errors.Join(s.db.Sync(), s.journal.remove(), s.db.Close())
}
