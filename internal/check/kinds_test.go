package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
)

// kindConfig is a configuration of one population in a directory of that kind.
func kindConfig(kind string, s *dirtest.Server, protected string, search ldapx.Search) *config.Config {
	d := ldapx.Defaults()
	d.Name, d.Kind, d.Servers, d.CAFile, d.Timeout = "siege", kind, []string{s.URL}, s.CAFile, 10*time.Second
	d.BindDN, d.BindPasswordFile, d.Protected = s.ServiceDN, s.ServicePasswordFile, []string{protected}
	rules := config.Rules{Name: "staff", Rules: policy.Rules{MinLength: 12, MaxLength: 256, ForbidCommon: true, ForbidIdentity: true}}
	return &config.Config{
		Directories: []ldapx.Config{d}, Rules: []config.Rules{rules},
		Populations: []config.Population{{Name: "agents", Reset: &config.Reset{Directory: "siege", Rules: "staff", Wait: 10 * time.Second, Search: search}}},
	}
}

// R41: a domain controller takes seconds to start: one for all, and last those who spoil the service account.
func TestActiveDirectory(t *testing.T) {
	s := dirtest.StartSamba(t)
	t.Run("people", func(t *testing.T) { peopleOfActiveDirectory(t, s) })
	t.Run("servers", func(t *testing.T) { serversOfActiveDirectory(t, s) })
}

// R41: the same for 389 Directory Server.
func TestDS389(t *testing.T) {
	s := dirtest.StartDS389(t, dirtest.DS389Options{})
	t.Run("people", func(t *testing.T) { peopleOfDS389(t, s) })
	t.Run("servers", func(t *testing.T) { serversOfDS389(t, s) })
}

