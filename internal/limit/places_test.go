package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/state"
)

// R15: when there is no more room the key that was used longest ago is forgotten, and nobody is refused for it.
func TestOldestGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(state.NewMemory(), state.NewKey())
		l.room = room{places: 1, each: 8}
		r := Rate{1, time.Hour}
		take := func(key string) bool {
			t.Helper()
			time.Sleep(time.Second)
			taken, err := l.Take(t.Context(), "starts", key, r)
			if err != nil {
				t.Fatal(err)
			}
			return taken.Wait == 0
		}
		for i := range 1000 {
			if !take(fmt.Sprint("client ", i)) {
				t.Fatalf("client %d is refused for the others", i)
			}
		}
		if take("client 999") || take("client 992") {
			t.Error("one of the newest is forgotten")
		}
		if !take("client 991") {
			t.Error("the ninth is remembered, where eight have room")
		}
	})
}

// Keys that meet in a place do not touch each other, and those that have been given back make room.
func TestPlaceIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(state.NewMemory(), state.NewKey())
		l.room = room{places: 1, each: 2}
		r := Rate{3, time.Hour}
		for round := range 3 {
			for _, key := range []string{"a", "b"} {
				taken, err := l.Take(t.Context(), "starts", key, r)
				if err != nil || taken.Wait != 0 || taken.Last.IsZero() != (round == 0) {
					t.Fatalf("round %d, %s: %+v %v", round, key, taken, err)
				}
			}
		}
		for _, key := range []string{"a", "b"} {
			if seen, err := l.Peek(t.Context(), "starts", key, r); seen.Wait == 0 || err != nil {
				t.Errorf("%s: %+v %v", key, seen, err)
			}
		}
		time.Sleep(2 * time.Hour)
		if _, err := l.Take(t.Context(), "starts", "c", r); err != nil {
			t.Fatal(err)
		}
		id, _ := l.find("starts", "c")
		if p, err := l.places.Get(t.Context(), id); err != nil || len(p.Keys) != 1 {
			t.Errorf("%d keys, %v", len(p.Keys), err)
		}
	})
}
