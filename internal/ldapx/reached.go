package ldapx

import (
	"context"
	"errors"
	"iter"
	"time"

	"ssprd/internal/flow"
)

// How often a server that does not have the change yet is read: soon at first, when most of them get it.
const (
	firstLook = 30 * time.Millisecond
	lastLook  = time.Second
)

// Reached implements flow.Directory. All servers are followed side by side: one that hangs holds up no other.
func (p *Population) Reached(ctx context.Context, w flow.Written) iter.Seq[flow.ServerProgress] {
	return func(yield func(flow.ServerProgress) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		start, arrived, missing := time.Now(), make(chan *server), 0 // a moment after the write
		for _, s := range p.directory.all {
			if !yield(flow.ServerProgress{Server: s.label, Index: s.index, Reached: s.address == w.Server}) {
				return
			}
			if s.address != w.Server {
				missing++
				p.directory.work.Go(func() { p.follow(ctx, s, w, start, arrived) })
			}
		}
		for ; missing > 0; missing-- {
			select {
			case s := <-arrived:
				if !yield(flow.ServerProgress{Server: s.label, Index: s.index, Reached: true, After: time.Since(start)}) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// follow reads the entry on s until it shows the change, and says so to arrived.
func (p *Population) follow(ctx context.Context, s *server, w flow.Written, start time.Time, arrived chan<- *server) {
	s.following.Add(1)
	defer s.following.Add(-1)
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		if p.shows(ctx, s, &w) {
			s.reached(start, true)
			select {
			case arrived <- s:
			case <-ctx.Done():
			}
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) { // else the portal stops, which says nothing of the server
				s.reached(start, false)
			}
			return
		}
	}
}

// shows tells whether s has the change. If the change could not be read back when it was made, the server that made it
// is asked for its mark first.
func (p *Population) shows(ctx context.Context, s *server, w *flow.Written) bool {
	if w.Mark == "" {
		for _, origin := range p.directory.servers {
			if origin.address != w.Server {
				continue
			}
			if e, ok, err := p.byID(ctx, origin, w.ID); err == nil && ok {
				w.Mark = p.directory.kind.mark(e)
			}
		}
	}
	e, ok, err := p.byID(ctx, s, w.ID)
	return err == nil && ok && w.Mark != "" && p.directory.kind.reached(e, w.Mark)
}
