package limit_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/limit"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

var perHour = limit.Rate{Count: 5, Per: time.Hour}

// took takes one and tells whether it got it.
func took(t *testing.T, l *limit.Limiter, name, key string, r limit.Rate) bool {
	t.Helper()
	taken, err := l.Take(t.Context(), name, key, r)
	if err != nil {
		t.Error(err)
	}
	return err == nil && taken.Wait == 0
}

// takes counts how many of n in a row get through.
func takes(t *testing.T, l *limit.Limiter, n int) (got int) {
	t.Helper()
	for range n {
		if took(t, l, "mails", "a", perHour) {
			got++
		}
	}
	return got
}

func TestTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(statetest.Guessing(state.NewMemory()), state.NewKey())
		for _, step := range []struct {
			later time.Duration
			want  int
		}{{0, 5}, {0, 0}, {time.Hour - 1, 0}, {3 * time.Minute, 5}, {0, 0}, {1000 * time.Hour, 5}} {
			time.Sleep(step.later)
			if got := takes(t, l, 8); got != step.want {
				t.Errorf("%s later: %d got through, want %d", step.later, got, step.want)
			}
		}
	})
}

// The wait is true, and neither asking too early nor peeking moves it.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := limit.New(statetest.Guessing(state.NewMemory()), state.NewKey()), t.Context()
		take := func() time.Duration {
			t.Helper()
			taken, err := l.Take(ctx, "mails", "a", perHour)
			if err != nil {
				t.Fatal(err)
			}
			return taken.Wait
		}
		peek := func() time.Duration {
			t.Helper()
			seen, err := l.Peek(ctx, "mails", "a", perHour)
			if err != nil {
				t.Fatal(err)
			}
			return seen.Wait
		}
		for range 5 {
			if wait := peek(); wait != 0 {
				t.Errorf("peek with some left: %s", wait)
			}
			take()
		}
		left := peek()
		if left < time.Hour || left > time.Hour+perHour.Per/30 {
			t.Errorf("a wait of %s", left)
		}
		for ; left > 0; left -= min(left, 7*time.Minute) {
			if wait := take(); wait != left {
				t.Errorf("take: wait %s, want %s", wait, left)
			}
			if wait := peek(); wait != left {
				t.Errorf("peek: wait %s, want %s", wait, left)
			}
			time.Sleep(min(left, 7*time.Minute))
		}
		if wait := take(); wait != 0 {
			t.Errorf("after the wait: %s more", wait)
		}
	})
}

// What is given back can be spent again, and a limit tells its first.
func TestGive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(statetest.Guessing(state.NewMemory()), state.NewKey())
		first, err := l.Take(t.Context(), "mails", "a", perHour)
		if err != nil || !first.Last.IsZero() {
			t.Fatalf("%+v %v", first, err)
		}
		time.Sleep(10 * time.Minute)
		takes(t, l, 4)
		if err := l.Give(t.Context(), "mails", "a", perHour, first.At); err != nil {
			t.Fatal(err)
		}
		if again, err := l.Take(t.Context(), "mails", "a", perHour); err != nil || again.Wait != 0 || again.Last.IsZero() {
			t.Errorf("%+v %v", again, err)
		}
		if got := takes(t, l, 3); got != 0 {
			t.Errorf("%d more", got)
		}
		time.Sleep(time.Hour - time.Minute) // what was given back was that of the first moment, not of the latest
		if got := takes(t, l, 3); got != 0 {
			t.Errorf("%d within an hour of the others", got)
		}
	})
}

func TestLimitsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(statetest.Guessing(state.NewMemory()), state.NewKey())
		one := limit.Rate{Count: 1, Per: time.Hour}
		for _, id := range [][2]string{{"mails", "a"}, {"mails", "b"}, {"failures", "a"}, {"mail", "sa"}, {"mails", ""}} {
			if !took(t, l, id[0], id[1], one) {
				t.Errorf("%q is spent by another", id)
			}
			if took(t, l, id[0], id[1], one) {
				t.Errorf("%q gives two", id)
			}
		}
	})
}

