package ldapx_test

import (
	"errors"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/desk"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// deskOpener opens the helpdesk's view of a directory as a point of the suite asks.
func deskOpener(c ldapx.Config, s ldapx.Search) func(*testing.T, dirtest.Reach) dirtest.Desk {
	return func(t *testing.T, r dirtest.Reach) dirtest.Desk {
		c := c
		if r.Servers != nil {
			c.Servers = r.Servers
		}
		c.Timeout = impatient
		d := open(t, c)
		return dirtest.Desk{
			Agents: func(groups ...string) desk.Agents { return d.Agents(s.Base, s.FindBy, groups) },
		}
	}
}

// The suite of the helpdesk (R53, R54) on OpenLDAP.
func TestDeskOnOpenLDAP(t *testing.T) {
	t.Parallel()
	f, primary, _ := dirtest.SlapdFixture(t)
	c := config(ldapx.OpenLDAP, &primary.Server)
	c.Protected, c.PasswordPolicy = []string{dirtest.ProtectedFilter}, primary.PolicyDN
	f.OpenDesk = deskOpener(c, usagers)
	dirtest.RunDesk(t, f)
}

// The suite of the helpdesk on Active Directory, as Samba is one.
func TestDeskOnActiveDirectory(t *testing.T) {
	t.Parallel()
	f, dc := dirtest.SambaFixture(t)
	c := config(ldapx.ActiveDirectory, &dc.Server)
	c.Protected = []string{dirtest.SambaProtectedFilter}
	f.OpenDesk = deskOpener(c, agents)
	dirtest.RunDesk(t, f)
}

// The suite of the helpdesk on 389 Directory Server.
func TestDeskOn389DS(t *testing.T) {
	t.Parallel()
	f, ds := dirtest.DS389Fixture(t)
	c := config(ldapx.DS389, &ds.Server)
	c.Protected = []string{dirtest.ProtectedFilter}
	f.OpenDesk = deskOpener(c, usagers)
	dirtest.RunDesk(t, f)
}

// A password that has expired, and lets somebody in a few times more, lets no agent in.
func TestGraceLetsNoAgentIn(t *testing.T) {
	t.Parallel()
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	dn := dirtest.Camille.DN(s.BaseDN)
	if err := errors.Join(s.Replace(dirtest.ExpiringPolicy, "pwdGraceAuthnLimit", "5"), s.ExpirePassword(dn), s.Bind(dn, dirtest.InitialPassword)); err != nil {
		t.Fatal(err)
	}
	a := open(t, config(ldapx.OpenLDAP, &s.Server)).Agents(usagers.Base, usagers.FindBy, nil)
	if agent, err := a.SignIn(t.Context(), dirtest.Camille.UID, secret.New(dirtest.InitialPassword)); !errors.Is(err, desk.ErrDenied) {
		t.Errorf("%+v, %v", agent, err)
	}
}

// An empty password is never sent: the server would take it for an anonymous bind. Every other one is, once, on a connection of its
// own, whether the directory has such an agent or not; and what a server cannot say is no denial.
func TestAgentsBind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		people   []*ldap.Entry
		password string
		answer   uint16
		binds    int // without the service account's
		denied   bool
	}{
		"right":                  {[]*ldap.Entry{person(nil)}, "x", ldap.LDAPResultSuccess, 1, false},
		"wrong":                  {[]*ldap.Entry{person(nil)}, "x", ldap.LDAPResultInvalidCredentials, 1, true},
		"empty":                  {[]*ldap.Entry{person(nil)}, "", ldap.LDAPResultSuccess, 0, true},
		"unknown":                {nil, "x", ldap.LDAPResultInvalidCredentials, 1, true},
		"unknown, and any binds": {nil, "x", ldap.LDAPResultSuccess, 1, true},
		"two":                    {[]*ldap.Entry{person(nil), person(nil)}, "x", ldap.LDAPResultSuccess, 1, true},
		"told to change":         {[]*ldap.Entry{person(map[string][]string{"pwdReset": {"TRUE"}})}, "x", ldap.LDAPResultSuccess, 1, true},
		"outside of the base":    {[]*ldap.Entry{ldap.NewEntry("cn=x,dc=elsewhere", nil)}, "x", ldap.LDAPResultSuccess, 1, true},
		"busy":                   {[]*ldap.Entry{person(nil)}, "x", ldap.LDAPResultBusy, 1, false},
		"in clear":               {[]*ldap.Entry{person(nil)}, "x", ldap.LDAPResultConfidentialityRequired, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{find: always(c.people...), refuses: []ldapserver.Result{{}, {Code: c.answer}}}
			a := open(t, scriptedConfig(t, ldapx.OpenLDAP, s.start(t))).Agents(usagers.Base, usagers.FindBy, nil)
			agent, err := a.SignIn(t.Context(), "camille.durand", secret.New(c.password))
			if in := err == nil && agent.ID != ""; in != (name == "right") || errors.Is(err, desk.ErrDenied) != c.denied {
				t.Errorf("%+v, %v", agent, err)
			}
			if n := max(s.binds-1, 0); n != c.binds {
				t.Errorf("%d binds, want %d", n, c.binds)
			}
		})
	}
}
