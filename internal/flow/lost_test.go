package flow_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
	"ssprd/internal/state"
)

// faulty is a store in which one change of one table, or one Sync, goes wrong in the way that a test asks for.
type faulty struct {
	state.Store
	mu     sync.Mutex
	table  string
	change func(step func() error) error // nil: nothing goes wrong any more
}

func (f *faulty) Update(ctx context.Context, key string, change func([]byte) (state.Record, error)) error {
	table, _, _ := strings.Cut(key, "/")
	return f.wrong(table)(func() error { return f.Store.Update(ctx, key, change) })
}

func (f *faulty) Sync(ctx context.Context) error {
	return f.wrong("sync")(func() error { return f.Store.Sync(ctx) })
}

// wrong is how the next step of a table is made.
func (f *faulty) wrong(table string) func(step func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	change := f.change
	if table != f.table || change == nil {
		return func(step func() error) error { return step() }
	}
	f.change = nil
	return change
}

// next is what is to be done instead of the next change of a table, or, of "sync", the next Sync.
func (f *faulty) next(table string, change func(step func() error) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.table, f.change = table, change
}

func inFaultyWorld(t *testing.T, test func(t *testing.T, w *world, store *faulty)) {
	store := &faulty{Store: state.NewMemory()}
	inWorldOf(t, func(p *flow.Parts) { p.Store = store }, func(t *testing.T, w *world) { test(t, w, store) })
}

var errLost = errors.New("the answer is lost")

// R23, R69: a change that was asked for, and of which the store's answer is lost, is nobody's: the person can ask again within
// seconds, and nothing was written.
func TestClaimWhoseAnswerIsLost(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		v := w.verified("camille@mail.example")
		store.next("reset", func(update func() error) error { return errors.Join(update(), errLost) })
		first := secret.New("Marée-haute-47")
		if _, _, _, err := w.Choose(t.Context(), v, first, first); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		if r, err := w.Look(t.Context(), v); err != nil || r.State != flow.Changing {
			t.Fatalf("%s %v: the claim was to stand", r.State, err)
		}
		time.Sleep(3 * time.Second)
		if r, err := w.Look(t.Context(), v); err != nil || r.State != flow.Choose || r.Why != flow.NotBegun || r.CutOff {
			t.Errorf("%s %s %v", r.State, r.Why, err)
		}
		if r, reason := w.choose(v, "Marée-basse-48"); r.State != flow.Done || reason != flow.None {
			t.Errorf("%s %s", r.State, reason)
		}
		if got := w.people.set(camille.ID); !slices.Equal(got, []string{"Marée-basse-48"}) {
			t.Errorf("%q", got)
		}
	})
}

// A claim that the store has made twice, because it has not heard its own answer, is one claim, and leads to one write.
func TestClaimMadeTwice(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		v := w.verified("camille@mail.example")
		store.next("reset", func(update func() error) error { return errors.Join(update(), update()) })
		if r, reason := w.choose(v, "Marée-haute-47"); r.State != flow.Done || reason != flow.None {
			t.Errorf("%s %s", r.State, reason)
		}
		if got := w.people.set(camille.ID); len(got) != 1 {
			t.Errorf("%q", got)
		}
	})
}

// stalling is a record that takes long to write an event, once.
type stalling struct {
	flow.Recorder
	event string
	gone  atomic.Bool // it has
	pause func()
}

func (s *stalling) Record(ctx context.Context, e audit.Event) error {
	if e.Event == s.event && !s.gone.Swap(true) {
		s.pause()
	}
	return s.Recorder.Record(ctx, e)
}

