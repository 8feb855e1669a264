package flow

import (
	"log/slog"
	"testing"
	"time"

	"ssprd/internal/code"
	"ssprd/internal/limit"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// R11: of two codes of one account the older dies, whichever of them comes second to the table; else two resets of several
// accounts, which come to each of them in another order, would kill each other.
func TestOlderCodeDies(t *testing.T) {
	now := time.Now()
	older, newer := latest{"older", now}, latest{"newer", now.Add(time.Millisecond)}
	for _, first := range []latest{older, newer} {
		second := newer
		if first == newer {
			second = older
		}
		s := NewService(Parts{Code: code.Defaults(), Limits: limit.Defaults(), Store: statetest.Guessing(state.NewMemory()), Key: state.NewKey(), Log: slog.New(slog.DiscardHandler)})
		r, accounts := Reset{Deadline: now.Add(time.Hour)}, []Account{{ID: "1"}}
		if alive, err := s.replaceFormer(t.Context(), first, r, accounts); !alive || err != nil {
			t.Errorf("%s, the first to come: %v %v", first.Reset, alive, err)
		}
		if alive, err := s.replaceFormer(t.Context(), second, r, accounts); alive != (second == newer) || err != nil {
			t.Errorf("%s, the second to come: %v %v", second.Reset, alive, err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Any two codes have one order; one of the future, from before the clock was set back, is older than any.
func TestCodesHaveAnOrder(t *testing.T) {
	now := time.Now()
	all := []latest{{"a", now}, {"b", now}, {"a", now.Add(time.Second)}, {"c", now.Add(30 * time.Second)}}
	for i, l := range all {
		for j, other := range all {
			if l.newerThan(other) != (i > j) {
				t.Errorf("%v newer than %v: %v", l, other, i <= j)
			}
		}
	}
	if (latest{"d", now.Add(time.Hour)}).newerThan(all[0]) {
		t.Error("a code of the future keeps others from being sent")
	}
}
