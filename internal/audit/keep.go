package audit

import (
	"context"
	"log/slog"
	"time"
)

// keepEvery is how often it is looked whether a day is over, or old enough.
const keepEvery = time.Hour

// Keep puts aside the file of each day that is over, and removes what is older than the retention (R59), until ctx ends. What
// goes wrong with it is told and tried again; it never keeps an event from being written.
func (r *Record) Keep(ctx context.Context, log *slog.Logger) {
	again := time.NewTicker(keepEvery)
	defer again.Stop()
	for {
		r.keep(log)
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

func (r *Record) keep(log *slog.Logger) {
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
	removed, err := purge(path, retention, now)
	if len(removed) > 0 {
		log.Info("audit records older than audit.retention were removed", "files", removed)
	}
	if err != nil {
		log.Error("audit records older than audit.retention cannot be removed", "file", path, "error", err)
	}
}
