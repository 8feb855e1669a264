package ldapx

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// ds389 is how 389 Directory Server is asked, and what is made of it: Red Hat Directory Server, FreeIPA.
type ds389 struct{}

func (ds389) idAttribute() string                { return "nsUniqueId" }
func (ds389) encodeID(raw []byte) string         { return string(raw) }
func (ds389) idFilter(id string) (string, error) { return ldap.EscapeFilter(id), nil }
func (ds389) attributes() []string {
	return []string{"nsAccountLock", "pwdPolicySubentry", "passwordExpirationTime", "passwordAllowChangeTime", "accountUnlockTime",
		"passwordRetryCount", "pwdReset", "pwdUpdateTime", "modifyTimestamp", "krbPrincipalExpiration", "krbPasswordExpiration", "mail", "ou"}
}

func (ds389) bars(e entry, now time.Time) (all []bar) {
	if e.text("modifyTimestamp") == "" {
		return []bar{{unreadable, "modifyTimestamp"}} // nor then, most likely, who is disabled
	}
	if strings.EqualFold(e.text("nsAccountLock"), "true") { // the server takes no other word for it
		all = append(all, bar{"DISABLED", "nsAccountLock"})
	}
	if end, ok := e.time("krbPrincipalExpiration"); ok && !now.Before(end) { // FreeIPA
		all = append(all, bar{"EXPIRED", "krbPrincipalExpiration"})
	}
	return all
}

// What a policy of 389 Directory Server asks of a password's look (pw.c, check_pw_syntax), of everybody in cn=config, and
// of some in an entry of their own.
var ds389Syntax = []string{"passwordMinAge", "passwordHistory", "passwordInHistory", "passwordCheckSyntax", "passwordMinLength", "passwordMinDigits", "passwordMinAlphas",
	"passwordMinUppers", "passwordMinLowers", "passwordMinSpecials", "passwordMin8bit", "passwordMaxRepeats", "passwordMinCategories",
	"passwordMinTokenLength", "passwordPalindrome", "passwordDictCheck", "passwordMaxSequence", "passwordMaxSeqSets",
	"passwordMaxClassChars", "passwordBadWords", "passwordUserAttributes", "nsslapd-pwpolicy-local",
	"passwordLockout", "passwordMaxFailure"}

// What holds where the syntax is checked and a policy says no number (slap.h, CFG_DEFAULT_PASSWORD…).
const (
	ds389MinLength   = 8
	ds389Categories  = 3
	ds389TokenLength = 3
	ds389InHistory   = 6
	ds389MaxFailure  = 3
)

// ds389Config is where the policy of all is written who have none of their own.
const ds389Config = "cn=config"

// inForce is the policy of the entry, where it is written, and whether it could be read.
func (ds389) inForce(e entry, book rulebook) (p entry, source string, ok bool) {
	p, ok = book.policy(ds389Config, append([]string{"passwordCheckSyntax"}, ds389Syntax...)...)
	local := e.text("pwdPolicySubentry")
	if local == "" || ok && !p.isTrue("nsslapd-pwpolicy-local") {
		return p, ds389Config, ok
	}
	p, ok = book.policy(local, append([]string{"objectClass"}, ds389Syntax...)...)
	return p, local, ok
}

// rules are those of the entry's local policy, or else of cn=config. Lengths are characters; letters and digits are those
// of ASCII, and all that is not ASCII is a kind of its own. A local policy that does not look at the syntax may have that of
// cn=config instead (nsslapd-pwpolicy-inherit-global, which no service account can read: the schema does not know it).
func (ds389) rules(e entry, book rulebook) (policy.Demands, time.Time) {
	p, source, ok := ds389{}.inForce(e, book)
	if !ok {
		return policy.Demands{Others: true}, time.Time{}
	}
	// What an entry says of it may be left from a time when there was a least age.
	var from time.Time
	if p.seconds("passwordMinAge") > 0 {
		from, _ = e.time("passwordAllowChangeTime")
	}
	history := 0
	if p.isTrue("passwordHistory") {
		history = p.countOr("passwordInHistory", ds389InHistory)
	}
	if !p.isTrue("passwordCheckSyntax") {
		return policy.Demands{History: history, Others: source != ds389Config}, from
	}
	least := p.countOr("passwordMinTokenLength", ds389TokenLength)
	return policy.Demands{
		MinLength: p.countOr("passwordMinLength", ds389MinLength), MinLower: p.count("passwordMinLowers"),
		MinUpper: p.count("passwordMinUppers"), MinLetters: p.count("passwordMinAlphas"), MinDigits: p.count("passwordMinDigits"),
		MinSymbols: p.count("passwordMinSpecials"), MinKinds: p.countOr("passwordMinCategories", ds389Categories),
		MaxRepeats: p.count("passwordMaxRepeats"), Names: ds389Names(e, least), NameRuns: least, History: history,
		Others: ds389Others(p),
	}, from
}

