package ldapx

import (
	"cmp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
)

// entry is an LDAP entry as it was read.
type entry struct{ *ldap.Entry }

func (e entry) text(attribute string) string { return e.GetEqualFoldAttributeValue(attribute) }

// integer reads an INTEGER or LargeInteger; what is no number reads as none.
func (e entry) integer(attribute string) (int64, bool) {
	n, err := strconv.ParseInt(e.text(attribute), 10, 64)
	return n, err == nil
}

// What is taken from an entry. Nothing of a person is longer, and a directory that holds a picture where a name should
// be must cost neither memory nor a slow judgement of each password.
const (
	longestValue = 256 // bytes
	mostValues   = 20  // of one attribute
)

// texts are the values of an attribute that can be a person's: text, of a sensible length.
func (e entry) texts(attribute string) []string {
	var texts []string
	for _, v := range e.GetEqualFoldAttributeValues(attribute) {
		if v != "" && len(v) <= longestValue && utf8.ValidString(v) && len(texts) < mostValues {
			texts = append(texts, v)
		}
	}
	return texts
}

// first is the first of them, or "".
func (e entry) first(attribute string) string {
	for _, v := range e.texts(attribute) {
		return v
	}
	return ""
}

// naming are the attributes whose values must not be part of a password, whatever a population shows.
var naming = []string{"displayName", "cn", "givenName", "sn", "uid", "sAMAccountName", "userPrincipalName"}

// attributes are all that is read of an entry.
func (p *Population) attributes() []string {
	all := slices.Concat([]string{p.directory.kind.idAttribute(), p.search.Identifier}, p.search.Mail, naming,
		p.directory.kind.attributes(), p.more)
	slices.Sort(all)
	return slices.Compact(all)
}

// account makes the flow's account of an entry, but for the rules in force.
func (p *Population) account(e entry) flow.Account {
	a := flow.Account{
		ID:         p.id(e),
		Identifier: e.first(p.search.Identifier),
		Name:       p.name(e),
	}
	for _, attribute := range p.search.Mail {
		for _, mail := range e.texts(attribute) {
			if flow.Nameable(mail) && !slices.Contains(a.Mail, mail) {
				a.Mail = append(a.Mail, mail)
			}
		}
	}
	a.Words = append(a.Words, a.Identifier)
	a.Words = append(a.Words, a.Mail...)
	for _, attribute := range naming {
		a.Words = append(a.Words, e.texts(attribute)...)
	}
	slices.Sort(a.Words)
	a.Words = slices.DeleteFunc(slices.Compact(a.Words), func(s string) bool { return s == "" })
	return a
}

// name is what an entry's owner is called.
func (p *Population) name(e entry) string { return cmp.Or(e.first("displayName"), e.first("cn")) }

// id is what names the entry for good; "" if it has none, or several.
func (p *Population) id(e entry) flow.AccountID {
	values := e.GetEqualFoldRawAttributeValues(p.directory.kind.idAttribute())
	if len(values) != 1 || len(values[0]) == 0 {
		return ""
	}
	return flow.AccountID(p.directory.kind.encodeID(values[0]))
}

// unreadable is the code of an entry of which the service account cannot read whether it may be reset: in doubt nothing is
// changed.
const unreadable = "UNREADABLE"

// privileged is the code of an administrator.
const privileged = "PRIVILEGED"

// bar is one reason why an entry may not be reset: a code for the log, and the attribute that gives it.
type bar struct{ code, attribute string }

// eligible tells why the entry may not be reset now: a code for the log, or "".
func (p *Population) eligible(e entry) string { return eligible(p.directory.kind, e, time.Now()) }

func eligible(kind kind, e entry, now time.Time) string {
	for _, b := range kind.bars(e, now) {
		return b.code
	}
	return ""
}
