package state

import (
	"bytes"
	"time"

	bolt "go.etcd.io/bbolt"
)

// How expired records leave the file: every checkpoint looks at a few records more than it wrote, going round and round
// through the file, so that the cost is in proportion to the writing and no index by expiry has to be kept. At four looked
// at for one written, the dead are at most about a third of the living. While nothing is written, a step every minute
// does the same, and writes only if it finds something.
const (
	sweepPerRecord = 4
	sweepEvery     = time.Minute
	sweepIdleStep  = 4096 // records a minute, under a millisecond
)

// sweeper goes through the file in steps.
type sweeper struct {
	next []byte // the key to go on from; nil at the beginning
}

// sweep looks at n records and deletes those that have expired.
func (w *sweeper) sweep(records *bolt.Bucket, n int) error {
	expired, next, err := findExpired(records, w.next, n)
	if err != nil {
		return err
	}
	// Not while going through them: a bbolt cursor skips records when one is deleted under it.
	for _, key := range expired {
		if err := records.Delete(key); err != nil {
			return err
		}
	}
	w.next = next
	return nil
}

// findExpired looks at n records from the key from on. next is where to go on: nil after the last record.
func findExpired(records *bolt.Bucket, from []byte, n int) (expired [][]byte, next []byte, err error) {
	now := time.Now()
	c := records.Cursor()
	key, value := c.Seek(from)
	for ; key != nil && n > 0; n-- {
		r, err := decode(key, value)
		if err != nil {
			return nil, nil, err
		}
		if !r.live(now) {
			expired = append(expired, bytes.Clone(key))
		}
		key, value = c.Next()
	}
	return expired, bytes.Clone(key), nil
}

// sweepIdle is the step of a quiet minute.
func (s *file) sweepIdle() {
	if s.broken != nil {
		return
	}
	var expired [][]byte
	var next []byte
	err := guard(func() error {
		return s.db.View(func(tx *bolt.Tx) (err error) {
			expired, next, err = findExpired(tx.Bucket(bucketName), s.sweeper.next, sweepIdleStep)
			return err
		})
	})
	switch {
	case err != nil:
		s.log.Error("the state file cannot be swept", "file", s.db.Path(), "error", err)
	case len(expired) == 0:
		s.sweeper.next = next
	default:
		s.came(s.checkpoint(sweepIdleStep))
	}
}
