package desk

import (
	"context"
	"errors"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// Person is what an agent sees of somebody's entry.
type Person struct {
	flow.Account // as a reset would have it, with the rules that the directory demands of it

	Phone []string

	Barred      string    // why no reset can be made: DISABLED, PRIVILEGED, PROTECTED, …; "" where one can
	Locked      bool      // locked out after wrong passwords
	LockedUntil time.Time // zero: not known, or until somebody unlocks it
	Changed     time.Time // when the password was last changed; zero: not known
	Expires     time.Time // when the password does, or did, expire; zero: never, or not known
	MustChange  bool      // the directory asks for another password at the next sign-in
	MailChanged time.Time // when an address on file was last changed, where the directory can tell; zero: not known
}

// Agent is somebody who has signed in to the helpdesk.
type Agent struct {
	ID     flow.AccountID
	Name   string
	Mail   []string
	Groups []string // of the groups asked for, those that the agent is a member of, as they were written
}

// Errors of a directory.
var (
	// ErrDenied says that there is no such agent, or that the password is wrong; nobody is told which.
	ErrDenied = errors.New("the directory does not let this agent in")
	// ErrNobody says that there is no such person in the population, or not any more.
	ErrNobody = errors.New("there is no such person")
)

// People is one population of one directory, as an agent sees it: the protected and the disabled are shown too, and said to
// be such. No text and no id reaches an entry outside the population's base and filter.
type People interface {
	// Search gives the people of whom a name (whole, family or given), the identifier, a mail address or a telephone number
	// begins with text, or of whom one of these begins with each of its words, by name and identifier, from the given place on: at
	// most size of them, and whether there are more. Text of fewer than two characters, or that cannot name anybody
	// (flow.Nameable), finds nobody. It may hold any character. What costs the directory more than a list is worth may be left
	// to Person: Demands, MayChangeFrom, Expires, MailChanged.
	Search(ctx context.Context, text string, from, size int) (found []Person, more bool, err error)

	// Person reads one anew. ErrNobody where there is none.
	Person(ctx context.Context, id flow.AccountID) (Person, error)

	// Unlock ends a lock-out that came of wrong passwords, and changes nothing else. Of somebody who is not locked it does
	// nothing. It returns a *flow.RefusedError where the directory does not take it, and refuses by itself, with its code,
	// whoever is barred.
	Unlock(ctx context.Context, id flow.AccountID) error
}

// Agents is the directory in which agents have their own accounts.
type Agents interface {
	// SignIn gives the agent whom typed names, if the password is theirs: by a bind on a connection of its own. An empty
	// password is never sent, for a server takes it for an anonymous bind, which succeeds (RFC 4513 section 5.1.2). Typed is what
	// stands in the entry, but for capitals (strings.ToLower), and not what else the directory takes for it: tries are counted by
	// it. ErrDenied.
	SignIn(ctx context.Context, typed string, password secret.Text) (Agent, error)

	// Agent reads one anew: their groups, nested ones on Active Directory. ErrDenied once the account is gone, disabled or
	// locked by an administrator.
	Agent(ctx context.Context, id flow.AccountID) (Agent, error)
}
