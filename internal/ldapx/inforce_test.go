package ldapx

import (
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// Where each kind of directory says what holds, and after how many wrong passwords it locks.
func TestGuard(t *testing.T) {
	const dn, head, pso = "CN=a,DC=siege,DC=example", "dc=siege,dc=example", "CN=pso"
	for _, c := range []struct {
		name  string
		kind  kind
		entry []string
		shelf shelf
		want  guard
	}{
		{"a domain", activeDirectory{}, nil, shelf{head: one("minPwdLength", "7", "lockoutThreshold", "5")}, guard{head, Lockout{true, 5}}},
		{"a domain that never locks", activeDirectory{}, nil, shelf{head: one("minPwdLength", "7", "lockoutThreshold", "0")}, guard{head, Lockout{true, 0}}},
		{"a settings object", activeDirectory{}, []string{"msDS-ResultantPSO", pso}, shelf{head: one("lockoutThreshold", "5"), pso: one("msDS-LockoutThreshold", "3")}, guard{pso, Lockout{true, 3}}},
		{"one that cannot be read", activeDirectory{}, []string{"msDS-ResultantPSO", pso}, shelf{head: one("lockoutThreshold", "5")}, guard{}},
		{"slapd", openLDAP{}, nil, shelf{"cn=default": one("pwdLockout", "TRUE", "pwdMaxFailure", "4")}, guard{"cn=default", Lockout{true, 4}}},
		{"slapd without the lock", openLDAP{}, nil, shelf{"cn=default": one("pwdLockout", "FALSE", "pwdMaxFailure", "4")}, guard{"cn=default", Lockout{true, 0}}},
		{"slapd: one's own", openLDAP{}, []string{"pwdPolicySubentry", "cn=own"}, shelf{"cn=own": one("pwdLockout", "TRUE", "pwdMaxFailure", "9")}, guard{"cn=own", Lockout{true, 9}}},
		{"slapd: none that can be read", openLDAP{}, nil, shelf{}, guard{}},
		{"389", ds389{}, nil, shelf{"cn=config": one("passwordCheckSyntax", "on", "passwordLockout", "on", "passwordMaxFailure", "6")}, guard{"cn=config", Lockout{true, 6}}},
		{"389 by default", ds389{}, nil, shelf{"cn=config": one("passwordLockout", "on")}, guard{"cn=config", Lockout{true, 3}}},
		{"389 without", ds389{}, nil, shelf{"cn=config": one("passwordLockout", "off")}, guard{"cn=config", Lockout{true, 0}}},
		{"389: one's own", ds389{}, []string{"pwdPolicySubentry", "cn=own"}, shelf{"cn=config": one("nsslapd-pwpolicy-local", "on"), "cn=own": one("passwordLockout", "on", "passwordMaxFailure", "8")}, guard{"cn=own", Lockout{true, 8}}},
		{"any other", generic{}, nil, shelf{}, guard{}},
	} {
		if got := c.kind.guard(entry{ldap.NewEntry(dn, one(c.entry...))}, c.shelf); got != c.want {
			t.Errorf("%s: %v, wanted %v", c.name, got, c.want)
		}
	}
}
