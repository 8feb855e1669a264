package check

import (
	"strings"
	"testing"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
)

// R41: a domain controller, and a service account that may do as much as it needs, less, and more.
func serversOfActiveDirectory(t *testing.T, s *dirtest.Samba) {
	good := func() *config.Config {
		c := directoryConfig(&s.Server, ldapx.ActiveDirectory, "Agents")
		c.Directories[0].History = ldapx.HistoryOff
		r := c.Populations[0].Reset
		r.Filter, r.Mail, r.Identifier = "(&(objectCategory=person)(objectClass=user))", []string{"extensionAttribute1"}, "sAMAccountName"
		return c
	}
	wrong := secretFile(t, "Autre-2026!")
	administrator := secretFile(t, "Administrateur-2026!")
	const first, account, people = "directories[0].servers[0] ", "directories[0].bind_dn ", "populations[0].reset "
	lasting := func(control string) {
		if err := s.Replace(s.ServiceDN, "userAccountControl", control); err != nil {
			t.Fatal(err)
		}
	}
	wantCodes(t, good(), account+accountPasswordEnds) // as accounts are made
	lasting("66048")

	computed := []string{"msDS-User-Account-Control-Computed", "msDS-KeyVersionNumber", "replPropertyMetaData", "badPwdCount", "lastLogon", "logonCount"}
	before := everything(t, &s.Server, computed...)
	lines, found := directoriesSay(t, good())
	for _, code := range []string{ldapConnected, ldapTLS, ldapSignedIn, ldapKind, ldapClock, accountOrdinary, accountPasswordLasts, accountUnexpires, accountMayReset} {
		if timesSaid(found, code) != 1 {
			t.Errorf("%s is not said once:\n%s", code, strings.Join(lines, "\n"))
		}
	}
	for name, c := range map[string]struct {
		change func(d *ldapx.Config, r *config.Reset)
		want   []string
	}{
		"as it should be": {func(*ldapx.Config, *config.Reset) {}, nil},
		"StartTLS":        {func(d *ldapx.Config, _ *config.Reset) { d.Servers[0], d.StartTLS = s.PlainURL, true }, nil},
		"a unit that is not delegated": {func(_ *ldapx.Config, r *config.Reset) { r.Base = "OU=Direction," + s.BaseDN },
			[]string{people + accountNoReset, people + accountNoUnlock}},
		"not delegated, nothing to unlock": {func(_ *ldapx.Config, r *config.Reset) { r.Base, r.Unlock = "OU=Direction,"+s.BaseDN, false },
			[]string{people + accountNoReset}},
		"nobody who may be reset": {func(_ *ldapx.Config, r *config.Reset) { r.Filter = "(sAMAccountName=" + dirtest.Disabled.UID + ")" },
			[]string{people + accountNobody}},
		"history is wanted":   {func(d *ldapx.Config, _ *config.Reset) { d.History = ldapx.HistoryIfSupported }, []string{first + ldapNoHints}},
		"history is required": {func(d *ldapx.Config, _ *config.Reset) { d.History = ldapx.HistoryRequired }, []string{first + ldapHintsRequired}},
		"the global catalog":  {func(d *ldapx.Config, _ *config.Reset) { d.Servers[0], d.CAFile = "ldaps://127.0.0.1:3269", s.CAFile }, []string{first + ldapCatalog}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good()
			c.change(&config.Directories[0], config.Populations[0].Reset)
			wantCodes(t, config, c.want...)
		})
	}
	for i, line := range strings.Split(everything(t, &s.Server, computed...), "\n") {
		if was := strings.Split(before, "\n"); line != was[i] && !signInMark(line) {
			t.Fatalf("the check has changed something: now %s, before %s", line, was[i])
		}
	}

	t.Run("an administrator", func(t *testing.T) {
		c := good()
		c.Directories[0].BindDN, c.Directories[0].BindPasswordFile = "CN=Administrator,CN=Users,"+s.BaseDN, administrator
		_, found := directoriesSay(t, c)
		for _, code := range []string{accountAdministrator, accountWritesMore} {
			if timesSaid(found, code) != 1 {
				t.Errorf("%s is not said once: %v", code, found)
			}
		}
	})
	t.Run("who was an administrator", func(t *testing.T) {
		if err := s.Replace(s.ServiceDN, "adminCount", "1"); err != nil {
			t.Fatal(err)
		}
		wantCodes(t, good(), account+accountAdminCount)
		_ = s.Replace(s.ServiceDN, "adminCount")
	})
	t.Run("a wrong password", func(t *testing.T) {
		c := good()
		c.Directories[0].BindPasswordFile = wrong
		wantCodes(t, c, first+accountPassword)
	})
	for control, code := range map[string]string{"66050": accountDisabled} {
		lasting(control)
		wantCodes(t, good(), first+code)
		lasting("66048")
	}
	t.Run("must change", func(t *testing.T) {
		lasting("512")
		if err := s.MustChange(s.ServiceDN); err != nil {
			t.Fatal(err)
		}
		wantCodes(t, good(), first+accountMustChange)
	})
}

// signInMark tells whether a line is one of what a domain controller notes of every sign-in: our own are some.
func signInMark(line string) bool {
	for _, name := range []string{"lastLogon", "lastLogonTimestamp", "logonCount", "lastLogoff"} {
		if strings.HasPrefix(line, " "+name+":") {
			return true
		}
	}
	return false
}
