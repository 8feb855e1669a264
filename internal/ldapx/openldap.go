package ldapx

import (
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// lockedForGood is the pwdAccountLockedTime of an account that an administrator has locked (draft-behera section
// 5.3.3): no reset ends that.
const lockedForGood = "000001010000Z"

// openLDAP is how slapd is asked, with or without the overlay ppolicy.
type openLDAP struct{}

func (openLDAP) idAttribute() string                { return "entryUUID" }
func (openLDAP) encodeID(raw []byte) string         { return string(raw) }
func (openLDAP) idFilter(id string) (string, error) { return ldap.EscapeFilter(id), nil }
func (openLDAP) attributes() []string {
	return []string{"entryCSN", "pwdChangedTime", "pwdAccountLockedTime", "pwdReset", "pwdPolicySubentry", "pwdStartTime", "pwdEndTime"}
}

func (openLDAP) eligible(e entry, now time.Time) string {
	if e.text("pwdAccountLockedTime") == lockedForGood {
		return "LOCKED_BY_ADMINISTRATOR"
	}
	// The account's own life (draft-behera-11 sections 5.3.10 and 5.3.11).
	if end, ok := e.time("pwdEndTime"); ok && !now.Before(end) {
		return "EXPIRED"
	}
	if start, ok := e.time("pwdStartTime"); ok && now.Before(start) {
		return "DISABLED"
	}
	return ""
}

// rules are those of the policy that the entry names, or else of the overlay's default, whose DN only its configuration
// tells. Lengths are bytes, and are looked at only where the quality is checked (slapo-ppolicy(5)).
func (openLDAP) rules(e entry, book rulebook) (policy.Demands, time.Time) {
	dn := e.text("pwdPolicySubentry")
	if dn == "" {
		dn = book.fallback()
	}
	if dn == "" {
		return policy.Demands{}, time.Time{}
	}
	p, ok := book.policy(dn, "objectClass", "pwdCheckQuality", "pwdMinLength", "pwdMaxLength", "pwdMinAge", "pwdUseCheckModule", "pwdCheckModule")
	if !ok {
		return policy.Demands{Others: true}, time.Time{}
	}
	d := policy.Demands{Unit: policy.Bytes}
	if p.count("pwdCheckQuality") > 0 {
		d.MinLength, d.MaxLength = p.count("pwdMinLength"), p.count("pwdMaxLength")
		d.Others = p.isTrue("pwdUseCheckModule") || p.text("pwdCheckModule") != ""
	}
	var from time.Time
	if changed, ok := e.time("pwdChangedTime"); ok && !e.isTrue("pwdReset") && p.count("pwdMinAge") > 0 {
		from = changed.Add(time.Duration(p.count("pwdMinAge")) * time.Second)
	}
	return d, from
}

// write leaves unlock aside: a lock-out ends with a successful change by itself (slapo-ppolicy(5)).
func (openLDAP) write(conn *connection, c Config, _ bool, e entry, password string) error {
	return writeUserPassword(conn, c.Write, e.DN, password)
}

// changed compares pwdChangedTime, which only a change of the password moves, and which counts whole seconds: of two in
// one second the entryCSN tells. It counts microseconds, but every change of the entry moves it. Where there is no
// pwdChangedTime it is the best there is.
func (openLDAP) changed(before, after entry) bool {
	moved := after.text("entryCSN") != before.text("entryCSN")
	now := after.text("pwdChangedTime")
	if now == "" || now != before.text("pwdChangedTime") {
		return moved
	}
	return moved && strings.HasPrefix(after.text("entryCSN"), strings.TrimSuffix(now, "Z"))
}

// mark is the entryCSN. It is the same on every server and grows with each change, of whatever attribute, so a server
// that shows a later one has this one as well.
func (openLDAP) mark(e entry) string               { return e.text("entryCSN") }
func (openLDAP) reached(e entry, mark string) bool { return e.text("entryCSN") >= mark }
func (openLDAP) mustChange(e entry) bool           { return e.isTrue("pwdReset") }
func (openLDAP) locked(e entry, _ time.Time) bool  { return e.text("pwdAccountLockedTime") != "" }
