package desk

import (
	"context"
	"sync"
	"time"

	"ssprd/internal/flow"
)

// names are what agents are called, for a while: one page tells of the same few again and again, and asking the directory for
// them is not worth more than a page of it.
type names struct {
	mu    sync.Mutex
	known map[flow.AccountID]named
}

type named struct {
	name  string
	until time.Time
}

// Bounds of names.
const (
	nameFor   = 10 * time.Minute
	mostNames = 1000
)

// NameOf is what an agent is called; "" where nobody can say. It costs nothing but once in a while.
func (s *Service) NameOf(ctx context.Context, id flow.AccountID) string {
	now := time.Now()
	s.called.mu.Lock()
	n, known := s.called.known[id]
	s.called.mu.Unlock()
	if known && now.Before(n.until) {
		return n.name
	}
	if agent, err := s.Agents.Agent(ctx, id); err == nil {
		n.name = agent.Name
	}
	s.called.mu.Lock()
	defer s.called.mu.Unlock()
	if len(s.called.known) >= mostNames {
		clear(s.called.known)
	}
	s.called.known[id] = named{n.name, now.Add(nameFor)}
	return n.name
}
