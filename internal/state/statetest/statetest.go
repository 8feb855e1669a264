// Package statetest is the contract of state.Store as a test suite. Every store runs it; what a store does beyond it
// (setting a torn file aside, say) is tested where the store is.
package statetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/state"
)

// Run tests the stores that open gives: a new one for each call, or the same server again, as the keys are drawn at
// random. It closes them.
func Run(t *testing.T, open func(t *testing.T) state.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s state.Store)
	}{
		{"missing", missing},
		{"kept", kept},
		{"replaced", replaced},
		{"removed", removed},
		{"expired", expired},
		{"expiry moved", expiryMoved},
		{"error in f", errorInF},
		{"invalid", invalid},
		{"data is the caller's", dataIsTheCallers},
		{"cancelled", cancelled},
		{"one key, many goroutines", oneKey},
		{"many keys", manyKeys},
		{"sync", syncs},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			test.run(t, s)
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

// RunLasting tests that what was kept is there when the store is opened again: after Close, and one generation later.
// open opens the same place each time.
func RunLasting(t *testing.T, open func(t *testing.T) state.Store) {
	gone, stays := newKey(), newKey()
	s := open(t)
	put(t, s, gone, "first")
	put(t, s, stays, "first")
	reopen := func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		s = open(t)
	}
	reopen()
	want(t, s, stays, "first")
	put(t, s, stays, "second")
	put(t, s, gone, "")
	reopen()
	want(t, s, stays, "second")
	want(t, s, gone, "")
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func missing(t *testing.T, s state.Store) {
	key := newKey()
	want(t, s, key, "")
	put(t, s, newKey(), "of another key")
	want(t, s, key, "")
	update(t, s, key, func(old []byte) (state.Record, error) {
		if old != nil {
			t.Errorf("f got %q of a key without a record, not nil", old)
		}
		return state.Record{}, nil // to remove what is not there is no error
	})
}

func kept(t *testing.T, s state.Store) {
	// Keys may be as long as they are allowed to be, and data any bytes.
	for _, key := range []string{newKey(), newKey() + strings.Repeat("k", state.MaxKey-26)} {
		data := append([]byte{0, 0xff, '\n'}, bytes.Repeat([]byte("long"), 5000)...)
		expires := time.Now().Add(time.Hour)
		update(t, s, key, func([]byte) (state.Record, error) { return state.Record{Data: data, Expires: expires}, nil })
		r, err := s.Get(t.Context(), key)
		if err != nil || !bytes.Equal(r.Data, data) {
			t.Errorf("got %d bytes, error %v; want the %d that were put", len(r.Data), err, len(data))
		}
		if d := r.Expires.Sub(expires).Abs(); d > time.Millisecond {
			t.Errorf("the expiry is off by %s", d)
		}
	}
}

func replaced(t *testing.T, s state.Store) {
	key := newKey()
	for i := range 3 {
		text := strconv.Itoa(i)
		put(t, s, key, text)
		want(t, s, key, text)
		update(t, s, key, func(old []byte) (state.Record, error) {
			if string(old) != text {
				t.Errorf("f got %q, want %q", old, text)
			}
			return record(string(old)), nil
		})
	}
}

func removed(t *testing.T, s state.Store) {
	key := newKey()
	put(t, s, key, "x")
	barrier(t, s)
	put(t, s, key, "")
	want(t, s, key, "")
	barrier(t, s)
	want(t, s, key, "")
	put(t, s, key, "again")
	want(t, s, key, "again")
}

func expired(t *testing.T, s state.Store) {
	short, past := newKey(), newKey()
	expires := time.Now().Add(100 * time.Millisecond)
	update(t, s, short, func([]byte) (state.Record, error) { return state.Record{Data: []byte("x"), Expires: expires}, nil })
	update(t, s, past, func([]byte) (state.Record, error) {
		return state.Record{Data: []byte("x"), Expires: time.Now().Add(-time.Hour)}, nil
	})
	want(t, s, past, "")
	barrier(t, s)
	want(t, s, past, "")
	eventually(t, "the record expires", func() bool {
		_, err := s.Get(t.Context(), short)
		return errors.Is(err, state.ErrNotFound)
	})
	if early := time.Until(expires); early > 10*time.Millisecond {
		t.Errorf("it expired %s early", early)
	}
	update(t, s, short, func(old []byte) (state.Record, error) {
		if old != nil {
			t.Errorf("f got %q of an expired record, not nil", old)
		}
		return record("y"), nil
	})
	want(t, s, short, "y")
}

// A later expiry counts from the Update that sets it: a limit that goes on being spent does not vanish.
func expiryMoved(t *testing.T, s state.Store) {
	key, marker := newKey(), newKey()
	soon := time.Now().Add(100 * time.Millisecond)
	for _, k := range []string{key, marker} {
		update(t, s, k, func([]byte) (state.Record, error) { return state.Record{Data: []byte("x"), Expires: soon}, nil })
	}
	barrier(t, s)
	put(t, s, key, "y")
	eventually(t, "the marker expires", func() bool {
		_, err := s.Get(t.Context(), marker)
		return errors.Is(err, state.ErrNotFound)
	})
	want(t, s, key, "y")
}

func errorInF(t *testing.T, s state.Store) {
	key, fail := newKey(), errors.New("fail")
	for _, before := range []string{"", "x"} {
		if before != "" {
			put(t, s, key, before)
		}
		err := s.Update(t.Context(), key, func([]byte) (state.Record, error) { return record("changed"), fail })
		if !errors.Is(err, fail) {
			t.Errorf("update: %v, want the error of f", err)
		}
		want(t, s, key, before)
	}
}

func invalid(t *testing.T, s state.Store) {
	key := newKey()
	put(t, s, key, "x")
	for name, c := range map[string]struct {
		key string
		r   state.Record
	}{
		"no key":    {"", record("y")},
		"long key":  {strings.Repeat("k", state.MaxKey+1), record("y")},
		"no expiry": {key, state.Record{Data: []byte("y")}},
		"long data": {key, record(strings.Repeat("y", state.MaxData+1))},
	} {
		if err := s.Update(t.Context(), c.key, func([]byte) (state.Record, error) { return c.r, nil }); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
	barrier(t, s)
	want(t, s, key, "x")
}

// What goes in and out may be written over without the store noticing, in memory and after a Sync.
func dataIsTheCallers(t *testing.T, s state.Store) {
	key, data := newKey(), []byte("kept")
	update(t, s, key, func([]byte) (state.Record, error) {
		return state.Record{Data: data, Expires: time.Now().Add(time.Hour)}, nil
	})
	copy(data, "torn")
	var earlier []byte
	for range 2 {
		want(t, s, key, "kept")
		r, err := s.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		earlier = r.Data
		copy(earlier, "YYYY")
		_ = s.Update(t.Context(), key, func(old []byte) (state.Record, error) {
			copy(old, "ZZZZ")
			return state.Record{}, errors.New("no change")
		})
		want(t, s, key, "kept")
		barrier(t, s)
	}
	put(t, s, key, "other")
	barrier(t, s)
	if string(earlier) != "YYYY" {
		t.Errorf("data given to the caller became %q", earlier)
	}
}

func cancelled(t *testing.T, s state.Store) {
	key := newKey()
	put(t, s, key, "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Get(ctx, key)
	errs := []error{err, s.Sync(ctx), s.Update(ctx, key, func([]byte) (state.Record, error) { return record("y"), nil })}
	for i, err := range errs {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("call %d: %v, want context.Canceled", i, err)
		}
	}
	want(t, s, key, "x")
}

// R14: no increment is lost, with commits going on in between.
func oneKey(t *testing.T, s state.Store) {
	const goroutines, times = 50, 20 // a shared store lets nobody wait for ever, and each waits for all others
	key := newKey()
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range times {
				increment(t, s, key)
				if i == times/2 {
					barrier(t, s)
				}
			}
		})
	}
	wg.Wait()
	want(t, s, key, strconv.Itoa(goroutines*times))
	barrier(t, s)
	want(t, s, key, strconv.Itoa(goroutines*times))
}

