package ldapx_test

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/ldapx"
)

// scripted is a server that answers as it is told to, over real LDAP: with entries that no real server gives, and with
// every result, of which real ones give only some.
type scripted struct {
	mu      sync.Mutex
	find    func(q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result)
	written ldapserver.Result // the answer to every change
	takes   func()            // what a change does, whatever the answer; may be nil
	lists   []string          // further controls that it says it knows
	writes  int
	refuses []ldapserver.Result // the answers to the first binds
	binds   int
	hangs   chan struct{} // if not nil, every search waits until it is closed; binds do not
}

func (s *scripted) Bind(string, string) ldapserver.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.binds++
	if s.binds <= len(s.refuses) {
		return s.refuses[s.binds-1]
	}
	return ldapserver.Result{}
}

func (s *scripted) Search(_ string, q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
	if q.Base == "" {
		return []*ldap.Entry{ldap.NewEntry("", map[string][]string{"supportedControl": append([]string{ldap.ControlTypeBeheraPasswordPolicy}, s.lists...),
			"supportedExtension": {"1.3.6.1.4.1.4203.1.11.1"}})}, ldapserver.Result{}
	}
	if s.hangs != nil {
		<-s.hangs
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(q)
}

func (s *scripted) write() ldapserver.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.takes != nil {
		s.takes()
	}
	return s.written
}

func (s *scripted) Modify(string, ldapserver.Modify) ldapserver.Result { return s.write() }

func (s *scripted) PasswordModify(string, ldapserver.PasswordModify) ldapserver.Result {
	return s.write()
}

// start serves the script and gives its address.
func (s *scripted) start(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := ldapserver.Start(listener, s, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = server.Close() })
	return "ldap://" + server.Addr()
}

// directory opens a directory of one kind whose servers are these.
func scriptedConfig(t *testing.T, kind string, servers ...string) ldapx.Config {
	t.Helper()
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("Service-de-test-2026\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return ldapx.Config{Name: "region", Kind: kind, Servers: servers, BindDN: "cn=ssprd,dc=region,dc=example",
		BindPasswordFile: password, IDAttribute: "entryUUID"}
}

// always answers every search with these entries.
func always(entries ...*ldap.Entry) func(ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
	return func(ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) { return entries, ldapserver.Result{} }
}

const camilleDN = "uid=camille.durand,ou=usagers,dc=region,dc=example"

// person is an ordinary entry of slapd or Active Directory, with some attributes otherwise; nil takes one away.
func person(otherwise map[string][]string) *ldap.Entry {
	attributes := map[string][]string{
		"entryUUID": {"6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01"}, "objectGUID": {"0123456789abcdef"}, "nsUniqueId": {"6f1b1d0a-3d9c-103f-8f2b5d3c"},
		"uid": {"camille.durand"}, "sAMAccountName": {"camille.durand"}, "cn": {"Camille Durand"}, "displayName": {"Camille Durand"},
		"mail": {"camille.durand@exemple.fr"}, "entryCSN": {"20261125000000.000000Z#000000#000#000000"},
		"userAccountControl": {"512"}, "pwdLastSet": {"134000000000000000"}, "modifyTimestamp": {"20261125000000Z"},
	}
	for name, values := range otherwise {
		if values == nil {
			delete(attributes, name)
			continue
		}
		attributes[name] = values
	}
	return ldap.NewEntry(camilleDN, attributes)
}

// filetime is a time as pwdLastSet has it: 100 ns since 1601.
func filetime(at time.Time) string {
	return strconv.FormatInt((at.Unix()+11_644_473_600)*10_000_000, 10)
}
