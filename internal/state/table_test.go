package state_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/state"
)

type value struct {
	Name  string
	Count int
}

func hour() time.Time { return time.Now().Add(time.Hour) }

func TestTable(t *testing.T) {
	ctx, table := t.Context(), state.NewTable[value](state.NewMemory(), "values", state.NewKey())
	if _, err := table.Get(ctx, "a"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("missing: %v, want ErrNotFound", err)
	}
	for i := 1; i <= 3; i++ {
		got, err := table.Update(ctx, "a", func(v value, found bool) (value, time.Time, error) {
			if found != (i > 1) || v.Count != i-1 {
				t.Errorf("round %d: f got %+v, found %v", i, v, found)
			}
			return value{"a", v.Count + 1}, hour(), nil
		})
		if err != nil || got != (value{"a", i}) {
			t.Errorf("update gave %+v, %v", got, err)
		}
	}
	if got, err := table.Get(ctx, "a"); err != nil || got != (value{"a", 3}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := table.Get(ctx, "b"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("another id: %v, want ErrNotFound", err)
	}
}

func TestTableErrorChangesNothing(t *testing.T) {
	ctx, table, fail := t.Context(), state.NewTable[int](state.NewMemory(), "t", state.NewKey()), errors.New("fail")
	set(t, table, "a", 1)
	got, err := table.Update(ctx, "a", func(int, bool) (int, time.Time, error) { return 2, hour(), fail })
	if !errors.Is(err, fail) || got != 0 {
		t.Errorf("update gave %d, %v; want 0 and the error of f", got, err)
	}
	if got, _ := table.Get(ctx, "a"); got != 1 {
		t.Errorf("the value is %d, want 1", got)
	}
}

func TestTableRemoves(t *testing.T) {
	ctx, table := t.Context(), state.NewTable[int](state.NewMemory(), "t", state.NewKey())
	set(t, table, "a", 1)
	got, err := table.Update(ctx, "a", func(v int, _ bool) (int, time.Time, error) { return v, time.Time{}, state.Remove })
	if err != nil || got != 1 {
		t.Errorf("update gave %d, %v; want what was taken out", got, err)
	}
	gone := func() {
		t.Helper()
		if _, err := table.Get(ctx, "a"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	}
	gone()
	set(t, table, "a", 2)
	for range 2 { // that there is none is no error
		if err := table.Delete(ctx, "a"); err != nil {
			t.Error(err)
		}
		gone()
	}
}

// R11: of many who take a value out at once, one gets it.
func TestTableTakenOnce(t *testing.T) {
	table := state.NewTable[int](state.NewMemory(), "t", state.NewKey())
	set(t, table, "a", 7)
	var mu sync.Mutex
	var wg sync.WaitGroup
	takers := 0
	for range 50 {
		wg.Go(func() {
			got, err := table.Update(t.Context(), "a", func(v int, found bool) (int, time.Time, error) {
				return v, time.Time{}, state.Remove
			})
			if err != nil {
				t.Error(err)
			}
			if got == 7 {
				mu.Lock()
				takers++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if takers != 1 {
		t.Errorf("%d took it out, want 1", takers)
	}
}

func TestTableExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := state.NewTable[int](state.NewMemory(), "t", state.NewKey())
		set(t, table, "a", 1)
		time.Sleep(time.Hour)
		if _, err := table.Get(t.Context(), "a"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
		_, _ = table.Update(t.Context(), "a", func(v int, found bool) (int, time.Time, error) {
			if found || v != 0 {
				t.Errorf("f got %d, found %v of an expired value", v, found)
			}
			return 0, time.Time{}, state.Remove
		})
	})
}

// R57: neither an id nor a value can be read in the store.
func TestTableHidesEverything(t *testing.T) {
	const canary = "canary@example.org"
	s := state.NewMemory()
	set(t, state.NewTable[string](s, "names", state.NewKey()), canary, canary)
	keys := state.Keys(s)
	if len(keys) != 1 || !strings.HasPrefix(keys[0], "names/") {
		t.Fatalf("keys %q", keys)
	}
	r, err := s.Get(t.Context(), keys[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(keys[0]+string(r.Data), "canary") {
		t.Errorf("%q: %q", keys[0], r.Data)
	}
}

// Nor can be seen that two records say the same.
func TestTableSealsAnew(t *testing.T) {
	s, data := state.NewMemory(), map[string]bool{}
	table := state.NewTable[string](s, "names", state.NewKey())
	for range 3 {
		set(t, table, "a", "the same")
		r, err := s.Get(t.Context(), state.Keys(s)[0])
		if err != nil {
			t.Fatal(err)
		}
		data[string(r.Data)] = true
	}
	if len(data) != 3 {
		t.Errorf("%d of 3 are different", len(data))
	}
}

// A record that was changed, or moved to another id or table, is not opened, and is not taken for none.
func TestTableSealed(t *testing.T) {
	s, key := state.NewMemory(), state.NewKey()
	table, other := state.NewTable[int](s, "t", key), state.NewTable[int](s, "u", key)
	set(t, table, "a", 1)
	a := state.Keys(s)[0]
	set(t, table, "b", 2)
	set(t, other, "a", 3)
	r, err := s.Get(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]byte(nil), r.Data...)
	changed[len(changed)/2] ^= 1
	for name, data := range map[string][]byte{"moved": r.Data, "changed": changed, "cut": r.Data[:5]} {
		for _, to := range state.Keys(s) {
			if name == "moved" && to == a {
				continue
			}
			put(t, s, to, string(data), time.Hour)
		}
		for id, table := range map[string]*state.Table[int]{"b": table, "a": other} {
			if _, err := table.Get(t.Context(), id); !errors.Is(err, state.ErrSealed) || errors.Is(err, state.ErrNotFound) {
				t.Errorf("%s: get: %v, want ErrSealed", name, err)
			}
			_, err := table.Update(t.Context(), id, func(int, bool) (int, time.Time, error) {
				t.Errorf("%s: f was called", name)
				return 0, hour(), nil
			})
			if !errors.Is(err, state.ErrSealed) {
				t.Errorf("%s: update: %v, want ErrSealed", name, err)
			}
		}
	}
	if err := table.Delete(t.Context(), "b"); err != nil {
		t.Errorf("delete: %v", err)
	}
}

// With another key the table is another one, and empty: to lose the key is to begin anew.
func TestTableOfAnotherKey(t *testing.T) {
	s, key := state.NewMemory(), state.NewKey()
	set(t, state.NewTable[int](s, "t", key), "a", 1)
	if _, err := state.NewTable[int](s, "t", state.NewKey()).Get(t.Context(), "a"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	if got, err := state.NewTable[int](s, "t", key).Get(t.Context(), "a"); err != nil || got != 1 {
		t.Errorf("the same key: %d, %v", got, err)
	}
}

// R14: no count is lost.
func TestTableCounts(t *testing.T) {
	table := state.NewTable[int](state.NewMemory(), "t", state.NewKey())
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			_, err := table.Update(t.Context(), "a", func(v int, _ bool) (int, time.Time, error) { return v + 1, hour(), nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := table.Get(t.Context(), "a"); err != nil || got != 200 {
		t.Errorf("%d, %v; want 200", got, err)
	}
}

func set[T any](t testing.TB, table *state.Table[T], id string, v T) {
	t.Helper()
	_, err := table.Update(t.Context(), id, func(T, bool) (T, time.Time, error) { return v, hour(), nil })
	if err != nil {
		t.Error(err)
	}
}

func BenchmarkTable(b *testing.B) {
	table := state.NewTable[value](state.NewMemory(), "t", state.NewKey())
	b.ReportAllocs()
	for i := range b.N {
		set(b, table, strconv.Itoa(i%1000), value{"a", i})
	}
}
