package ldapx

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/text/unicode/norm"

	"ssprd/internal/desk"
	"ssprd/internal/flow"
)

// People is a population as the helpdesk sees it: with those whom nobody may reset, who are said to be such. It implements
// desk.People.
type People struct {
	all  *Population // of whom the lists are
	card *Population // the same, of whom more is read: what is told of one person
	free string      // the filter of those whom `protected` does not name; "" where it names nobody
}

// People is the helpdesk's view of p.
func (p *Population) People() *People {
	d := p.directory
	view := &People{all: d.population(p.search, p.search.Filter), card: d.population(p.search, p.search.Filter)}
	view.all.more = phones
	view.card.more = slices.Concat(phones, d.kind.card())
	for _, protected := range d.config.Protected {
		view.free += "(!" + protected + ")"
	}
	return view
}

// Attributes of a person by which they are searched for, beside those of the population, and shown.
var (
	names  = []string{"displayName", "cn", "sn", "givenName"}
	phones = []string{"telephoneNumber", "mobile"}
)

// Bounds of a search.
const (
	shortestText = 2   // characters
	mostWords    = 6   // of a text, more than a name has
	mostFound    = 200 // people, of whom pages are made: who is not among them has to be named better
)

// isProtected is what bars those whom `protected` names.
const isProtected = "PROTECTED"

// Search implements desk.People. The people found are read in two steps, so that of those who are not on the page no more is asked
// for than their names. All that may be shown are read each time: pages that were cut from a different number of people would
// not fit together.
func (v *People) Search(ctx context.Context, text string, from, size int) (page []desk.Person, more bool, err error) {
	filter := v.filter(text)
	if filter == "" || from < 0 || size <= 0 {
		return nil, false, nil
	}
	p := v.all
	brief := []string{p.directory.kind.idAttribute(), p.search.Identifier, "displayName", "cn"}
	err = p.directory.first(ctx, func(s *server) error {
		page, more = nil, false
		found, err := p.read(ctx, s, filter, brief, mostFound+1)
		if err != nil {
			return err
		}
		found, more = v.page(ctx, found, from, size)
		if len(found) == 0 {
			return nil
		}
		found, err = p.read(ctx, s, p.anyOf(found), p.attributes(), len(found))
		if err != nil {
			return err
		}
		p.sort(found)
		page, err = v.persons(ctx, s, found)
		return err
	})
	return page, more, err
}

// filter is that of the people whom a text names; "" where it names nobody. What was typed reaches the directory only as escaped
// assertion values (R8).
func (v *People) filter(text string) string {
	text = strings.TrimSpace(text)
	words := strings.Fields(text)
	if !flow.Nameable(text) || utf8.RuneCountInString(text) < shortestText || len(words) > mostWords {
		return ""
	}
	filter := v.begins(text)
	if len(words) > 1 {
		all := ""
		for _, word := range words {
			all += v.begins(word)
		}
		filter = "(|" + filter + "(&" + all + "))"
	}
	return filter
}

// begins is the filter of the people of whom some attribute begins with text. Telephone numbers are compared with what can be one
// alone: Active Directory has no index of them, and reads all people for the sake of one attribute without.
func (v *People) begins(text string) string {
	s := v.all.search
	attributes := slices.Concat(s.FindBy, []string{s.Identifier}, s.Mail, names)
	slices.SortFunc(attributes, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	var filter strings.Builder
	for _, attribute := range slices.CompactFunc(attributes, strings.EqualFold) {
		fmt.Fprintf(&filter, "(%s=%s*)", attribute, ldap.EscapeFilter(text))
	}
	if plain := number(text); plain != "" {
		for _, attribute := range phones {
			fmt.Fprintf(&filter, "(%[1]s=%[2]s*)(%[1]s=%[3]s*)", attribute, ldap.EscapeFilter(text), plain)
		}
	}
	return "(|" + filter.String() + ")"
}

// number is a telephone number, or its beginning, without what parts its digits; "" for what is none.
func number(text string) string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-()", r) {
			return -1
		}
		return r
	}, text)
	if strings.Trim(digits, "+0123456789") != "" || !strings.ContainsAny(digits, "0123456789") {
		return ""
	}
	return digits
}

// page sorts those who were found by name and identifier, and gives those from a place on, and whether there are more. Who cannot
// be found again is left out.
func (v *People) page(ctx context.Context, found []entry, from, size int) (page []entry, more bool) {
	more = len(found) > mostFound
	found = found[:min(len(found), mostFound)]
	isNameless := func(e entry) bool { return !v.all.lasting(v.all.id(e)) }
	if i := slices.IndexFunc(found, isNameless); i >= 0 {
		v.all.nameless(ctx, found[i])
		found = slices.DeleteFunc(found, isNameless)
	}
	v.all.sort(found)
	from = min(from, len(found))
	to := from + min(size, len(found)-from)
	return found[from:to], more || to < len(found)
}

// sort orders entries by what is shown of them, capitals and accents aside, and at last by what no two have in common. What is compared
// is made once for each: made for each comparison, of 200 entries, it was a fifth of a search.
func (p *Population) sort(found []entry) {
	keys := make(map[*ldap.Entry][]string, len(found))
	for _, e := range found {
		keys[e.Entry] = []string{folded(p.name(e)), folded(e.first(p.search.Identifier)), string(p.id(e))}
	}
	slices.SortFunc(found, func(a, b entry) int { return slices.Compare(keys[a.Entry], keys[b.Entry]) })
}

