package dirtest_test

import (
	"fmt"
	"slices"
	"testing"

	"ssprd/internal/dirtest"
	"ssprd/internal/policy"

	"github.com/go-ldap/ldap/v3"
)

func TestDS389HasPeopleWhoCanSignIn(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{})
	for _, p := range []dirtest.Person{dirtest.Camille, dirtest.Jose, dirtest.Helene, dirtest.Protected} {
		if err := s.Bind(p.DN(s.BaseDN), dirtest.InitialPassword); err != nil {
			t.Errorf("%s: %v", p.UID, err)
		}
		if err := s.Bind(p.DN(s.BaseDN), "autre"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			t.Errorf("%s with a wrong password: %v", p.UID, err)
		}
	}
	for _, c := range []struct {
		person     dirtest.Person
		attr, want string
	}{
		{dirtest.Protected, "memberOf", "cn=administrateurs,ou=groupes," + s.BaseDN},
		{dirtest.LockedForGood, "nsAccountLock", "true"},
		{dirtest.Jose, "displayName", "José Étienne-Lavaud"},
	} {
		entry, err := s.Entry(c.person.DN(s.BaseDN), c.attr)
		if err != nil {
			t.Fatal(err)
		}
		if got := entry.GetAttributeValue(c.attr); got != c.want {
			t.Errorf("%s of %s is %q, want %q", c.attr, c.person.UID, got, c.want)
		}
	}
	if err := s.AddValue("cn=administrateurs,ou=groupes,"+s.BaseDN, "member", dirtest.Jose.DN(s.BaseDN)); err != nil {
		t.Fatal(err)
	}
	if dn, err := s.FindDN("uid", dirtest.Jose.UID); err != nil || dn != dirtest.Jose.DN(s.BaseDN) {
		t.Errorf("%q, %v", dn, err)
	}
	if entry, err := s.Entry(dirtest.Jose.DN(s.BaseDN), "memberOf"); err != nil || entry.GetAttributeValue("memberOf") == "" {
		t.Errorf("a new member is none: %v, %v", entry, err)
	}
}

// R41: the service account replaces the people's passwords, and no others, and reads no password.
func TestDS389ServiceAccount(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{})
	for _, c := range []struct {
		person    dirtest.Person
		attribute string
		want      uint16
	}{
		{dirtest.Camille, "userPassword", ldap.LDAPResultSuccess},
		{dirtest.Helene, "userPassword", ldap.LDAPResultSuccess},
		{dirtest.Camille, "passwordRetryCount", ldap.LDAPResultSuccess},
		{dirtest.Outsider, "passwordRetryCount", ldap.LDAPResultInsufficientAccessRights},
		{dirtest.Outsider, "userPassword", ldap.LDAPResultInsufficientAccessRights},
		{dirtest.Camille, "mail", ldap.LDAPResultInsufficientAccessRights},
		{dirtest.Camille, "nsAccountLock", ldap.LDAPResultInsufficientAccessRights},
		{dirtest.Camille, "passwordExpirationTime", ldap.LDAPResultInsufficientAccessRights},
	} {
		err := asService(t, &s.Server, func(conn *ldap.Conn) error {
			request := ldap.NewModifyRequest(c.person.DN(s.BaseDN), nil)
			request.Replace(c.attribute, []string{"0"})
			return conn.Modify(request)
		})
		if got := code(err); got != c.want {
			t.Errorf("%s of %s: result %d (%v), want %d", c.attribute, c.person.UID, got, err, c.want)
		}
	}
	for dn, want := range map[string]map[string]bool{
		dirtest.Camille.DN(s.BaseDN): {"nsUniqueId": true, "mail": true, "modifyTimestamp": true, "userPassword": false},
		"cn=config":                  {"passwordMinLength": true, "nsslapd-pwpolicy-local": true, "nsslapd-rootpw": false},
	} {
		got := readAsService(t, s, dn)
		for name, readable := range want {
			if has := got.GetEqualFoldAttributeValue(name) != ""; has != readable {
				t.Errorf("%s of %q is readable: %v", name, dn, has)
			}
		}
	}
}

