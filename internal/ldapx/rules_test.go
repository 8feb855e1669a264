package ldapx

import (
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

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
func (s shelf) knowsPolicies() bool { return true }

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
	domain := one("minPwdLength", "7", "pwdProperties", "1", "minPwdAge", "-864000000000", "pwdHistoryLength", "24")
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
			with(units, func(d *policy.Demands) { d.MinLength, d.MinKinds, d.Kinds, d.History = 7, 3, policy.Windows, 24 }), set.Add(24 * time.Hour)},
		{"a settings object's", activeDirectory{}, append(sophie, "msDS-ResultantPSO", pso), shelf{head: domain, pso: settings},
			with(units, func(d *policy.Demands) { d.MinLength = 14 }), time.Time{}},
		{"a settings object that cannot be read", activeDirectory{}, append(sophie, "msDS-ResultantPSO", pso), shelf{head: domain},
			with(units, func(d *policy.Demands) {
				d.MinLength, d.MinKinds, d.Kinds, d.History, d.Others = 7, 3, policy.Windows, 24, true
			}), set.Add(24 * time.Hour)},
		{"a domain that cannot be read", activeDirectory{}, sophie, shelf{}, with(units, func(d *policy.Demands) { d.Others = true }), time.Time{}},
		{"must change, whose last change counts for nothing", activeDirectory{}, []string{"pwdLastSet", "0"}, shelf{head: domain},
			policy.Demands{MaxLength: 256, Unit: policy.UTF16Units, MinLength: 7, MinKinds: 3, Kinds: policy.Windows, History: 24}, time.Time{}},

		{"slapd's default", openLDAP{}, []string{"pwdChangedTime", "20251125000000Z"}, shelf{"cn=default": one("pwdCheckQuality", "2", "pwdMinLength", "10", "pwdMinAge", "3600", "pwdInHistory", "5")},
			policy.Demands{MinLength: 10, Unit: policy.Bytes, History: 5}, set.Add(time.Hour)},
		{"slapd: a least age of a month", openLDAP{}, []string{"pwdChangedTime", "20251125000000Z"}, shelf{"cn=default": one("pwdMinAge", "2592000")},
			policy.Demands{Unit: policy.Bytes}, set.Add(30 * 24 * time.Hour)},
		{"slapd: the entry's own", openLDAP{}, []string{"pwdPolicySubentry", "cn=own"}, shelf{"cn=default": one("pwdCheckQuality", "2", "pwdMinLength", "10"),
			"cn=own": one("pwdCheckQuality", "1", "pwdMinLength", "12", "pwdMaxLength", "40", "pwdUseCheckModule", "TRUE")},
			policy.Demands{MinLength: 12, MaxLength: 40, Unit: policy.Bytes, Others: true}, time.Time{}},
		{"slapd: no quality is checked", openLDAP{}, nil, shelf{"cn=default": one("pwdMinLength", "10")}, policy.Demands{Unit: policy.Bytes}, time.Time{}},
		{"389: everybody's", ds389{}, []string{"uid", "camille", "passwordAllowChangeTime", "20251126000000Z"}, shelf{"cn=config": one("passwordCheckSyntax", "on",
			"passwordMinLength", "9", "passwordMinCategories", "2", "passwordMinTokenLength", "4", "passwordHistory", "on", "passwordMinAge", "86400")},
			policy.Demands{MinLength: 9, MinKinds: 2, Names: []string{"camille"}, NameRuns: 4, History: 6}, set.Add(24 * time.Hour)},
		{"389: a least age that is no more", ds389{}, []string{"passwordAllowChangeTime", "20261126000000Z"}, shelf{"cn=config": one("passwordCheckSyntax", "off", "passwordMinAge", "0")},
			policy.Demands{}, time.Time{}},
		{"389: local policies are switched off", ds389{}, []string{"pwdPolicySubentry", "cn=own"}, shelf{"cn=config": one("passwordCheckSyntax", "off", "nsslapd-pwpolicy-local", "off"),
			"cn=own": one("passwordCheckSyntax", "on")}, policy.Demands{}, time.Time{}},
		{"389: one's own, with defaults", ds389{}, []string{"pwdPolicySubentry", "cn=own"}, shelf{"cn=config": one("passwordCheckSyntax", "off", "nsslapd-pwpolicy-local", "on"),
			"cn=own": one("passwordCheckSyntax", "on")}, policy.Demands{MinLength: 8, MinKinds: 3, NameRuns: 3}, time.Time{}},
		{"389: not readable", ds389{}, nil, shelf{}, policy.Demands{Others: true}, time.Time{}},
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

