package ldapx_test

import (
	"bytes"
	"cmp"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
)

// Time-outs of directories in tests: the longest there is, which no answer that comes misses on a busy machine, and one for
// where a server hangs and the test has to wait for it.
const (
	patient   = 10 * time.Second
	impatient = 2 * time.Second
)

// open makes a directory that logs into the test, and ends with it. It is patient, unless the configuration has a time-out.
func open(t *testing.T, c ldapx.Config) *ldapx.Directory {
	t.Helper()
	c.Write, c.History = cmp.Or(c.Write, ldapx.WriteAuto), cmp.Or(c.History, ldapx.HistoryIfSupported)
	c.Timeout = cmp.Or(c.Timeout, patient)
	d, err := ldapx.Open(c, slog.New(slog.NewTextHandler(&testLog{t: t}, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// testLog writes what is logged into the test, as long as it runs.
type testLog struct {
	mu sync.Mutex
	t  *testing.T
}

func (l *testLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.t.Context().Err() == nil {
		l.t.Log(string(bytes.TrimSpace(b)))
	}
	return len(b), nil
}

// config is how a directory of the tests is reached.
func config(kind string, s *dirtest.Server) ldapx.Config {
	return ldapx.Config{
		Name: "region", Kind: kind, Servers: []string{s.URL}, CAFile: s.CAFile,
		BindDN: s.ServiceDN, BindPasswordFile: s.ServicePasswordFile,
	}
}

var usagers = ldapx.Search{
	Base: "ou=usagers,dc=region,dc=example", Filter: "(objectClass=inetOrgPerson)",
	FindBy: []string{"mail", "uid"}, Mail: []string{"mail"}, Identifier: "uid", Unlock: true,
}

var agents = ldapx.Search{
	Base: "OU=Agents,DC=siege,DC=example", Filter: "(&(objectCategory=person)(objectClass=user))",
	FindBy: []string{"mail", "sAMAccountName"}, Mail: []string{"extensionAttribute1", "otherMailbox"}, Identifier: "sAMAccountName", Unlock: true,
}

// opener opens a directory of the suite as a point of it asks.
func opener(c ldapx.Config, s ldapx.Search) func(*testing.T, dirtest.Reach) flow.Directory {
	return func(t *testing.T, r dirtest.Reach) flow.Directory {
		c, s := c, s
		if r.Servers != nil || r.Replicas != nil {
			c.Servers, c.Replicas = r.Servers, r.Replicas
		}
		if r.Everywhere {
			s.Base = s.Base[strings.Index(strings.ToLower(s.Base), "dc="):]
		}
		s.Unlock = s.Unlock && !r.KeepLocks
		c.Timeout = impatient // some points have a server that hangs
		return open(t, c).Population(s)
	}
}

// document says what came of the suite on each server.
const document = "../../docs/directories.md"

// The suite (R6, R7, R8, R31, R36, R39, R43, R44, R45, R46, R47, R48, R71, R72) on OpenLDAP with ppolicy and followers,
// written to by the extended operation and by a modify.
func TestOpenLDAP(t *testing.T) {
	t.Parallel()
	for _, write := range []string{ldapx.WriteAuto, ldapx.WriteModify} {
		t.Run(write, func(t *testing.T) {
			t.Parallel()
			f, primary, _ := dirtest.SlapdFixture(t)
			c := config(ldapx.OpenLDAP, &primary.Server)
			c.Replicas, c.Protected, c.Write, c.PasswordPolicy = f.Replicas, []string{dirtest.ProtectedFilter}, write, primary.PolicyDN
			f.Open = opener(c, usagers)
			results := dirtest.Run(t, f)
			if write == ldapx.WriteAuto {
				results.Documented(t, document)
			}
		})
	}
}

// The suite (R6, R7, R8, R31, R39, R43, R44, R45, R46, R47, R48, R71, R72) on Active Directory, as Samba is one. Its
// second server is the same one behind a proxy, which can make it lag.
func TestActiveDirectory(t *testing.T) {
	t.Parallel()
	f, dc := dirtest.SambaFixture(t)
	second := dirtest.StartProxy(t, dc.URL)
	f.Replicas = append(f.Replicas, second.URL())
	f.Lag, f.CatchUp = func() error { second.Hang(); return nil }, func() error { second.Resume(); return nil }
	c := config(ldapx.ActiveDirectory, &dc.Server)
	c.Replicas, c.Protected = f.Replicas, []string{dirtest.SambaProtectedFilter}
	f.Open = opener(c, agents)
	dirtest.Run(t, f).Documented(t, document)
}

// The suite on a server of which only what every LDAPv3 server has is used: slapd, with ppolicy's own ways left unread.
func TestGeneric(t *testing.T) {
	t.Parallel()
	f, primary, _ := dirtest.SlapdFixture(t)
	f.Server = "generic (on OpenLDAP)"
	c := config(ldapx.Generic, &primary.Server)
	c.Replicas, c.Protected, c.IDAttribute = f.Replicas, []string{dirtest.ProtectedFilter}, "entryUUID"
	f.Open = opener(c, usagers)
	delete(f.Nobody, "locked for good")
	f.Policies = nil
	for state, point := range map[string]string{
		dirtest.BecomesClosed: "refuses: " + dirtest.BecomesClosed, dirtest.BecomesExpired: "refuses: " + dirtest.BecomesExpired,
		dirtest.BecomesDisabled: "refuses: " + dirtest.BecomesDisabled,
	} {
		delete(f.Become, state)
		f.Cannot[point] = "no state of an account is common to all servers: `filter` and `protected` say who may reset"
	}
	delete(f.Become, dirtest.BecomesTooYoung)
	delete(f.Become, dirtest.BecomesForced)
	f.Unproven = true
	const unproven = "nothing that every server has proves what became of a password: the person is told that nobody can say"
	f.Cannot["a lost answer is found out"], f.Cannot["a lost request changes nothing"] = unproven, unproven
	const unread = "password policies are not read"
	f.Cannot["tells the rules in force"], f.Cannot["the server agrees with the rules"] = unread, unread
	f.Cannot["too young is told"], f.Cannot["tells that another change is due"] = unread, unread
	dirtest.Run(t, f).Documented(t, document)
}

// The suite on 389 Directory Server, whose second server is the same one behind a proxy, which can make it lag.
func Test389DS(t *testing.T) {
	t.Parallel()
	f, ds := dirtest.DS389Fixture(t)
	second := dirtest.StartProxy(t, ds.URL)
	f.Replicas = append(f.Replicas, second.URL())
	f.Lag, f.CatchUp = func() error { second.Hang(); return nil }, func() error { second.Resume(); return nil }
	c := config(ldapx.DS389, &ds.Server)
	c.Replicas, c.Protected = f.Replicas, []string{dirtest.ProtectedFilter}
	f.Open = opener(c, usagers)
	dirtest.Run(t, f).Documented(t, document)
}
