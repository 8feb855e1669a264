package dirtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"ssprd/internal/child"
)

const (
	sambaBase          = "DC=siege,DC=example"
	sambaRealm         = "SIEGE.EXAMPLE"
	sambaAdmin         = "CN=Administrator,CN=Users," + sambaBase
	sambaAdminPassword = "Administrateur-2026!"
	sambaService       = "CN=ssprd,OU=Services," + sambaBase
	sambaServicePass   = "Service-de-test-2026!"
)

// Samba is a running Active Directory domain controller. BaseDN is DC=siege,DC=example; it asks for passwords of 7
// characters, complex, whose age does not matter, until a test changes that.
type Samba struct {
	Server

	dir        string
	serviceSID string // of the service account, whom rights are given to
}

// StartSamba starts a domain controller with the people of this package. Its ports are those of the protocol (389, 636,
// 3268, 3269), so only one runs on a machine: the others, in other test processes too, wait for their turn. It needs
// root, ends with the test, and stands for Windows only as far as directories differ little: it does not look for names
// in passwords and, before version 4.24, has no policy hints control.
func StartSamba(t testing.TB) *Samba {
	t.Helper()
	Need(t, "samba", "samba-tool")
	if os.Geteuid() != 0 {
		Unable(t, "a domain controller needs ports below 1024: run as root")
	}
	takeTurn(t)
	s, err := newSamba(t)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.process != nil {
			s.process.Kill()
		}
	})
	if err := errors.Join(s.provision(), s.Restart()); err != nil {
		t.Fatal(err)
	}
	if err := s.populate(); err != nil {
		t.Fatal(err)
	}
	return s
}

// takeTurn waits until no other test has a domain controller, and gives the turn on when this one ends. The kernel
// gives it on for a process that dies.
func takeTurn(t testing.TB) {
	t.Helper()
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), "ssprd-test-samba.lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Close() })

	free, err := net.Listen("tcp4", "127.0.0.1:636")
	if err != nil {
		t.Fatalf("a server that is none of these tests has the port of LDAP over TLS: %v", err)
	}
	_ = free.Close()
}

func newSamba(t testing.TB) (*Samba, error) {
	dir, err := os.MkdirTemp("", "dc") // short, for the sake of the Unix sockets in it: 107 bytes (unix(7))
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	tls := filepath.Join(dir, "private", "tls")
	s := &Samba{dir: dir}
	s.Server = Server{
		URL: "ldaps://127.0.0.1:636", PlainURL: "ldap://127.0.0.1:389",
		CAFile: filepath.Join(tls, "ca.pem"), BaseDN: sambaBase,
		ServiceDN: sambaService, ServicePasswordFile: filepath.Join(dir, "service.password"),
		adminDN: sambaAdmin, adminPassword: sambaAdminPassword,
		// Only the LDAP service is wanted. The schema is extended by populate. A domain controller takes the former
		// password for another hour (smb.conf(5)), Samba 4.17 at a simple bind too: here a test can see it end.
		command: []string{program("samba"), "-F", "--no-process-group", "--model=single", "-d", "0", "--debug-stdout",
			"-s", filepath.Join(dir, "etc", "smb.conf"),
			"--option=server services=ldap", "--option=dsdb:schema update allowed=yes",
			"--option=old password allowed period=0"},
	}
	return s, writeSecret(s.ServicePasswordFile, sambaServicePass)
}

// domainVariable names the environment variable with the folder that keeps a new domain for the tests of all packages, which
// takes eight seconds to make. The first test makes it, while no other has its turn.
const domainVariable = "TESTED_DOMAIN"

// provision makes the domain's database and gives the server its certificate.
func (s *Samba) provision() error {
	kept := os.Getenv(domainVariable)
	err := os.ErrNotExist
	if kept != "" {
		err = copyDomain(kept, s.dir)
	}
	if errors.Is(err, os.ErrNotExist) {
		err = s.newDomain()
		if err == nil && kept != "" {
			err = copyDomain(s.dir, kept)
		}
	}
	if err != nil {
		return err
	}
	authority, err := NewAuthority(s.CAFile)
	if err != nil {
		return err
	}
	return authority.issueIn(filepath.Dir(s.CAFile))
}

func (s *Samba) newDomain() error {
	_, err := child.Run(program("samba-tool"), "domain", "provision", "--server-role=dc", "--dns-backend=NONE",
		"--realm="+sambaRealm, "--domain=SIEGE", "--adminpass="+sambaAdminPassword, "--targetdir="+s.dir,
		"--host-ip=127.0.0.1", "--host-name=dc1",
		"--option=interfaces=127.0.0.1", "--option=bind interfaces only=yes",
		"--option=log file="+filepath.Join(s.dir, "log.%m"))
	return err
}

// copyDomain copies a domain that no server is running on. The one file that names its folder is the last to be there.
func copyDomain(from, to string) error {
	conf, err := os.ReadFile(filepath.Join(from, "etc", "smb.conf"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(to, "etc"), 0o700); err != nil {
		return err
	}
	for _, folder := range []string{"bind-dns", "private", "state"} {
		if _, err := child.Run("cp", "-a", filepath.Join(from, folder), to); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(to, "etc", "smb.conf"), bytes.ReplaceAll(conf, []byte(from), []byte(to)), 0o600)
}

// SetMinPwdLength changes how many characters the domain asks for: it then refuses what ssprd's own rules let through.
func (s *Samba) SetMinPwdLength(n int) error {
	return s.Replace(sambaBase, "minPwdLength", strconv.Itoa(n))
}

// delegate lets the service account replace passwords and end lock-outs in OU=Agents, as an administrator's delegation
// would: the right Reset Password, reading of everything, writing of lockoutTime and pwdLastSet (MS-ADTS 5.1.3.2.1 for
// the right's name, the schema for the attributes'). The rules of the domain's head and msDS-ResultantPSO are then
// readable too; the settings that the latter names are so to administrators alone, until AddPSO grants it.
func (s *Samba) delegate() error {
	return s.grant("OU=Agents,"+sambaBase, SambaDelegation(s.serviceSID))
}

// SambaDelegation is what docs/active-directory.md tells to grant to the account of a SID.
func SambaDelegation(sid string) (entries string) {
	const user = "bf967aba-0de6-11d0-a285-00aa003049e2"
	for _, e := range []struct{ rights, object string }{
		{"CR", "00299570-246d-11d0-a768-00aa006e0529"},
		{"RPWP", "28630ebf-41d5-11d1-a9c1-0000f80367c1"},
		{"RPWP", "bf967a0a-0de6-11d0-a285-00aa003049e2"},
		{"RP", ""},
	} {
		entries += fmt.Sprintf("(OA;CIIO;%s;%s;%s;%s)", e.rights, e.object, user, sid)
	}
	return entries
}

// grant adds access control entries (MS-DTYP 2.5.1.1) to an object.
func (s *Samba) grant(dn, entries string) error {
	_, err := child.Run(program("samba-tool"), "dsacl", "set", "-H", filepath.Join(s.dir, "private", "sam.ldb"),
		"-s", filepath.Join(s.dir, "etc", "smb.conf"), "--objectdn="+dn, "--sddl="+entries)
	return err
}
