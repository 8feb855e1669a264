package demo_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/child"
	"ssprd/internal/demo"
)

const (
	camille = "uid=camille.durand,ou=usagers,dc=region,dc=example"
	ines    = "uid=ines.marchal,ou=usagers,dc=region,dc=example"
)

// fast are the options of tests: no waiting, and digests that cost nothing.
var fast = demo.Options{HashRounds: 1}

func startWorld(t *testing.T, dir string, opts demo.Options) *demo.World {
	t.Helper()
	w, err := demo.Start(dir, slog.New(slog.DiscardHandler), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// dial connects as ssprd does: TLS, verified against the CA file.
func dial(t *testing.T, w *demo.World, url string) *ldap.Conn {
	t.Helper()
	ca, err := os.ReadFile(w.Directory.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	c, err := ldap.DialURL(url, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots}))
	if err != nil {
		t.Fatal(err)
	}
	c.SetTimeout(5 * time.Second)
	t.Cleanup(func() { c.Close() })
	return c
}

// service connects and binds as the service account.
func service(t *testing.T, w *demo.World, url string) *ldap.Conn {
	t.Helper()
	c := dial(t, w, url)
	password, err := os.ReadFile(w.Directory.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Bind(w.Directory.BindDN, string(password)); err != nil {
		t.Fatal(err)
	}
	return c
}

// signsIn tells whether the server takes the password; only a refusal is a no.
func signsIn(t *testing.T, w *demo.World, url, dn, password string) bool {
	t.Helper()
	err := dial(t, w, url).Bind(dn, password)
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		t.Fatalf("bind as %s: %v", dn, err)
	}
	return err == nil
}

// search gives the entries that the filter finds.
func search(t *testing.T, c *ldap.Conn, base string, scope int, filter string, attributes ...string) []*ldap.Entry {
	t.Helper()
	found, err := c.Search(ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil))
	if err != nil {
		t.Fatalf("search %s: %v", filter, err)
	}
	return found.Entries
}

func read(t *testing.T, c *ldap.Conn, dn string, attributes ...string) *ldap.Entry {
	t.Helper()
	entries := search(t, c, dn, ldap.ScopeBaseObject, "(objectClass=*)", attributes...)
	if len(entries) != 1 {
		t.Fatalf("%s: %d entries", dn, len(entries))
	}
	return entries[0]
}

// reset changes a password by a modify, and asks for the reason of a refusal: policy is -1 without one.
func reset(c *ldap.Conn, dn, password string) (policy int8, err error) {
	m := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlBeheraPasswordPolicy()})
	m.Replace("userPassword", []string{password})
	err = c.Modify(m)
	var refused *ldap.Error
	if !errors.As(err, &refused) || refused.Packet == nil || len(refused.Packet.Children) < 3 {
		return -1, err
	}
	for _, p := range refused.Packet.Children[2].Children {
		if control, err := ldap.DecodeControl(p); err == nil {
			return control.(*ldap.ControlBeheraPasswordPolicy).Error, refused
		}
	}
	return -1, err
}

// within asks again until the answer is yes, for as long as a busy machine may need.
func within(t *testing.T, what string, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(child.Patience)
	for !yes() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %s", what, child.Patience)
		}
	}
}

func TestSamplesAreThere(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	bases := map[string]string{"usagers": "ou=usagers", "elus": "ou=elus", "agents-siege": "ou=siege"}
	for _, s := range w.Samples {
		if s.Address == "" {
			continue
		}
		typed := ldap.EscapeFilter(s.Address)
		entries := search(t, c, bases[s.Population]+",dc=region,dc=example", ldap.ScopeSingleLevel, "(|(mail="+typed+")(uid="+typed+"))", "mail")
		if len(entries) == 0 || entries[0].GetAttributeValue("mail") == "" {
			t.Errorf("%s: nobody of %s with a mail address", s.Address, s.Population)
		}
	}
}

