package flow

import (
	"time"

	"ssprd/internal/code"
)

// State is where a reset stands.
type State string

// The states. A reset is stored in each of them, so that any request, on any instance, finds it where it is.
const (
	Challenge State = "challenge" // a code was or will be sent, and is waited for
	Pick      State = "pick"      // the code was right; one of several accounts is to be picked
	Choose    State = "choose"    // a new password is to be chosen
	Changing  State = "changing"  // one process is writing it
	Spreading State = "spreading" // it is written, and arrives on the other servers
	Done      State = "done"      // it is over, and the password is changed
	Ended     State = "ended"     // it is over, and no change is known of; Why tells
)

// Over tells whether nothing more will happen.
func (s State) Over() bool { return s == Done || s == Ended }

// Verified tells whether the right code was needed to come here.
func (s State) Verified() bool {
	return s == Pick || s == Choose || s == Changing || s == Spreading || s == Done
}

// Reset is one reset. It is a plain value: Machine.Apply makes the next one of it. Only the session that began it, and
// from the right code on only the one that holds Grant, may see or move it.
type Reset struct {
	State      State     `json:",omitzero"`
	Why        Reason    `json:",omitzero"` // of Ended; in Choose, why the last submit made no change
	Again      time.Time `json:",omitzero"` // of Ended by RefusedTooYoung: from when a change is taken; zero where that is not known
	Population string    `json:",omitzero"`
	Lang       string    `json:",omitzero"`
	Typed      string    `json:",omitzero"` // the address as typed, to be shown to the same person

	Accounts []Account `json:",omitzero"` // whom the code was for, from the right code on: before it a reset of nobody's weighs as much as any
	Account  AccountID `json:",omitzero"` // the one picked
	Seen     seen      `json:",omitzero"` // the latest change of each of them when this reset first found it

	Code      code.Digest `json:",omitzero"` // of the one code alive; none while it is being sent, and none once a newer one was sent elsewhere
	Former    code.Digest `json:",omitzero"` // of the code that it replaced, to tell whoever types that one
	CodeUntil time.Time   `json:",omitzero"` // until when the code that was asked for last is good, as the page tells it
	CodeSend  int         `json:",omitzero"` // of which send Code is, or was
	CodeDies  time.Time   `json:",omitzero"` // until when Code is: where no newer one was sent, this is sooner
	Tries     int         `json:",omitzero"` // wrong codes so far: a new code does not start them anew (R13)
	Sends     int         `json:",omitzero"`
	SentAt    time.Time   `json:",omitzero"`

	Grant      string           `json:",omitzero"` // what the session must hold from the right code on
	Extensions int              `json:",omitzero"` // how often more time was asked for
	Refusals   int              `json:",omitzero"`
	Claims     int              `json:",omitzero"` // passwords submitted: an outcome is that of the claim whose number it has
	Claimant   string           `json:",omitzero"` // who made the latest claim: a name that one submit alone knows
	Lease      time.Time        `json:",omitzero"` // in Changing: until when the process that writes is taken to be alive; in Spreading: until when servers are waited for
	Followed   time.Time        `json:",omitzero"` // in Spreading: until when the process that follows the change is taken to be alive
	Claimed    time.Time        `json:",omitzero"` // when the change was asked for
	Written    time.Time        `json:",omitzero"` // when it was committed
	By, Mark   string           `json:",omitzero"` // of Written: the server, and what the others are compared with
	Servers    []ServerProgress `json:",omitzero"`
	MustChange bool             `json:",omitzero"`
	Locked     bool             `json:",omitzero"` // the account is locked out all the same
	CutOff     bool             `json:",omitzero"` // a change was cut off, and nobody knows whether it was made

	Began    time.Time `json:",omitzero"`
	Deadline time.Time `json:",omitzero"` // after it, the reset has ended
	Version  int       `json:",omitzero"` // grows with each change
}

// Chosen returns the account whose password is to be changed.
func (r Reset) Chosen() (Account, bool) {
	for _, a := range r.Accounts {
		if a.ID == r.Account && r.Account != "" {
			return a, true
		}
	}
	return Account{}, false
}

// Extendable tells whether its person can have more time still.
func (r Reset) Extendable() bool { return r.Extensions < MaxExtensions }

// Event is something that happens to a reset.
type Event interface{ event() }

// The events. Those of a person are Typed, Resend, Picked, Extend, Claim, Cancel; the others come from the work.
type (
	// Sent says that a code was drawn, or, with a digest that no code has, that there is nobody to send one to.
	Sent struct {
		Send int // which send this is: an answer to an older one is out of date
		Code code.Digest
		Keep bool // no code was sent, and a former one stays as good as it is: Code is a decoy in the former one's place
	}
	// Typed is a code that was typed. Without accounts none is right, and the zero digest never is.
	Typed struct {
		Code     code.Digest
		Accounts []Account // whom the code is for
		Seen     seen      // of those
		Grant    string    // what the session will hold if it is right
	}
	// Replaced says that a newer code for the same account was sent for another reset: one alone is alive (R11). It is about the
	// code of this send and those before it, not about one that was drawn since.
	Replaced struct{ Send int }
	// Resend asks for a new code. The former one is dead from here on.
	Resend struct{}
	// Picked says which account is meant.
	Picked struct{ Account AccountID }
	// Extend asks for more time to choose the account or the password (WCAG 2.2.1).
	Extend struct{}
	// Claim is a new password submitted: only one claim leads to a write.
	Claim struct {
		Claimant string
		Until    time.Time
	}
	// Unclaim takes back the claim of this name, of which it is not known whether it was stored: nobody writes.
	Unclaim struct{ Claimant string }
	// Refused says that nothing was changed, and why.
	Refused struct {
		Claim  int // which one: that of a writer which was given up must not pass for a later one's
		Reason Reason
		Until  time.Time // of RefusedTooYoung; may be zero
	}
	// Lost says that nobody can tell whether the password was changed.
	Lost struct{ Claim int }
	// Wrote says that the password was changed on one server.
	Wrote struct {
		Claim      int
		By, Mark   string // as in Written
		MustChange bool
		Locked     bool
		Until      time.Time // when servers are no longer waited for
		Followed   time.Time // until when the process that wrote is sure to follow them
	}
	// Follow says that a process follows the change to the servers until then at least: the one that does, and, where it
	// has died, the first one that sees it.
	Follow struct {
		Claim int
		Until time.Time
		Anew  bool // instead of one that has died
		Gone  bool // by nobody any more: whoever sees it next goes on
	}
	// Progress says how far one server is.
	Progress struct {
		Claim int
		ServerProgress
	}
	// Spread says that nobody waits for further servers.
	Spread struct{ Claim int }
	// Overtaken says that another reset of the same account has gone on to a change since this one began (R11).
	Overtaken struct{}
	// TooRecent says that the directory would refuse any password before a time: nobody is asked to choose one in vain.
	TooRecent struct{ Until time.Time }
	// Cancel ends the reset, as long as nothing is being written.
	Cancel struct{}
	// Tick is time passing.
	Tick struct{}
)

func (Sent) event()      {}
func (Typed) event()     {}
func (Replaced) event()  {}
func (Resend) event()    {}
func (Picked) event()    {}
func (Extend) event()    {}
func (Claim) event()     {}
func (Unclaim) event()   {}
func (Refused) event()   {}
func (Lost) event()      {}
func (Wrote) event()     {}
func (Follow) event()    {}
func (Progress) event()  {}
func (Spread) event()    {}
func (Overtaken) event() {}
func (TooRecent) event() {}
func (Cancel) event()    {}
func (Tick) event()      {}
