package flow

import (
	"reflect"
	"time"

	"ssprd/internal/code"
)

// Bounds that no configuration changes.
const (
	// VerifiedFor is how long the right code entitles to a change (R23), unless its person asks for as much again.
	VerifiedFor = 15 * time.Minute
	// MaxExtensions is how often they can: ten times, as WCAG 2.2.1 asks.
	MaxExtensions = 10
	// OutcomeFor is how long the outcome can be read again by the session that made it, after a page that was cut.
	OutcomeFor = 5 * time.Minute
	// MaxRefusals bounds how often the directory is asked to judge a password for one code (R39).
	MaxRefusals = 10
)

// Machine holds the rules of what may follow what. Its methods are pure.
type Machine struct{ Code code.Config }

// Begin is the reset of a person who typed an address: a first code is asked for.
func (m Machine) Begin(population, lang, typed string, now time.Time) Reset {
	return m.send(Reset{State: Challenge, Population: population, Lang: lang, Typed: typed, Began: now}, now)
}

// Apply makes the next reset of r. The reset it returns is always worth saving, whatever the Reason: a wrong code is
// counted in it, and time may have ended it. A Reason other than None says why the event did not do what it asks.
func (m Machine) Apply(r Reset, e Event, now time.Time) (Reset, Reason) {
	next, reason := m.step(lapse(r, now), e, now)
	seen := next
	seen.Followed = r.Followed // which no page shows
	if !reflect.DeepEqual(seen, r) {
		next.Version++
	}
	return next, reason
}

func (m Machine) step(r Reset, e Event, now time.Time) (Reset, Reason) {
	switch e := e.(type) {
	case Tick:
		return r, None
	case Sent:
		return m.sent(r, e)
	case Typed:
		return m.typed(r, e, now)
	case Replaced:
		if r.State != Challenge || r.CodeSend > e.Send {
			return r, out(r)
		}
		return replaced(r), None
	case Resend:
		return m.resend(r, now)
	case Picked:
		return picked(r, e)
	case Extend:
		return extend(r, now)
	case Claim:
		return claim(r, e, now)
	case Unclaim:
		if r.Claimant != e.Claimant {
			return r, OutOfOrder
		}
		return only(r, Changing, r.Claims, func() Reset { r.State, r.Why = Choose, NotBegun; return r })
	case Refused:
		return refused(r, e)
	case Lost:
		return only(r, Changing, e.Claim, func() Reset { return end(r, CannotTell) })
	case Wrote:
		return only(r, Changing, e.Claim, func() Reset {
			r.State, r.Why, r.MustChange, r.Locked, r.Lease, r.Written = Spreading, None, e.MustChange, e.Locked, e.Until, now
			r.By, r.Mark, r.Followed = e.By, e.Mark, e.Followed
			return r
		})
	case Follow:
		if e.Anew && now.Before(r.Followed) {
			return r, OutOfOrder
		}
		return only(r, Spreading, e.Claim, func() Reset {
			if e.Gone || e.Until.After(r.Followed) { // else the clock of whoever says so is behind
				r.Followed = e.Until
			}
			return r
		})
	case Progress:
		return only(r, Spreading, e.Claim, func() Reset { r.Servers = progressed(r.Servers, e.ServerProgress); return r })
	case Spread:
		return only(r, Spreading, e.Claim, func() Reset { return done(r, now) })
	case Cancel:
		return stop(r, Cancelled)
	case Overtaken:
		return stop(r, Superseded)
	case TooRecent:
		next, reason := stop(r, RefusedTooYoung)
		if reason == None {
			next.Again = e.Until
		}
		return next, reason
	}
	return r, OutOfOrder
}

// only is a move that one state knows, and that only the work of the latest claim can make.
func only(r Reset, s State, claim int, move func() Reset) (Reset, Reason) {
	if r.State != s || r.Claims != claim {
		return r, out(r)
	}
	return move(), None
}

// out is why an event that r's state does not know does nothing.
func out(r Reset) Reason {
	if r.State == Ended {
		return r.Why
	}
	return OutOfOrder
}

// lapse is what time alone does.
func lapse(r Reset, now time.Time) Reset {
	switch {
	case r.State == Changing && !now.Before(r.Lease) && !now.Before(r.Deadline):
		return end(r, CannotTell) // as below, but too late to say it again
	case r.State == Changing && !now.Before(r.Lease):
		// The process that wrote has died. Whether it changed anything nobody here knows: the person may say it again.
		r.State, r.Why, r.CutOff = Choose, WriteInterrupted, true
	case r.State == Spreading && !now.Before(r.Lease):
		return done(r, r.Lease)
	}
	waiting := r.State == Challenge || r.State == Pick || r.State == Choose
	if waiting && !now.Before(r.Deadline) {
		return end(r, Expired)
	}
	return r
}

// send counts a send; the worker brings its digest by Sent, and until then the former code is good. The reset outlives its
// code by as much again, so that an expired code leads to a new one and not to a new beginning (WCAG 2.2.1).
func (m Machine) send(r Reset, now time.Time) Reset {
	r.Sends, r.SentAt = r.Sends+1, now
	r.CodeUntil, r.Deadline = now.Add(m.Code.Lifetime), now.Add(2*m.Code.Lifetime)
	return r
}