// folded is text without its capitals and accents.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(text))
}

// anyOf is the filter of these entries, of which each can be found again.
func (p *Population) anyOf(found []entry) string {
	var any strings.Builder
	for _, e := range found {
		value, _ := p.directory.kind.idFilter(string(p.id(e))) // lasting has tried it
		fmt.Fprintf(&any, "(%s=%s)", p.directory.kind.idAttribute(), value)
	}
	return "(|" + any.String() + ")"
}

// Person implements desk.People.
func (v *People) Person(ctx context.Context, id flow.AccountID) (person desk.Person, err error) {
	if !v.card.lasting(id) {
		return desk.Person{}, desk.ErrNobody
	}
	err = v.card.directory.first(ctx, func(s *server) error {
		e, read, err := v.one(ctx, s, id)
		if err != nil {
			return err
		}
		person = read
		person.Demands, person.MayChangeFrom = v.card.rules(ctx, s, e)
		if person.Barred == unreadable {
			v.card.passedOver(ctx, e, unreadable)
		}
		return nil
	})
	return person, err
}

// one reads the entry of a lasting id on one server, and what an agent sees of it. desk.ErrNobody.
func (v *People) one(ctx context.Context, s *server, id flow.AccountID) (entry, desk.Person, error) {
	e, ok, err := v.card.byID(ctx, s, id)
	switch {
	case err != nil:
		return entry{}, desk.Person{}, err
	case !ok:
		return entry{}, desk.Person{}, desk.ErrNobody
	}
	persons, err := v.persons(ctx, s, []entry{e})
	if err != nil {
		return entry{}, desk.Person{}, err
	}
	return e, persons[0], nil
}

// persons are what an agent sees of entries.
func (v *People) persons(ctx context.Context, s *server, found []entry) ([]desk.Person, error) {
	protected, err := v.amongProtected(ctx, s, found)
	if err != nil {
		return nil, err
	}
	var persons []desk.Person
	for _, e := range found {
		person := v.all.person(ctx, s, e)
		if protected[person.ID] {
			person.Barred = isProtected
		}
		persons = append(persons, person)
	}
	return persons, nil
}

// amongProtected tells which of the entries `protected` names. Only the server can judge its filters, and is asked for the others, as
// for a reset: who cannot be told from the protected, for want of a right or of an attribute, matches neither filter.
func (v *People) amongProtected(ctx context.Context, s *server, found []entry) (map[flow.AccountID]bool, error) {
	if v.free == "" {
		return nil, nil
	}
	p := v.all
	others, err := p.read(ctx, s, "(&"+v.free+p.anyOf(found)+")", []string{p.directory.kind.idAttribute()}, len(found))
	protected := map[flow.AccountID]bool{}
	for _, e := range found {
		protected[p.id(e)] = true
	}
	for _, e := range others {
		delete(protected, p.id(e))
	}
	return protected, err
}

// person is what an agent sees of an entry, as far as it was read.
func (p *Population) person(ctx context.Context, s *server, e entry) desk.Person {
	a, kind, now := p.account(e), p.directory.kind, time.Now()
	t := kind.times(e, consulted{ctx, p.directory, s})
	person := desk.Person{
		Account: a, Barred: eligible(kind, e, now), MustChange: kind.mustChange(e),
		Locked: isLocked(kind, e, t, now), Changed: t.changed, Expires: t.expires, MailChanged: e.originated(p.search.Mail),
	}
	if person.Locked {
		person.LockedUntil = t.unlocks
	}
	for _, attribute := range phones {
		person.Phone = append(person.Phone, e.texts(attribute)...)
	}
	return person
}

// times are what an entry, and the policy in force, tell of its password; each is zero where it is not known, or will never be.
type times struct {
	unlocks time.Time // when a lock-out ends, or ended, by itself
	changed time.Time
	expires time.Time
}

// isLocked tells whether the entry is locked out: a lock-out that has ended by itself may leave its traces.
func isLocked(kind kind, e entry, t times, now time.Time) bool {
	return kind.locked(e, now) && (t.unlocks.IsZero() || now.Before(t.unlocks))
}

// replicated is where Active Directory tells when each attribute of an entry was last changed, on whatever server: one document
// for each (DS_REPL_ATTR_META_DATA_BLOB of MS-ADTS section 2.2.9).
const replicated = "msDS-ReplAttributeMetaData"

// originated is when one of these attributes was last changed, as far as the entry tells.
func (e entry) originated(attributes []string) (last time.Time) {
	for _, document := range e.GetEqualFoldAttributeValues(replicated) {
		var change struct {
			Attribute string    `xml:"pszAttributeName"`
			Time      time.Time `xml:"ftimeLastOriginatingChange"`
		}
		if xml.Unmarshal([]byte(strings.TrimRight(document, "\x00")), &change) != nil {
			continue
		}
		is := func(name string) bool { return strings.EqualFold(name, change.Attribute) }
		if slices.ContainsFunc(attributes, is) && change.Time.After(last) {
			last = change.Time
		}
	}
	return last
}
