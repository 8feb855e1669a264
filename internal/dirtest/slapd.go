package dirtest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/child"
)

// Slapd is a running OpenLDAP server. BaseDN is dc=region,dc=example.
type Slapd struct {
	Server
	PolicyDN string // the password policy that holds for everybody: a test changes it by Replace

	dir       string
	options   SlapdOptions
	authority *Authority // also its follower's, so that a client needs one file for both
}

// StartSlapd starts an OpenLDAP server with the people of this package. It ends with the test.
func StartSlapd(t testing.TB, o SlapdOptions) *Slapd {
	t.Helper()
	Need(t, "slapd", "slapadd")
	s := newSlapd(t, o, nil)
	s.configure(t, confData{})
	if err := s.load(); err != nil {
		t.Fatal(err)
	}
	s.startOrFail(t)
	return s
}

// StartReplica starts a follower of s, which has everything that s has when it is given back. Writes sent to it are
// answered by a referral to s.
func (s *Slapd) StartReplica(t testing.TB) *Slapd {
	t.Helper()
	return s.follow(t, confData{Provider: s.URL, Referral: s.URL})
}

// StartReadOnly starts a follower of s that does not say where to write: it answers a write with "shadow context; no
// update referral" (53).
func (s *Slapd) StartReadOnly(t testing.TB) *Slapd {
	t.Helper()
	return s.follow(t, confData{Provider: s.URL})
}

func (s *Slapd) follow(t testing.TB, data confData) *Slapd {
	t.Helper()
	r := newSlapd(t, s.options, s.authority)
	r.configure(t, data)
	if s.options.Extra > crowded {
		if err := r.seed(s); err != nil {
			t.Fatal(err)
		}
	}
	r.startOrFail(t)
	if err := r.process.Await(func() error { return r.caughtUp(s) }); err != nil {
		t.Fatal(err)
	}
	return r
}

// crowded is the number of further people from which on a follower begins with a copy of the database: slapd would send it
// each of them as a change.
const crowded = 50_000

// seed copies the database of a provider, which is stopped meanwhile.
func (s *Slapd) seed(provider *Slapd) error {
	provider.Stop()
	_, err := child.Run("cp", "--sparse=always", filepath.Join(provider.dir, "db", "data.mdb"), filepath.Join(s.dir, "db"))
	return errors.Join(err, provider.Restart())
}

// newSlapd makes the folder of a server whose certificate is by the authority, or by one of its own.
func newSlapd(t testing.TB, o SlapdOptions, authority *Authority) *Slapd {
	t.Helper()
	s := &Slapd{dir: t.TempDir(), options: o, authority: authority, PolicyDN: slapdPolicy}
	if err := s.certify(); err != nil {
		t.Fatal(err)
	}
	s.Server = Server{
		CAFile: s.authority.File, BaseDN: slapdBase,
		ServiceDN: slapdService, ServicePasswordFile: filepath.Join(s.dir, "service.password"),
		adminDN: slapdAdmin, adminPassword: slapdAdminPassword,
	}
	s.certificateExpired = o.CertificateExpired
	if len(o.CertificateNames) > 0 {
		s.certificateName = o.CertificateNames[0]
	}
	err := errors.Join(writeSecret(s.ServicePasswordFile, slapdServicePassword), os.Mkdir(filepath.Join(s.dir, "db"), 0o700))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Slapd) certify() (err error) {
	if s.authority == nil {
		if s.authority, err = NewAuthority(filepath.Join(s.dir, "ca.pem")); err != nil {
			return err
		}
	}
	issue := s.authority.Issue
	if s.options.CertificateExpired {
		issue = s.authority.IssueExpired
	}
	return issue(filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem"), s.options.CertificateNames...)
}

func (s *Slapd) configure(t testing.TB, data confData) {
	t.Helper()
	data.CAFile = s.CAFile
	data.Dir, data.Base, data.Policy, data.FSync = s.dir, slapdBase, slapdPolicy, s.options.FSync
	data.Hash, data.MaxSize = s.options.Hash, 1<<30+int64(s.options.Extra)*8<<10
	data.TakesEmpty, data.ConfigReadable = s.options.TakesEmpty, s.options.ConfigReadable
	data.Admin, data.AdminPassword, data.Service, data.Access = slapdAdmin, slapdAdminPassword, slapdService, s.options.Access
	var text strings.Builder
	if err := confText.Execute(&text, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.conf(), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *Slapd) conf() string { return filepath.Join(s.dir, "slapd.conf") }

// load writes the people to a file, for a million are too many to hold, and fills the database before the start.
func (s *Slapd) load() error {
	file, err := os.Create(filepath.Join(s.dir, "people.ldif"))
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	people := bufio.NewWriter(file)
	s.options.population(people)
	if err := errors.Join(people.Flush(), file.Close()); err != nil {
		return err
	}
	_, err = child.Run(program("slapadd"), "-q", "-w", "-f", s.conf(), "-l", file.Name())
	return err
}

func (s *Slapd) startOrFail(t testing.TB) {
	t.Helper()
	ports, err := child.ReservePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	s.URL = fmt.Sprintf("ldaps://127.0.0.1:%d", ports[0])
	s.PlainURL = fmt.Sprintf("ldap://127.0.0.1:%d", ports[1])
	s.command = []string{program("slapd"), "-f", s.conf(), "-h", s.URL + "/ " + s.PlainURL + "/", "-d", "0"}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.process.Kill() }) // the process of that moment: it may have been restarted
}

// Database is the entry of cn=config that has the settings of the people's database. The administrator can change it; it is as
// before after a restart.
func (s *Slapd) Database() (dn string, err error) {
	err = s.Admin(func(c *ldap.Conn) error {
		found, err := c.Search(ldap.NewSearchRequest("cn=config", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			"(olcSuffix="+slapdBase+")", []string{"1.1"}, nil))
		if err != nil {
			return err
		}
		if len(found.Entries) != 1 {
			return fmt.Errorf("%d databases of %s", len(found.Entries), slapdBase)
		}
		dn = found.Entries[0].DN
		return nil
	})
	return dn, err
}

// Operations is how many modify and extended operations the server has completed since its start (cn=Monitor): two
// values of it prove that there was one write between them. StartTLS is an extended operation as well.
func (s *Slapd) Operations() (int, error) {
	sum := 0
	for _, kind := range []string{"Modify", "Extended"} {
		entry, err := s.Entry("cn="+kind+",cn=Operations,cn=Monitor", "monitorOpCompleted")
		if err != nil {
			return 0, err
		}
		n, err := strconv.Atoi(entry.GetAttributeValue("monitorOpCompleted"))
		if err != nil {
			return 0, fmt.Errorf("count of %s: %w", kind, err)
		}
		sum += n
	}
	return sum, nil
}

// caughtUp gives no error once s has every change that provider had (contextCSN, RFC 4533).
func (s *Slapd) caughtUp(provider *Slapd) error {
	want, err := provider.Entry(slapdBase, "contextCSN")
	if err != nil {
		return err
	}
	have, err := s.Entry(slapdBase, "contextCSN")
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return errors.New("the follower is empty")
	}
	if err != nil {
		return err
	}
	if w, h := want.GetAttributeValue("contextCSN"), have.GetAttributeValue("contextCSN"); w == "" || h != w {
		return fmt.Errorf("the follower is at %q, the provider at %q", h, w)
	}
	return nil
}
