package limit

import "time"

// slots is how many parts a Rate's Per is counted in. More would give back sooner after Per, and take more room: with 30,
// what was spent is given back after at most Per and a thirtieth of it, and never before Per.
const slots = 30

// Window is what is remembered of one limit: how many were spent in each slot of the last Per. The zero Window is a limit
// that nobody has touched. It is a plain value; its methods are pure.
//
// A window that rolls holds what R13 asks: never more than Count in any Per. One time stamp instead (the generic cell
// rate algorithm) would let up to twice Count through in the Per after a burst.
type Window struct {
	Slot  time.Duration `json:"s,omitempty"` // the length of a slot
	Last  int64         `json:"l,omitempty"` // the newest slot, counted from 1970
	Spent []int         `json:"n,omitempty"` // in the newest slot, in the one before it, and so on
}

// Spend takes one at now. A wait of more than zero means that nothing is left and nothing was taken, and says when there
// will be one again. r is to be valid.
func (w Window) Spend(now time.Time, r Rate) (next Window, wait time.Duration) {
	w = w.at(now, r)
	if wait = w.wait(now, r); wait > 0 {
		return w, wait
	}
	w.Spent[0]++
	return w, 0
}

// Newest is the beginning of the newest slot in which anything was spent, in the Per before now; zero if nothing was.
func (w Window) Newest(now time.Time, r Rate) time.Time {
	w = w.at(now, r)
	for i, n := range w.Spent {
		if n > 0 {
			return end(w.Last-int64(i)-1, w.Slot)
		}
	}
	return time.Time{}
}

// GiveBack undoes a Spend of the moment at.
func (w Window) GiveBack(at, now time.Time, r Rate) Window {
	w = w.at(now, r)
	if i := w.Last - number(at, w.Slot); i >= 0 && i < int64(len(w.Spent)) && w.Spent[i] > 0 {
		w.Spent[i]--
	}
	return w
}

// Expires is when all that was spent has been given back.
func (w Window) Expires(r Rate) time.Time { return end(w.Last, w.Slot).Add(r.Per) }

// at is the window as it is at now: a slot for now in front, and none that has been given back. Slots of another length,
// from before the rate was changed, are put where they end, and those of the future, from before the clock was set
// back, at now: nobody waits longer for them than for what was spent this moment.
func (w Window) at(now time.Time, r Rate) Window {
	slot := (r.Per + slots - 1) / slots
	next := Window{Slot: slot, Last: number(now, slot), Spent: make([]int, 1, 4)}
	for i, n := range w.Spent {
		if n == 0 {
			continue
		}
		last := w.Last - int64(i)
		if w.Slot != slot {
			last = number(end(last, w.Slot).Add(-1), slot)
		}
		last = min(last, next.Last)
		if !end(last, slot).Add(r.Per).After(now) {
			break // and all that follow are older
		}
		for next.Last-last >= int64(len(next.Spent)) {
			next.Spent = append(next.Spent, 0)
		}
		next.Spent[next.Last-last] += n
	}
	return next
}

// wait is how long it takes until enough is given back for one more; 0 where there is one left.
func (w Window) wait(now time.Time, r Rate) time.Duration {
	left := w.total()
	for i := len(w.Spent) - 1; i >= 0 && left >= r.Count; i-- {
		left -= w.Spent[i]
		if left < r.Count {
			return end(w.Last-int64(i), w.Slot).Add(r.Per).Sub(now)
		}
	}
	return 0
}

func (w Window) total() (n int) {
	for _, spent := range w.Spent {
		n += spent
	}
	return n
}

func number(t time.Time, slot time.Duration) int64 { return t.UnixNano() / int64(slot) }

// end is the first moment after a slot.
func end(number int64, slot time.Duration) time.Time { return time.Unix(0, (number+1)*int64(slot)) }
