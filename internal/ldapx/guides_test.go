package ldapx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
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
	if ok, err := s.SignsIn(s.ServiceDN, "*"); ok || err != nil {
		t.Errorf("the service account lets somebody in before it has a password: %v", err)
	}
	signsIn(t, &s.Server)
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

// R41: what docs/389ds.md has an administrator do is enough, on a server that lets the service account see and do nothing. Its ACIs
// are those that Test389DS runs with.
func TestGuideOf389DS(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{})
	for _, access := range dirtest.DS389Access() {
		if err := s.Replace(access[0], "aci"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(s.ServiceDN); err != nil { // the page makes it
		t.Fatal(err)
	}
	page := strings.Join(ldifs(t, "389ds.md"), "\n")
	for _, access := range dirtest.DS389Access() {
		if !slices.ContainsFunc(strings.Split(page, "\n\n"), func(change string) bool {
			return strings.HasPrefix(strings.TrimSpace(change), "dn: "+access[0]+"\n") && strings.Contains(change+"\n", "\naci: "+access[1]+"\n")
		}) {
			t.Errorf("the page lacks, of %s:\naci: %s", access[0], access[1])
		}
	}
	ldapTool(t, &s.Server, page, "ldapmodify")
	signsIn(t, &s.Server)

	population := open(t, config(ldapx.DS389, &s.Server)).Population(usagers)
	found, err := population.Find(t.Context(), dirtest.Camille.Mail)
	if err != nil || len(found) != 1 {
		t.Fatalf("%+v %v", found, err)
	}
	if _, err := population.SetPassword(t.Context(), found[0].ID, secret.New("Rivage-de-pierre-47")); err != nil {
		t.Error(err)
	}
	if err := population.People().Unlock(t.Context(), found[0].ID); err != nil {
		t.Error(err)
	}
	if err := s.Bind(dirtest.Camille.DN(s.BaseDN), "Rivage-de-pierre-47"); err != nil {
		t.Error(err)
	}
	if hash := passwordSeen(t, &s.Server, dirtest.Camille.DN(s.BaseDN)); hash != "" {
		t.Error("the service account reads a password")
	}
}

// signsIn gives the service account the password of its file, as the pages say.
func signsIn(t *testing.T, s *dirtest.Server) {
	t.Helper()
	password, err := s.ServicePassword()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ldap.password") // whose newline would be a part of it
	if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	ldapTool(t, s, "", "ldappasswd", "-T", file, s.ServiceDN)
}

// R41: what docs/active-directory.md has granted by samba-tool is what TestActiveDirectory runs with; its commands for Windows, which
// nothing here can run, name the same rights.
func TestGuideOfActiveDirectory(t *testing.T) {
	raw, err := os.ReadFile("../../docs/active-directory.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	if !strings.Contains(page, `--sddl="`+dirtest.SambaDelegation("SID")+`"`) {
		t.Errorf("the page does not grant %s", dirtest.SambaDelegation("SID"))
	}
	_, powershell, _ := strings.Cut(page, "\nImport-Module ActiveDirectory\n")
	powershell, _, _ = strings.Cut(powershell, "\n```\n")
	for _, id := range regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindAllString(dirtest.SambaDelegation(""), -1) {
		if !strings.Contains(powershell, `[guid]"`+id+`"`) {
			t.Errorf("the page does not grant %s by PowerShell", id)
		}
	}
}
