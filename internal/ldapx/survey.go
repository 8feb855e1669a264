package ldapx

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"ssprd/internal/flow"
)

// Survey is what one server tells of a population as a whole: numbers, and nobody's data.
type Survey struct {
	Server     string               // that was asked
	ID         string               // the attribute of the lasting id
	NoBase     error                // why the base cannot be read; nil where it is there
	Refused    error                // what the server has against a search by the filter; nil where it has nothing
	Attributes map[string]Attribute // by name in lower case: all that the population names; none where the schema cannot be read
	InFilter   []string             // the attributes of the filter
	InGuards   [][]string           // and of each filter of `protected`

	People int // whom the filter finds, but for the protected
	Cut    Cut // why they were not all counted

	Protected    int
	ProtectedCut Cut
	Hidden       bool     // nobody is left, and there are people but for the filters of `protected`
	Guards       []Answer // for each filter of `protected`: whether there is anybody, in the directory at all, who matches it

	Barred      map[string]int // how many may not be reset, by the code of the gravest reason
	Nameless    int            // who have no lasting id
	Eligible    int            // who may be reset: all that follow are of these
	WithoutMail int
	Unnamed     int // who have no value that could be typed
	Unshown     int // who have no identifier

	SharedAddresses, Sharing, MostSharing int // addresses of several people, how many those are, and how many have the most shared one
	Crowded, MostCrowded                  int // texts that name more people than are ever looked at (flow.MaxAccounts), and how many the worst one names
	Ambiguous                             int // texts that are no address and name several people
	Confused                              int // texts that name somebody and are another person's address
}

// Bounds are what a survey may take.
type Bounds struct {
	People int
	Time   time.Duration
}

// Survey asks the first server that answers. An error says that none did.
func (p *Population) Survey(ctx context.Context, b Bounds) (s Survey, err error) {
	err = p.ask(ctx, b.Time, func(on *server, a asking) error {
		s = Survey{Server: on.address, ID: p.directory.kind.idAttribute(), Barred: map[string]int{}}
		return p.survey(a, b.People, &s)
	})
	return s, err
}

// ask does something on the first server that answers.
func (p *Population) ask(ctx context.Context, within time.Duration, do func(s *server, a asking) error) error {
	return p.directory.first(ctx, func(s *server) error {
		return s.read(ctx, func(conn *connection) error {
			return do(s, asking{conn, time.Now().Add(within), s.config.Timeout, onePage})
		})
	})
}

func (p *Population) survey(a asking, most int, s *Survey) error {
	var err error
	if s.NoBase, err = p.noBase(a); err != nil || s.NoBase != nil {
		return err
	}
	s.InFilter = namedIn(p.search.Filter)
	for _, guard := range p.directory.config.Protected {
		s.InGuards = append(s.InGuards, namedIn(guard))
	}
	if s.Attributes, err = a.attributes(p.directory.config.Kind, p.search.Base, p.names(s)); err != nil {
		return err
	}
	if err = p.guards(a, most, s); err != nil {
		return err
	}
	t := tally{p: p, s: s, now: time.Now(), typed: map[string]int{}, mails: map[string]int{}}
	s.People, s.Cut, err = a.each(p.search.Base, "(&"+p.within+")", p.counted(), most, t.add)
	if err != nil && !unanswered(err) {
		s.Refused, err = err, nil
	}
	if err != nil || s.Refused != nil {
		return err
	}
	t.close()
	if s.People == 0 && s.Protected == 0 && len(p.directory.config.Protected) > 0 {
		s.Hidden, _, err = p.anybody(a, p.search.Filter)
		return err
	}
	if s.Unnamed > 0 && s.Unnamed == s.Eligible {
		// The server may give an attribute by another of its names.
		any := ""
		for _, attribute := range p.search.FindBy {
			any += "(" + attribute + "=*)"
		}
		there, certain, err := p.anybody(a, p.within+"(|"+any+")")
		if there || !certain {
			s.Unnamed = 0
		}
		return err
	}
	return nil
}

// anybody tells whether somebody below the base matches some filters, and whether that is certain.
func (p *Population) anybody(a asking, filters string) (there, certain bool, err error) {
	found, cut, err := a.some(p.search.Base, "(&"+filters+")", []string{"1.1"}, 1)
	return len(found) > 0, cut == "", err
}

// noBase is why the base cannot be read; nil where it can.
func (p *Population) noBase(a asking) (why, err error) {
	_, there, refusal, err := a.one(p.search.Base, "(objectClass=*)", "1.1")
	if err != nil || there || refusal != nil {
		return refusal, err
	}
	return errors.New("the server gives no such entry"), nil
}

// guards counts whom `protected` leaves out, and looks whether its filters name anybody at all: one that is misspelt protects nobody.
// It takes no more than a part of the time.
func (p *Population) guards(a asking, most int, s *Survey) (err error) {
	guards := p.directory.config.Protected
	a.until = time.Now().Add(time.Until(a.until) / 3)
	if len(guards) == 0 {
		return nil
	}
	any := "(&" + p.search.Filter + "(|" + strings.Join(guards, "") + "))"
	s.Protected, s.ProtectedCut, err = a.each(p.search.Base, any, []string{"1.1"}, most, nil)
	if err != nil {
		return onlyUnanswered(err)
	}
	top, err := a.top(p.search.Base)
	if err != nil {
		return err
	}
	for _, guard := range guards {
		found, cut, err := a.some(top, guard, []string{"1.1"}, 1)
		if err != nil {
			return err
		}
		said := answer(len(found) > 0)
		if said == No && cut != "" {
			said = Untold
		}
		s.Guards = append(s.Guards, said)
	}
	return nil
}