func readAsService(t *testing.T, s *dirtest.DS389, dn string) *ldap.Entry {
	t.Helper()
	var found *ldap.SearchResult
	err := asService(t, &s.Server, func(conn *ldap.Conn) (err error) {
		found, err = conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"*", "+"}, nil))
		return err
	})
	if err != nil || len(found.Entries) != 1 {
		t.Fatalf("read %q as the service account: %v", dn, err)
	}
	return found.Entries[0]
}

func TestDS389PoliciesHoldForTheServiceAccount(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{Policy: rulesOfLength("10")})
	if err := s.SetSubtreePolicy("ou=elus,"+s.BaseDN, rulesOfLength("14")); err != nil {
		t.Fatal(err)
	}
	if err := s.SetUserPolicy(dirtest.Jose.DN(s.BaseDN), rulesOfLength("19")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		person dirtest.Person
		taken  string
	}{
		{dirtest.Camille, "Loriot-26!"},
		{dirtest.Helene, "Loriot-2026-!!"},
		{dirtest.Jose, "Zygotique+Whisky+26"},
	} {
		dn := c.person.DN(s.BaseDN)
		if err := ds389Reset(t, s, dn, c.taken[1:]); code(err) != ldap.LDAPResultConstraintViolation {
			t.Errorf("%s with a short one: %v", c.person.UID, err)
		}
		if err := ds389Reset(t, s, dn, c.taken); err != nil {
			t.Errorf("%s: %v", c.person.UID, err)
		}
		if err := s.Bind(dn, c.taken); err != nil {
			t.Errorf("%s: the new password: %v", c.person.UID, err)
		}
	}
	// The service account can read whose rules hold, and these.
	for person, want := range map[dirtest.Person]string{dirtest.Helene: "14", dirtest.Jose: "19"} {
		policy := readAsService(t, s, person.DN(s.BaseDN)).GetEqualFoldAttributeValue("pwdPolicySubentry")
		if policy == "" {
			t.Errorf("%s: no rules of their own are seen", person.UID)
			continue
		}
		if got := readAsService(t, s, policy).GetEqualFoldAttributeValue("passwordMinLength"); got != want {
			t.Errorf("%s: the least length is %q, want %s", person.UID, got, want)
		}
	}
}

func rulesOfLength(n string) dirtest.PasswordPolicy {
	return dirtest.PasswordPolicy{"passwordCheckSyntax": "on", "passwordMinLength": n}
}

func ds389Reset(t *testing.T, s *dirtest.DS389, dn, password string) error {
	t.Helper()
	return asService(t, &s.Server, func(conn *ldap.Conn) error {
		request := ldap.NewModifyRequest(dn, nil)
		request.Replace("userPassword", []string{password})
		return conn.Modify(request)
	})
}

