package dirtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/child"
)

// DS389 is a running 389 Directory Server. BaseDN is dc=region,dc=example, and the people are those of an OpenLDAP
// server.
type DS389 struct {
	Server

	dir     string // of everything that the server reads and writes
	name    string // of the folder of its configuration, which is its instance's name
	options DS389Options
	added   int // people that a fixture has made

	authority *Authority // also the read-only one's, so that a client needs one file for both
}

// DS389Options say what the server is to be like. The zero value is a server without password rules.
type DS389Options struct {
	Policy PasswordPolicy // the one that holds for everybody who has none of their own

	Extra            int      // further people in ou=usagers, Extra(1) to Extra(n)
	FSync            bool     // commit to the disk as in production; without it writes are faster than there
	CertificateNames []string // the certificate is for these instead of 127.0.0.1 and localhost

	readOnly bool
}

// StartDS389 starts a 389 Directory Server with the people of this package. It ends with the test.
//
// The server is made of the package's templates, without dscreate, which knows instances in the system's folders alone:
// here all is in one folder of the test's, and several run side by side.
func StartDS389(t testing.TB, o DS389Options) *DS389 {
	t.Helper()
	return startDS389(t, o, nil)
}

// StartReadOnly starts a server of the same entries that refuses every change of them: those that s had at its start.
func (s *DS389) StartReadOnly(t testing.TB) *DS389 {
	t.Helper()
	o := s.options
	o.readOnly = true
	return startDS389(t, o, s.authority)
}

func startDS389(t testing.TB, o DS389Options, authority *Authority) *DS389 {
	t.Helper()
	Need(t, "ns-slapd", "openssl", "certutil", "pk12util")
	if os.Geteuid() != 0 {
		Unable(t, "ns-slapd reads the configuration of its package as its owner or root: run as root")
	}
	s, err := newDS389(t, o, authority)
	if err == nil {
		err = errors.Join(s.folders(), s.certify())
	}
	if err == nil {
		err = s.start(t)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newDS389 makes the folder of a server whose certificate is by the authority, or by one of its own.
func newDS389(t testing.TB, o DS389Options, authority *Authority) (*DS389, error) {
	dir, err := os.MkdirTemp("", "ds389") // its name, unlike that of t.TempDir, is nobody else's
	if err != nil {
		return nil, err
	}
	s := &DS389{dir: dir, name: filepath.Base(dir), options: o, authority: authority}
	t.Cleanup(func() {
		_ = os.RemoveAll(dir)
		_ = os.Remove("/dev/shm/sem." + s.name + ".stats") // which the server leaves (sem_overview(7))
	})
	if authority == nil {
		if s.authority, err = NewAuthority(s.in("ca.pem")); err != nil {
			return nil, err
		}
	}
	s.Server = Server{
		CAFile: s.authority.File, BaseDN: ds389Base,
		ServiceDN: ds389Service, ServicePasswordFile: s.in("service.password"),
		adminDN: ds389Admin, adminPassword: ds389AdminPassword,
		command: []string{program("ns-slapd"), "-D", s.conf(), "-i", s.in("run", "pid"), "-d", "0"}, // -d: in the foreground
	}
	if len(o.CertificateNames) > 0 {
		s.certificateName = o.CertificateNames[0]
	}
	return s, writeSecret(s.ServicePasswordFile, ds389ServicePassword)
}

// in is the path of something in the server's folder.
func (s *DS389) in(names ...string) string {
	return filepath.Join(append([]string{s.dir}, names...)...)
}

// conf is the folder of the configuration. The server calls itself, and a semaphore, by its name.
func (s *DS389) conf() string { return s.in(s.name) }

// folders makes what the server does not make itself.
func (s *DS389) folders() error {
	err := os.MkdirAll(filepath.Join(s.conf(), "schema"), 0o700)
	for _, name := range []string{"db", "log", "run", "lock", "ldif", "bak", "tmp", "inst"} {
		err = errors.Join(err, os.Mkdir(s.in(name), 0o700))
	}
	for _, file := range []string{"config/slapd-collations.conf", "config/certmap.conf", "schema/99user.ldif"} {
		content, readErr := os.ReadFile(filepath.Join("/etc/dirsrv", file))
		to := filepath.Join(s.conf(), filepath.Base(file))
		if filepath.Dir(file) == "schema" {
			to = filepath.Join(s.conf(), file)
		}
		err = errors.Join(err, readErr, os.WriteFile(to, content, 0o600))
	}
	return err
}

// certify puts a certificate and its key into a database of NSS, the only form in which the server takes them.
func (s *DS389) certify() error {
	if err := s.authority.issueIn(s.dir, s.options.CertificateNames...); err != nil {
		return err
	}
	const transport = "pass:transport" // of a file that lives for a moment
	for _, command := range [][]string{
		{"certutil", "-N", "-d", s.conf(), "--empty-password"},
		{"certutil", "-A", "-d", s.conf(), "-n", "Test-CA", "-t", "CT,,", "-i", s.CAFile},
		{"openssl", "pkcs12", "-export", "-in", s.in("cert.pem"), "-inkey", s.in("key.pem"), "-name", "Server-Cert",
			"-out", s.in("both.p12"), "-passout", transport},
		{"pk12util", "-i", s.in("both.p12"), "-d", s.conf(), "-W", transport[len("pass:"):], "-K", ""},
	} {
		if _, err := child.Run(program(command[0]), command[1:]...); err != nil {
			return err
		}
	}
	return nil
}

func (s *DS389) start(t testing.TB) error {
	if err := os.WriteFile(s.in("people.ldif"), []byte(s.options.population()), 0o600); err != nil {
		return err
	}
	ports, err := child.ReservePorts(2)
	if err != nil {
		return err
	}
	s.URL = fmt.Sprintf("ldaps://127.0.0.1:%d", ports[0])
	s.PlainURL = fmt.Sprintf("ldap://127.0.0.1:%d", ports[1])
	if err := s.configure(ports[0], ports[1]); err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return err
	}
	if err := s.Restart(); err != nil {
		return err
	}
	t.Cleanup(func() { s.process.Kill() }) // the process of that moment: it may have been restarted
	return nil
}

// load fills the database before the start.
func (s *DS389) load() error {
	_, err := child.Run(program("ns-slapd"), "ldif2db", "-D", s.conf(), "-n", "userRoot", "-i", s.in("people.ldif"))
	return err
}

// Operations is how many modify operations and extended operations that set a password the server has been sent since
// the first start, by its access log: its counters (cn=snmp,cn=monitor) leave the extended ones out. Two values of it
// prove that there was one write between them.
func (s *DS389) Operations() (int, error) {
	log, err := os.ReadFile(s.in("log", "access"))
	if err != nil {
		return 0, err
	}
	return strings.Count(string(log), " MOD dn=") + strings.Count(string(log), ` EXT oid="1.3.6.1.4.1.4203.1.11.1"`), nil
}
