package dirtest

import (
	"slices"
	"testing"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// Subject is one eligible person of the population under test, whose password is InitialPassword.
type Subject struct {
	Typed      []string // every text that names this person and nobody else, one for each attribute
	Identifier string   // as flow.Account has it
	Mail       string   // where codes go; empty for a person without an address
	Mails      []string // all addresses, in the directory's order, where there are several
	Name       string   // the display name
}

// Refusal is a password that the directory does not take.
type Refusal struct {
	Password string
	Reasons  []flow.Reason // any of these is right
}

// What becomes of a person, as keys of Fixture.Become. Of the first group nobody's password may be reset, of the second
// everybody's may.
const (
	BecomesProtected  = "protected"
	BecomesDisabled   = "disabled"
	BecomesExpired    = "expired"
	BecomesPrivileged = "privileged" // adminCount
	BecomesSmartcard  = "smartcard only"
	BecomesClosed     = "locked for good" // by an administrator
	MovesAway         = "moved out of the base"
	IsDeleted         = "deleted"

	BecomesLockedOut = "locked out" // after wrong passwords
	PasswordExpires  = "password expired"
	IsToldToChange   = "told to change"       // at the next sign-in; a reset is that change
	BecomesTooYoung  = "changed too recently" // found, and told from when a change is taken
	BecomesForced    = "must change"          // what a reset leaves behind asks for another change
)

// Reach says how the directory under test is to be opened. The zero value is as the fixture has it.
type Reach struct {
	Servers, Replicas []string // ldaps:// addresses, instead of the fixture's
	KeepLocks         bool     // a reset ends no lock-out (unlock: false)
	Everywhere        bool     // the base is the whole directory
}

// Policy is a set of rules that the directory demands of some of its people.
type Policy struct {
	Name    string // "the default", "a PSO"
	Apply   func(identifier string) error
	Demands policy.Demands // what is then known of them; Names are compared by the point itself
}

// Fixture is a population of a directory, and the hands that the suite needs behind the directory's back. For every
// point whose hooks it lacks, Cannot gives the reason: a point without hooks and without a reason fails.
type Fixture struct {
	Server string            // the column of docs/directories.md
	Cannot map[string]string // the name of a point, and why this server, or what is known of it, cannot show it

	Open              func(t *testing.T, r Reach) flow.Directory
	Servers, Replicas []string // the ldaps:// addresses that Reached follows, in this order

	Fresh    func(t *testing.T) Subject // a person whom no point has touched yet
	Bind     func(identifier, password string) error
	Stamp    func(identifier string) (string, error)              // differs after every write of the password
	Snapshot func(identifier string) (map[string][]string, error) // all attributes, operational ones too
	Moves    []string                                             // the attributes that a change of the password may move
	Shared   string                                               // an address that several eligible accounts have
	SharedBy []string                                             // their identifiers
	Crowd    string                                               // an address of more than flow.MaxAccounts
	Nobody   map[string]string                                    // why, and a text that names an entry outside the population
	Odd      func(t *testing.T) []Subject                         // people with names, DNs and addresses that need care, each fresh
	NoRight  func(t *testing.T) Subject                           // somebody elsewhere in the directory, whose password the service account may not change

	Rename    func(identifier string) error // the entry gets another DN
	Become    map[string]func(identifier string) error
	LockedOut func(identifier string) (bool, error)
	Unproven  bool            // nothing that can be read of an entry proves whether its password was changed
	LocksStay bool            // a reset by Reach.KeepLocks leaves a lock-out as it is; else the server itself ends it
	Refused   []Refusal       // under the policy that a fresh person has
	Policies  []Policy        // the rules in force, by whom they are demanded
	Unchecked []policy.Name   // rules that are demanded, and that this very server does not check
	Laxer     func(rune) bool // characters that this very server takes for a kind which the real one does not know; nil for none

	Writes           func() (int, error) // how many writes the directory has completed
	BreakConnections func() error        // cuts every open connection
	Lag, CatchUp     func() error        // one server that Reached follows gets no changes, then all of them
	ReadOnly         string              // the address of a server of the same content that refuses writes

	// For RunDesk.
	OpenDesk     func(t *testing.T, r Reach) Desk
	Give         func(identifier, attribute string, values ...string) error
	Many         string                               // what more people's identifiers begin with than any search gives; may be empty
	Lasts, Locks time.Duration                        // how long a password is good, and a lock-out lasts; 0: for ever
	Group, Outer string                               // DNs of groups without people; the former is a member of the latter
	Nested       bool                                 // whoever is in a group is in those that it is a member of
	Join, Leave  func(identifier, group string) error // one's membership

	directory flow.Directory // as opened
	reach     Reach          // with which it was
}

// servers is how many servers Reached follows.
func (f Fixture) servers() int {
	if f.reach.Servers != nil || f.reach.Replicas != nil {
		return len(f.reach.Servers) + len(f.reach.Replicas)
	}
	return len(f.Servers) + len(f.Replicas)
}

// opened is the fixture with its directory opened in that way.
func (f Fixture) opened(t *testing.T, r Reach) Fixture {
	t.Helper()
	f.directory, f.reach = f.Open(t, r), r
	return f
}

// point is one thing that the suite holds a directory to: a row of docs/directories.md.
type point struct {
	name  string // by which Fixture.Cannot gives the reason why not
	needs []hook
	run   func(*testing.T, Fixture)
	note  func(Fixture) string // what the point leaves out on this server, for the document; nil for nothing
}

// hook is what a point needs of a fixture.
type hook struct {
	name  string
	there func(Fixture) bool
}

// lacks names the first hook of the point that the fixture has not, or nothing.
func (p point) lacks(f Fixture) string {
	for _, h := range p.needs {
		if !h.there(f) {
			return h.name
		}
	}
	return ""
}

// points are all, in the order of the document.
func points() []point {
	return slices.Concat(findPoints, eligiblePoints(), rulesPoints, refusedPoints, writePoints, unlockPoints, reachedPoints, serversPoints)
}

// Run is the conformance suite of flow.Directory. It changes people's passwords and states. A point that the fixture has
// no hooks for says why not, or fails; so does a reason where there are hooks: nothing is left out in silence.
func Run(t *testing.T, f Fixture) Results {
	f = f.opened(t, Reach{})
	known, all, results := map[string]bool{}, true, Results{server: f.Server}
	for _, p := range points() {
		ran := false
		t.Run(p.name, func(t *testing.T) {
			ran = true
			if p.applies(t, f) {
				p.run(t, f)
			}
		})
		known[p.name], all = true, all && ran
		results.cells = append(results.cells, p.result(f))
	}
	for name := range f.Cannot {
		if !known[name] {
			t.Errorf("a reason is given for %q, which is no point of the suite", name)
		}
	}
	results.sound = all && !t.Failed()
	return results
}

// applies tells whether the point can be shown. It does not skip: where everything has to run, a skipped test is one
// that could not run.
func (p point) applies(t *testing.T, f Fixture) bool {
	t.Helper()
	lacks, reason := p.lacks(f), f.Cannot[p.name]
	switch {
	case lacks == "" && reason == "":
		return true
	case lacks == "":
		t.Errorf("the fixture has all that this needs, and a reason why it cannot be: %s", reason)
	case reason == "":
		t.Errorf("the fixture lacks %s, and gives no reason", lacks)
	default:
		t.Log("it cannot be here: " + reason)
	}
	return false
}

// result is what the document says of the point, once it has passed.
func (p point) result(f Fixture) cell {
	if p.lacks(f) != "" {
		return cell{row: p.name, word: no, reason: f.Cannot[p.name]}
	}
	c := cell{row: p.name, word: yes}
	if p.note != nil {
		c.reason = p.note(f)
	}
	return c
}

// becoming is the hook that brings a person into a state.
func becoming(state string) hook {
	return hook{"Become: " + state, func(f Fixture) bool { return f.Become[state] != nil }}
}

var (
	withSnapshot    = hook{"Snapshot", func(f Fixture) bool { return f.Snapshot != nil && len(f.Moves) > 0 }}
	withPolicies    = hook{"Policies", func(f Fixture) bool { return len(f.Policies) > 0 }}
	withLag         = hook{"Lag and CatchUp", func(f Fixture) bool { return f.Lag != nil && f.CatchUp != nil }}
	withLockedOut   = hook{"LockedOut", func(f Fixture) bool { return f.LockedOut != nil }}
	withConnections = hook{"BreakConnections", func(f Fixture) bool { return f.BreakConnections != nil }}
)

// one finds the person whom the subject's first text names.
func one(t *testing.T, f Fixture, s Subject) flow.Account {
	t.Helper()
	accounts, err := f.directory.Find(t.Context(), s.Typed[0])
	if err != nil {
		t.Fatalf("find %q: %v", s.Typed[0], err)
	}
	if len(accounts) != 1 {
		t.Fatalf("find %q: %d accounts, want one", s.Typed[0], len(accounts))
	}
	return accounts[0]
}

// become brings a person into a state.
func become(t *testing.T, f Fixture, s Subject, state string) {
	t.Helper()
	if err := f.Become[state](s.Identifier); err != nil {
		t.Fatalf("%s: %v", state, err)
	}
}

func stamp(t *testing.T, f Fixture, identifier string) string {
	t.Helper()
	s, err := f.Stamp(identifier)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
