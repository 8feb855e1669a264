package ldapx

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
)

// Value is what one attribute of an entry says, in text.
type Value struct{ Attribute, Value string }

func (v Value) String() string { return v.Attribute + "=" + v.Value }

// Explained is what one server tells of a text that a person types: every entry that it names anywhere in the directory, and
// those that have it in another attribute than a person may type.
type Explained struct {
	Server  string // that was asked
	Tried   string // below which entry, and by which attributes
	Refused error  // what the server has against that; nil where it looked
	Entries []Candidate
	Cut     bool // there are more than are looked at
}

// Candidate is an entry that a text names, or might be taken to name, and all that decides whether its password may be reset.
type Candidate struct {
	DN string
	By []string // the attributes that have the text

	Named     bool    // by an attribute of find_by, as the server compares
	InBase    bool    // of the population
	InFilter  bool    // of the population
	Protected []Guard // which of the filters of `protected` leave it out
	Bars      []Bar   // why the directory itself lets nobody reset it
	Lasting   bool    // it has an id by which it can be found again

	Account flow.Account // with what the directory demands of its password
	Rules   []PolicyRead // from which entries that was read
	State   State
}

// Guard is a filter of `protected` that leaves an entry out.
type Guard struct {
	Index  int  // in the configuration
	Untold bool // the server cannot tell whether the entry matches: then it is left out too
}

// Bar is a reason why an entry may not be reset.
type Bar struct {
	Code string
	Why  Value // "" where the attribute cannot be read
}

// PolicyRead is an entry that holds a password policy, and what was looked at of it.
type PolicyRead struct {
	DN     string
	Read   bool // else it is not there, or the service account may not read it
	Values []Value
}

// State is what an entry says of its password; times are zero where they are not known.
type State struct {
	Locked, MustChange            bool
	LockedUntil, Changed, Expires time.Time
}

// InPopulation tells whether the entry is one of those whom a reset of the population finds.
func (c Candidate) InPopulation() bool {
	return c.Named && c.InBase && c.InFilter && len(c.Protected) == 0
}

// Eligible tells whether a reset of the population finds the entry and may change its password.
func (c Candidate) Eligible() bool { return c.InPopulation() && len(c.Bars) == 0 && c.Lasting }

// tellers are attributes that have a person's name for itself, by which somebody may have been looked for in vain.
var tellers = []string{"mail", "uid", "sAMAccountName", "userPrincipalName"}

// Explain asks the first server that answers. What was typed reaches it only as an escaped assertion value (R8).
func (p *Population) Explain(ctx context.Context, typed string) (x Explained, err error) {
	err = p.ask(ctx, explainWithin, func(on *server, a asking) error {
		x = Explained{Server: on.address}
		return p.explain(ctx, on, a, typed, &x)
	})
	return x, err
}

// explainWithin is what may pass on one server.
const explainWithin = 10 * time.Second

func (p *Population) explain(ctx context.Context, on *server, a asking, typed string, x *Explained) error {
	found, err := p.candidates(a, typed, x)
	if err != nil {
		return err
	}
	for _, e := range found {
		c, err := p.candidate(ctx, on, a, e, typed)
		if err != nil {
			return err
		}
		x.Entries = append(x.Entries, c)
	}
	return nil
}

// candidates looks in the whole directory, by all attributes that may hold the text; where the server will not, in the population's
// base, and at last as a reset does.
func (p *Population) candidates(a asking, typed string, x *Explained) (found []entry, err error) {
	top, err := a.top(p.search.Base)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(p.search.FindBy, p.search.Mail, []string{p.search.Identifier}, tellers)
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	all = slices.CompactFunc(all, strings.EqualFold)
	attributes := slices.Concat(p.attributes(), p.directory.kind.card(), all)
	slices.Sort(attributes)
	attributes = slices.Compact(attributes)
	for _, try := range []struct {
		base string
		by   []string
	}{{top, all}, {p.search.Base, all}, {p.search.Base, p.search.FindBy}} {
		filter := ""
		for _, attribute := range try.by {
			filter += fmt.Sprintf("(%s=%s)", attribute, ldap.EscapeFilter(typed))
		}
		x.Tried = "below " + try.base + " by " + strings.Join(try.by, ", ")
		var cut Cut
		found = found[:0]
		_, cut, err = a.each(try.base, "(|"+filter+")", attributes, flow.MaxAccounts+1, func(e entry) { found = append(found, e) })
		if unanswered(err) {
			return nil, err
		}
		if x.Refused = err; err == nil && (cut == "" || cut == CutByNumber) {
			break
		}
	}
	if x.Cut = len(found) > flow.MaxAccounts; x.Cut {
		found = found[:flow.MaxAccounts]
	}
	return found, nil
}

// candidate judges an entry as a reset does, and asks the server for each filter by itself.
func (p *Population) candidate(ctx context.Context, on *server, a asking, e entry, typed string) (c Candidate, err error) {
	c = Candidate{DN: e.DN, InBase: within(e.DN, p.search.Base), Account: p.account(e)}
	for _, attribute := range e.Attributes {
		if slices.ContainsFunc(attribute.Values, func(v string) bool { return strings.EqualFold(v, typed) }) {
			c.By = append(c.By, attribute.Name)
		}
	}
	if c.Named, err = a.matches(e.DN, p.named(typed)); err != nil {
		return c, err
	}
	if c.InFilter, err = a.matches(e.DN, p.search.Filter); err != nil {
		return c, err
	}
	for i, guard := range p.directory.config.Protected {
		free, err := a.matches(e.DN, "(!"+guard+")")
		if err != nil {
			return c, err
		}
		if !free {
			names, err := a.matches(e.DN, guard)
			if err != nil {
				return c, err
			}
			c.Protected = append(c.Protected, Guard{i, !names})
		}
	}
	kind, now := p.directory.kind, time.Now()
	for _, b := range kind.bars(e, now) {
		why := Value{Attribute: b.attribute}
		if why.Value = e.text(b.attribute); why.Value == "" {
			why.Value = "(not readable)"
		}
		c.Bars = append(c.Bars, Bar{b.code, why})
	}
	c.Lasting = p.lasting(c.Account.ID)
	book := &noting{rulebook: consulted{ctx, p.directory, on}}
	c.Account.Demands, c.Account.MayChangeFrom = kind.rules(e, book)
	c.Rules = book.read
	t := kind.times(e, book.rulebook)
	c.State = State{Locked: isLocked(kind, e, t, now), MustChange: kind.mustChange(e), LockedUntil: t.unlocks, Changed: t.changed, Expires: t.expires}
	return c, nil
}

// noting is a rulebook that remembers which policies were looked at.
type noting struct {
	rulebook
	read []PolicyRead
}

func (n *noting) policy(dn string, attributes ...string) (entry, bool) {
	e, ok := n.rulebook.policy(dn, attributes...)
	r := PolicyRead{DN: dn, Read: ok}
	for _, attribute := range attributes {
		if ok && e.text(attribute) != "" {
			r.Values = append(r.Values, Value{attribute, e.text(attribute)})
		}
	}
	n.read = append(n.read, r)
	return e, ok
}
