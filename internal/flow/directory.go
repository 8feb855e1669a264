package flow

import (
	"context"
	"errors"
	"iter"
	"time"

	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// AccountID is the directory's lasting name of an entry (entryUUID of RFC 4530, objectGUID of MS-ADTS). It outlives a
// rename and a move, which a DN does not; it is never typed by a person nor kept by the browser.
type AccountID string

// Account is what the flow knows of an entry: what it shows, masked, where it sends the code, and which words must not
// be in the password.
type Account struct {
	ID         AccountID `json:",omitzero"`
	Identifier string    `json:",omitzero"` // the value shown, masked, as « Votre identifiant »
	Name       string    `json:",omitzero"` // the display name; may be empty
	Mail       []string  `json:",omitzero"` // the addresses on file to which a code may go, in the directory's order
	Words      []string  `json:",omitzero"` // names, identifiers and addresses of the person, for the rule forbid_identity

	Demands       policy.Demands `json:",omitzero"` // what the directory itself demands of this entry's password
	MayChangeFrom time.Time      `json:",omitzero"` // before it the directory takes no other password (its least age); zero: at any time
}

// TooYoung tells whether, at now, the directory would refuse any password of the account because of the last change's
// age. What is over before a page is filled in is none: the directory judges it then.
func (a Account) TooYoung(now time.Time) bool { return a.MayChangeFrom.After(now.Add(soonEnough)) }

// soonEnough is less than it takes to read a page and to type a password twice.
const soonEnough = 20 * time.Second

// Directory is one population of one directory: it never shows or changes an entry outside the population's base and
// filter, nor a protected one. internal/dirtest has the conformance suite that every implementation passes.
type Directory interface {
	// Find returns the eligible accounts that the typed text names, by any of the attributes a person may type.
	// None is not an error. Who has an expired password, must change it, or is locked out after wrong ones is eligible: they
	// are the ones who come. Each account comes with the rules in force for it. The text is compared as the directory compares it and may hold any character; text that
	// cannot name anybody (too long, control characters, invalid UTF-8) names nobody. At most MaxAccounts are returned.
	Find(ctx context.Context, typed string) ([]Account, error)

	// SetPassword judges the entry again (it may have been disabled since it was found) and replaces its password,
	// once. It returns a *RefusedError when nothing was changed and the directory, or the entry's state, is the
	// reason; ErrUnknownOutcome when nobody can say whether it was changed; any other error when nothing was changed
	// because no server could be asked.
	SetPassword(ctx context.Context, id AccountID, password secret.Text) (Written, error)

	// Reached follows the change to each server: it yields every server once as it is known at the start, then each
	// again when the change has arrived there, and ends when it has arrived everywhere or ctx ends. A server that
	// does not answer is asked again until then. It never fails: a change that was written stays written.
	Reached(ctx context.Context, w Written) iter.Seq[ServerProgress]
}

// MaxAccounts bounds how many accounts one typed address can name: more than a shared mailbox ever has, few enough to
// show on one page.
const MaxAccounts = 20

// Written is a change that was committed by one server.
type Written struct {
	ID         AccountID
	Server     string // the address of the server that committed it, for the log
	Mark       string // what the other servers are compared with (entryCSN, pwdLastSet); the adapter's own
	MustChange bool   // the directory asks for another change at the next sign-in
	Locked     bool   // the account is locked out all the same, after wrong passwords, and not by an administrator
}

// ServerProgress tells how far one server is.
type ServerProgress struct {
	Server  string        `json:",omitzero"` // the administrator's label for people, or empty: then the page counts the servers
	Index   int           `json:",omitzero"` // its place in the configuration, from 0
	Reached bool          `json:",omitzero"` // the change has arrived
	After   time.Duration `json:",omitzero"` // how long after the write, once reached
}

// RefusedError says that the directory judged the change and did not make it.
type RefusedError struct {
	Reason Reason // for the person
	Code   string // for the log and the helpdesk: PWD_POLICY, NO_RIGHT, …
	Alarm  bool   // neither the password nor the entry is at fault, but rights or settings: an administrator has to look
	Err    error  // the directory's own words; never shown to the person

	Until time.Time // of RefusedTooYoung: from when a change is taken; zero where that is not known
}

func (e *RefusedError) Error() string { return "refused (" + e.Code + "): " + e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// ErrUnknownOutcome says that a change was sent, that its answer was lost, and that reading the entry again could not
// tell whether it was made.
var ErrUnknownOutcome = errors.New("the outcome of the change is not known")
