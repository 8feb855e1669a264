package statetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"ssprd/internal/state"
)

// RunShared tests stores that several instances have at once: whatever one has written the others have (R68). open gives
// another store over the same place each time it is called.
func RunShared(t *testing.T, open func(t *testing.T) state.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, stores []state.Store)
	}{
		{"what one writes the others read", seenByAll},
		{"one key, several instances", oneKeyShared},
		{"a refusal of what was", refusedGuess},
		{"taken out once", takenOnce},
		{"begun once", begunOnce},
	} {
		t.Run(test.name, func(t *testing.T) {
			stores := []state.Store{open(t), open(t), open(t)}
			test.run(t, stores)
			for _, s := range stores {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}
		})
	}
}

// Every request of a person reaches another instance, in turn: what an instance knows from before must never be what it
// gives, or changes.
func seenByAll(t *testing.T, stores []state.Store) {
	key := newKey()
	for i := range 30 {
		want(t, stores[i%3], key, text(i-1))
		update(t, stores[i%3], key, func(old []byte) (state.Record, error) {
			if string(old) == text(i-1) {
				return record(text(i)), nil
			}
			return record("of a guess"), nil // which is not to be kept
		})
		want(t, stores[(i+1)%3], key, text(i))
	}
	put(t, stores[0], key, "")
	for _, s := range stores {
		want(t, s, key, "")
	}
}

func text(i int) string {
	if i < 0 {
		return ""
	}
	return strconv.Itoa(i)
}

// R14: no increment is lost.
func oneKeyShared(t *testing.T, stores []state.Store) {
	const goroutines, times = 10, 20
	key := newKey()
	var wg sync.WaitGroup
	for _, s := range stores {
		for range goroutines {
			wg.Go(func() {
				for range times {
					increment(t, s, key)
				}
			})
		}
	}
	wg.Wait()
	for _, s := range stores {
		want(t, s, key, strconv.Itoa(len(stores)*goroutines*times))
	}
}

// What a function refuses of nothing, or of what was there before, is no refusal of what is there: an instance may ask it of
// either first, and must not believe it.
func refusedGuess(t *testing.T, stores []state.Store) {
	key := newKey()
	put(t, stores[0], key, "0")
	for i := range 6 { // each of them has seen nothing, then an old one
		update(t, stores[(i+1)%3], key, func(old []byte) (state.Record, error) {
			if string(old) != text(i) {
				return state.Record{}, fmt.Errorf("there is %q", old)
			}
			return record(text(i + 1)), nil
		})
	}
	want(t, stores[0], key, text(6))
}

// Of many who take the same thing out, one gets it.
func takenOnce(t *testing.T, stores []state.Store) {
	gone := errors.New("there is none")
	for range 20 {
		key := newKey()
		put(t, stores[0], key, "x")
		race(t, stores, func(s state.Store) (won bool) {
			err := s.Update(t.Context(), key, func(old []byte) (state.Record, error) {
				if old == nil {
					return state.Record{}, gone
				}
				return state.Record{}, nil
			})
			if err != nil && !errors.Is(err, gone) {
				t.Errorf("update: %v", err)
			}
			return err == nil
		})
	}
}

// Of many who put the first thing in, one does.
func begunOnce(t *testing.T, stores []state.Store) {
	there := errors.New("there is one")
	for range 20 {
		key := newKey()
		race(t, stores, func(s state.Store) (won bool) {
			err := s.Update(t.Context(), key, func(old []byte) (state.Record, error) {
				if old != nil {
					return state.Record{}, there
				}
				return record("x"), nil // the same for all
			})
			if err != nil && !errors.Is(err, there) {
				t.Errorf("update: %v", err)
			}
			return err == nil
		})
	}
}

// race lets six at each store do the same at once; exactly one is to win.
func race(t *testing.T, stores []state.Store, act func(state.Store) (won bool)) {
	t.Helper()
	var won atomic.Int32
	var wg sync.WaitGroup
	for _, s := range stores {
		for range 6 {
			wg.Go(func() {
				if act(s) {
					won.Add(1)
				}
			})
		}
	}
	wg.Wait()
	if n := won.Load(); n != 1 {
		t.Errorf("%d have won, not one", n)
	}
}
