package audit

import (
	"context"
	"log/slog"
	"time"
)

// keepEvery is how often it is looked whether a day is over, or old enough.
const keepEvery = time.Hour

// longestGap is how long a portal may have been without an event for the clock to be believed at its start.
const longestGap = 30 * 24 * time.Hour

// Keep puts aside the file of each day that is over, and removes what is older than the retention (R59), until ctx ends. What
// goes wrong with it is told and tried again; it never keeps an event from being written.
//
// What is removed does not come back, so that no clock is believed at once: nothing is removed before the clock has gone as long
// as the ticker, nor at all by a portal whose clock is far ahead of the newest event that it found.
func (r *Record) Keep(ctx context.Context, log *slog.Logger) {
	again := time.NewTicker(keepEvery)
	defer again.Stop()
	before := time.Now()
	believed := r.believes(before, log)
	for steady := false; ; {
		r.keep(log, believed && steady)
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		steady = (now.Round(0).Sub(before.Round(0)) - now.Sub(before)).Abs() < keepEvery
		before = now
	}
}

// believes tells whether the clock may be right, by the newest event of before.
func (r *Record) believes(now time.Time, log *slog.Logger) bool {
	r.mu.Lock()
	path, retention := r.path, r.retention
	r.mu.Unlock()
	newest := newestOf(path)
	if retention == 0 || newest.IsZero() || now.Sub(newest) < longestGap {
		return true
	}
	log.Error("the clock is far ahead of the newest event of the audit record: nothing is removed from it until the next start",
		"file", path, "newest", newest, "now", now.UTC())
	return false
}

// newestOf is when the newest event of the record of path was written; the zero time where there is none.
func newestOf(path string) (newest time.Time) {
	all, _ := days(path)
	for _, d := range append(all, day{path: path, began: time.Time{}.AddDate(0, 0, -1)}) {
		if at, err := d.last(); err == nil && at.After(newest) {
			newest = at
		}
	}
	return newest
}

func (r *Record) keep(log *slog.Logger, remove bool) {
	r.mu.Lock()
	path, retention := r.path, r.retention
	r.mu.Unlock()
	if retention == 0 {
		return
	}
	now := time.Now()
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
