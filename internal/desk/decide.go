package desk

import (
	"slices"
	"strings"
	"time"

	"ssprd/internal/flow"
)

// Right is what a role may allow, and the acts among them what an agent does.
type Right string

// The rights, in the configuration's words.
const (
	View     Right = "view"         // find people and see their cards
	SendCode Right = "send-code"    // to the address on file
	Unlock   Right = "unlock"       // what wrong passwords have locked
	Dictate  Right = "dictate-code" // after identity checks
	Approve  Right = "approve"      // what another agent asks to do
	Audit    Right = "audit"        // search the record
)

// Rights lists them.
func Rights() []Right { return []Right{View, SendCode, Unlock, Dictate, Approve, Audit} }

// Acts are those that are done for a person, each with its reason.
func Acts() []Right { return []Right{SendCode, Unlock, Dictate} }

// recentAddress is how long an address on file is taken for one that whoever has just taken an account over may have put
// there (R56).
const recentAddress = 72 * time.Hour

// RecentAddress tells whether an address that was changed at that time is such a one.
func RecentAddress(changed, now time.Time) bool { return changed.After(now.Add(-recentAddress)) }

// Refusal is why an act is not done, whoever agrees; a word of which templates and locales make a sentence.
type Refusal string

// The refusals.
const (
	Allowed   Refusal = ""
	NoRight   Refusal = "no-right"   // no role of the agent allows it for this population
	Self      Refusal = "self"       // one's own account
	Barred    Refusal = "barred"     // the account cannot be reset here: Person.Barred says why
	NoAddress Refusal = "no-address" // there is none on file to which a code could go
	NotLocked Refusal = "not-locked"
)

// Case is an act that an agent asks for.
type Case struct {
	Agent      Agent
	Act        Right
	Population string
	Person     Person
	Operator   bool // the person is an agent too
	Elsewhere  bool // the account is in a population under approval too
}

// Decision is what comes of it: a refusal, or whether a second agent has to agree first.
type Decision struct {
	Refusal  Refusal
	Approval bool
}

// Decide holds every rule of who may do what to whom (R54, R55): it is pure, and asks nobody.
func (c Config) Decide(x Case, now time.Time) Decision {
	switch {
	case !c.May(x.Agent, x.Act, x.Population):
		return Decision{Refusal: NoRight}
	case x.Act == View:
		return Decision{}
	case x.Agent.is(x.Person.ID, x.Person.Mail):
		return Decision{Refusal: Self}
	case x.Person.Barred != "":
		return Decision{Refusal: Barred}
	case x.Act == SendCode && len(x.Person.Mail) == 0:
		return Decision{Refusal: NoAddress}
	case x.Act == Unlock && !x.Person.Locked:
		return Decision{Refusal: NotLocked}
	}
	unseen := len(x.Person.Mail) == 0 // nobody would be told of it
	return Decision{Approval: x.Operator || x.Act == Dictate && (unseen || x.Elsewhere || slices.Contains(c.Approval, x.Population)) ||
		x.Act == SendCode && RecentAddress(x.Person.MailChanged, now)}
}

// is tells whether an account is the agent's own: the very one, or one whose codes go to the agent's mailbox. Who works for the
// helpdesk may be in another directory too, under another id.
func (a Agent) is(id flow.AccountID, mail []string) bool {
	return a.ID == id || slices.ContainsFunc(a.Mail, func(own string) bool {
		return slices.ContainsFunc(mail, func(address string) bool { return strings.EqualFold(address, own) })
	})
}

// MayAgree tells whether an agent may agree to what is asked: with the right to, and neither for themselves, under whichever of
// their accounts they have asked, nor on an account of their own.
func (c Config) MayAgree(a Agent, q Request) bool {
	return c.May(a, Approve, q.Population) && !a.is(q.Asker, q.AskerMail) && !a.is(q.Person, q.Mail)
}

// May tells whether a role of the agent allows something for a population.
func (c Config) May(a Agent, right Right, population string) bool {
	return slices.ContainsFunc(c.Roles, func(r Role) bool { return slices.Contains(a.Groups, r.Group) && r.has(right, population) })
}

// Populations are those for which a role of the agent allows one of these, in the order of the configuration.
func (c Config) Populations(a Agent, rights ...Right) (names []string) {
	for _, r := range c.Roles {
		for _, name := range r.Populations {
			may := slices.ContainsFunc(rights, func(right Right) bool { return c.May(a, right, name) })
			if may && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Groups are all that a role names.
func (c Config) Groups() (dns []string) {
	for _, r := range c.Roles {
		if !slices.Contains(dns, r.Group) {
			dns = append(dns, r.Group)
		}
	}
	return dns
}

func (r Role) has(right Right, population string) bool {
	return slices.Contains(r.May, string(right)) && slices.Contains(r.Populations, population)
}
