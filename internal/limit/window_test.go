package limit

import (
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Whatever the rate and however people come: never more than Count in any Per (R13: at most ten an hour, over whatever
// hour), the promised wait is exact, and it ends soon after the oldest of those that count is as old as Per.
func TestWindowOverTime(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		r := Rate{1 + random.IntN(50), time.Duration(1 + random.Int64N(int64(24*time.Hour)))}
		if r.Validate() != nil {
			continue
		}
		var w Window
		var spent []time.Time
		now := start
		for range 500 {
			next, wait := w.Spend(now, r)
			if wait == 0 {
				spent = append(spent, now)
				if n := len(spent); n > r.Count && spent[n-1].Sub(spent[n-1-r.Count]) < r.Per {
					t.Fatalf("%s: %d in %s", r, r.Count+1, spent[n-1].Sub(spent[n-1-r.Count]))
				}
			} else {
				if _, then := w.Spend(now.Add(wait), r); then != 0 {
					t.Fatalf("%s: a wait of %s, and %s more after it", r, wait, then)
				}
				if _, early := w.Spend(now.Add(wait-1), r); early == 0 {
					t.Fatalf("%s: it was to wait %s, and less was enough", r, wait)
				}
				if longest := spent[len(spent)-r.Count].Add(r.Per + r.Per/slots + 1).Sub(now); wait > longest {
					t.Fatalf("%s: a wait of %s, at most %s", r, wait, longest)
				}
			}
			if len(next.Spent) > slots+1 {
				t.Fatalf("%s: %d slots", r, len(next.Spent))
			}
			w = next
			now = now.Add(time.Duration(random.Int64N(int64(2*r.every()) + 1)))
		}
	}
}

// A clock that was set back makes nobody wait longer than for what was spent this moment.
func TestWindowOfTheFuture(t *testing.T) {
	r := Rate{2, time.Hour}
	var w Window
	for range 2 {
		w, _ = w.Spend(start.Add(1000*time.Hour), r)
	}
	if _, wait := w.Spend(start, r); wait <= 0 || wait > time.Hour+2*time.Minute {
		t.Errorf("a wait of %s", wait)
	}
}

func TestWindowExpires(t *testing.T) {
	r := Rate{2, time.Hour}
	w, _ := Window{}.Spend(start, r)
	if !w.Newest(w.Expires(r), r).IsZero() || w.Newest(w.Expires(r).Add(-1), r).IsZero() {
		t.Errorf("%+v expires at %s", w, w.Expires(r))
	}
	if back := w.GiveBack(start, start, r); !back.Newest(start, r).IsZero() {
		t.Errorf("given back: %+v", back)
	}
	if back := w.GiveBack(start.Add(-time.Hour), start, r); back.Newest(start, r).IsZero() {
		t.Error("what was not taken was given back")
	}
}
