package state_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

func TestMemory(t *testing.T) {
	statetest.Run(t, func(*testing.T) state.Store { return state.NewMemory() })
}

func BenchmarkMemory(b *testing.B) {
	statetest.Benchmark(b, func(*testing.B) state.Store { return state.NewMemory() })
}

// A record is there until the moment it expires and gone at it.
func TestMemoryExpiresToTheMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := state.NewMemory()
		put(t, s, "key", "x", time.Minute)
		time.Sleep(time.Minute - 1)
		if _, err := s.Get(t.Context(), "key"); err != nil {
			t.Errorf("before: %v", err)
		}
		time.Sleep(1)
		if _, err := s.Get(t.Context(), "key"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("after: %v, want ErrNotFound", err)
		}
	})
}

// Visitors who come and go for days leave nothing behind.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := state.NewMemory()
		most := 0
		for i := range 50_000 {
			put(t, s, fmt.Sprint(i), "x", 100*time.Second)
			time.Sleep(time.Second)
			most = max(most, state.Len(s))
		}
		if most > 1024 {
			t.Errorf("%d records where 100 were live", most)
		}
	})
}

// put keeps text for a time.
func put(t testing.TB, s state.Store, key, text string, life time.Duration) {
	t.Helper()
	err := s.Update(t.Context(), key, func([]byte) (state.Record, error) {
		return state.Record{Data: []byte(text), Expires: time.Now().Add(life)}, nil
	})
	if err != nil {
		t.Error(err)
	}
}
