package demo

import (
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
)

// ServiceDN is the account that ssprd binds as: the only one that may search and write.
const ServiceDN = "cn=ssprd,ou=services," + suffix

// backend answers for one server of the directory, with the rights and the policy of the demo.
type backend struct {
	tree     *tree
	service  digest // of the service account's password
	rounds   int    // of the digests of new passwords
	readOnly bool   // a replica
}

// noRight answers everybody but the service account.
var noRight = ldapserver.Result{Code: ldap.LDAPResultInsufficientAccessRights, Message: "only the service account may do this"}

// Bind tells nobody and the right password from all else. A locked account looks like a wrong password, as with
// ppolicy_use_lockout off.
func (b *backend) Bind(dn, password string) ldapserver.Result {
	switch {
	case dn == "" && password == "":
		return ldapserver.Result{}
	case password == "": // RFC 4513 section 5.1.2: it would succeed and prove nothing
		return ldapserver.Result{Code: ldap.LDAPResultUnwillingToPerform, Message: "unauthenticated bind (DN with no password) disallowed"}
	}
	if isService(dn) && b.service.matches(password) {
		return ldapserver.Result{}
	}
	if e := b.tree.get(dn); e != nil && e.Locked == "" && e.Password.matches(password) {
		return ldapserver.Result{}
	}
	return ldapserver.Result{Code: ldap.LDAPResultInvalidCredentials}
}

// Search shows the root to everybody and the people to the service account.
func (b *backend) Search(who string, q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
	if q.Base == "" && q.Scope == ldap.ScopeBaseObject {
		return rootDSE(q), ldapserver.Result{}
	}
	if !isService(who) {
		return nil, noRight
	}
	return b.tree.search(q)
}

// Modify replaces userPassword and nothing else.
func (b *backend) Modify(who string, m ldapserver.Modify) ldapserver.Result {
	if !isService(who) {
		return noRight
	}
	if len(m.Changes) != 1 || m.Changes[0].Operation != ldap.ReplaceAttribute ||
		!strings.EqualFold(m.Changes[0].Modification.Type, "userPassword") || len(m.Changes[0].Modification.Vals) != 1 {
		return ldapserver.Result{Code: ldap.LDAPResultInsufficientAccessRights, Message: "only userPassword may be replaced, by one value"}
	}
	return b.setPassword(m.DN, m.Changes[0].Modification.Vals[0])
}

// PasswordModify is a reset: the new password is not invented here, and an old one is checked where it is given.
func (b *backend) PasswordModify(who string, m ldapserver.PasswordModify) ldapserver.Result {
	if !isService(who) {
		return noRight
	}
	if m.New == "" {
		return ldapserver.Result{Code: ldap.LDAPResultUnwillingToPerform, Message: "passwords are not generated here"}
	}
	if e := b.tree.get(m.DN); m.Old != "" && (e == nil || !e.Password.matches(m.Old)) {
		return ldapserver.Result{Code: ldap.LDAPResultUnwillingToPerform, Message: "unwilling to verify old password"}
	}
	return b.setPassword(m.DN, m.New)
}

func (b *backend) setPassword(dn, password string) ldapserver.Result {
	if b.readOnly {
		return ldapserver.Result{Code: ldap.LDAPResultUnwillingToPerform, Message: "shadow context; no update referral"}
	}
	d, err := digestOf(password, b.rounds)
	if err != nil {
		return ldapserver.Result{Code: ldap.LDAPResultOther, Message: err.Error()}
	}
	return b.tree.change(dn, func(e *entry, now time.Time) (*entry, ldapserver.Result) {
		if len(e.Password.Sum) == 0 {
			return nil, ldapserver.Result{Code: ldap.LDAPResultObjectClassViolation, Message: "the entry has no password"}
		}
		if r := judge(e, password); r.Code != ldap.LDAPResultSuccess {
			return nil, r
		}
		return e.withPassword(d, now), ldapserver.Result{}
	})
}

func isService(dn string) bool {
	name, err := ldap.ParseDN(dn)
	return err == nil && strings.EqualFold(name.String(), ServiceDN)
}

// rootDSE tells what the server can do (RFC 4512 section 5.1). All but objectClass is operational there.
func rootDSE(q ldapserver.Query) []*ldap.Entry {
	user := map[string][]string{"objectClass": {"top"}}
	if !(&entry{Attrs: user}).matches(q.Filter) {
		return nil
	}
	operational := map[string][]string{
		"namingContexts":       {suffix},
		"supportedLDAPVersion": {"3"},
		"supportedExtension":   {ldapserver.PasswordModifyOID},
		"supportedControl":     {ldap.ControlTypeBeheraPasswordPolicy},
		"vendorName":           {"ssprd demo"},
	}
	return []*ldap.Entry{ldap.NewEntry("", pick(user, operational, q.Attributes))}
}
