package ldapx_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo"
	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/desk"
	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// deskOpener opens the helpdesk's view of a directory as a point of the suite asks.
func deskOpener(c ldapx.Config, s ldapx.Search) func(*testing.T, dirtest.Reach) dirtest.Desk {
	return func(t *testing.T, r dirtest.Reach) dirtest.Desk {
		c, s := c, s
		if r.Servers != nil {
			c.Servers = r.Servers
		}
		if r.Everywhere {
			s.Base = s.Base[strings.Index(strings.ToLower(s.Base), "dc="):]
		}
		c.Timeout = impatient
		d := open(t, c)
		return dirtest.Desk{
			People: d.Population(s).People(),
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
	f.Open, f.OpenDesk = opener(c, usagers), deskOpener(c, usagers)
	dirtest.RunDesk(t, f)
}

// The suite of the helpdesk on Active Directory, as Samba is one.
func TestDeskOnActiveDirectory(t *testing.T) {
	t.Parallel()
	f, dc := dirtest.SambaFixture(t)
	c := config(ldapx.ActiveDirectory, &dc.Server)
	c.Protected = []string{dirtest.SambaProtectedFilter}
	f.Open, f.OpenDesk = opener(c, agents), deskOpener(c, agents)
	dirtest.RunDesk(t, f)
}

// The suite of the helpdesk on 389 Directory Server.
func TestDeskOn389DS(t *testing.T) {
	t.Parallel()
	f, ds := dirtest.DS389Fixture(t)
	f.ReadOnly = "" // it has what was there at its start, and no lock-outs
	c := config(ldapx.DS389, &ds.Server)
	c.Protected = []string{dirtest.ProtectedFilter}
	f.Open, f.OpenDesk = opener(c, usagers), deskOpener(c, usagers)
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

// A lock-out that has ended by itself is none; the policy tells when one will.
func TestLockedUntil(t *testing.T) {
	t.Parallel()
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	dn := dirtest.Camille.DN(s.BaseDN)
	if err := errors.Join(s.Replace(dirtest.LockingPolicy, "pwdLockoutDuration", "600"), s.LockOut(dn)); err != nil {
		t.Fatal(err)
	}
	people := open(t, config(ldapx.OpenLDAP, &s.Server)).Population(usagers).People()
	found, _, err := people.Search(t.Context(), "camille dur", 0, 10)
	if err != nil || len(found) != 1 || !found[0].Locked || time.Until(found[0].LockedUntil).Round(10*time.Minute) != 10*time.Minute {
		t.Fatalf("%+v, %v; want Camille, locked out for ten minutes", found, err)
	}
	if err := s.Replace(dn, "pwdAccountLockedTime", time.Now().Add(-time.Hour).UTC().Format("20060102150405Z")); err != nil {
		t.Fatal(err)
	}
	if p, err := people.Person(t.Context(), found[0].ID); err != nil || p.Locked || !p.LockedUntil.IsZero() {
		t.Errorf("an hour later: %+v, %v", p, err)
	}
}

// Who cannot be told from the protected is taken for one, as by a reset: the server knows nothing of what the filter asks for.
func TestUndecidedAreProtected(t *testing.T) {
	t.Parallel()
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	if err := s.LockOut(dirtest.Camille.DN(s.BaseDN)); err != nil {
		t.Fatal(err)
	}
	c := config(ldapx.OpenLDAP, &s.Server)
	c.Protected = []string{"(thereIsNoSuchAttribute=TRUE)"}
	population := open(t, c).Population(usagers)
	if found, err := population.Find(t.Context(), dirtest.Camille.UID); err != nil || len(found) != 0 {
		t.Fatalf("by a reset: %+v, %v", found, err)
	}
	found, _, err := population.People().Search(t.Context(), "camille dur", 0, 10)
	if err != nil || len(found) != 1 || found[0].Barred != "PROTECTED" {
		t.Fatalf("%+v, %v", found, err)
	}
	var refused *flow.RefusedError
	if err := population.People().Unlock(t.Context(), found[0].ID); !errors.As(err, &refused) || refused.Code != "PROTECTED" {
		t.Errorf("unlocked: %v", err)
	}
}

// A directory of which no lock-out is known refuses to end one; a person without a lasting id is nobody's; what a server cannot say
// of a change is asked of the next one.
func TestPeopleOfOtherServers(t *testing.T) {
	t.Parallel()
	s := &scripted{find: always(person(nil))}
	people := open(t, scriptedConfig(t, ldapx.Generic, s.start(t))).Population(usagers).People()
	found, _, err := people.Search(t.Context(), "camille", 0, 10)
	if err != nil || len(found) != 1 || found[0].Locked {
		t.Fatalf("%+v, %v", found, err)
	}
	var refused *flow.RefusedError
	if err := people.Unlock(t.Context(), found[0].ID); !errors.As(err, &refused) || refused.Code != "NO_UNLOCK" || s.writes != 0 {
		t.Errorf("%v, after %d writes", err, s.writes)
	}
	lacking := &scripted{find: always(person(map[string][]string{"entryUUID": nil}))}
	people = open(t, scriptedConfig(t, ldapx.OpenLDAP, lacking.start(t))).Population(usagers).People()
	if found, more, err := people.Search(t.Context(), "camille", 0, 10); err != nil || len(found) != 0 || more {
		t.Errorf("without an id: %+v, %v", found, err)
	}
	locked := person(map[string][]string{"pwdAccountLockedTime": {"20261125000000Z"}, "lockoutTime": {"134085024000000000"}, "msDS-User-Account-Control-Computed": {"16"}})
	other, next := &scripted{find: always(locked), written: ldapserver.Result{Code: ldap.LDAPResultOther}}, &scripted{find: always(locked)}
	people = open(t, scriptedConfig(t, ldapx.ActiveDirectory, other.start(t), next.start(t))).Population(usagers).People()
	found, _, err = people.Search(t.Context(), "camille", 0, 10)
	if err != nil || len(found) != 1 || !found[0].Locked {
		t.Fatalf("%+v, %v", found, err)
	}
	if err := people.Unlock(t.Context(), found[0].ID); err != nil || other.writes != 1 || next.writes != 1 {
		t.Errorf("%v, %d and %d writes", err, other.writes, next.writes)
	}
	people = open(t, scriptedConfig(t, ldapx.OpenLDAP, next.start(t))).Population(usagers).People() // which lacks the control
	if found, _, err = people.Search(t.Context(), "camille", 0, 10); err != nil || len(found) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	if err := people.Unlock(t.Context(), found[0].ID); !errors.As(err, &refused) || refused.Code != "NO_UNLOCK" {
		t.Errorf("without the control: %v", err)
	}
}

// What a visitor of the demo's helpdesk does: agents sign in, people are found by parts of their names, the barred are shown.
func TestDeskOnDemo(t *testing.T) {
	t.Parallel()
	world, err := demo.Start(t.TempDir(), slog.New(slog.DiscardHandler), demo.Options{HashRounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	d := demoDirectory{t, world.Directory}
	if err := d.begin("camille.durand"); err != nil {
		t.Fatal(err)
	}
	directory := open(t, ldapx.Config{
		Name: "region", Kind: ldapx.OpenLDAP, Servers: []string{d.Primary()}, CAFile: d.CAFile, BindDN: d.BindDN, BindPasswordFile: d.PasswordFile,
		Protected: []string{dirtest.ProtectedFilter}, PasswordPolicy: "cn=default,ou=politiques,dc=region,dc=example",
	})
	people := directory.Population(usagers).People()
	for text, barred := range map[string]string{
		"durand cam": "", "noe.fabre": "PROTECTED", "ines.marchal": "LOCKED_BY_ADMINISTRATOR",
	} {
		found, more, err := people.Search(t.Context(), text, 0, 10)
		if err != nil || more || len(found) != 1 || found[0].Barred != barred || found[0].Name == "" || len(found[0].Mail) == 0 {
			t.Fatalf("%s: %+v, %v; want one, barred as %q", text, found, err, barred)
		}
		if p, err := people.Person(t.Context(), found[0].ID); err != nil || p.Barred != barred || p.Demands.MinLength != 8 {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
	}
	agents := directory.Agents(usagers.Base, usagers.FindBy, []string{"cn=administrateurs,ou=groupes,dc=region,dc=example"})
	agent, err := agents.SignIn(t.Context(), "camille.durand", secret.New(dirtest.InitialPassword))
	if err != nil || agent.Name != "Camille Durand" || agent.Groups != nil {
		t.Errorf("%+v, %v", agent, err)
	}
	for _, password := range []string{"", "faux"} {
		if _, err := agents.SignIn(t.Context(), "camille.durand", secret.New(password)); !errors.Is(err, desk.ErrDenied) {
			t.Errorf("%q: %v", password, err)
		}
	}
}
