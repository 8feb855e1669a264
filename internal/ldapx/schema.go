package ldapx

import (
	"regexp"
	"slices"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Answer is what a server says to a question that it may leave open.
type Answer int

// The answers.
const (
	Untold Answer = iota // the server does not tell the service account
	No
	Yes
)

func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// Attribute is what a server tells of one: whether its schema has it, and whether an index finds who has a value of it.
type Attribute struct {
	Known, Indexed Answer
}

// namedIn are the attribute descriptions of a filter, without their options (RFC 4511 section 4.5.1.7).
func namedIn(filter string) (all []string) {
	packet, err := ldap.CompileFilter(filter)
	if err != nil {
		return nil // the configuration's check has told
	}
	add := func(p *ber.Packet) { all = append(all, plain(p.Data.String())) }
	var walk func(p *ber.Packet)
	walk = func(p *ber.Packet) {
		switch p.Tag {
		case ldap.FilterAnd, ldap.FilterOr, ldap.FilterNot:
			for _, child := range p.Children {
				walk(child)
			}
		case ldap.FilterPresent:
			add(p)
		case ldap.FilterExtensibleMatch:
			for _, child := range p.Children {
				if child.Tag == ldap.MatchingRuleAssertionType {
					add(child)
				}
			}
		default:
			if len(p.Children) > 0 {
				add(p.Children[0])
			}
		}
	}
	walk(packet)
	return all
}

// plain is an attribute description without its options, in lower case.
func plain(description string) string {
	name, _, _ := strings.Cut(strings.ToLower(description), ";")
	return name
}

// attributes is what the server tells of these attributes, for a search below base.
func (a asking) attributes(kind, base string, names []string) (map[string]Attribute, error) {
	switch kind {
	case ActiveDirectory:
		return a.domainSchema(names)
	case OpenLDAP:
		return a.subschema(names, func() (func([]string) Answer, error) { return a.slapdIndexes(base) })
	case DS389:
		return a.subschema(names, func() (func([]string) Answer, error) { return a.ds389Indexes(base) })
	}
	return a.subschema(names, func() (func([]string) Answer, error) { return untold, nil })
}

func untold([]string) Answer { return Untold }

// subschema reads the schema where RFC 4512 section 4.4 says that it is, and the indexes, which are told by all names that an
// attribute has.
func (a asking) subschema(names []string, indexes func() (func([]string) Answer, error)) (map[string]Attribute, error) {
	all := map[string]Attribute{}
	dse, ok, _, err := a.one("", "(objectClass=*)", "subschemaSubentry")
	if err != nil || !ok || dse.text("subschemaSubentry") == "" {
		return all, err
	}
	schema, ok, _, err := a.one(dse.text("subschemaSubentry"), "(objectClass=subschema)", "attributeTypes")
	if err != nil || !ok {
		return all, err
	}
	aliases := map[string][]string{}
	for _, definition := range schema.GetEqualFoldAttributeValues("attributeTypes") {
		known := namesOf(definition)
		for _, name := range known {
			aliases[name] = known
		}
	}
	if len(aliases) == 0 {
		return all, nil
	}
	indexed, err := indexes()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		known := aliases[plain(name)]
		all[plain(name)] = Attribute{answer(known != nil), indexed(known)}
	}
	return all, nil
}

// namesPart is where an AttributeTypeDescription (RFC 4512 section 4.1.2) has its names; its OID is its first word.
var (
	namesPart = regexp.MustCompile(`^\(\s*([0-9.]+|[A-Za-z][A-Za-z0-9-]*)(?:\s+NAME\s+(?:'([^']*)'|\(([^)]*)\)))?`)
	quoted    = regexp.MustCompile(`'([^']*)'`)
)

// namesOf are all by which a definition lets its attribute be called, in lower case.
func namesOf(definition string) (all []string) {
	found := namesPart.FindStringSubmatch(definition)
	if found == nil {
		return nil
	}
	all = append(all, strings.ToLower(found[1]))
	if found[2] != "" {
		all = append(all, strings.ToLower(found[2]))
	}
	for _, name := range quoted.FindAllStringSubmatch(found[3], -1) {
		all = append(all, strings.ToLower(name[1]))
	}
	return all
}

// isIndexed is the bit of searchFlags that says so (fATTINDEX of MS-ADTS section 2.2.10).
const isIndexed = 1

