package audit

import (
	"context"
	"log/slog"
	"time"
)

// keepEvery is how often it is looked whether a day is over, or old enough.
const keepEvery = time.Hour

// tick is when it is looked: by the clock, and by how long ssprd has run, which nobody sets.
type tick struct {
	wall time.Time
	ran  time.Duration
}

// follows tells whether the clock was not set since another tick. The first tick follows none.
func (t tick) follows(former tick) bool {
	set := t.wall.Sub(former.wall) - (t.ran - former.ran)
	return !former.wall.IsZero() && set.Abs() < time.Minute
}

// Keep puts aside the file of each day that is over, and removes what is older than the retention (R59), until ctx ends. What
// goes wrong with it is told and tried again; it never keeps an event from being written. What is removed is gone: a clock that is
// wrong at the start, or was set a moment ago, has an hour to be set right.
func (r *Record) Keep(ctx context.Context, log *slog.Logger) {
	again := time.NewTicker(keepEvery)
	defer again.Stop()
	began, former := time.Now(), tick{}
	for {
		now := tick{time.Now().Round(0), time.Since(began)}
		r.keep(log, now.wall, now.follows(former))
		former = now
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// keep does it once; remove: what is too old, too.
func (r *Record) keep(log *slog.Logger, now time.Time, remove bool) {
	r.mu.Lock()
	path, retention := r.path, r.retention
	r.mu.Unlock()
	if retention == 0 {
		return
	}
	if err := r.turn(now); err != nil {
		log.Error("the audit record of a day that is over cannot be put aside, and will not be removed in its time", "file", path, "error", err)
	}
	if !remove {
		return
	}
	removed, err := purge(path, retention, now)
	if len(removed) > 0 {
		log.Info("audit records older than audit.retention were removed", "files", removed)
	}
	if err != nil {
		log.Error("audit records older than audit.retention cannot be removed", "file", path, "error", err)
	}
}
