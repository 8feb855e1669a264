package limit

import "time"

// decide is the generic cell rate algorithm (ITU-T I.371). tat, the theoretical arrival time, is when everything spent
// will have been given back; the zero time, or any in the past, is a limit that nobody has touched. Spending one moves it
// on by Per/Count, and it may be at most Count of those ahead of now. So Count are allowed at once and then Count in
// every Per; in the Per that follows a full burst there can thus be up to twice Count.
//
// A tat further ahead than that comes from a rate that has been made stricter or a clock that was set back, and counts
// as everything spent, no more. r is to be valid.
func decide(tat, now time.Time, r Rate) (next time.Time, wait time.Duration, allowed bool) {
	every := r.every()
	full := now.Add(every * time.Duration(r.Count))
	switch {
	case tat.Before(now):
		tat = now
	case tat.After(full):
		tat = full
	}
	next = tat.Add(every)
	if wait := next.Sub(full); wait > 0 {
		return tat, wait, false
	}
	return next, 0, true
}