// R56: what the helpdesk is told of a password and of a lock-out, by the entry and the policy in force.
func TestTimes(t *testing.T) {
	const dn, pso = "cn=x,dc=example", "cn=pso"
	at := time.Date(2025, 11, 25, 0, 0, 0, 0, time.UTC)
	const filetime, minutes10 = "134085024000000000", "-6000000000"
	for _, c := range []struct {
		name   string
		kind   kind
		entry  []string
		shelf  shelf
		want   times
		locked bool // an hour later
	}{
		{"slapd", openLDAP{}, []string{"pwdChangedTime", "20251125000000Z", "pwdAccountLockedTime", "20251125000000Z"},
			shelf{"cn=default": one("pwdMaxAge", "60", "pwdLockoutDuration", "7200")},
			times{at.Add(2 * time.Hour), at, at.Add(time.Minute)}, true},
		{"slapd, a lock-out that has ended", openLDAP{}, []string{"pwdAccountLockedTime", "20251125000000Z"},
			shelf{"cn=default": one("pwdLockoutDuration", "600")}, times{unlocks: at.Add(10 * time.Minute)}, false},
		{"slapd, for ever", openLDAP{}, []string{"pwdChangedTime", "20251125000000Z", "pwdAccountLockedTime", "20251125000000Z"},
			shelf{"cn=default": one("pwdMaxAge", "0", "pwdLockoutDuration", "0")}, times{changed: at}, true},
		{"slapd, no policy", openLDAP{}, []string{"pwdChangedTime", "20251125000000Z"}, shelf{}, times{changed: at}, false},
		{"a domain", activeDirectory{}, []string{"pwdLastSet", filetime, "msDS-UserPasswordExpiryTimeComputed", filetime, "lockoutTime", filetime,
			"msDS-User-Account-Control-Computed", "16"}, shelf{"dc=example": one("lockoutDuration", minutes10)},
			times{at.Add(10 * time.Minute), at, at}, false},
		{"a settings object", activeDirectory{}, []string{"lockoutTime", filetime, "msDS-ResultantPSO", pso, "msDS-User-Account-Control-Computed", "16"},
			shelf{"dc=example": one("lockoutDuration", minutes10), pso: one("msDS-LockoutDuration", "-72000000000")},
			times{unlocks: at.Add(2 * time.Hour)}, true},
		{"a settings object that cannot be read", activeDirectory{}, []string{"lockoutTime", filetime, "msDS-ResultantPSO", pso,
			"msDS-User-Account-Control-Computed", "16"}, shelf{"dc=example": one("lockoutDuration", minutes10)}, times{}, true},
		{"a domain, for ever", activeDirectory{}, []string{"pwdLastSet", "0", "msDS-UserPasswordExpiryTimeComputed", "9223372036854775807",
			"lockoutTime", filetime, "msDS-User-Account-Control-Computed", "16"},
			shelf{"dc=example": one("lockoutDuration", "-9223372036854775808")}, times{}, true},
		{"389 DS", ds389{}, []string{"pwdUpdateTime", "20251125000000Z", "passwordExpirationTime", "20251125000000Z",
			"accountUnlockTime", "20251125000000Z", "passwordRetryCount", "3"}, shelf{}, times{at, at, at}, false},
		{"389 DS, for ever", ds389{}, []string{"passwordExpirationTime", mustChangeTime, "accountUnlockTime", "19700101000000Z", "passwordRetryCount", "3"},
			shelf{}, times{}, true},
		{"FreeIPA", ds389{}, []string{"passwordExpirationTime", "20380101000000Z", "krbPasswordExpiration", "20251125000000Z"}, shelf{},
			times{expires: at}, false},
		{"another", generic{}, []string{"pwdChangedTime", "20251125000000Z"}, shelf{}, times{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := entry{ldap.NewEntry(dn, one(c.entry...))}
			got := c.kind.times(e, c.shelf)
			if !got.unlocks.Equal(c.want.unlocks) || !got.changed.Equal(c.want.changed) || !got.expires.Equal(c.want.expires) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if locked := isLocked(c.kind, e, got, at.Add(time.Hour)); locked != c.locked {
				t.Errorf("locked %v, want %v", locked, c.locked)
			}
		})
	}
}