// domainSchema asks Active Directory for the definitions themselves, which say of an index too. With them it is asked for one that
// every directory has: where not even that is given, the schema cannot be read.
func (a asking) domainSchema(names []string) (map[string]Attribute, error) {
	all := map[string]Attribute{}
	dse, ok, _, err := a.one("", "(objectClass=*)", "schemaNamingContext")
	if err != nil || !ok || dse.text("schemaNamingContext") == "" {
		return all, err
	}
	const everywhere = "objectclass"
	filter := ""
	for _, name := range append(slices.Clone(names), everywhere) {
		by := "lDAPDisplayName"
		if strings.Contains(name, ".") {
			by = "attributeID"
		}
		filter += "(" + by + "=" + ldap.EscapeFilter(plain(name)) + ")"
	}
	found, _, err := a.some(dse.text("schemaNamingContext"), "(&(objectClass=attributeSchema)(|"+filter+"))",
		[]string{"lDAPDisplayName", "attributeID", "searchFlags"}, len(names)+1)
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		flags, _ := e.integer("searchFlags")
		for _, name := range []string{e.text("lDAPDisplayName"), e.text("attributeID")} {
			all[plain(name)] = Attribute{Yes, answer(flags&isIndexed != 0)}
		}
	}
	if _, readable := all[everywhere]; !readable {
		return map[string]Attribute{}, nil
	}
	for _, name := range names {
		if _, known := all[plain(name)]; !known {
			all[plain(name)] = Attribute{Known: No}
		}
	}
	return all, nil
}

// slapdIndexes reads olcDbIndex (slapd-mdb(5)) of the database that holds base, where cn=config lets it be read.
func (a asking) slapdIndexes(base string) (func([]string) Answer, error) {
	databases, _, err := a.some("cn=config", "(olcSuffix=*)", []string{"olcSuffix", "olcDbIndex"}, 100)
	if err != nil {
		return nil, err
	}
	for _, e := range databases {
		holds := slices.ContainsFunc(e.GetEqualFoldAttributeValues("olcSuffix"), func(suffix string) bool { return within(base, suffix) })
		if lines := e.GetEqualFoldAttributeValues("olcDbIndex"); holds && len(lines) > 0 {
			return slapdIndex(lines), nil
		}
	}
	return untold, nil
}

// slapdIndex tells which attributes have an equality index by such lines: « mail,uid eq,sub ». A line without kinds takes those of
// the line `default`.
func slapdIndex(lines []string) func([]string) Answer {
	equal := map[string]bool{}
	byDefault := false
	parsed := func(line string) (names, kinds []string) {
		words := strings.Fields(strings.ToLower(line))
		if len(words) == 0 {
			return nil, nil
		}
		for _, word := range words[1:] {
			kinds = append(kinds, strings.Split(word, ",")...)
		}
		return strings.Split(words[0], ","), kinds
	}
	for _, line := range lines {
		if names, kinds := parsed(line); slices.Contains(names, "default") {
			byDefault = slices.Contains(kinds, "eq")
		}
	}
	for _, line := range lines {
		names, kinds := parsed(line)
		for _, name := range names {
			if slices.Contains(kinds, "eq") || len(kinds) == 0 && byDefault {
				equal[plain(name)] = true
			}
		}
	}
	return func(names []string) Answer {
		return answer(slices.ContainsFunc(names, func(name string) bool { return equal[name] }))
	}
}

// ds389Indexes reads the indexes of the backend that holds base, where cn=config lets them be read.
func (a asking) ds389Indexes(base string) (func([]string) Answer, error) {
	const backends = "cn=ldbm database,cn=plugins,cn=config"
	found, _, err := a.some(backends, "(nsslapd-suffix=*)", []string{"nsslapd-suffix"}, 100)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(found, func(e entry) bool { return within(base, e.text("nsslapd-suffix")) })
	if at < 0 {
		return untold, nil
	}
	indexes, cut, err := a.some("cn=index,"+found[at].DN, "(objectClass=nsIndex)", []string{"cn", "nsIndexType"}, 1000)
	if err != nil || cut != "" || len(indexes) == 0 {
		return untold, err
	}
	equal := map[string]bool{}
	for _, e := range indexes {
		if slices.ContainsFunc(e.GetEqualFoldAttributeValues("nsIndexType"), func(kind string) bool { return strings.EqualFold(kind, "eq") }) {
			equal[strings.ToLower(e.text("cn"))] = true
		}
	}
	return func(names []string) Answer {
		return answer(slices.ContainsFunc(names, func(name string) bool { return equal[name] }))
	}, nil
}
