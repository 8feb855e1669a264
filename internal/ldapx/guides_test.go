package ldapx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
)

// ldifs are the blocks of LDIF of a page of docs, in their order.
func ldifs(t *testing.T, page string) []string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, match := range regexp.MustCompile("(?s)\n```ldif\n(.*?)\n```\n").FindAllStringSubmatch(string(raw), -1) {
		blocks = append(blocks, match[1]+"\n")
	}
	if len(blocks) == 0 {
		t.Fatalf("there is no LDIF in %s", page)
	}
	return blocks
}

// ldapTool runs one of OpenLDAP's programs as the administrator of s.
func ldapTool(t *testing.T, s *dirtest.Server, input, program string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		dirtest.Unable(t, program+" is not installed")
	}
	dn, password := s.Administrator()
	command := exec.Command(path, append([]string{"-x", "-H", s.URL, "-D", dn, "-w", password}, args...)...)
	command.Env = append(os.Environ(), "LDAPTLS_CACERT="+s.CAFile)
	command.Stdin = strings.NewReader(input)
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v %s\n%s", program, args, err, said, input)
	}
}

// R41: what docs/openldap.md has an administrator do is enough, and no more, on a slapd that lets nobody see anything: each of
// its LDIFs is applied, by the programs that it names.
func TestGuideOfOpenLDAP(t *testing.T) {
	const theirs = "access to attrs=userPassword\n  by self write\n  by anonymous auth\n  by * none\n"
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 2, MaxFailure: 3, Access: theirs})
	if err := s.Delete(s.ServiceDN); err != nil { // the page makes it
		t.Fatal(err)
	}
	database, err := s.Database()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Replace(database, "olcDbIndex"); err != nil { // and these
		t.Fatal(err)
	}
	for _, block := range ldifs(t, "openldap.md") {
		ldapTool(t, &s.Server, strings.ReplaceAll(block, "olcDatabase={1}mdb,cn=config", database), "ldapmodify")
	}
	password, err := s.ServicePassword()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ldap.password") // whose newline would be a part of it
	if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.SignsIn(s.ServiceDN, "*"); ok || err != nil {
		t.Errorf("the service account lets somebody in before it has a password: %v", err)
	}
	ldapTool(t, &s.Server, "", "ldappasswd", "-T", file, s.ServiceDN)
	suffices(t, s)
	for range 5 { // nobody locks it out
		if err := s.Bind(s.ServiceDN, "faux"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			t.Fatal(err)
		}
	}
	c := config(ldapx.OpenLDAP, &s.Server)
	c.PasswordPolicy = s.PolicyDN
	if _, err := open(t, c).Population(usagers).Find(t.Context(), dirtest.Camille.Mail); err != nil {
		t.Errorf("after wrong passwords of the service account: %v", err)
	}
}
