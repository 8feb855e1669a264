package ldapx

import (
	"reflect"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// shelf is a rulebook of some entries.
type shelf map[string]map[string][]string

func (s shelf) policy(dn string, _ ...string) (entry, bool) {
	attributes, ok := s[dn]
	return entry{ldap.NewEntry(dn, attributes)}, ok
}
func (s shelf) fallback() string    { return "cn=default" }
func (s shelf) judgesHistory() bool { return true }

func one(attributes ...string) map[string][]string {
	m := map[string][]string{}
	for i := 0; i+1 < len(attributes); i += 2 {
		m[attributes[i]] = append(m[attributes[i]], attributes[i+1])
	}
	return m
}

// R31: from the entries that hold policies to what they demand.
func TestRules(t *testing.T) {
	head, pso := "dc=siege,dc=example", "CN=Agents,CN=Password Settings Container,CN=System,DC=siege,DC=example"
	domain := one("minPwdLength", "7", "pwdProperties", "1", "minPwdAge", "-864000000000")
	settings := one("msDS-MinimumPasswordLength", "14", "msDS-PasswordComplexityEnabled", "FALSE", "msDS-MinimumPasswordAge", "0")
	const dn = `CN=Lacoste\, Sophie,OU=Agents,DC=siege,DC=example`
	sophie := []string{"sAMAccountName", "slacoste", "displayName", "Lacoste, Sophie-Anne de", "pwdLastSet", "134085024000000000"}
	units := policy.Demands{MaxLength: 256, Unit: policy.UTF16Units, Names: []string{"slacoste", "Lacoste", "Sophie", "Anne"}}
	with := func(d policy.Demands, f func(*policy.Demands)) policy.Demands { f(&d); return d }
	set := time.Date(2025, 11, 25, 0, 0, 0, 0, time.UTC)

	for _, c := range []struct {
		name  string
		kind  kind
		entry []string
		shelf shelf
		want  policy.Demands
		from  time.Time
	}{
		{"the domain's", activeDirectory{}, sophie, shelf{head: domain},
			with(units, func(d *policy.Demands) { d.MinLength, d.MinKinds, d.Kinds = 7, 3, policy.Windows }), set.Add(24 * time.Hour)},
		{"a settings object's", activeDirectory{}, append(sophie, "msDS-ResultantPSO", pso), shelf{head: domain, pso: settings},
			with(units, func(d *policy.Demands) { d.MinLength = 14 }), time.Time{}},
		{"a settings object that cannot be read", activeDirectory{}, append(sophie, "msDS-ResultantPSO", pso), shelf{head: domain},
			with(units, func(d *policy.Demands) { d.MinLength, d.MinKinds, d.Kinds, d.Others = 7, 3, policy.Windows, true }), set.Add(24 * time.Hour)},
		{"a domain that cannot be read", activeDirectory{}, sophie, shelf{}, with(units, func(d *policy.Demands) { d.Others = true }), time.Time{}},
		{"must change, whose last change counts for nothing", activeDirectory{}, []string{"pwdLastSet", "0"}, shelf{head: domain},
			policy.Demands{MaxLength: 256, Unit: policy.UTF16Units, MinLength: 7, MinKinds: 3, Kinds: policy.Windows}, time.Time{}},

		{"slapd's default", openLDAP{}, []string{"pwdChangedTime", "20251125000000Z"}, shelf{"cn=default": one("pwdCheckQuality", "2", "pwdMinLength", "10", "pwdMinAge", "3600")},
			policy.Demands{MinLength: 10, Unit: policy.Bytes}, set.Add(time.Hour)},
		{"slapd: the entry's own", openLDAP{}, []string{"pwdPolicySubentry", "cn=own"}, shelf{"cn=default": one("pwdCheckQuality", "2", "pwdMinLength", "10"),
			"cn=own": one("pwdCheckQuality", "1", "pwdMinLength", "12", "pwdMaxLength", "40", "pwdUseCheckModule", "TRUE")},
			policy.Demands{MinLength: 12, MaxLength: 40, Unit: policy.Bytes, Others: true}, time.Time{}},
		{"slapd: no quality is checked", openLDAP{}, nil, shelf{"cn=default": one("pwdMinLength", "10")}, policy.Demands{Unit: policy.Bytes}, time.Time{}},
		{"slapd: not readable", openLDAP{}, nil, shelf{}, policy.Demands{Others: true}, time.Time{}},
		{"slapd: reset by an administrator, whose age counts for nothing", openLDAP{}, []string{"pwdChangedTime", "20251125000000Z", "pwdReset", "TRUE"},
			shelf{"cn=default": one("pwdMinAge", "3600")}, policy.Demands{Unit: policy.Bytes}, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, from := c.kind.rules(entry{ldap.NewEntry(dn, one(c.entry...))}, c.shelf)
			if !reflect.DeepEqual(got, c.want) || !from.Equal(c.from) {
				t.Errorf("%+v, from %s\nwant %+v, from %s", got, from, c.want, c.from)
			}
		})
	}
}

func TestDomainOf(t *testing.T) {
	for dn, want := range map[string]string{
		`CN=Lacoste\, Sophie,OU=Agents,DC=siege,DC=example`: "dc=siege,dc=example",
		"cn=x,dc=a":   "dc=a",
		"not a DN at": "not a DN at",
		"cn=x":        "",
	} {
		if got := domainOf(dn); got != want {
			t.Errorf("%s: %q, want %q", dn, got, want)
		}
	}
}

func TestGeneralizedTime(t *testing.T) {
	want := time.Date(2026, 11, 25, 1, 2, 3, 0, time.UTC)
	for value, right := range map[string]bool{
		"20261125010203Z": true, "20261125010203.000000Z": true, "": false, "0": false, "20261125010203": false, "000001010000Z": false, "20261399010203Z": false,
	} {
		if got, ok := generalizedTime(value); ok != right || ok && !got.Equal(want) {
			t.Errorf("%q: %s %v", value, got, ok)
		}
	}
}