func onlyUnanswered(err error) error {
	if unanswered(err) {
		return err
	}
	return nil
}

// names are all attributes that the population, and the protection, name, and the one of the lasting id.
func (p *Population) names(s *Survey) []string {
	all := slices.Concat(p.search.FindBy, p.search.Mail, []string{p.search.Identifier, p.directory.kind.idAttribute()}, s.InFilter, slices.Concat(s.InGuards...))
	for i := range all {
		all[i] = plain(all[i])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// dear are attributes that Active Directory works out for each entry, and that say nothing of who may be reset.
var dear = []string{"msDS-ResultantPSO", keyVersion, "msDS-User-Account-Control-Computed"}

// counted are the attributes that are read of everybody.
func (p *Population) counted() []string {
	all := slices.Concat([]string{p.directory.kind.idAttribute(), p.search.Identifier}, p.search.Mail, p.search.FindBy, p.directory.kind.attributes())
	all = slices.DeleteFunc(all, func(name string) bool { return slices.Contains(dear, name) })
	slices.Sort(all)
	return slices.Compact(all)
}

// tally counts entries as they come, and keeps none of them.
type tally struct {
	p     *Population
	s     *Survey
	now   time.Time
	typed map[string]int // how many entries a text names
	mails map[string]int // how many people who may be reset have an address
	names []string       // what names a person and is no address of theirs
}

func (t *tally) add(e entry) {
	p := t.p
	addresses := distinct(e, p.search.Mail)
	typed := distinct(e, p.search.FindBy)
	for _, text := range typed {
		t.typed[text]++
		if !slices.Contains(addresses, text) {
			t.names = append(t.names, text)
		}
	}
	if code := eligible(p.directory.kind, e, t.now); code != "" {
		t.s.Barred[code]++
		return
	}
	if !p.lasting(p.id(e)) {
		t.s.Nameless++
		return
	}
	t.s.Eligible++
	count := func(n *int, none bool) {
		if none {
			*n++
		}
	}
	count(&t.s.WithoutMail, len(addresses) == 0)
	count(&t.s.Unnamed, len(typed) == 0)
	count(&t.s.Unshown, e.first(p.search.Identifier) == "")
	for _, address := range addresses {
		t.mails[address]++
	}
}

// distinct are the values of some attributes that can be typed, or written to, without their capitals.
func distinct(e entry, attributes []string) (all []string) {
	for _, attribute := range attributes {
		for _, value := range e.texts(attribute) {
			if text := strings.ToLower(value); flow.Nameable(value) && !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all
}

// close counts what only all of them tell.
func (t *tally) close() {
	s := t.s
	for _, n := range t.mails {
		if n > 1 {
			s.SharedAddresses++
			s.Sharing += n
			s.MostSharing = max(s.MostSharing, n)
		}
	}
	for text, n := range t.typed {
		if n > flow.MaxAccounts {
			s.Crowded++
			s.MostCrowded = max(s.MostCrowded, n)
		}
		if n > 1 && t.mails[text] == 0 {
			s.Ambiguous++
		}
	}
	slices.Sort(t.names)
	for _, text := range slices.Compact(t.names) {
		if t.mails[text] > 0 {
			s.Confused++
		}
	}
}

// Overlap counts the entries that are in both populations of one directory. apart says that none can be, as neither base is below the
// other.
func (p *Population) Overlap(ctx context.Context, other *Population, b Bounds) (n int, cut Cut, apart bool, err error) {
	base := p.search.Base
	if within(other.search.Base, base) {
		base = other.search.Base
	} else if !within(base, other.search.Base) {
		return 0, "", true, nil
	}
	err = p.ask(ctx, b.Time, func(_ *server, a asking) (err error) {
		n, cut, err = a.each(base, "(&"+p.within+other.search.Filter+")", []string{"1.1"}, b.People, nil)
		return onlyUnanswered(err)
	})
	return n, cut, false, err
}

// BaseSeen is what one server or replica says of a population's base.
type BaseSeen struct {
	Server string
	Err    error // why it cannot be read there
	Asked  bool  // the server has answered
}

// Bases asks every server and replica, side by side, for the base of the population.
func (p *Population) Bases(ctx context.Context) []BaseSeen {
	all := make([]BaseSeen, len(p.directory.all))
	var each sync.WaitGroup
	for i, s := range p.directory.all {
		each.Go(func() {
			all[i].Server = s.address
			all[i].Asked = s.read(ctx, func(conn *connection) (err error) {
				all[i].Err, err = p.noBase(asking{conn, time.Now().Add(s.config.Timeout), s.config.Timeout, onePage})
				return err
			}) == nil
		})
	}
	each.Wait()
	return all
}