// A limit made stricter holds at once, and nobody waits longer than under the new one.
func TestRateChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(statetest.Guessing(state.NewMemory()), state.NewKey())
		for range 100 {
			took(t, l, "starts", "a", limit.Rate{Count: 100, Per: 24 * time.Hour})
		}
		taken, err := l.Take(t.Context(), "starts", "a", limit.Rate{Count: 1, Per: time.Minute})
		if taken.Wait < time.Minute || taken.Wait > time.Minute+2*time.Second || err != nil {
			t.Errorf("wait %s, %v; want a minute", taken.Wait, err)
		}
	})
}

// R14: of 200 at once exactly Count get through, on either store.
func TestTakeAtOnce(t *testing.T) {
	file, err := state.OpenFile(filepath.Join(t.TempDir(), "state.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]state.Store{"memory": state.NewMemory(), "file": file} {
		key := state.NewKey()
		limiters := []*limit.Limiter{limit.New(s, key), limit.New(s, key)} // two instances that share a store
		var got atomic.Int64
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				if took(t, limiters[i%2], "failures", "a", limit.Rate{Count: 10, Per: time.Hour}) {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		if got.Load() != 10 {
			t.Errorf("%s: %d got through, want 10", name, got.Load())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// R28: a limit that cannot be known is an error, never a yes; and so is one that the configuration forgot (R60).
func TestTakeFailsClosed(t *testing.T) {
	broken := errors.New("the store is down")
	for name, c := range map[string]struct {
		store state.Store
		rate  limit.Rate
	}{
		"no store": {failing{err: broken}, perHour},
		"no rate":  {state.NewMemory(), limit.Rate{}},
		"no count": {state.NewMemory(), limit.Rate{Per: time.Hour}},
		"no time":  {state.NewMemory(), limit.Rate{Count: 5}},
	} {
		l := limit.New(c.store, state.NewKey())
		if _, err := l.Take(t.Context(), "mails", "a", c.rate); err == nil {
			t.Errorf("%s: take gave no error", name)
		}
		if err := l.Give(t.Context(), "mails", "a", c.rate, time.Now()); err == nil {
			t.Errorf("%s: give gave no error", name)
		}
		if _, err := l.Peek(t.Context(), "mails", "a", c.rate); err == nil {
			t.Errorf("%s: peek gave no error", name)
		}
	}
}

type failing struct {
	state.Store
	err error
}

func (f failing) Get(context.Context, string) (state.Record, error) { return state.Record{}, f.err }

func (f failing) Update(context.Context, string, func([]byte) (state.Record, error)) error {
	return f.err
}

// R15: a client is an IPv4 address or an IPv6 /64.
func TestClientKey(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::":  "2001:db8:1:2::/64",
		"2001:db8:1:3::1":      "2001:db8:1:3::/64",
		"fe80::1%eth0":         "fe80::/64",
		"::1":                  "::/64",
	} {
		if got := limit.ClientKey(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	for addr, want := range map[string]string{
		"192.0.2.1": "192.0.2.0/24", "::ffff:192.0.2.99": "192.0.2.0/24", "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
	} {
		if got := limit.NetworkKey(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	if limit.ClientKey(netip.Addr{}) == "" || limit.NetworkKey(netip.Addr{}) == "" {
		t.Error("an unknown client has no key")
	}
}

// BenchmarkTake is one of a limit, of which a place holds a few keys, in memory.
func BenchmarkTake(b *testing.B) {
	l, rate := limit.New(state.NewMemory(), state.NewKey()), limit.Rate{Count: 10_000_000, Per: time.Minute}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Take(b.Context(), "starts_per_population", "usagers", rate); err != nil {
			b.Fatal(err)
		}
	}
}
