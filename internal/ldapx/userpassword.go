package ldapx

import (
	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// passwordModify is the extended operation of RFC 3062.
const passwordModify = "1.3.6.1.4.1.4203.1.11.1"

// writeUserPassword sends the clear text, which the server judges and hashes: by the extended operation where it has one,
// since a plain modify is stored as it is by a slapd without ppolicy_hash_cleartext. With the ppolicy control a refusal
// comes with its reason.
func writeUserPassword(conn *connection, way string, dn, password string) error {
	var controls []ldap.Control
	if conn.hasControl(ldap.ControlTypeBeheraPasswordPolicy) {
		controls = []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}
	}
	if way == WriteModify || way == WriteAuto && !conn.hasExtension(passwordModify) {
		request := ldap.NewModifyRequest(dn, controls)
		request.Replace("userPassword", []string{password})
		return conn.Modify(request)
	}
	// go-ldap's own PasswordModify sends no controls.
	value := ber.NewSequence("PasswdModifyRequestValue")
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, dn, "userIdentity"))
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 2, password, "newPasswd"))
	request := ldap.NewExtendedRequest(passwordModify, value)
	request.Controls = controls
	_, err := conn.Extended(request)
	return err
}