// R69, R28: a process that stands still before its write, until its person was told that the change was cut off, does not write
// afterwards: it would be over the password that they have set since.
func TestNoWriteAfterItsLease(t *testing.T) {
	stall := func() { time.Sleep(55 * time.Second) }
	for name, where := range map[string]func(p *flow.Parts, store *faulty) (arm func()){
		"while it records": func(p *flow.Parts, _ *faulty) func() {
			p.Audit = &stalling{Recorder: p.Audit, event: audit.Writing, pause: stall}
			return func() {}
		},
		"while it syncs": func(_ *flow.Parts, store *faulty) func() {
			return func() { store.next("sync", func(sync func() error) error { defer stall(); return sync() }) }
		},
		"before it begins": func(_ *flow.Parts, store *faulty) func() {
			return func() { store.next("reset", func(update func() error) error { defer stall(); return update() }) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := &faulty{Store: state.NewMemory()}
			var arm func()
			inWorldOf(t, func(p *flow.Parts) { p.Store = store; arm = where(p, store) }, func(t *testing.T, w *world) {
				v := w.verified("camille@mail.example")
				arm()
				go w.choose(v, "Marée-haute-47")
				time.Sleep(51 * time.Second)
				if r, err := w.Look(t.Context(), v); err != nil || r.State != flow.Choose || r.Why != flow.WriteInterrupted {
					t.Fatalf("%s %s %v", r.State, r.Why, err)
				}
				if r, reason := w.choose(v, "Marée-basse-48"); r.State != flow.Done || reason != flow.None {
					t.Errorf("%s %s", r.State, reason)
				}
				time.Sleep(time.Minute)
				if got := w.people.set(camille.ID); !slices.Equal(got, []string{"Marée-basse-48"}) {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

// R11: where the former code cannot be killed at once, the search that is made again kills it before the new one is sent.
func TestFormerCodeDiesAtLast(t *testing.T) {
	inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
		older := w.beginFrom(1, "camille@mail.example")
		stolen := w.lastCode()
		time.Sleep(time.Millisecond)
		id, _, err := w.Begin(t.Context(), flow.Start{Population: "usagers", Lang: "fr", Typed: "camille@mail.example"})
		if err != nil {
			t.Fatal(err)
		}
		// Its own reset takes the code in, then that of the older one is told.
		store.next("latest", func(update func() error) error {
			err := update()
			store.next("reset", func(func() error) error { return errLost })
			return err
		})
		synctest.Wait()
		if sent := len(w.letters.of(flow.CodeMail)); sent != 1 {
			t.Fatalf("%d codes, and the former one is alive", sent)
		}
		time.Sleep(time.Minute)
		if w.lastCode() == stolen {
			return // once in a million
		}
		if reason := w.enter(older, stolen); reason != flow.CodeReplaced {
			t.Errorf("the former code: %q", reason)
		}
		if reason := w.enter(flow.Visit{ID: id}, w.lastCode()); reason != flow.None {
			t.Errorf("the new one: %q", reason)
		}
	})
}

// A right code is used up once, and its person goes on: a browser that gives up in the midst of it, and whatever fails after
// it, must not take it from them.
func TestRightCodeIsNotBurnt(t *testing.T) {
	t.Run("the browser gives up", func(t *testing.T) {
		ctx, giveUp := context.WithCancel(t.Context())
		inWorldOf(t, func(p *flow.Parts) { p.Audit = &stalling{Recorder: p.Audit, event: audit.Typed, pause: giveUp} }, func(t *testing.T, w *world) {
			v := w.begin("camille@mail.example")
			synctest.Wait()
			r, reason, err := w.Enter(ctx, v, w.lastCode())
			if r.State != flow.Choose || r.Grant == "" || reason != flow.None || err != nil {
				t.Errorf("%s %q %v", r.State, reason, err)
			}
		})
	})
	for _, table := range []string{"limit", "guesses"} {
		t.Run(table+" is away afterwards", func(t *testing.T) {
			inFaultyWorld(t, func(t *testing.T, w *world, store *faulty) {
				v := w.begin("camille@mail.example")
				synctest.Wait()
				broken := false
				store.next("reset", func(update func() error) error { // the comparison
					err := update()
					store.next(table, func(func() error) error { broken = true; return errLost })
					return err
				})
				r, reason, err := w.Enter(t.Context(), v, w.lastCode())
				if r.State != flow.Choose || r.Grant == "" || reason != flow.None || err != nil || !broken {
					t.Errorf("%s %q %v, failed: %t", r.State, reason, err, broken)
				}
			})
		})
	}
}

// R11: what came before a change is not told by a clock: the code of a reset that found its person after the change, though it
// began before, was drawn after it, and is good.
func TestCodeDrawnAfterAChange(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.fail(errors.New("connection refused"))
		v := w.begin("camille@mail.example")
		synctest.Wait()
		w.people.fail(nil)
		if r, _ := w.choose(w.verified("camille@mail.example"), "Marée-haute-47"); r.State != flow.Done {
			t.Fatal(r.State)
		}
		time.Sleep(2 * time.Second) // its search is made again
		r, reason, err := w.Enter(t.Context(), v, w.lastCode())
		if err != nil || reason != flow.None {
			t.Fatalf("%q %v", reason, err)
		}
		if r, reason := w.choose(flow.Visit{ID: v.ID, Grant: r.Grant}, "Marée-basse-48"); r.State != flow.Done {
			t.Errorf("%s %q", r.State, reason)
		}
	})
}
