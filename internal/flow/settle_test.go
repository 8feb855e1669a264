package flow_test

import (
	"errors"
	"testing"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/state"
)

// R69, R62: a store that is away for a moment, when a write has come to its end, costs the person the moment: what came of it
// is told once it is back.
func TestOutcomeIsToldLater(t *testing.T) {
	refusal := &flow.RefusedError{Reason: flow.RefusedPolicy, Code: "PWD_POLICY", Err: errors.New("no")}
	for name, refuse := range map[string]error{"written": nil, "refused": refusal} {
		store := &brittle{Store: state.NewMemory()}
		inWorldOf(t, func(p *flow.Parts) { p.Store = store }, func(t *testing.T, w *world) {
			w.people.setDelay, w.people.refuse = 2*time.Second, refuse
			v := w.verified("camille@mail.example")
			w.choose(v, "Marée-haute-47")
			time.Sleep(time.Second) // it is being written
			store.fail(errors.New("the store is gone"))
			time.Sleep(15 * time.Second)
			store.fail(nil)
			time.Sleep(5 * time.Second)
			r, err := w.Look(t.Context(), v)
			if good := r.State == flow.Done || refuse != nil && r.Why == flow.RefusedPolicy; err != nil || !good {
				t.Errorf("%s: %s %s %v", name, r.State, r.Why, err)
			}
		})
	}
}