// replaced lets the code alive be the former one. Nothing else of the reset shows it, so that a stranger who began it does
// not learn that somebody has asked for a newer one.
func replaced(r Reset) Reset {
	if r.Code.Drawn() {
		r.Code, r.Former = code.Digest{}, r.Code
	}
	return r
}

func (m Machine) sent(r Reset, e Sent) (Reset, Reason) {
	if r.State != Challenge || e.Send != r.Sends {
		return r, OutOfOrder
	}
	if e.Keep {
		r.Former = e.Code
		return r, None
	}
	r = replaced(r)
	r.Code, r.CodeSend, r.CodeDies = e.Code, e.Send, r.CodeUntil
	return r, None
}

// Compares tells whether a code typed now would be compared: only then does it cost a try.
func (m Machine) Compares(r Reset, now time.Time) bool {
	r = lapse(r, now)
	return r.State == Challenge && now.Before(r.CodeUntil)
}

// typed judges a code. It is counted in the same value in which it is judged: whoever saves the one saves the other.
func (m Machine) typed(r Reset, e Typed, now time.Time) (Reset, Reason) {
	right := r.Code.Equal(e.Code) && len(e.Accounts) > 0 && now.Before(r.CodeDies)
	former := r.Former.Equal(e.Code)
	switch {
	case r.State != Challenge:
		return r, out(r)
	case !now.Before(r.CodeUntil):
		return r, CodeExpired
	case right:
		return accepted(r, e, now), None
	}
	r.Tries++
	switch {
	case r.Tries >= m.Code.Tries:
		return end(r, TooManyTries), TooManyTries
	case former:
		return r, CodeReplaced
	}
	return r, CodeWrong
}

func accepted(r Reset, e Typed, now time.Time) Reset {
	r.State, r.Accounts, r.Seen, r.Grant, r.Deadline = Pick, e.Accounts, e.Seen, e.Grant, now.Add(VerifiedFor)
	r.Code, r.Former = code.Digest{}, code.Digest{}
	if len(r.Accounts) == 1 {
		r.State, r.Account = Choose, r.Accounts[0].ID
	}
	return r
}

func tooYoung(r Reset, until time.Time) Reset {
	r = end(r, RefusedTooYoung)
	r.Again = until
	return r
}

func (m Machine) resend(r Reset, now time.Time) (Reset, Reason) {
	switch {
	case r.State != Challenge:
		return r, out(r)
	case r.Sends >= m.Code.Sends:
		return r, ResendOften
	case now.Before(r.SentAt.Add(m.Code.ResendAfter)):
		return r, ResendSoon
	}
	return m.send(r, now), None
}

func picked(r Reset, e Picked) (Reset, Reason) {
	if r.State != Pick {
		return r, out(r)
	}
	for _, a := range r.Accounts {
		if a.ID == e.Account {
			r.State, r.Account = Choose, a.ID
			return r, None
		}
	}
	return r, NotAnAccount
}

// extend gives as much time as the right code gave, from now on. Each time is an act of the person: a page that is left
// open does not keep its reset alive.
func extend(r Reset, now time.Time) (Reset, Reason) {
	if r.State != Pick && r.State != Choose || !r.Extendable() {
		return r, out(r)
	}
	r.Extensions, r.Deadline = r.Extensions+1, now.Add(VerifiedFor)
	return r, None
}

func claim(r Reset, e Claim, now time.Time) (Reset, Reason) {
	if r.State != Choose {
		return r, out(r)
	}
	r.State, r.Why, r.Lease, r.Claimed, r.Servers = Changing, None, e.Until, now, nil
	r.Claims, r.Claimant = r.Claims+1, e.Claimant
	return r, None
}

func refused(r Reset, e Refused) (Reset, Reason) {
	return only(r, Changing, e.Claim, func() Reset {
		if e.Reason != Unavailable && e.Reason != NotBegun { // of which nobody has judged the password
			r.Refusals++
		}
		switch {
		case e.Reason == RefusedTooYoung:
			return tooYoung(r, e.Until)
		case !e.Reason.MayRetry():
			return end(r, e.Reason)
		case r.Refusals >= MaxRefusals:
			return end(r, TooManyRefusals)
		}
		r.State, r.Why = Choose, e.Reason
		return r
	})
}

// stop ends a reset in which nothing is being written.
func stop(r Reset, why Reason) (Reset, Reason) {
	switch r.State {
	case Challenge, Pick, Choose:
		return end(r, why), None
	}
	return r, out(r)
}

func done(r Reset, now time.Time) Reset {
	r.State, r.Deadline = Done, now.Add(OutcomeFor)
	return r
}

// end forgets whom the reset was for: nothing can follow. Where a change was cut off before, no end may say that nothing was
// changed.
func end(r Reset, why Reason) Reset {
	if r.CutOff && (why == Expired || why == Cancelled || why == TooManyRefusals) {
		why = CannotTell
	}
	r.State, r.Why, r.Accounts, r.Account, r.Seen = Ended, why, nil, "", nil
	r.Code, r.Former = code.Digest{}, code.Digest{}
	return r
}

// progressed returns the list with one server's line replaced or added; the argument is shared with older values of
// the reset and stays as it is. A server that has the change keeps it, whatever a process finds that begins to look.
func progressed(servers []ServerProgress, p ServerProgress) []ServerProgress {
	next := append([]ServerProgress(nil), servers...)
	for i := range next {
		if next[i].Index == p.Index {
			if !next[i].Reached {
				next[i] = p
			}
			return next
		}
	}
	return append(next, p)
}
