package dirtest

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// PasswordPolicy is a set of 389 Directory Server's settings: passwordMinLength and its like, and their values.
type PasswordPolicy map[string]string

// SetPolicy changes the rules that hold for everybody who has none of their own: those that are named.
func (s *DS389) SetPolicy(p PasswordPolicy) error { return s.change("cn=config", p) }

// SetUserPolicy gives one person rules of their own, as `dsconf localpwp adduser` does, or other ones if there are some.
func (s *DS389) SetUserPolicy(dn string, p PasswordPolicy) error {
	parent, err := parentOf(dn)
	if err != nil {
		return err
	}
	entry, err := s.putPolicy("nsPwPolicyEntry_user", dn, parent, p)
	if err != nil {
		return err
	}
	return s.Replace(dn, "pwdPolicySubentry", entry)
}

// SetSubtreePolicy gives everybody below dn rules of their own, as `dsconf localpwp addsubtree` does: the name of the
// rules comes to the entries by Class of Service.
func (s *DS389) SetSubtreePolicy(dn string, p PasswordPolicy) error {
	policy, err := s.putPolicy("nsPwPolicyEntry_subtree", dn, dn, p)
	if err != nil {
		return err
	}
	template := policyRDN("nsPwTemplateEntry", dn) + "," + policyContainer + dn
	return s.Admin(func(c *ldap.Conn) error {
		err := unlessThere(entry{template, map[string][]string{
			"objectClass": {"top", "extensibleObject", "costemplate", "ldapsubentry"}, "cn": {"cn=nsPwTemplateEntry," + dn},
			"cosPriority": {"1"}, "pwdPolicySubentry": {policy},
		}}.add(c))
		if err != nil {
			return err
		}
		return unlessThere(entry{"cn=nsPwPolicy_CoS," + dn, map[string][]string{
			"objectClass": {"top", "ldapsubentry", "cosSuperDefinition", "cosPointerDefinition"}, "cn": {"nsPwPolicy_CoS"},
			"cosTemplateDn": {template}, "cosAttribute": {"pwdpolicysubentry default operational"},
		}}.add(c))
	})
}

const policyContainer = "cn=nsPwPolicyContainer,"

// putPolicy writes a set of rules into the container below parent, and gives its DN.
func (s *DS389) putPolicy(kind, of, parent string, p PasswordPolicy) (string, error) {
	container := policyContainer + parent
	dn := policyRDN(kind, of) + "," + container
	err := s.Admin(func(c *ldap.Conn) error {
		err := unlessThere(entry{container, map[string][]string{
			"objectClass": {"top", "nsContainer"}, "cn": {"nsPwPolicyContainer"},
		}}.add(c))
		if err != nil {
			return err
		}
		return unlessThere(entry{dn, map[string][]string{
			"objectClass": {"top", "ldapsubentry", "passwordpolicy"}, "cn": {"cn=" + kind + "," + of},
		}}.add(c))
	})
	if err != nil {
		return "", err
	}
	return dn, s.change(dn, p)
}

func policyRDN(kind, of string) string { return "cn=" + ldap.EscapeDN("cn="+kind+","+of) }

func (s *DS389) change(dn string, p PasswordPolicy) error {
	request := ldap.NewModifyRequest(dn, nil)
	for name, value := range p {
		request.Replace(name, []string{value})
	}
	return s.Modify(request)
}

func unlessThere(err error) error {
	if ldap.IsErrorWithCode(err, ldap.LDAPResultEntryAlreadyExists) {
		return nil
	}
	return err
}

func parentOf(dn string) (string, error) {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return "", fmt.Errorf("%q: %w", dn, err)
	}
	parsed.RDNs = parsed.RDNs[1:]
	return parsed.String(), nil
}
