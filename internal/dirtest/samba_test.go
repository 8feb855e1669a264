package dirtest_test

import (
	"strings"
	"testing"

	"ssprd/internal/dirtest"

	"github.com/go-ldap/ldap/v3"
)

// One domain for all, as it takes seconds to make; the subtests touch different people.
func TestSamba(t *testing.T) {
	f, s := dirtest.SambaFixture(t)
	t.Run("people sign in", func(t *testing.T) { sambaPeopleSignIn(t, s) })
	t.Run("delegation", func(t *testing.T) { sambaDelegation(t, s) })
	t.Run("service account reads", func(t *testing.T) { sambaServiceReads(t, s) })
	t.Run("least length", func(t *testing.T) { sambaLeastLength(t, s) })
	t.Run("states", func(t *testing.T) { sambaStates(t, f, s) })
	t.Run("lock-out", func(t *testing.T) { sambaLockOut(t, f, s) })
	t.Run("policies", func(t *testing.T) { sambaPolicies(t, f, s) })
	t.Run("a PSO that cannot be read", func(t *testing.T) { sambaHiddenPSO(t, f, s) })
	t.Run("what a reset moves", func(t *testing.T) { sambaMoves(t, f, s) })
	t.Run("writes", func(t *testing.T) { sambaWrites(t, f, s) })
	t.Run("refusals", func(t *testing.T) { sambaRefusals(t, f, s) })
	t.Run("odd people", func(t *testing.T) { sambaOdd(t, f, s) })
	t.Run("addresses", func(t *testing.T) { sambaAddresses(t, f, s) })
	t.Run("restart", func(t *testing.T) { sambaRestart(t, s) })
}

func sambaPeopleSignIn(t *testing.T, s *dirtest.Samba) {
	for _, p := range []dirtest.Person{dirtest.Sophie, dirtest.Privileged, dirtest.Director} {
		if err := s.Bind(p.DN(s.BaseDN), dirtest.InitialPassword); err != nil {
			t.Errorf("%s: %v", p.UID, err)
		}
	}
	if err := s.Bind(dirtest.Disabled.DN(s.BaseDN), dirtest.InitialPassword); err == nil {
		t.Error("a disabled person signs in")
	}
	if err := s.Bind(dirtest.Sophie.DN(s.BaseDN), "Faux-2026"); code(err) != ldap.LDAPResultInvalidCredentials {
		t.Errorf("a wrong password: %v", err)
	}
}

// R41: what is delegated works in OU=Agents and nowhere else, and lets nothing else be written.
func sambaDelegation(t *testing.T, s *dirtest.Samba) {
	for _, c := range []struct {
		person           dirtest.Person
		attribute, value string
		want             uint16
	}{
		{dirtest.Theo, "unicodePwd", dirtest.UnicodePwd("Merle-Noir-2026"), ldap.LDAPResultSuccess},
		{dirtest.Theo, "lockoutTime", "0", ldap.LDAPResultSuccess},
		{dirtest.Theo, "extensionAttribute1", "autre@perso.example", ldap.LDAPResultInsufficientAccessRights},
		{dirtest.Director, "unicodePwd", dirtest.UnicodePwd("Merle-Noir-2026"), ldap.LDAPResultInsufficientAccessRights},
	} {
		err := asService(t, &s.Server, func(conn *ldap.Conn) error {
			request := ldap.NewModifyRequest(c.person.DN(s.BaseDN), nil)
			request.Replace(c.attribute, []string{c.value})
			return conn.Modify(request)
		})
		if got := code(err); got != c.want {
			t.Errorf("%s of %s: result %d (%v), want %d", c.attribute, c.person.UID, got, err, c.want)
		}
	}
	if err := s.Bind(dirtest.Theo.DN(s.BaseDN), "Merle-Noir-2026"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if err := s.Bind(dirtest.Theo.DN(s.BaseDN), dirtest.InitialPassword); err == nil {
		t.Error("the old password still opens")
	}
	if err := s.Bind(dirtest.Director.DN(s.BaseDN), dirtest.InitialPassword); err != nil {
		t.Errorf("the password that was not to change: %v", err)
	}
}

func sambaServiceReads(t *testing.T, s *dirtest.Samba) {
	wanted := []string{"sAMAccountName", "mail", "extensionAttribute1", "userAccountControl", "pwdLastSet", "adminCount"}
	err := asService(t, &s.Server, func(conn *ldap.Conn) error {
		found, err := conn.Search(ldap.NewSearchRequest("OU=Agents,"+s.BaseDN, ldap.ScopeWholeSubtree,
			ldap.NeverDerefAliases, 0, 0, false, "(extensionAttribute1="+dirtest.Privileged.Private+")", wanted, nil))
		if err != nil {
			return err
		}
		if len(found.Entries) != 1 {
			t.Fatalf("%d entries", len(found.Entries))
		}
		for _, name := range wanted {
			if found.Entries[0].GetAttributeValue(name) == "" {
				t.Errorf("%s cannot be read", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sambaLeastLength(t *testing.T, s *dirtest.Samba) {
	if err := s.SetMinPwdLength(14); err != nil {
		t.Fatal(err)
	}
	set := func() error {
		return asService(t, &s.Server, func(conn *ldap.Conn) error {
			request := ldap.NewModifyRequest(dirtest.Sophie.DN(s.BaseDN), nil)
			request.Replace("unicodePwd", []string{dirtest.UnicodePwd("Merle-2026")})
			return conn.Modify(request)
		})
	}
	if err := set(); err == nil || !strings.Contains(err.Error(), "0000052D") {
		t.Errorf("a password of 10 characters where 14 are asked for: %v", err)
	}
	if err := s.SetMinPwdLength(7); err != nil {
		t.Fatal(err)
	}
	if err := set(); err != nil {
		t.Errorf("the same where 7 are asked for: %v", err)
	}
}

func sambaRestart(t *testing.T, s *dirtest.Samba) {
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	entry, err := s.Entry(dirtest.Accueil.DN(s.BaseDN), "extensionAttribute1")
	if err != nil || entry.GetAttributeValue("extensionAttribute1") != dirtest.Accueil.Private {
		t.Errorf("after a restart: %v, %v", entry, err)
	}
}
