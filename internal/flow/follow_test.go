package flow_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/state"
)

// R69: a change whose process has died is followed by the one that its person looks at next, and no server is waited for
// longer than it takes. The one that stops in order hands it over at once.
func TestFollowedOn(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, first *world, store *brittle) (heard time.Duration){
		"killed": func(_ *testing.T, _ *world, store *brittle) time.Duration {
			store.fail(errors.New("it is dead")) // nothing that it does is seen any more
			return 21 * time.Second
		},
		"stopped": func(t *testing.T, first *world, _ *brittle) time.Duration {
			if err := first.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			shared := state.NewMemory()
			var parts flow.Parts
			store := &brittle{Store: shared}
			inWorldOf(t, func(p *flow.Parts) { p.Store = store; parts = *p }, func(t *testing.T, w *world) {
				w.people.spread = []time.Duration{0, 20 * time.Second}
				v := w.verified("camille@mail.example")
				if r, _ := w.choose(v, "Marée-haute-47"); r.State != flow.Spreading || !r.Servers[0].Reached {
					t.Fatalf("%+v", r)
				}
				parts.Store = shared
				other := flow.NewService(parts)
				if r, err := other.Look(t.Context(), v); err != nil || r.State != flow.Spreading {
					t.Fatalf("%+v %v", r, err)
				}
				heard := end(t, w, store)
				time.Sleep(heard)
				began := time.Now()
				for r, err := other.Look(t.Context(), v); r.State != flow.Done; {
					if err != nil || !r.Servers[0].Reached {
						t.Fatalf("%+v %v", r, err)
					}
					r, err = other.Changed(t.Context(), v, r.Version)
				}
				if took := time.Since(began); took > 21*time.Second {
					t.Errorf("it was over only after %s", took)
				}
				r, err := other.Look(t.Context(), v)
				if err != nil || len(r.Servers) != 2 || !r.Servers[1].Reached {
					t.Errorf("%+v %v", r, err)
				}
				if got := strings.Join(w.people.set(camille.ID), " "); got != "Marée-haute-47" {
					t.Errorf("%q was written", got)
				}
				store.fail(nil)
				if err := other.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// R69: a change that is followed is not followed twice, however long it takes and however many look.
func TestNotFollowedTwice(t *testing.T) {
	var parts flow.Parts
	inWorldOf(t, func(p *flow.Parts) { parts = *p }, func(t *testing.T, w *world) {
		w.people.spread = []time.Duration{0, 40 * time.Second}
		v := w.verified("camille@mail.example")
		w.choose(v, "Marée-haute-47")
		other := flow.NewService(parts)
		r, err := other.Look(t.Context(), v)
		version := r.Version
		for range 39 {
			time.Sleep(time.Second)
			if r, err = other.Look(t.Context(), v); err != nil || r.State != flow.Spreading {
				t.Fatalf("%+v %v", r, err)
			}
		}
		if r.Version != version {
			t.Errorf("its version went from %d to %d, and there was nothing to show", version, r.Version)
		}
		if n := w.people.followed(); n != 1 {
			t.Errorf("%d have followed it", n)
		}
		if err := other.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A process that stops does not begin to follow, one that does not know the population cannot, and what panics ends neither
// the program nor the wait of the person.
func TestNotFollowedBy(t *testing.T) {
	for name, by := range map[string]func(t *testing.T, w *world, parts flow.Parts) (other *flow.Service, panics bool){
		"one that stops": func(t *testing.T, _ *world, parts flow.Parts) (*flow.Service, bool) {
			s := flow.NewService(parts)
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return s, false
		},
		"one without the population": func(_ *testing.T, _ *world, parts flow.Parts) (*flow.Service, bool) {
			parts.Populations = parts.Populations[1:]
			return flow.NewService(parts), false
		},
		"one that panics": func(_ *testing.T, w *world, parts flow.Parts) (*flow.Service, bool) {
			w.people.mu.Lock()
			defer w.people.mu.Unlock()
			w.people.panics = "a bug"
			return flow.NewService(parts), true
		},
	} {
		t.Run(name, func(t *testing.T) {
			handsOver(t, func(t *testing.T, w *world, parts flow.Parts, log *bytes.Buffer) {
				w.people.spread = []time.Duration{time.Hour}
				v := w.verified("camille@mail.example")
				w.choose(v, "Marée-haute-47")
				if err := w.Close(t.Context()); err != nil {
					t.Error(err)
				}
				other, panics := by(t, w, parts)
				before := w.people.followed()
				if r, err := other.Look(t.Context(), v); err != nil || r.State != flow.Spreading {
					t.Fatalf("%s %v", r.State, err)
				}
				synctest.Wait()
				if n := w.people.followed() - before; (n == 1) != panics || strings.Contains(log.String(), "could not be followed on") != panics {
					t.Errorf("%d follow it: %s", n, log)
				}
				time.Sleep(2 * time.Minute)
				if r, err := other.Look(t.Context(), v); err != nil || r.State != flow.Done {
					t.Errorf("afterwards: %s %v", r.State, err)
				}
				if err := other.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
