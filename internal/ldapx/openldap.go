package ldapx

import (
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// passwordModify is the extended operation of RFC 3062.
const passwordModify = "1.3.6.1.4.1.4203.1.11.1"

// lockedForGood is the pwdAccountLockedTime of an account that an administrator has locked (draft-behera section
// 5.3.3): no reset ends that.
const lockedForGood = "000001010000Z"

// openLDAP is how slapd is asked, with or without the overlay ppolicy.
type openLDAP struct{}

func (openLDAP) idAttribute() string                { return "entryUUID" }
func (openLDAP) encodeID(raw []byte) string         { return string(raw) }
func (openLDAP) idFilter(id string) (string, error) { return ldap.EscapeFilter(id), nil }
func (openLDAP) attributes() []string {
	return []string{"entryCSN", "pwdChangedTime", "pwdAccountLockedTime", "pwdReset"}
}

func (openLDAP) eligible(e entry, _ time.Time) string {
	if e.text("pwdAccountLockedTime") == lockedForGood {
		return "LOCKED_BY_ADMINISTRATOR"
	}
	return ""
}

// write sends the clear text, which the server judges and hashes: the extended operation where it has one, since a
// plain modify is stored as it is unless ppolicy_hash_cleartext is set. With the ppolicy control a refusal comes with
// its reason. A lock-out ends with a successful change by itself (slapo-ppolicy), so unlock has nothing to add.
func (openLDAP) write(conn *connection, c Config, _ bool, e entry, password string) error {
	controls := []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}
	if c.Write == WriteModify || c.Write == WriteAuto && !conn.hasExtension(passwordModify) {
		request := ldap.NewModifyRequest(e.DN, controls)
		request.Replace("userPassword", []string{password})
		return conn.Modify(request)
	}
	// go-ldap's own PasswordModify sends no controls.
	value := ber.NewSequence("PasswdModifyRequestValue")
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, e.DN, "userIdentity"))
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 2, password, "newPasswd"))
	request := ldap.NewExtendedRequest(passwordModify, value)
	request.Controls = controls
	_, err := conn.Extended(request)
	return err
}

// changed compares pwdChangedTime, which only a change of the password moves. Where there is none, entryCSN, which
// every change of the entry moves, is the best there is.
func (openLDAP) changed(before, after entry) bool {
	if now := after.text("pwdChangedTime"); now != "" {
		return now != before.text("pwdChangedTime")
	}
	return after.text("entryCSN") != before.text("entryCSN")
}

// mark is the entryCSN. It is the same on every server and grows with each change, of whatever attribute, so a server
// that shows a later one has this one as well.
func (openLDAP) mark(e entry) string               { return e.text("entryCSN") }
func (openLDAP) reached(e entry, mark string) bool { return e.text("entryCSN") >= mark }
func (openLDAP) mustChange(e entry) bool           { return e.text("pwdReset") == "TRUE" }
