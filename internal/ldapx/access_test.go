package ldapx_test

import (
	"os"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// printed is a block of the document: the first below a heading.
func printed(t *testing.T, heading string) string {
	t.Helper()
	raw, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(string(raw), "\n### "+heading+"\n")
	_, block, begun := strings.Cut(below, "\n```\n")
	block, _, ended := strings.Cut(block, "\n```\n")
	if !found || !begun || !ended {
		t.Fatalf("the document has no block below %q", heading)
	}
	return block
}

// R41: the rules that docs/directories.md prints for slapd are enough, and no more: the service account signs in, finds,
// tells the rules, resets and unlocks, reads nobody's password, and others sign in as before.
func TestPrintedAccessOfSlapd(t *testing.T) {
	suffices(t, dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 2, Access: printed(t, "OpenLDAP")}))
}

// suffices tells whether the service account has the rights that it needs, and none that it must not have.
func suffices(t *testing.T, s *dirtest.Slapd) {
	t.Helper()
	c := config(ldapx.OpenLDAP, &s.Server)
	c.PasswordPolicy = s.PolicyDN
	population := open(t, c).Population(usagers)
	found, err := population.Find(t.Context(), dirtest.Camille.Mail)
	if err != nil || len(found) != 1 || found[0].Demands.MinLength != 10 {
		t.Fatalf("%+v %v", found, err)
	}
	if _, err := population.SetPassword(t.Context(), found[0].ID, secret.New("Rivage-de-pierre-47")); err != nil {
		t.Error(err)
	}
	if err := s.LockOut(dirtest.Camille.DN(s.BaseDN)); err != nil {
		t.Fatal(err)
	}
	if err := population.People().Unlock(t.Context(), found[0].ID); err != nil {
		t.Error(err)
	}
	for dn, password := range map[string]string{dirtest.Camille.DN(s.BaseDN): "Rivage-de-pierre-47", dirtest.Outsider.DN(s.BaseDN): dirtest.InitialPassword} {
		if err := s.Bind(dn, password); err != nil {
			t.Errorf("%s: %v", dn, err)
		}
	}
	for _, of := range []string{dirtest.Camille.DN(s.BaseDN), dirtest.Outsider.DN(s.BaseDN), s.ServiceDN} {
		if hash := passwordSeen(t, &s.Server, of); hash != "" {
			t.Errorf("the service account reads the password of %s", of)
		}
	}
}

// passwordSeen is what the service account sees of a password.
func passwordSeen(t *testing.T, s *dirtest.Server, dn string) string {
	t.Helper()
	conn, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	password, err := s.ServicePassword()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Bind(s.ServiceDN, password); err != nil {
		t.Fatal(err)
	}
	seen, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false, "(objectClass=*)", []string{"userPassword"}, nil))
	if err != nil || len(seen.Entries) != 1 {
		t.Fatalf("%s: %v", dn, err)
	}
	return seen.Entries[0].GetAttributeValue("userPassword")
}
