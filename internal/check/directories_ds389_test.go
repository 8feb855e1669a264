package check

import (
	"strings"
	"testing"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
)

// R41: a 389 Directory Server tells what the account may do without being tried.
func serversOfDS389(t *testing.T, s *dirtest.DS389) {
	wantCodes(t, directoryConfig(&s.Server, ldapx.DS389, "usagers")) // its first sign-in, at which the server stores the account's password as it likes it
	before := everything(t, &s.Server)
	manager := secretFile(t, "Administrateur-2026")
	const first, account, people = "directories[0].servers[0] ", "directories[0].bind_dn ", "populations[0].reset "
	for name, c := range map[string]struct {
		change func(d *ldapx.Config, r *config.Reset)
		want   []string
	}{
		"as it should be": {func(*ldapx.Config, *config.Reset) {}, nil},
		"no right": {func(_ *ldapx.Config, r *config.Reset) {
			r.Base, r.Filter = "ou=services,"+s.BaseDN, "(uid="+dirtest.Outsider.UID+")"
		}, []string{people + accountNoReset}},
		"the manager": {func(d *ldapx.Config, _ *config.Reset) { d.BindDN, d.BindPasswordFile = "cn=directory manager", manager },
			[]string{account + accountRoot, people + accountWritesMore}},
		"another kind": {func(d *ldapx.Config, _ *config.Reset) { d.Kind = ldapx.OpenLDAP },
			[]string{first + ldapKindWrong, people + accountNobody}},
	} {
		t.Run(name, func(t *testing.T) {
			config := directoryConfig(&s.Server, ldapx.DS389, "usagers")
			c.change(&config.Directories[0], config.Populations[0].Reset)
			wantCodes(t, config, c.want...)
		})
	}
	lines, found := directoriesSay(t, directoryConfig(&s.Server, ldapx.DS389, "usagers"))
	for _, code := range []string{ldapConnected, ldapTLS, ldapSignedIn, ldapKind, ldapClock, ldapAbilities, accountPasswordLasts, accountMayReset} {
		if timesSaid(found, code) != 1 {
			t.Errorf("%s is not said once:\n%s", code, strings.Join(lines, "\n"))
		}
	}
	unchanged(t, &s.Server, before)

	admin := func(policy dirtest.PasswordPolicy) {
		if err := s.SetPolicy(policy); err != nil {
			t.Fatal(err)
		}
	}
	// It is read where the account may: here only the manager may, who is told of as that.
	admin(dirtest.PasswordPolicy{"passwordAdminDN": s.ServiceDN})
	wantCodes(t, directoryConfig(&s.Server, ldapx.DS389, "usagers"))
	if err := s.AddValue("cn=config", "aci", `(target = "ldap:///cn=config")(targetattr = "passwordAdminDN")(version 3.0; acl "seen"; allow (read, search) userdn = "ldap:///`+s.ServiceDN+`";)`); err != nil {
		t.Fatal(err)
	}
	wantCodes(t, directoryConfig(&s.Server, ldapx.DS389, "usagers"), account+accountPasswordAdmin)
}
