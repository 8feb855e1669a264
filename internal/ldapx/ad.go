package ldapx

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

// Bits of userAccountControl (MS-ADTS section 2.2.16).
const (
	accountDisabled   = 0x2
	lockedOut         = 0x10    // of msDS-User-Account-Control-Computed
	smartcardRequired = 0x40000 // a new password would be of no use
)

// activeDirectory is how a domain controller is asked, Microsoft's or Samba's.
type activeDirectory struct{}

func (activeDirectory) idAttribute() string        { return "objectGUID" }
func (activeDirectory) encodeID(raw []byte) string { return hex.EncodeToString(raw) }

func (activeDirectory) locked(e entry, _ time.Time) bool {
	computed, _ := e.integer("msDS-User-Account-Control-Computed")
	return computed&lockedOut != 0
}

// idFilter escapes every byte: a GUID is no text.
func (activeDirectory) idFilter(id string) (string, error) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 16 {
		return "", fmt.Errorf("not an objectGUID: %q", id)
	}
	return escaped(raw), nil
}

// escaped is an assertion value of octets that are no text (RFC 4515 section 3).
func escaped(raw []byte) string {
	var filter strings.Builder
	for _, b := range raw {
		fmt.Fprintf(&filter, `\%02x`, b)
	}
	return filter.String()
}

func (activeDirectory) attributes() []string {
	return []string{"pwdLastSet", "lockoutTime", "userAccountControl", "accountExpires", "adminCount",
		"msDS-ResultantPSO", keyVersion, "msDS-User-Account-Control-Computed"}
}

// bars judges by what the entry says of itself. Expired passwords and those that must be changed are no obstacle:
// their owners are the ones who come.
func (activeDirectory) bars(e entry, now time.Time) (all []bar) {
	control, ok := e.integer("userAccountControl")
	if !ok {
		return []bar{{unreadable, "userAccountControl"}} // without the right to read it nobody can be told from the disabled
	}
	if control&accountDisabled != 0 {
		all = append(all, bar{"DISABLED", "userAccountControl"})
	}
	if control&smartcardRequired != 0 {
		all = append(all, bar{"SMARTCARD_ONLY", "userAccountControl"})
	}
	if expires, ok := e.integer("accountExpires"); ok && expires > 0 && expires < filetime(now) {
		all = append(all, bar{"EXPIRED", "accountExpires"})
	}
	if e.text("adminCount") == "1" {
		all = append(all, bar{privileged, "adminCount"}) // AdminSDHolder protects it, and so do we
	}
	return all
}

// filetime counts 100 ns since 1601 in UTC (MS-DTYP section 2.3.3).
func filetime(t time.Time) int64 {
	const secondsFrom1601To1970 = 11_644_473_600
	return (t.Unix()+secondsFrom1601To1970)*10_000_000 + int64(t.Nanosecond()/100)
}

// write replaces unicodePwd, which the domain controller takes over TLS only (MS-ADTS section 3.1.1.3.1.5.1), and
// ends a lock-out in the same request.
func (activeDirectory) write(conn *connection, c Config, unlock bool, e entry, password string) error {
	controls, err := policyHints(conn, c.History)
	if err != nil {
		return err
	}
	request := ldap.NewModifyRequest(e.DN, controls)
	request.Replace("unicodePwd", []string{unicodePwd(password)})
	if locked, _ := e.integer("lockoutTime"); unlock && locked != 0 {
		request.Replace("lockoutTime", []string{"0"})
	}
	return conn.Modify(request)
}

// unicodePwd is the password between quotes, in UTF-16LE. What is no UTF-8 cannot be written so, and is replaced by
// U+FFFD: the flow lets no such password through.
func unicodePwd(password string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}

// policyHints asks for the history to be judged although this is a reset (MS-ADTS section 3.1.1.3.4.1.27). Older
// servers know it by another number; a server that lists neither would not judge it, and would not say so.
func policyHints(conn *connection, history string) ([]ldap.Control, error) {
	if history == HistoryOff {
		return nil, nil
	}
	if oid := policyHintsOf(conn); oid != "" {
		const flagsOne = "\x30\x03\x02\x01\x01" // SEQUENCE { INTEGER 1 }
		return []ldap.Control{ldap.NewControlString(oid, true, flagsOne)}, nil
	}
	if history == HistoryRequired {
		return nil, noPolicyHints.refusal(errors.New("history is required, and the server does not list the policy hints control"))
	}
	return nil, nil
}

// policyHintsOf is the number by which the server knows the policy hints control; "" if it does not list it.
func policyHintsOf(conn *connection) string {
	for _, oid := range []string{ldap.ControlTypeMicrosoftPolicyHints, ldap.ControlTypeMicrosoftPolicyHintsDeprecated} {
		if conn.hasControl(oid) {
			return oid
		}
	}
	return ""
}

// changed compares the count of writes where it can be read, which a domain can be told not to keep. pwdLastSet moves when
// somebody asks for another change as well: then it is 0.
func (activeDirectory) changed(before, after entry) proof {
	was, is := before.text(keyVersion), after.text(keyVersion)
	switch set := after.text("pwdLastSet"); {
	case was != "" && is != "" && was != is:
		return changed
	case was != "" && is != "" && set != before.text("pwdLastSet"):
		return unproven
	case was != "" && is != "":
		return unchanged
	case set == "" || set == "0":
		return unproven
	case set != before.text("pwdLastSet"):
		return changed
	}
	return unchanged
}

// keyVersion counts the writes of unicodePwd (MS-ADTS section 3.1.1.4.5.16), alike on every domain controller that has
// them.
const keyVersion = "msDS-KeyVersionNumber"

// mark is pwdLastSet, which is replicated as it is; uSNChanged differs from one domain controller to the next. Where the
// server has put it to 0, which it may have been before, the count of writes is with it, and without that there is no mark.
func (activeDirectory) mark(e entry) string {
	set, version := e.text("pwdLastSet"), e.text(keyVersion)
	switch {
	case set != "0":
		return set
	case version == "":
		return ""
	}
	return "0/" + version
}
func (ad activeDirectory) reached(e entry, mark string) bool { return ad.mark(e) == mark }

// mustChange: the server writes 0 instead of the time where the service account lacks the right Unexpire-Password
// (MS-SAMR section 3.1.1.8.7).
func (activeDirectory) mustChange(e entry) bool { return e.text("pwdLastSet") == "0" }

func (activeDirectory) card() []string {
	return []string{"msDS-UserPasswordExpiryTimeComputed", replicated}
}

func (ad activeDirectory) times(e entry, book rulebook) times {
	t := times{changed: e.moment("pwdLastSet"), expires: e.moment("msDS-UserPasswordExpiryTimeComputed")}
	if since := e.moment("lockoutTime"); !since.IsZero() {
		if lasts := ad.lockout(e, book); lasts > 0 {
			t.unlocks = since.Add(lasts)
		}
	}
	return t
}

func (activeDirectory) unlock(e entry) (*ldap.ModifyRequest, error) {
	request := ldap.NewModifyRequest(e.DN, nil)
	request.Replace("lockoutTime", []string{"0"})
	return request, nil
}
