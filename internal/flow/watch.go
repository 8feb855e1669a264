package flow

import (
	"context"
	"sync"
	"time"
)

// lookAgain is how often a watched reset is read again although nobody in this process has changed it: another
// instance may have, or time.
const lookAgain = 500 * time.Millisecond

// watch tells those who wait for a reset that this process has changed it. The zero watch is ready.
type watch struct {
	mu      sync.Mutex
	waiting map[string]*signal
}

// signal is one change to come, and how many wait for it.
type signal struct {
	c       chan struct{} // closed at the change
	waiters int
}

// next returns a channel that is closed at the next change of id, and what to call when it is no longer waited for.
func (w *watch) next(id string) (<-chan struct{}, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == nil {
		w.waiting = make(map[string]*signal)
	}
	s, ok := w.waiting[id]
	if !ok {
		s = &signal{c: make(chan struct{})}
		w.waiting[id] = s
	}
	s.waiters++
	return s.c, func() { w.leave(id, s) }
}

// leave forgets a signal that nobody waits for, so that the map holds only what somebody watches.
func (w *watch) leave(id string, s *signal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.waiters--
	if s.waiters == 0 && w.waiting[id] == s {
		delete(w.waiting, id)
	}
}

func (w *watch) wake(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.waiting[id]; ok {
		close(s.c)
		delete(w.waiting, id)
	}
}

// Changed waits until the reset's version is another than the given one, or ctx ends, and returns the reset as it is
// then. The end of ctx is no error: a page shows what there is.
func (s *Service) Changed(ctx context.Context, v Visit, version int) (Reset, error) {
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		r, err, over := s.changed(ctx, v, version, again.C)
		if over {
			return r, err
		}
	}
}

// changed looks once, and if nothing has changed waits for the next reason to look.
func (s *Service) changed(ctx context.Context, v Visit, version int, again <-chan time.Time) (r Reset, err error, over bool) {
	moved, leave := s.watch.next(v.ID) // before the look, so that no change falls between
	defer leave()
	r, err = s.Look(context.WithoutCancel(ctx), v)
	if err != nil || r.Version != version || r.State.Over() {
		return r, err, true
	}
	select {
	case <-moved:
	case <-again:
	case <-ctx.Done():
		return r, nil, true
	}
	return r, nil, false
}
