package ldapx

import (
	"cmp"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// openLDAP is how slapd is asked, with or without the overlay ppolicy.
type openLDAP struct{}

func (openLDAP) idAttribute() string                { return "entryUUID" }
func (openLDAP) encodeID(raw []byte) string         { return string(raw) }
func (openLDAP) idFilter(id string) (string, error) { return ldap.EscapeFilter(id), nil }
func (openLDAP) attributes() []string {
	return []string{"entryCSN", "pwdChangedTime", "pwdAccountLockedTime", "pwdReset", "pwdPolicySubentry", "pwdStartTime", "pwdEndTime"}
}

func (openLDAP) bars(e entry, now time.Time) (all []bar) {
	if e.text("entryCSN") == "" {
		return []bar{{unreadable, "entryCSN"}} // nor then what an administrator has locked, which a reset would open
	}
	if lockedForGood(e.text("pwdAccountLockedTime")) {
		all = append(all, bar{"LOCKED_BY_ADMINISTRATOR", "pwdAccountLockedTime"})
	}
	// The account's own life (draft-behera-11 sections 5.3.10 and 5.3.11).
	if end, ok := e.time("pwdEndTime"); ok && !now.Before(end) {
		all = append(all, bar{"EXPIRED", "pwdEndTime"})
	}
	if start, ok := e.time("pwdStartTime"); ok && now.Before(start) {
		all = append(all, bar{"DISABLED", "pwdStartTime"})
	}
	return all
}

// lockedForGood tells whether a pwdAccountLockedTime is that of an account that an administrator has locked: the time
// 000001010000Z (draft-behera section 5.3.3), in any of the forms of a time, which slapd keeps as they were written. A reset
// would end that too, so in doubt it is such a one.
func lockedForGood(value string) bool {
	at, ok := generalizedTime(value)
	return value != "" && (!ok || at.Year() <= 0)
}

// inForce is the policy that the entry names, or else the overlay's default, whose DN only its configuration tells. It says as
// well whether one is named at all, and whether it could be read.
func (openLDAP) inForce(e entry, book rulebook) (p entry, named, ok bool) {
	dn := cmp.Or(e.text("pwdPolicySubentry"), book.fallback())
	if dn == "" {
		return entry{}, false, false
	}
	// pwdAttribute is in every policy (draft-behera section 5.2.1): what has none is no policy, or cannot be read.
	p, ok = book.policy(dn, "pwdAttribute", "pwdCheckQuality", "pwdMinLength", "pwdMaxLength", "pwdMinAge", "pwdInHistory",
		"pwdUseCheckModule", "pwdCheckModule", "pwdMaxAge", "pwdLockoutDuration", "pwdLockout", "pwdMaxFailure")
	return p, true, ok
}

// rules are those of the policy in force. Lengths are bytes, and are looked at only where the quality is checked
// (slapo-ppolicy(5)).
func (o openLDAP) rules(e entry, book rulebook) (policy.Demands, time.Time) {
	p, named, ok := o.inForce(e, book)
	if !ok {
		return policy.Demands{Others: named || book.knowsPolicies()}, time.Time{}
	}
	d := policy.Demands{Unit: policy.Bytes, History: p.count("pwdInHistory")}
	if p.count("pwdCheckQuality") > 0 {
		d.MinLength, d.MaxLength = p.count("pwdMinLength"), p.count("pwdMaxLength")
		d.Others = p.isTrue("pwdUseCheckModule") || p.text("pwdCheckModule") != ""
	}
	var from time.Time
	if changed, ok := e.time("pwdChangedTime"); ok && !e.isTrue("pwdReset") && p.seconds("pwdMinAge") > 0 {
		from = changed.Add(p.seconds("pwdMinAge"))
	}
	return d, from
}

// write leaves unlock aside: a lock-out ends with a successful change by itself (slapo-ppolicy(5)).
func (openLDAP) write(conn *connection, c Config, _ bool, e entry, password string) error {
	return writeUserPassword(conn, c.Write, e.DN, password)
}

// changed compares pwdChangedTime, which only a change of the password moves. It counts whole seconds: of two changes in one
// second, and where there is no overlay to keep it, only the entryCSN would tell, which everything moves, a wrong password
// that somebody types too.
func (openLDAP) changed(before, after entry) proof {
	was, is := before.text("pwdChangedTime"), after.text("pwdChangedTime")
	moved := after.text("entryCSN") != before.text("entryCSN")
	switch {
	case after.text("entryCSN") == "":
		return unproven
	case !moved:
		return unchanged
	case is != "" && is != was:
		return changed
	case is == "", strings.HasPrefix(after.text("entryCSN"), strings.TrimSuffix(is, "Z")):
		return unproven
	}
	return unchanged
}

// mark is the entryCSN, and the time of the change. The former is the same on every server and grows with each change of the
// entry; of two servers that both take changes, one may have a later one and not this.
func (openLDAP) mark(e entry) string {
	if e.text("entryCSN") == "" {
		return ""
	}
	return e.text("entryCSN") + " " + e.text("pwdChangedTime")
}

func (openLDAP) reached(e entry, mark string) bool {
	csn, changed, _ := strings.Cut(mark, " ")
	return e.text("entryCSN") >= csn && e.text("pwdChangedTime") >= changed
}

func (openLDAP) mustChange(e entry) bool          { return e.isTrue("pwdReset") }
func (openLDAP) locked(e entry, _ time.Time) bool { return e.text("pwdAccountLockedTime") != "" }

func (openLDAP) card() []string { return nil }

func (o openLDAP) times(e entry, book rulebook) (t times) {
	t.changed, _ = e.time("pwdChangedTime")
	p, _, ok := o.inForce(e, book)
	if !ok {
		return t
	}
	if lasts := p.seconds("pwdMaxAge"); lasts > 0 && !t.changed.IsZero() {
		t.expires = t.changed.Add(lasts)
	}
	locked, ok := e.time("pwdAccountLockedTime")
	if lasts := p.seconds("pwdLockoutDuration"); lasts > 0 && ok {
		t.unlocks = locked.Add(lasts)
	}
	return t
}

// unlock takes away the wrong passwords as well: with them there, the next one would lock the account again at once. They are the
// server's own (NO-USER-MODIFICATION), which the control "relax rules" lets be written (draft-zeilenga-ldap-relax).
func (openLDAP) unlock(e entry) (*ldap.ModifyRequest, error) {
	const relax = "1.3.6.1.4.1.4203.666.5.12"
	request := ldap.NewModifyRequest(e.DN, []ldap.Control{ldap.NewControlString(relax, true, "")})
	request.Replace("pwdAccountLockedTime", nil)
	request.Replace("pwdFailureTime", nil)
	return request, nil
}
