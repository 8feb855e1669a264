package dirtest

import (
	"testing"

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
	Refused   []Refusal     // under the policy that a fresh person has
	Policies  []Policy      // the rules in force, by whom they are demanded
	Unchecked []policy.Name // rules that are demanded, and that this very server does not check

	Writes           func() (int, error) // how many writes the directory has completed
	BreakConnections func() error        // cuts every open connection
	Lag, CatchUp     func() error        // one server that Reached follows gets no changes, then all of them
	ReadOnly         string              // the address of a server of the same content that refuses writes

	directory flow.Directory // as Run opened it
}

func (f Fixture) servers() int { return len(f.Servers) + len(f.Replicas) }

// Run is the conformance suite of flow.Directory. It changes people's passwords and states.
func Run(t *testing.T, f Fixture) {
	f.directory = f.Open(t, Reach{})
	for _, point := range []struct {
		name string
		run  func(*testing.T, Fixture)
	}{
		{"finds by each attribute", findsByEachAttribute},
		{"finds all of a shared mailbox", findsShared},
		{"finds no more than MaxAccounts", findsBounded},
		{"finds nobody", findsNobody},
		{"sets the password", setsPassword},
		{"writes once", writesOnce},
		{"account outlives a rename", outlivesRename},
		{"judges the entry again", judgesAgain},
		{"refused by the directory", refusedByDirectory},
		{"a cancelled call changes nothing", cancelledCall},
		{"a broken connection costs nothing", brokenConnection},
		{"eight at a time", eightAtATime},
		{"reached", reached},
		{"reached by a server that lags", reachedLate},
		{"reached ends when told to", reachedEnds},
	} {
		t.Run(point.name, func(t *testing.T) { point.run(t, f) })
	}
}

// applicable says in the log where the fixture has nothing for a point. It does not skip: where everything has to run,
// a skipped test is one that could not run.
func applicable(t *testing.T, has bool, unless string) bool {
	t.Helper()
	if !has {
		t.Log("not applicable: " + unless)
	}
	return has
}

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

func stamp(t *testing.T, f Fixture, identifier string) string {
	t.Helper()
	s, err := f.Stamp(identifier)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