func TestDS389CountsWrites(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{})
	count := func() int {
		n, err := s.Operations()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	dn := dirtest.Camille.DN(s.BaseDN)
	for range 2 {
		if err := s.Replace(dn, "description", "x"); err != nil {
			t.Fatal(err)
		}
	}
	err := asService(t, &s.Server, func(conn *ldap.Conn) error {
		_, err := conn.PasswordModify(ldap.NewPasswordModifyRequest(dn, "", "Merle-Noir-2026"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count() - before; n != 3 {
		t.Errorf("%d writes counted, want 3", n)
	}
}

func TestDS389SideBySide(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{FSync: true})
	r := s.StartReadOnly(t)
	dn := dirtest.Camille.DN(s.BaseDN)
	first, err := s.Entry(dn, "nsUniqueId")
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Entry(dn, "nsUniqueId")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := first.GetAttributeValue("nsUniqueId"), second.GetAttributeValue("nsUniqueId"); a == "" || a != b {
		t.Errorf("the lasting names are %q and %q", a, b)
	}
	if err := ds389Reset(t, r, dn, "Merle-Noir-2026"); code(err) != ldap.LDAPResultUnwillingToPerform {
		t.Errorf("a write to the read-only one: %v", err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := s.Bind(dn, dirtest.InitialPassword); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if err := s.Pause(); err != nil { // the clean-up has to end a paused server too
		t.Fatal(err)
	}
}

// R40: a certificate of another name is at hand, and a bind in clear text is refused by the server itself.
func TestDS389CertificateAndClearText(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{CertificateNames: []string{"ldap.region.example"}})
	refusesClearText(t, &s.Server, "ldap.region.example")
}

// What the conformance suite is told of the server is so.
func TestDS389Fixture(t *testing.T) {
	f, s := dirtest.DS389Fixture(t)
	t.Run("odd people", func(t *testing.T) {
		for _, p := range append(f.Odd(t), f.NoRight(t)) {
			for _, typed := range p.Typed {
				attribute := "mail"
				if typed == p.Identifier {
					attribute = "uid"
				}
				if _, err := s.FindDN(attribute, typed); err != nil {
					t.Error(err)
				}
			}
			if err := f.Bind(p.Identifier, dirtest.InitialPassword); err != nil {
				t.Errorf("%q: %v", p.Name, err)
			}
		}
	})
	t.Run("policies", func(t *testing.T) {
		for _, p := range f.Policies {
			for _, password := range []string{"Zk7-", "ZXqvwkqzj-7", "zxqvwkqzjyq77", "ZXQVwkqzjy-77", "ZXQVwkqzjyk-77"} {
				who := f.Fresh(t).Identifier
				if err := p.Apply(who); err != nil {
					t.Fatal(err)
				}
				findings, err := policy.Set{Demands: p.Demands}.Judge(password, nil)
				if err != nil {
					t.Fatal(err)
				}
				kept := !slices.ContainsFunc(findings, func(f policy.Finding) bool { return !f.Met })
				if taken := ds389Reset(t, s, dnOf(t, &s.Server, "uid", who), password) == nil; taken != kept {
					t.Errorf("%s: %q: taken %v, to be expected %v", p.Name, password, taken, kept)
				}
			}
		}
	})
	for state, want := range map[string]struct{ bind, reset, again uint16 }{
		dirtest.BecomesProtected: {},
		dirtest.BecomesDisabled:  {bind: ldap.LDAPResultUnwillingToPerform, again: ldap.LDAPResultUnwillingToPerform},
		dirtest.MovesAway:        {reset: ldap.LDAPResultInsufficientAccessRights, again: ldap.LDAPResultInvalidCredentials},
		dirtest.BecomesLockedOut: {bind: ldap.LDAPResultConstraintViolation},
		dirtest.PasswordExpires:  {bind: ldap.LDAPResultInvalidCredentials},
		dirtest.BecomesTooYoung:  {reset: ldap.LDAPResultConstraintViolation, again: ldap.LDAPResultInvalidCredentials},
		dirtest.BecomesForced:    {},
	} {
		t.Run(state, func(t *testing.T) {
			who := f.Fresh(t).Identifier
			if err := f.Become[state](who); err != nil {
				t.Fatal(err)
			}
			if locked, err := f.LockedOut(who); err != nil || locked != (state == dirtest.BecomesLockedOut) {
				t.Errorf("locked out: %v, %v", locked, err)
			}
			if err := f.Bind(who, dirtest.InitialPassword); code(err) != want.bind {
				t.Errorf("before: %v, want %d", err, want.bind)
			}
			before, err := f.Stamp(who)
			if err != nil {
				t.Fatal(err)
			}
			if err := ds389Reset(t, s, dnOf(t, &s.Server, "uid", who), "Merle-Noir-2026"); code(err) != want.reset {
				t.Errorf("the reset: %v, want %d", err, want.reset)
			}
			if after, err := f.Stamp(who); err != nil || (after != before) != (want.reset == 0) {
				t.Errorf("the password was written: %v, %v", after != before, err)
			}
			eventually(t, func() error { // the lock-out ends after the answer
				if err := f.Bind(who, "Merle-Noir-2026"); code(err) != want.again {
					return fmt.Errorf("after: %w, want %d", err, want.again)
				}
				return nil
			})
		})
	}
	t.Run("moves", func(t *testing.T) {
		who := f.Fresh(t).Identifier
		before, err := f.Snapshot(who)
		if err != nil {
			t.Fatal(err)
		}
		if err := ds389Reset(t, s, dnOf(t, &s.Server, "uid", who), "Merle-Noir-2026"); err != nil {
			t.Fatal(err)
		}
		after, err := f.Snapshot(who)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range after {
			if !slices.Equal(values, before[name]) && !slices.Contains(f.Moves, name) {
				t.Errorf("%s has moved: %q, %q", name, before[name], values)
			}
		}
	})
}