// R56: from Active Directory's documents on attributes to when an address on file was last changed.
func TestOriginated(t *testing.T) {
	change := func(attribute, at string) string {
		return "<DS_REPL_ATTR_META_DATA>\n\t<pszAttributeName>" + attribute + "</pszAttributeName>\n\t<dwVersion>3</dwVersion>\n\t" +
			"<ftimeLastOriginatingChange>" + at + "</ftimeLastOriginatingChange>\n\t<usnLocalChange>13</usnLocalChange>\n" +
			"\t<pszLastOriginatingDsaDN></pszLastOriginatingDsaDN>\n</DS_REPL_ATTR_META_DATA>\n\x00"
	}
	at := time.Date(2026, 11, 25, 1, 2, 3, 0, time.UTC)
	for name, c := range map[string]struct {
		documents []string
		want      time.Time
	}{
		"one":         {[]string{change("mail", "2026-11-25T01:02:03Z")}, at},
		"the last":    {[]string{change("otherMailbox", "2026-11-24T01:02:03Z"), change("mail", "2026-11-25T01:02:03Z"), change("mail", "2025-11-25T01:02:03Z")}, at},
		"of another":  {[]string{change("title", "2026-11-25T01:02:03Z")}, time.Time{}},
		"no time":     {[]string{change("mail", "soon")}, time.Time{}},
		"no document": {[]string{"mail 2026-11-25T01:02:03Z", "", "<"}, time.Time{}},
		"none":        {nil, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			e := entry{ldap.NewEntry("cn=x", map[string][]string{replicated: c.documents})}
			if got := e.originated([]string{"Mail", "otherMailbox"}); !got.Equal(c.want) {
				t.Errorf("%s, want %s", got, c.want)
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
	for value, right := range map[string]time.Time{
		"20261125010203Z": want, "20261125010203.000000Z": want, "20261125020203+0100": want, "202611250102Z": want.Truncate(time.Minute),
		"2026112501Z": want.Truncate(time.Hour), "": {}, "0": {}, "20261125010203": {}, "20261399010203Z": {}, "soon": {},
	} {
		if got, ok := generalizedTime(value); ok == right.IsZero() || !got.Equal(right) {
			t.Errorf("%q: %s %v", value, got, ok)
		}
	}
}

// R7: what slapd and 389 Directory Server take for a lock, in whatever form it was written, and what they do not show.
func TestEligible(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	slapd := func(attributes ...string) []string {
		return append(attributes, "entryCSN", "20261125000000.000000Z#000000#000#000000")
	}
	ds := func(attributes ...string) []string { return append(attributes, "modifyTimestamp", "20261125000000Z") }
	for _, c := range []struct {
		kind  kind
		entry []string
		want  string
	}{
		{openLDAP{}, slapd(), ""},
		{openLDAP{}, nil, "UNREADABLE"},
		{openLDAP{}, slapd("pwdAccountLockedTime", "000001010000Z"), "LOCKED_BY_ADMINISTRATOR"},
		{openLDAP{}, slapd("pwdAccountLockedTime", "00000101000000Z"), "LOCKED_BY_ADMINISTRATOR"},
		{openLDAP{}, slapd("pwdAccountLockedTime", "0000010100Z"), "LOCKED_BY_ADMINISTRATOR"},
		{openLDAP{}, slapd("pwdAccountLockedTime", "00000101000000.0Z"), "LOCKED_BY_ADMINISTRATOR"},
		{openLDAP{}, slapd("pwdAccountLockedTime", "00000101000000+0000"), "LOCKED_BY_ADMINISTRATOR"},
		{openLDAP{}, slapd("pwdAccountLockedTime", "for ever"), "LOCKED_BY_ADMINISTRATOR"},
		{openLDAP{}, slapd("pwdAccountLockedTime", "20261125115900Z"), ""}, // after wrong passwords
		{openLDAP{}, slapd("pwdEndTime", "20261125115900Z"), "EXPIRED"},
		{openLDAP{}, slapd("pwdEndTime", "20261125120100Z"), ""},
		{openLDAP{}, slapd("pwdStartTime", "20261125120100Z"), "DISABLED"},
		{ds389{}, ds(), ""},
		{ds389{}, nil, "UNREADABLE"},
		{ds389{}, ds("nsAccountLock", "true"), "DISABLED"},
		{ds389{}, ds("nsAccountLock", "True"), "DISABLED"},
		{ds389{}, ds("nsAccountLock", "false"), ""},
		{ds389{}, ds("nsAccountLock", "1"), ""}, // which locks nobody there
		{ds389{}, ds("krbPrincipalExpiration", "20261125115900Z"), "EXPIRED"},
		{activeDirectory{}, nil, "UNREADABLE"},
		{activeDirectory{}, []string{"userAccountControl", "512"}, ""},
		{activeDirectory{}, []string{"userAccountControl", "514"}, "DISABLED"},
		{activeDirectory{}, []string{"userAccountControl", "262656"}, "SMARTCARD_ONLY"},
		{activeDirectory{}, []string{"userAccountControl", "512", "adminCount", "1"}, "PRIVILEGED"},
		{activeDirectory{}, []string{"userAccountControl", "512", "accountExpires", "133000000000000000"}, "EXPIRED"},
		{activeDirectory{}, []string{"userAccountControl", "512", "accountExpires", "9223372036854775807"}, ""},
	} {
		if got := eligible(c.kind, entry{ldap.NewEntry("cn=x", one(c.entry...))}, now); got != c.want {
			t.Errorf("%T, %v: %q, want %q", c.kind, c.entry, got, c.want)
		}
	}
}

// R45: what two readings prove of a change between them. What moves for other reasons proves nothing.
func TestChanged(t *testing.T) {
	csn := func(second string) string { return second + ".123456Z#000000#000#000000" }
	now := time.Now().UTC().Format("20060102150405Z")
	for _, c := range []struct {
		name          string
		kind          kind
		before, after []string
		want          proof
	}{
		{"slapd: nothing moved", openLDAP{}, []string{"entryCSN", csn("20261125000000")}, []string{"entryCSN", csn("20261125000000")}, unchanged},
		{"slapd: the password", openLDAP{}, []string{"entryCSN", csn("20261125000000"), "pwdChangedTime", "20261124000000Z"},
			[]string{"entryCSN", csn("20261125000001"), "pwdChangedTime", "20261125000001Z"}, changed},
		{"slapd: the first change", openLDAP{}, []string{"entryCSN", csn("20261125000000")},
			[]string{"entryCSN", csn("20261125000001"), "pwdChangedTime", "20261125000001Z"}, changed},
		{"slapd: a wrong password was tried", openLDAP{}, []string{"entryCSN", csn("20261125000000"), "pwdChangedTime", "20261124000000Z"},
			[]string{"entryCSN", csn("20261125000001"), "pwdChangedTime", "20261124000000Z"}, unchanged},
		{"slapd: twice in a second", openLDAP{}, []string{"entryCSN", csn("20261125000001") + "a", "pwdChangedTime", "20261125000001Z"},
			[]string{"entryCSN", csn("20261125000001") + "b", "pwdChangedTime", "20261125000001Z"}, unproven},
		{"slapd without ppolicy", openLDAP{}, []string{"entryCSN", csn("20261125000000")}, []string{"entryCSN", csn("20261125000001")}, unproven},
		{"slapd: unreadable", openLDAP{}, nil, nil, unproven},
		{"domain: written", activeDirectory{}, []string{keyVersion, "3", "pwdLastSet", "0"}, []string{keyVersion, "4", "pwdLastSet", "0"}, changed},
		{"domain: another change was asked for", activeDirectory{}, []string{keyVersion, "3", "pwdLastSet", "134"}, []string{keyVersion, "3", "pwdLastSet", "0"}, unproven},
		{"domain: nothing", activeDirectory{}, []string{keyVersion, "3", "pwdLastSet", "134"}, []string{keyVersion, "3", "pwdLastSet", "134"}, unchanged},
		{"domain: without the count", activeDirectory{}, []string{"pwdLastSet", "134"}, []string{"pwdLastSet", "135"}, changed},
		{"domain: without the count, to 0", activeDirectory{}, []string{"pwdLastSet", "134"}, []string{"pwdLastSet", "0"}, unproven},
		{"domain: unreadable", activeDirectory{}, nil, nil, unproven},
		{"389: the password", ds389{}, []string{"pwdUpdateTime", "20251125000000Z", "modifyTimestamp", "20251125000000Z"},
			[]string{"pwdUpdateTime", "20251125000001Z", "modifyTimestamp", "20251125000001Z"}, changed},
		{"389: something else", ds389{}, []string{"pwdUpdateTime", "20251125000000Z", "modifyTimestamp", "20251125000000Z"},
			[]string{"pwdUpdateTime", "20251125000000Z", "modifyTimestamp", "20251125000001Z"}, unchanged},
		{"389: something else, a moment ago and not since", ds389{}, []string{"pwdUpdateTime", "20251125000000Z", "modifyTimestamp", now},
			[]string{"pwdUpdateTime", "20251125000000Z", "modifyTimestamp", now}, unchanged},
		{"389: times of passwords are not kept", ds389{}, []string{"modifyTimestamp", "20251125000000Z"}, []string{"modifyTimestamp", "20251125000001Z"}, unproven},
		{"389: nothing moved for long", ds389{}, []string{"modifyTimestamp", "20251125000000Z"}, []string{"modifyTimestamp", "20251125000000Z"}, unchanged},
		{"generic: something moved", generic{}, []string{"modifyTimestamp", "20251125000000Z"}, []string{"modifyTimestamp", "20251125000001Z"}, unproven},
		{"generic: nothing moved for long", generic{}, []string{"modifyTimestamp", "20251125000000Z"}, []string{"modifyTimestamp", "20251125000000Z"}, unchanged},
		{"generic: something moved just before", generic{}, []string{"modifyTimestamp", now}, []string{"modifyTimestamp", now}, unproven},
	} {
		before, after := entry{ldap.NewEntry("cn=x", one(c.before...))}, entry{ldap.NewEntry("cn=x", one(c.after...))}
		if got := c.kind.changed(before, after); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// R47: a server has a change if it shows it, and not for having another one of later.
func TestReachedByProof(t *testing.T) {
	for _, c := range []struct {
		name         string
		kind         kind
		there, other []string
		want         bool
	}{
		{"slapd: the same", openLDAP{}, []string{"entryCSN", "3", "pwdChangedTime", "20261125000003Z"}, []string{"entryCSN", "3", "pwdChangedTime", "20261125000003Z"}, true},
		{"slapd: a later one, with it", openLDAP{}, []string{"entryCSN", "3", "pwdChangedTime", "20261125000003Z"}, []string{"entryCSN", "4", "pwdChangedTime", "20261125000003Z"}, true},
		{"slapd: a later one of another kind", openLDAP{}, []string{"entryCSN", "3", "pwdChangedTime", "20261125000003Z"}, []string{"entryCSN", "4", "pwdChangedTime", "20261124000000Z"}, false},
		{"slapd: an older one", openLDAP{}, []string{"entryCSN", "3"}, []string{"entryCSN", "2"}, false},
		{"389: a later one of another kind", ds389{}, []string{"modifyTimestamp", "20261125000003Z", "pwdUpdateTime", "20261125000003Z"},
			[]string{"modifyTimestamp", "20261125000004Z", "pwdUpdateTime", "20261124000000Z"}, false},
		{"389: with it", ds389{}, []string{"modifyTimestamp", "20261125000003Z", "pwdUpdateTime", "20261125000003Z"},
			[]string{"modifyTimestamp", "20261125000003Z", "pwdUpdateTime", "20261125000003Z"}, true},
		{"domain: must change, and had to", activeDirectory{}, []string{"pwdLastSet", "0", keyVersion, "4"}, []string{"pwdLastSet", "0", keyVersion, "3"}, false},
		{"domain: the same", activeDirectory{}, []string{"pwdLastSet", "0", keyVersion, "4"}, []string{"pwdLastSet", "0", keyVersion, "4"}, true},
	} {
		mark := c.kind.mark(entry{ldap.NewEntry("cn=x", one(c.there...))})
		if got := c.kind.reached(entry{ldap.NewEntry("cn=x", one(c.other...))}, mark); got != c.want || mark == "" {
			t.Errorf("%s: %v by %q, want %v", c.name, got, mark, c.want)
		}
	}
	if mark := (activeDirectory{}).mark(entry{ldap.NewEntry("cn=x", one("pwdLastSet", "0"))}); mark != "" {
		t.Errorf("a mark of nothing: %q", mark)
	}
}

// The id of an entry of whatever attribute is the directory's own, and comes back to the filter that finds it.
func TestGenericIDs(t *testing.T) {
	region, other := generic{id: "GUID", directory: "region"}, generic{id: "GUID", directory: "region nord"}
	for raw, filter := range map[string]string{"1047": "1047", "a (b)*": `a \28b\29\2a`, "\x00\xff\t": `\00\ff\09`, "Zoé": `Zo\c3\a9`, "a\tb": `\61\09\62`} {
		id := region.encodeID([]byte(raw))
		if got, err := region.idFilter(id); err != nil || got != filter {
			t.Errorf("%q: %q gives %q, %v; want %q", raw, id, got, err, filter)
		}
		if got, err := other.idFilter(id); err == nil {
			t.Errorf("%q is one of another directory's: %q", id, got)
		}
		if utf8.ValidString(id) != true {
			t.Errorf("%q cannot be stored", id)
		}
	}
	for _, id := range []string{"", "1047", `"region"`, "\"region\"\t", "\"region\"\tzz"} {
		if got, err := region.idFilter(id); err == nil {
			t.Errorf("%q: %q", id, got)
		}
	}
}
