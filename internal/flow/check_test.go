package flow_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
	"ssprd/internal/state"
)

// brittle is a store whose updates fail once it is broken.
type brittle struct {
	state.Store
	mu  sync.Mutex
	err error
}

func (b *brittle) Update(ctx context.Context, key string, f func([]byte) (state.Record, error)) error {
	b.mu.Lock()
	err := b.err
	b.mu.Unlock()
	if err != nil {
		return err
	}
	return b.Store.Update(ctx, key, f)
}

// fail breaks it, or, with nil, mends it.
func (b *brittle) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// R37, R60: where it cannot be counted, nothing is judged, submitted or not, and nothing proposed.
func TestNothingIsJudgedUncounted(t *testing.T) {
	store := &brittle{Store: state.NewMemory()}
	broken := errors.New("the store is gone")
	inWorldOf(t, func(p *flow.Parts) { p.Store, p.Populations[0].Suggested = store, 6 }, func(t *testing.T, w *world) {
		v, r := w.typedRight("camille@mail.example")
		const good = "Marée-haute-47"
		if c, err := w.Check(t.Context(), v, r, secret.New(good)); err != nil || !c.Judged {
			t.Fatalf("%+v %v", c, err)
		}
		if list := w.Suggest(t.Context(), v, r); len(list) != 6 {
			t.Fatalf("%q", list)
		}
		store.fail(broken)
		for _, password := range []string{good, "", "a\x00"} {
			if c, err := w.Check(t.Context(), v, r, secret.New(password)); !errors.Is(err, broken) || c.Judged || len(c.Findings) > 0 {
				t.Errorf("%q: %+v %v", password, c, err)
			}
		}
		if _, _, findings, err := w.Choose(t.Context(), v, secret.New(good), secret.New(good)); !errors.Is(err, broken) || len(findings) > 0 {
			t.Errorf("%v %v", findings, err)
		}
		if list := w.Suggest(t.Context(), v, r); len(list) > 0 {
			t.Errorf("%q", list)
		}
		store.fail(nil)
		if got := w.people.set(camille.ID); len(got) > 0 {
			t.Errorf("%q was written", got)
		}
	})
}

// R58, R64: that more time was asked for stands in the record before it is had; without the record there is none.
func TestMoreTimeIsRecorded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v, r := w.typedRight("camille@mail.example")
		later, reason, err := w.Extend(t.Context(), v)
		if err != nil || reason != flow.None || later.Extensions != 1 || later.Deadline.Before(r.Deadline) {
			t.Errorf("%+v %s %v", later, reason, err)
		}
		if !strings.Contains(w.trail.String(), audit.Extended) {
			t.Errorf("the record: %s", w.trail)
		}
		stranger := v
		stranger.Grant = ""
		if _, _, err := w.Extend(t.Context(), stranger); !errors.Is(err, flow.ErrNoReset) {
			t.Errorf("a session of before the code: %v", err)
		}
	})
}
