package ldapx

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// What the head of a domain says of passwords (MS-ADTS section 3.1.1.4.5; pwdProperties of MS-SAMR section 2.2.1.9).
var domainPolicy = []string{"minPwdLength", "pwdProperties", "minPwdAge", "pwdHistoryLength", "lockoutDuration", "lockoutThreshold"}

// What a password settings object says instead, for those it is for (MS-ADTS section 3.1.1.4.5.36).
var settingsPolicy = []string{"msDS-MinimumPasswordLength", "msDS-PasswordComplexityEnabled", "msDS-MinimumPasswordAge", "msDS-PasswordHistoryLength",
	"msDS-LockoutDuration", "msDS-LockoutThreshold"}

const (
	complexPasswords = 1   // of pwdProperties
	longestUnicode   = 256 // UTF-16 units that unicodePwd can have (MS-SAMR section 3.1.1.7.2)
)

// rules are those of the entry's password settings object, or else of the head of its domain. Where the object cannot be
// read the domain's are told, and that there may be others.
func (ad activeDirectory) rules(e entry, book rulebook) (policy.Demands, time.Time) {
	d := policy.Demands{MaxLength: longestUnicode, Unit: policy.UTF16Units, Names: forbiddenNames(e)}
	complex, age := false, time.Duration(0)
	settings, ok := entry{}, false
	if pso := e.text("msDS-ResultantPSO"); pso != "" {
		settings, ok = book.policy(pso, settingsPolicy...)
		d.Others = !ok
	}
	if ok {
		d.MinLength, complex = settings.count(settingsPolicy[0]), settings.isTrue(settingsPolicy[1])
		age, d.History = interval(settings, settingsPolicy[2]), settings.count(settingsPolicy[3])
	} else if head, ok := book.policy(domainOf(e.DN), domainPolicy...); ok {
		properties, _ := head.integer(domainPolicy[1])
		d.MinLength, complex = head.count(domainPolicy[0]), properties&complexPasswords != 0
		age, d.History = interval(head, domainPolicy[2]), head.count(domainPolicy[3])
	} else {
		d.Others = true
	}
	if complex {
		d.MinKinds, d.Kinds = 3, policy.Windows // of five (MS-SAMR section 3.1.1.7.2)
	}
	if !book.judgesHistory() {
		age, d.History = 0, 0 // a reset is judged by both or by none
	}
	return d, ad.mayChangeFrom(e, age)
}

// lockout is how long a lock-out of the entry lasts; 0: until somebody ends it, or that is not known.
func (activeDirectory) lockout(e entry, book rulebook) time.Duration {
	dn, attributes := domainOf(e.DN), domainPolicy
	if pso := e.text("msDS-ResultantPSO"); pso != "" {
		dn, attributes = pso, settingsPolicy
	}
	p, ok := book.policy(dn, attributes...)
	if !ok {
		return 0
	}
	return interval(p, attributes[4])
}

// mayChangeFrom is when a password of that least age may be changed again.
func (activeDirectory) mayChangeFrom(e entry, age time.Duration) time.Time {
	set, ok := e.integer("pwdLastSet")
	if !ok || set <= 0 || age <= 0 {
		return time.Time{}
	}
	return fromFiletime(set).Add(age)
}

// forbiddenNames are the account's name, and the parts of its display name: from three characters on they must not be in
// a password (MS-SAMR section 3.1.1.7.2, which lists this beside the complexity). A domain controller by Samba does not
// look for them, so ssprd does it itself.
func forbiddenNames(e entry) []string {
	const separators = ",.-_ #\t"
	tokens := strings.FieldsFunc(e.first("displayName"), func(r rune) bool { return strings.ContainsRune(separators, r) })
	var names []string
	for _, name := range append([]string{e.first("sAMAccountName")}, tokens...) {
		if utf8.RuneCountInString(name) >= 3 {
			names = append(names, name)
		}
	}
	return names
}

// domainOf is the DN of the domain's head: the components of the entry's own that are DC.
func domainOf(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return dn
	}
	from := len(parsed.RDNs)
	for from > 0 && strings.EqualFold(parsed.RDNs[from-1].Attributes[0].Type, "DC") {
		from--
	}
	return (&ldap.DN{RDNs: parsed.RDNs[from:]}).String()
}

// interval reads a time span, which is a negative count of 100 ns (MS-ADTS section 3.1.1.4.5). What is
// out of reason reads as 0.
func interval(e entry, attribute string) time.Duration {
	n, ok := e.integer(attribute)
	if !ok || n >= 0 || n <= -math.MaxInt64 || time.Duration(-n) > longestSpan/100 {
		return 0
	}
	return time.Duration(-n) * 100
}

// fromFiletime is the reverse of filetime.
func fromFiletime(n int64) time.Time {
	const secondsFrom1601To1970 = 11_644_473_600
	return time.Unix(n/10_000_000-secondsFrom1601To1970, n%10_000_000*100).UTC()
}

// moment reads a time; the zero time for none, and for one that never comes.
func (e entry) moment(attribute string) time.Time {
	if n, ok := e.integer(attribute); ok && n > 0 && n < math.MaxInt64 {
		return fromFiletime(n)
	}
	return time.Time{}
}