// ds389Others tells whether the policy has rules that the pages do not list, and only the server judges.
func ds389Others(p entry) bool {
	for _, number := range []string{"passwordMin8bit", "passwordMaxSequence", "passwordMaxSeqSets", "passwordMaxClassChars"} {
		if p.count(number) > 0 {
			return true
		}
	}
	return p.isTrue("passwordPalindrome") || p.isTrue("passwordDictCheck") || cmp.Or(p.text("passwordBadWords"), p.text("passwordUserAttributes")) != ""
}

// ds389Names are the values of which no run of so many characters must be in a password (pw.c, check_trivial_words).
func ds389Names(e entry, least int) []string {
	var names []string
	for _, attribute := range []string{"uid", "cn", "sn", "givenName", "ou", "mail"} {
		for _, v := range e.texts(attribute) {
			if least > 0 && utf8.RuneCountInString(v) >= least && !slices.Contains(names, v) {
				names = append(names, v)
			}
		}
	}
	return names
}

// countOr is count, where there is a number at all.
func (e entry) countOr(attribute string, otherwise int) int {
	if e.text(attribute) == "" {
		return otherwise
	}
	return e.count(attribute)
}

// write leaves unlock aside: a lock-out ends with a change of the password by itself, whose count starts anew. The extended
// operation has more to it than a modify: it makes another change due where the policy says so (passwordMustChange), and
// what it notes of the password is there when it answers.
func (ds389) write(conn *connection, c Config, _ bool, e entry, password string) error {
	return writeUserPassword(conn, c.Write, e.DN, password)
}

// changed compares pwdUpdateTime, which the server keeps where passwordTrackUpdateTime is on, and which only a change of the
// password moves. Without it nothing tells one change of the entry from another.
func (ds389) changed(before, after entry) proof {
	was, is := before.text("pwdUpdateTime"), after.text("pwdUpdateTime")
	switch {
	case is != "" && is != was:
		return changed
	case is != "" && is != after.text("modifyTimestamp"): // else in the second of the change before
		return unchanged
	}
	return generic{}.changed(before, after)
}

// mark is modifyTimestamp and pwdUpdateTime, which are replicated and count whole seconds: there is nothing finer that all
// servers share.
func (ds389) mark(e entry) string {
	if e.text("modifyTimestamp") == "" {
		return ""
	}
	return e.text("modifyTimestamp") + " " + e.text("pwdUpdateTime")
}

func (ds389) reached(e entry, mark string) bool {
	modified, updated, _ := strings.Cut(mark, " ")
	return generic{}.reached(e, modified) && e.text("pwdUpdateTime") >= updated
}

// mustChangeTime is what a change leaves behind that must be followed by another (pw.c, passwordMustChange). One second
// later means something else.
const mustChangeTime = "19700101000000Z"

// mustChange: FreeIPA lets a password expire at once that somebody else has set (ipa-pwd-extop).
func (ds389) mustChange(e entry) bool {
	if e.text("passwordExpirationTime") == mustChangeTime || e.isTrue("pwdReset") {
		return true
	}
	end, ok := e.time("krbPasswordExpiration")
	return ok && !time.Now().Before(end)
}

// locked: the time of a lock-out stays when it has ended, the count of wrong passwords does not. One that only an
// administrator ends has the time 0.
func (ds389) locked(e entry, now time.Time) bool {
	until, ok := e.time("accountUnlockTime")
	return ok && e.count("passwordRetryCount") > 0 && (until.Unix() == 0 || now.Before(until))
}

func (ds389) card() []string { return nil }

// times: a lock-out that only an administrator ends has the time 0, as the end of a password that is to be changed has.
func (ds389) times(e entry, _ rulebook) times {
	after0 := func(attribute string) time.Time {
		if at, ok := e.time(attribute); ok && at.Unix() != 0 {
			return at
		}
		return time.Time{}
	}
	t := times{unlocks: after0("accountUnlockTime"), changed: after0("pwdUpdateTime"), expires: after0("krbPasswordExpiration")}
	if t.expires.IsZero() {
		t.expires = after0("passwordExpirationTime")
	}
	return t
}

// unlock takes away all by which the server counts (pw.c, slapi_check_account_lock).
func (ds389) unlock(e entry) (*ldap.ModifyRequest, error) {
	request := ldap.NewModifyRequest(e.DN, nil)
	request.Replace("accountUnlockTime", nil)
	request.Replace("passwordRetryCount", nil)
	return request, nil
}
