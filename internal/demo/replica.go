package demo

import (
	"context"
	"time"
)

// backlog is how many changes may be on their way to the replica; beyond it a change waits for room.
const backlog = 4096

// replication carries each change from one tree to another, late.
type replication struct {
	to    *tree
	delay time.Duration
	queue chan parcel
}

// parcel is one change on its way.
type parcel struct {
	entry *entry
	due   time.Time
}

func newReplication(to *tree, delay time.Duration) *replication {
	return &replication{to: to, delay: delay, queue: make(chan parcel, backlog)}
}

// send puts a change on its way.
func (r *replication) send(e *entry) { r.queue <- parcel{e, time.Now().Add(r.delay)} }

// run delivers until ctx ends; what is on its way then arrives no more. The replica of the next run begins as a copy.
func (r *replication) run(ctx context.Context) {
	for {
		select {
		case p := <-r.queue:
			if !sleep(ctx, time.Until(p.due)) {
				return
			}
			r.to.put(p.entry)
		case <-ctx.Done():
			return
		}
	}
}

// sleep waits for d and tells whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
