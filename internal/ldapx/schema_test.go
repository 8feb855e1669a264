package ldapx

import (
	"slices"
	"testing"
)

// The attributes of a filter, whatever it makes of them.
func TestNamedIn(t *testing.T) {
	for filter, want := range map[string][]string{
		"(objectClass=*)":                               {"objectclass"},
		"(&(mail=a)(|(uid=b*c)(!(cn~=d))))":             {"mail", "uid", "cn"},
		"(memberOf:1.2.840.113556.1.4.1941:=CN=x,DC=y)": {"memberof"},
		"(pwdLastSet>=1)(uid<=2)":                       nil, // which is none
		"(&(pwdLastSet>=1)(cn;lang-fr=2))":              {"pwdlastset", "cn"},
		"(:caseExactMatch:=x)":                          nil,
	} {
		if got := namedIn(filter); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
}

// All names by which a definition of RFC 4512 lets an attribute be called.
func TestNamesOf(t *testing.T) {
	for definition, want := range map[string][]string{
		"( 0.9.2342.19200300.100.1.3 NAME ( 'mail' 'rfc822Mailbox' ) DESC 'RFC1274: RFC822 Mailbox' EQUALITY caseIgnoreIA5Match )": {"0.9.2342.19200300.100.1.3", "mail", "rfc822mailbox"},
		"( 1.2.840.113556.1.2.423 NAME 'extensionAttribute1' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )":                {"1.2.840.113556.1.2.423", "extensionattribute1"},
		"( nsAccountLock-oid NAME 'nsAccountLock' )": {"nsaccountlock-oid", "nsaccountlock"},
		"(2.5.4.3 DESC 'no name')":                   {"2.5.4.3"},
		"nothing":                                    nil,
	} {
		if got := namesOf(definition); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", definition, got, want)
		}
	}
}

// Lines of olcDbIndex (slapd-mdb(5)).
func TestSlapdIndex(t *testing.T) {
	index := slapdIndex([]string{"default pres,eq", "objectClass eq", "mail,UID eq,sub", "cn sub", "sn", "givenName;lang-fr eq"})
	for name, want := range map[string]Answer{"objectclass": Yes, "mail": Yes, "uid": Yes, "cn": No, "sn": Yes, "givenname": Yes, "employeenumber": No} {
		if got := index([]string{name}); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if index := slapdIndex([]string{"default sub", "sn", "mail eq"}); index([]string{"sn"}) != No || index([]string{"rfc822mailbox", "mail"}) != Yes {
		t.Error("a default without equality, or another name, is mistaken")
	}
}

// A DN is below another whatever its case and spaces; of several naming contexts the nearest counts.
func TestNearest(t *testing.T) {
	contexts := []string{"", "DC=siege,DC=example", "CN=Configuration,DC=siege,DC=example"}
	for dn, want := range map[string]string{
		"OU=Agents, dc=Siege,dc=example":                 "DC=siege,DC=example",
		"CN=Schema,CN=Configuration,DC=siege,DC=example": "CN=Configuration,DC=siege,DC=example",
		"DC=siege,DC=example":                            "DC=siege,DC=example",
		"OU=Agents,DC=xsiege,DC=example":                 "OU=Agents,DC=xsiege,DC=example",
		"no name":                                        "no name",
	} {
		if got := nearest(dn, contexts); got != want {
			t.Errorf("%s: %s, want %s", dn, got, want)
		}
	}
}
