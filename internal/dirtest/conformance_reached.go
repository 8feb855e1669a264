package dirtest

import (
	"context"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/flow"
)

var reachedPoints = []point{
	{name: "reached", run: reached},
	{name: "reached by a server that lags", run: reachedLate, needs: []hook{withLag}},
	{name: "reached ends when told to", run: reachedEnds},
	{name: "reached ends while a server lags", run: reachedEndsLate, needs: []hook{withLag}},
}

// freshlyWritten is the change of a fresh person's password.
func freshlyWritten(t *testing.T, f Fixture) flow.Written {
	t.Helper()
	return written(t, f, one(t, f, f.Fresh(t)))
}

// progress is what a walk over Reached has seen.
type progress struct {
	t     *testing.T
	seen  int
	known map[int]bool // by the server's index: whether the change has arrived
}

// take notes what one server said, and holds it against the contract: each server once first, no way back.
func (p *progress) take(s flow.ServerProgress, servers int) {
	p.t.Helper()
	if s.Index < 0 || s.Index >= servers {
		p.t.Errorf("server %d of %d", s.Index, servers)
	}
	was, again := p.known[s.Index]
	if p.seen < servers && again {
		p.t.Errorf("server %d comes twice before all came once", s.Index)
	}
	if was && !s.Reached {
		p.t.Errorf("server %d had the change and has it no more", s.Index)
	}
	if s.After < 0 || (!s.Reached && s.After != 0) {
		p.t.Errorf("server %d: reached %v after %s", s.Index, s.Reached, s.After)
	}
	p.known[s.Index] = s.Reached
	p.seen++
}

func (p *progress) everywhere(servers int) bool {
	for i := range servers {
		if !p.known[i] {
			return false
		}
	}
	return true
}

// R47: every server is followed until it has the change.
func reached(t *testing.T, f Fixture) {
	w := freshlyWritten(t, f)
	ctx, cancel := context.WithTimeout(t.Context(), child.Patience)
	defer cancel()
	p := progress{t: t, known: map[int]bool{}}
	for s := range f.directory.Reached(ctx, w) {
		p.take(s, f.servers())
	}
	if ctx.Err() != nil || !p.everywhere(f.servers()) {
		t.Errorf("after %d words: %v of %d servers", p.seen, p.known, f.servers())
	}
}

// R47: a server that gets no changes is said to have none, and is asked until it has.
func reachedLate(t *testing.T, f Fixture) {
	if err := f.Lag(); err != nil {
		t.Fatal(err)
	}
	caughtUp := false
	defer func() {
		if !caughtUp {
			_ = f.CatchUp()
		}
	}()
	w := freshlyWritten(t, f)
	ctx, cancel := context.WithTimeout(t.Context(), child.Patience)
	defer cancel()
	p := progress{t: t, known: map[int]bool{}}
	for s := range f.directory.Reached(ctx, w) {
		p.take(s, f.servers())
		if p.seen < f.servers() || caughtUp {
			continue
		}
		if p.everywhere(f.servers()) {
			t.Fatal("the server that lags is said to have the change")
		}
		if err := f.CatchUp(); err != nil {
			t.Fatal(err)
		}
		caughtUp = true
	}
	if !caughtUp || ctx.Err() != nil || !p.everywhere(f.servers()) {
		t.Errorf("after %d words: %v of %d servers", p.seen, p.known, f.servers())
	}
}

// reachedEnds holds for a reader who goes away.
func reachedEnds(t *testing.T, f Fixture) {
	w := freshlyWritten(t, f)
	for range f.directory.Reached(t.Context(), w) {
		break
	}
}

// reachedEndsLate holds for one whose time is over while a server lags.
func reachedEndsLate(t *testing.T, f Fixture) {
	if err := f.Lag(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.CatchUp() }()
	w := freshlyWritten(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan int)
	go func() {
		words := 0
		for range f.directory.Reached(ctx, w) {
			if words++; words == f.servers() {
				cancel()
			}
		}
		ended <- words
	}()
	select {
	case words := <-ended:
		if words < f.servers() {
			t.Errorf("%d words of %d servers", words, f.servers())
		}
	case <-time.After(child.Patience):
		t.Error("the end of the context does not end it")
	}
}