// What only Active Directory has: attributes and indexes in its schema, reasons of its own, rules of a PSO or of the domain.
func peopleOfActiveDirectory(t *testing.T, s *dirtest.Samba) {
	for _, p := range []dirtest.PSO{
		{Name: "longs", Precedence: 10, MinLength: 14, Complex: true, InHistory: 5, Readable: true},
		{Name: "illisible", Precedence: 20, MinLength: 18, Complex: true},
	} {
		if err := s.AddPSO(p); err != nil {
			t.Fatal(err)
		}
	}
	for name, p := range map[string]dirtest.Person{"longs": dirtest.Sophie, "illisible": dirtest.Accueil} {
		if err := s.ApplyPSO(name, p.DN(s.BaseDN)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.LockOut(dirtest.Theo.DN(s.BaseDN)); err != nil {
		t.Fatal(err)
	}
	agents := func() *config.Config {
		return kindConfig(ldapx.ActiveDirectory, &s.Server, "(adminCount=1)", ldapx.Search{
			Base: "OU=Agents," + s.BaseDN, Filter: "(&(objectCategory=person)(objectClass=user))", FindBy: []string{"mail", "sAMAccountName"},
			Mail: []string{"extensionAttribute1"}, Identifier: "sAMAccountName", Unlock: true,
		})
	}
	before := agentsOf(t, s)
	t.Run("the population", func(t *testing.T) {
		isFound(t, inOrder(t.Context(), populations(agents())), []expected{
			{PopulationEligible, "4 of 7 (57 %) may be; not: 1 DISABLED, 1 EXPIRED, 1 SMARTCARD_ONLY, protected: 1 person"},
			{PopulationAttribute, "attribute extensionAttribute1"}, {PopulationIndex, "index of sAMAccountName"}, {PopulationIndex, "index of mail"},
			{PopulationMail, "all 4"}, {PopulationShared, "1 address"}, {PopulationGuarded, "adminCount"},
		})
	})
	t.Run("attributes that are none, or have no index", func(t *testing.T) {
		c := agents()
		c.Populations[0].Reset.FindBy, c.Populations[0].Reset.Mail = []string{"extensionAttribute1", "employeeID"}, []string{"extensionAttribut1", "mail"}
		c.Directories[0].Protected = []string{"(memberOff=CN=x)"}
		isFound(t, inOrder(t.Context(), populations(c)), []expected{
			{PopulationNoIndex, "extensionAttribute1"}, {PopulationAttributeUnknown, "extensionAttribut1"}, {PopulationGuardUnknown, "memberoff"},
			{PopulationUnguarded, ""}, {PopulationNoIndex, "employeeID"},
		})
	})
	for _, c := range []struct {
		typed string
		want  []expected
	}{
		{dirtest.Sophie.Mail, []expected{{PersonEligible, "CN=Sophie Lacoste,OU=Agents"}, {PersonMail, dirtest.Sophie.Private}, {PersonPolicy, "CN=longs"},
			{PersonPolicy, "msDS-MinimumPasswordLength=14"}, {PersonRules, "length 14 (rules 12, directory 14)"}, {PersonState, "not locked out"}}},
		{dirtest.Theo.UID, []expected{{PersonLocked, "until"}, {PersonPolicy, "policy dc=siege,dc=example"}, {PersonPolicy, "minPwdLength=7"},
			{PersonRules, "length 12 (rules 12, directory 7)"}}},
		{dirtest.Accueil.UID, []expected{{PersonHiddenPolicy, "CN=illisible"}, {PersonPolicy, "policy dc=siege,dc=example"}, {PersonRules, "others of the directory's"}}},
		{dirtest.Disabled.Mail, []expected{{PersonBarred, "DISABLED: the account is disabled, or has not begun (userAccountControl=514)"}, {PersonNoneEligible, ""}}},
		{dirtest.Privileged.Mail, []expected{{PersonBarred, "PRIVILEGED"}, {PersonProtected, "(adminCount=1)"}, {PersonNoneEligible, ""}}},
		{dirtest.Director.Mail, []expected{{PersonOutsideBase, "CN=Paul Servan,OU=Direction"}, {PersonNotFound, ""}}},
	} {
		t.Run(c.typed, func(t *testing.T) { areExplained(t, Person(t.Context(), agents(), 0, c.typed), c.want) })
	}
	if agentsOf(t, s) != before {
		t.Error("somebody has been changed")
	}
	t.Run("a change", func(t *testing.T) {
		c := agents()
		c.Directories[0].Replicas = []string{strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
		areExplained(t, ChangeTestPerson(t.Context(), c, 0, dirtest.Sophie.Mail), []expected{
			{ChangeWritten, ""}, {ChangeReached, "localhost"}, {ChangeSignIn, "on " + s.URL}, {ChangeSignIn, "localhost"}, {ChangeDone, ""}})
	})
}

// agentsOf is all that the domain has of its agents. The service account itself is changed by each of its binds.
func agentsOf(t *testing.T, s *dirtest.Samba) string {
	t.Helper()
	all, err := s.Everything()
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.DeleteFunc(strings.Split(all, "\n"), func(line string) bool { return !strings.Contains(line, ",OU=Agents,") })
	return strings.Join(lines, "\n")
}

// What only 389 Directory Server has: indexes where they can be read, and a policy of one's own.
func peopleOfDS389(t *testing.T, s *dirtest.DS389) {
	c := kindConfig(ldapx.DS389, &s.Server, dirtest.ProtectedFilter, ldapx.Search{
		Base: "ou=usagers," + s.BaseDN, Filter: "(objectClass=inetOrgPerson)", FindBy: []string{"mail"}, Mail: []string{"mail"}, Identifier: "mail",
	})
	isFound(t, inOrder(t.Context(), populations(c)), []expected{{PopulationEligible, ""}, {PopulationAttribute, "attribute mail"}, {PopulationIndexUntold, "mail"}})
	const backends = "cn=ldbm database,cn=plugins,cn=config"
	if err := s.AddValue(backends, "aci", `(targetattr="*")(version 3.0; acl "indexes"; allow (read,search,compare) userdn="ldap:///`+s.ServiceDN+`";)`); err != nil {
		t.Fatal(err)
	}
	c.Populations[0].Reset.FindBy = []string{"mail", "employeeNumber"}
	isFound(t, inOrder(t.Context(), populations(c)), []expected{{PopulationIndex, "mail"}, {PopulationNoIndex, "employeeNumber"}})
	areExplained(t, Person(t.Context(), c, 0, dirtest.Camille.Mail), []expected{{PersonPolicy, "cn=config"}, {PersonRules, "length 12"}})
	areExplained(t, ChangeTestPerson(t.Context(), c, 0, dirtest.Camille.Mail), []expected{{ChangeReached, ""}, {ChangeSignIn, ""}})
}
