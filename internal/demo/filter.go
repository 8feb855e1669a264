package demo

import (
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// matches evaluates a filter as ldap.CompileFilter makes it (RFC 4511 section 4.5.1.7). What the standard calls
// undefined is false here; extensible matches are never true.
func (e *entry) matches(f *ber.Packet) bool {
	switch f.Tag {
	case ldap.FilterAnd:
		return every(f.Children, e.matches)
	case ldap.FilterOr:
		return !every(f.Children, func(c *ber.Packet) bool { return !e.matches(c) })
	case ldap.FilterNot:
		return len(f.Children) == 1 && !e.matches(f.Children[0])
	case ldap.FilterPresent:
		return len(e.values(f.Data.String())) > 0
	case ldap.FilterSubstrings:
		return e.matchesSubstrings(f)
	case ldap.FilterEqualityMatch, ldap.FilterApproxMatch, ldap.FilterGreaterOrEqual, ldap.FilterLessOrEqual:
		return e.matchesAssertion(f)
	}
	return false
}

func every(list []*ber.Packet, is func(*ber.Packet) bool) bool {
	for _, p := range list {
		if !is(p) {
			return false
		}
	}
	return true
}

// matchesAssertion compares by the filter's own relation. A value that its attribute cannot have matches nothing.
func (e *entry) matchesAssertion(f *ber.Packet) bool {
	if len(f.Children) != 2 {
		return false
	}
	name, asserted := f.Children[0].Data.String(), f.Children[1].Data.String()
	if !valid(name, asserted) {
		return false
	}
	want := fold(name, asserted)
	for _, v := range e.values(name) {
		order := strings.Compare(fold(name, v), want)
		switch f.Tag {
		case ldap.FilterGreaterOrEqual:
			if order >= 0 {
				return true
			}
		case ldap.FilterLessOrEqual:
			if order <= 0 {
				return true
			}
		default:
			if order == 0 {
				return true
			}
		}
	}
	return false
}

func (e *entry) matchesSubstrings(f *ber.Packet) bool {
	if len(f.Children) != 2 {
		return false
	}
	name := f.Children[0].Data.String()
	for _, v := range e.values(name) {
		if hasParts(name, fold(name, v), f.Children[1].Children) {
			return true
		}
	}
	return false
}

// hasParts tells whether the parts stand in v in their order, the first and the last at its ends where they say so.
func hasParts(name, v string, parts []*ber.Packet) bool {
	for _, p := range parts {
		if !valid(name, p.Data.String()) {
			return false
		}
		part := strings.ToLower(p.Data.String())
		var found bool
		switch p.Tag {
		case ldap.FilterSubstringsInitial:
			v, found = strings.CutPrefix(v, part)
		case ldap.FilterSubstringsFinal:
			v, found = strings.CutSuffix(v, part)
		default:
			_, v, found = strings.Cut(v, part)
		}
		if !found {
			return false
		}
	}
	return true
}

// valid tells whether the attribute could have the value: mail is an IA5 string, so text beyond ASCII names nobody
// instead of being folded into something else (RFC 4524 section 2.16).
func valid(attribute, value string) bool {
	if !strings.EqualFold(attribute, "mail") {
		return true
	}
	return strings.IndexFunc(value, func(r rune) bool { return r > 0x7f }) < 0
}

// fold brings a value to the form in which it is compared: names as names, all else without regard to case and to how
// many spaces there are (RFC 4518 section 2.6.1).
func fold(attribute, value string) string {
	switch strings.ToLower(attribute) {
	case "memberof", "member", "entrydn":
		if dn, err := ldap.ParseDN(value); err == nil {
			return strings.ToLower(dn.String())
		}
	}
	return strings.Join(strings.Fields(strings.ToLower(value)), " ")
}
