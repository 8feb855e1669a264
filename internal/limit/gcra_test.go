package limit

import (
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestDecide(t *testing.T) {
	r := Rate{6, time.Hour} // one every ten minutes
	at := func(d time.Duration) time.Time { return start.Add(d) }
	for name, c := range map[string]struct {
		tat  time.Time
		next time.Time
		wait time.Duration
	}{
		"never touched":     {time.Time{}, at(10 * time.Minute), 0},
		"given back":        {at(-time.Hour), at(10 * time.Minute), 0},
		"just given back":   {at(0), at(10 * time.Minute), 0},
		"one spent":         {at(10 * time.Minute), at(20 * time.Minute), 0},
		"the last":          {at(50 * time.Minute), at(60 * time.Minute), 0},
		"almost one":        {at(50*time.Minute + 1), at(50*time.Minute + 1), 1},
		"all spent":         {at(60 * time.Minute), at(60 * time.Minute), 10 * time.Minute},
		"a stricter rate":   {at(24 * time.Hour), at(60 * time.Minute), 10 * time.Minute},
		"the clock in 1970": {time.Unix(0, 0), at(10 * time.Minute), 0},
	} {
		next, wait, allowed := decide(c.tat, start, r)
		if !next.Equal(c.next) || wait != c.wait || allowed != (c.wait == 0) {
			t.Errorf("%s: next %s, wait %s, allowed %v", name, next.Sub(start), wait, allowed)
		}
	}
}

// Whatever the rate and however people come: never more than Count at once and Count in every Per after, the promised
// wait is exact, and it is never longer than it takes to give one back.
func TestDecideOverTime(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		r := Rate{1 + random.IntN(50), time.Duration(1 + random.Int64N(int64(24*time.Hour)))}
		if r.Validate() != nil {
			continue
		}
		var tat time.Time
		now, spent := start, 0
		for range 500 {
			next, wait, allowed := decide(tat, now, r)
			if allowed {
				spent++
			} else if _, _, then := decide(tat, now.Add(wait), r); wait > r.every() || !then {
				t.Fatalf("%s: a wait of %s, after which: %v", r, wait, then)
			} else if _, _, early := decide(tat, now.Add(wait-1), r); early {
				t.Fatalf("%s: it was to wait %s, and less was enough", r, wait)
			}
			tat = next
			if most := r.Count + int(now.Sub(start)/r.every()); spent > most {
				t.Fatalf("%s: %d in %s, at most %d", r, spent, now.Sub(start), most)
			}
			now = now.Add(time.Duration(random.Int64N(int64(2*r.every()) + 1)))
		}
	}
}
