package dirtest

import (
	"testing"

	"ssprd/internal/flow"
)

// Subject is one eligible person of the population under test, whose password is InitialPassword.
type Subject struct {
	Typed      []string // every text that names this person and nobody else, one for each attribute
	Identifier string   // as flow.Account has it
	Mail       string   // where codes go
	Name       string   // the display name
}

// Refusal is a password that the directory does not take.
type Refusal struct {
	Password string
	Reasons  []flow.Reason // any of these is right
}

// The ways in which a person stops being one whose password may be reset, as keys of Fixture.Unfit.
const (
	BecomesProtected = "protected"
	BecomesDisabled  = "disabled"
	MovesAway        = "moved out of the base"
	IsDeleted        = "deleted"
)

// Fixture is a population of a directory, and the hands that the suite needs behind the directory's back. What is
// optional may be nil: the points that need it are then logged as not applicable.
type Fixture struct {
	Directory flow.Directory
	Servers   int // how many servers Reached has to yield

	Fresh    func(t *testing.T) Subject // a person whom no point has touched yet
	Bind     func(identifier, password string) error
	Stamp    func(identifier string) (string, error) // differs after every write of the password
	Shared   string                                  // an address that several eligible accounts have
	SharedBy []string                                // their identifiers
	Nobody   map[string]string                       // why, and a text that names an entry outside the population

	Rename           func(identifier string) error            // optional: the entry gets another DN
	Crowd            string                                   // optional: an address of more than flow.MaxAccounts
	Unfit            map[string]func(identifier string) error // optional, each
	Refused          []Refusal                                // optional
	Writes           func() (int, error)                      // optional: how many writes the directory has completed
	BreakConnections func() error                             // optional: cuts every open connection
	Lag, CatchUp     func() error                             // optional: one server gets no changes, then all of them
}

// Run is the conformance suite of flow.Directory. It changes people's passwords and states.
func Run(t *testing.T, f Fixture) {
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
	accounts, err := f.Directory.Find(t.Context(), s.Typed[0])
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