// The demo has each kind of account that the portal treats otherwise.
func TestPeople(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	c := service(t, w, w.Directory.Primary())
	tests := []struct {
		name, base, filter string
		min, max           int
	}{
		{"usagers", "ou=usagers", "(objectClass=inetOrgPerson)", 28, 40},
		{"élus", "ou=elus", "(&(objectClass=inetOrgPerson)(uid=*)(mail=*))", 8, 8},
		{"siège", "ou=siege", "(&(objectClass=inetOrgPerson)(uid=*)(mail=*))", 13, 13},
		{"R6: one mailbox, several accounts", "ou=usagers", "(mail=lycee.montaigne@lycees.example)", 3, 3},
		{"R7: protected", "ou=usagers", "(memberOf=cn=administrateurs,ou=groupes,dc=region,dc=example)", 1, 1},
		{"the helpdesk's agents", "ou=groupes", "(&(objectClass=groupOfNames)(member=uid=*))", 3, 3},
		{"locked", "ou=usagers", "(&(pwdAccountLockedTime=*)(!(pwdAccountLockedTime=000001010000Z)))", 1, 1},
		{"closed", "ou=usagers", "(pwdAccountLockedTime=000001010000Z)", 1, 1},
		{"without an address", "ou=usagers", "(&(objectClass=inetOrgPerson)(!(mail=*)))", 1, 1},
	}
	for _, test := range tests {
		n := len(search(t, c, test.base+",dc=region,dc=example", ldap.ScopeWholeSubtree, test.filter, "1.1"))
		if n < test.min || n > test.max {
			t.Errorf("%s: %d, want %d to %d", test.name, n, test.min, test.max)
		}
	}
	all := search(t, c, "dc=region,dc=example", ldap.ScopeWholeSubtree, "(entryUUID=*)", "entryUUID")
	seen := map[string]bool{}
	for _, e := range all {
		seen[e.GetAttributeValue("entryUUID")] = true
	}
	if len(seen) != len(all) {
		t.Errorf("%d entries have %d names for good", len(all), len(seen))
	}
}

func TestRights(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	replace := ldap.NewModifyRequest(camille, nil)
	replace.Replace("userPassword", []string{"Nouveau-2026-Passe"})
	mail := ldap.NewModifyRequest(camille, nil)
	mail.Replace("mail", []string{"moi@mail.example"})
	find := ldap.NewSearchRequest("dc=region,dc=example", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, "(mail=*)", nil, nil)
	tests := []struct {
		name, who string
		do        func(*ldap.Conn) error
	}{
		{"a person searches", camille, func(c *ldap.Conn) error { _, err := c.Search(find); return err }},
		{"a person writes", camille, func(c *ldap.Conn) error { return c.Modify(replace) }},
		{"a person resets", camille, func(c *ldap.Conn) error {
			_, err := c.PasswordModify(ldap.NewPasswordModifyRequest(camille, "", "Nouveau-2026-Passe"))
			return err
		}},
		{"nobody searches", "", func(c *ldap.Conn) error { _, err := c.Search(find); return err }},
		{"nobody writes", "", func(c *ldap.Conn) error { return c.Modify(replace) }},
		{"the service account writes a mail address", demo.ServiceDN, func(c *ldap.Conn) error { return c.Modify(mail) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, w, w.Directory.Primary())
			switch test.who {
			case demo.ServiceDN:
				c = service(t, w, w.Directory.Primary())
			case camille:
				if err := c.Bind(camille, demo.InitialPassword); err != nil {
					t.Fatal(err)
				}
			}
			if err := test.do(c); !ldap.IsErrorWithCode(err, ldap.LDAPResultInsufficientAccessRights) {
				t.Errorf("got %v, want insufficientAccess", err)
			}
		})
	}
}

func TestSecretsAreTheOwnersOnly(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	path, err := w.WriteConfig("127.0.0.1:8080", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{w.Directory.PasswordFile, path} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", file, info.Mode())
		}
	}
	// R57: nobody reads a password, nor finds somebody by it.
	c := service(t, w, w.Directory.Primary())
	e := read(t, c, camille, "*", "+", "userPassword")
	if slices.ContainsFunc(e.Attributes, func(a *ldap.EntryAttribute) bool { return a.Name == "userPassword" }) {
		t.Error("userPassword is shown")
	}
	if found := search(t, c, camille, ldap.ScopeBaseObject, "(userPassword=*)"); len(found) > 0 {
		t.Error("userPassword is searched")
	}
}