func manyKeys(t *testing.T, s state.Store) {
	prefix := newKey()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 50 {
				key := fmt.Sprintf("%s/%d/%d", prefix, i, j)
				for range 3 {
					increment(t, s, key)
				}
				barrier(t, s)
				want(t, s, key, "3")
			}
		})
	}
	wg.Wait()
	for i := range 16 {
		for j := range 50 {
			want(t, s, fmt.Sprintf("%s/%d/%d", prefix, i, j), "3")
		}
	}
}

func syncs(t *testing.T, s state.Store) {
	barrier(t, s) // with nothing to wait for
	key := newKey()
	put(t, s, key, "x")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { barrier(t, s) })
	}
	wg.Wait()
	want(t, s, key, "x")
}

func increment(t *testing.T, s state.Store, key string) {
	update(t, s, key, func(old []byte) (state.Record, error) {
		n, _ := strconv.Atoi(string(old))
		return record(strconv.Itoa(n + 1)), nil
	})
}

func newKey() string { return rand.Text() } // 26 letters and digits

func record(text string) state.Record {
	return state.Record{Data: []byte(text), Expires: time.Now().Add(time.Hour)}
}

// put keeps text for an hour, or removes the key if text is empty.
func put(t *testing.T, s state.Store, key, text string) {
	t.Helper()
	update(t, s, key, func([]byte) (state.Record, error) { return record(text), nil })
}

func update(t *testing.T, s state.Store, key string, f func([]byte) (state.Record, error)) {
	t.Helper()
	if err := s.Update(t.Context(), key, f); err != nil {
		t.Errorf("update: %v", err)
	}
}

// want checks what key leads to; an empty text stands for ErrNotFound.
func want(t *testing.T, s state.Store, key, text string) {
	t.Helper()
	r, err := s.Get(t.Context(), key)
	if text == "" {
		if !errors.Is(err, state.ErrNotFound) {
			t.Errorf("got %q, %v; want ErrNotFound", r.Data, err)
		}
		return
	}
	if err != nil || string(r.Data) != text {
		t.Errorf("got %q, %v; want %q", r.Data, err, text)
	}
}

func barrier(t *testing.T, s state.Store) {
	t.Helper()
	if err := s.Sync(t.Context()); err != nil {
		t.Errorf("sync: %v", err)
	}
}

// eventually polls, because a store on a server has a clock of its own.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	poll, deadline := time.NewTicker(5*time.Millisecond), time.After(10*time.Second)
	defer poll.Stop()
	for !ok() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("not in ten seconds: %s", what)
		}
	}
}
