package check

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
)

// slapdConfig is a configuration of one population in a directory of the tests.
func slapdConfig(s *dirtest.Slapd) *config.Config {
	d := ldapx.Defaults()
	d.Name, d.Kind, d.Servers, d.CAFile = "region", ldapx.OpenLDAP, []string{s.URL}, s.CAFile
	d.BindDN, d.BindPasswordFile, d.PasswordPolicy = s.ServiceDN, s.ServicePasswordFile, s.PolicyDN
	d.Protected, d.Timeout = []string{dirtest.ProtectedFilter}, 10*time.Second
	usagers := &config.Reset{Directory: "region", Rules: "standard", Wait: 10 * time.Second, Search: ldapx.Search{
		Base: "ou=usagers," + s.BaseDN, Filter: "(objectClass=inetOrgPerson)", FindBy: []string{"mail"}, Mail: []string{"mail"},
		Identifier: "mail", Unlock: true,
	}}
	rules := config.Rules{Name: "standard", Rules: policy.Rules{MinLength: 8, MaxLength: 256, ForbidCommon: true, ForbidIdentity: true}}
	return &config.Config{
		Directories: []ldapx.Config{d}, Rules: []config.Rules{rules},
		Populations: []config.Population{{Name: "usagers", Reset: usagers}},
	}
}

// addPopulation gives a configuration a further population.
func addPopulation(c *config.Config, name string, change func(*ldapx.Search)) {
	r := *c.Populations[0].Reset
	change(&r.Search)
	c.Populations = append(c.Populations, config.Population{Name: name, Reset: &r})
}

// hasFinding tells whether there is a finding of that code in which that stands.
func hasFinding(found []Finding, code, text string) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Code == code && strings.Contains(f.String(), text) })
}

func linesOf(found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

// notOK are the findings that are not ok.
func notOK(found []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return f.Level() == OK })
}

// expected is a code that must be found, and a text that must stand in its line.
type expected struct{ code, text string }

// Each way in which a population can be wrong, on a real server; and a right one, of which nothing is wrong.
func TestPopulations(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 30, ConfigReadable: true})
	everybody := everythingOf(t, s)
	usagers := "ou=usagers," + s.BaseDN
	for _, c := range []struct {
		name  string
		spoil func(*config.Config, *ldapx.Config, *ldapx.Search)
		want  []expected
	}{
		{"a right one", func(*config.Config, *ldapx.Config, *ldapx.Search) {}, []expected{
			{PopulationBase, usagers}, {PopulationFound, "36 people beside the protected"},
			{PopulationEligible, "35 of 36 (97 %) may be; not: 1 LOCKED_BY_ADMINISTRATOR, protected: 1 person"},
			{PopulationMail, "all 35 have one"}, {PopulationShared, "1 address is shared, by 2 people; the most shared one by 2"},
			{PopulationAttribute, "populations[0].reset.find_by: attribute mail"}, {PopulationIndex, "populations[0].reset.find_by: an equality index of mail"},
			{PopulationGuarded, "directories[0].protected[0]"},
		}},
		{"another one beside it", func(c *config.Config, _ *ldapx.Config, _ *ldapx.Search) {
			addPopulation(c, "elus", func(s *ldapx.Search) { s.Base = strings.Replace(s.Base, "usagers", "elus", 1) })
		}, []expected{{PopulationApart, "people who are in usagers too (populations[0].reset): none: neither base is below the other"}}},
		{"one that holds it and leaves its people out", func(c *config.Config, _ *ldapx.Config, search *ldapx.Search) {
			addPopulation(c, "tous", func(s *ldapx.Search) {
				s.Base, s.Filter = "dc=region,dc=example", "(&(objectClass=inetOrgPerson)(!(mail=*exemple.fr)))"
			})
			addPopulation(c, "elus", func(s *ldapx.Search) { s.Base, s.Filter = "dc=region,dc=example", "(uid=*march*)" })
		}, []expected{{PopulationNobody, "populations[1]"}, {PopulationApart, "populations[2].reset: people who are in usagers too (populations[0].reset): none"}}},
		{"one that has people of it", func(c *config.Config, _ *ldapx.Config, _ *ldapx.Search) {
			addPopulation(c, "tous", func(s *ldapx.Search) { s.Base = "DC=Region, dc=example" })
		}, []expected{{PopulationOverlap, "populations[1].reset: people who are in usagers too (populations[0].reset): 36 people. Do:"}}},
		{"a base that is not there", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) { s.Base = "ou=usager,dc=region,dc=example" },
			[]expected{{PopulationNoBase, "populations[0].reset.base: ou=usager,dc=region,dc=example on " + s.URL}}},
		{"a filter that finds nobody", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) { s.Filter = "(objectClass=posixAccount)" },
			[]expected{{PopulationNobody, "it finds nobody"}}},
		{"a filter of an unknown attribute", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) {
			s.Filter = "(&(objectClass=inetOrgPerson)(!(employeType=x)))"
		}, []expected{{PopulationNobody, ""}, {PopulationFilterUnknown, "populations[0].reset.filter: attribute employetype"}}},
		{"a filter of an unknown attribute in one branch", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) {
			s.Filter = "(|(objectClass=inetOrgPerson)(employeType:caseIgnoreMatch:=x))"
		}, []expected{{PopulationFilterUnknown, "attribute employetype"}}},
		{"a protection of an unknown attribute", func(_ *config.Config, d *ldapx.Config, _ *ldapx.Search) { d.Protected = []string{"(membreDe=cn=x)"} },
			[]expected{{PopulationNobody, "it finds people, and of them the filters of `protected` leave nobody"}, {PopulationGuardUnknown, "directories[0].protected[0]: attribute membrede"}, {PopulationUnguarded, ""}}},
		{"a protection of a group that is not there", func(_ *config.Config, d *ldapx.Config, _ *ldapx.Search) {
			d.Protected = []string{"(memberOf=cn=administrateur,ou=groupes,dc=region,dc=example)"}
		}, []expected{{PopulationUnguarded, "directories[0].protected[0]"}}},
		{"a protection of everybody", func(_ *config.Config, d *ldapx.Config, _ *ldapx.Search) {
			d.Protected = []string{"(objectClass=person)"}
		},
			[]expected{{PopulationNobody, "all whom it finds are protected: 37 people"}}},
		{"attributes that are none", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) {
			s.FindBy, s.Mail, s.Identifier = []string{"mails", "mail"}, []string{"email", "courrielPrive"}, "matricule"
		}, []expected{{PopulationAttributeUnknown, "find_by: attribute mails"}, {PopulationAttributeUnknown, "mail: attribute courrielPrive"},
			{PopulationAttributeUnknown, "identifier: attribute matricule"}, {PopulationUnshown, "35 of 35"}, {PopulationNoMail, ""}}},
		{"an attribute that nobody has", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) { s.Mail = []string{"labeledURI"} },
			[]expected{{PopulationNoMail, "none of 35"}}},
		{"an attribute without an index", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) {
			s.FindBy = []string{"rfc822Mailbox", "employeeNumber"}
		},
			[]expected{{PopulationIndex, "index of rfc822Mailbox"}, {PopulationNoIndex, "index of employeeNumber"}}},
		{"names that several people have", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) { s.FindBy = []string{"givenName"} },
			[]expected{{PopulationAmbiguous, "10 texts that are no address name several people"}}},
		{"a name that nobody has", func(_ *config.Config, _ *ldapx.Config, s *ldapx.Search) { s.FindBy = []string{"employeeNumber"} },
			[]expected{{PopulationNoName, "none of 35"}, {PopulationNoIndex, ""}}},
		{"a kind that is another", func(_ *config.Config, d *ldapx.Config, _ *ldapx.Search) { d.Kind = ldapx.ActiveDirectory },
			[]expected{{PopulationUnreadable, "it cannot be read of 36 of 36, for want of userAccountControl"}, {PopulationNoneEligible, "36 UNREADABLE"}}},
		{"an id that nobody has", func(_ *config.Config, d *ldapx.Config, _ *ldapx.Search) {
			d.Kind, d.IDAttribute, d.PasswordPolicy = ldapx.Generic, "employeeNumber", ""
		}, []expected{{PopulationNameless, "36 of 36"}, {PopulationNoneEligible, "36 without a lasting id"}}},
		{"a server that is not there", func(_ *config.Config, d *ldapx.Config, _ *ldapx.Search) { d.Servers = []string{"ldaps://127.0.0.1:1"} },
			[]expected{{PopulationUnasked, "asking directory region"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := slapdConfig(s)
			c.spoil(settings, &settings.Directories[0], &settings.Populations[0].Reset.Search)
			found := inOrder(t.Context(), populations(settings))
			isFound(t, found, c.want)
		})
	}
	if after := everythingOf(t, s); after != everybody {
		t.Errorf("the directory has changed:\n%s\nnow:\n%s", everybody, after)
	}
}

// isFound wants these findings, no others that are not ok, and nothing of a person in any.
func isFound(t *testing.T, found []Finding, want []expected) {
	t.Helper()
	codes := map[string]bool{}
	for _, w := range want {
		codes[w.code] = true
		if !hasFinding(found, w.code, w.text) {
			t.Errorf("no %s with %q", w.code, w.text)
		}
	}
	for _, f := range notOK(found) {
		if !codes[f.Code] {
			t.Errorf("unexpected: %s", f)
		}
	}
	all := linesOf(found)
	for _, p := range []dirtest.Person{dirtest.Camille, dirtest.Gestion, dirtest.Protected, dirtest.LockedForGood, dirtest.Extra(1)} {
		for _, datum := range []string{p.Mail, p.UID, p.Surname} {
			if strings.Contains(strings.ToLower(all), strings.ToLower(datum)) {
				t.Errorf("%q is somebody's", datum)
			}
		}
	}
	if t.Failed() {
		t.Log("\n" + all)
	}
}

// everythingOf is everything that a server has, its own attributes too.
func everythingOf(t *testing.T, s *dirtest.Slapd) string {
	t.Helper()
	all, err := s.Everything()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What is counted of people, where some of them are not as they should be.
func TestPopulationCounts(t *testing.T) {
	const extra = 600 // more than slapd gives at once
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: extra})
	replace := func(i int, attribute string, values ...string) {
		t.Helper()
		if err := s.Replace(dirtest.Extra(i).DN(s.BaseDN), attribute, values...); err != nil {
			t.Fatal(err)
		}
	}
	spoilt := func(c *config.Config) {
		r := &c.Populations[0].Reset.Search
		r.Filter, r.FindBy, r.Identifier = "(|(mail=*foule*)(uid=p0000*)(uid=p0001*))", []string{"mail", "uid"}, "telephoneNumber"
	}
	for i := range 25 {
		replace(100+i, "mail", "la.foule@exemple.fr")
	}
	for i := range 5 {
		replace(1+i, "mail")
	}
	replace(6, "uid", "p00006", "quelquun@exemple.fr")
	replace(7, "mail", "Quelquun@Exemple.fr")
	for i := range 19 {
		replace(1+i, "telephoneNumber", "05")
	}
	replace(8, "telephoneNumber")
	replace(9, "pwdEndTime", "20200101000000Z")
	if err := s.Add("ou=nouveaux,"+s.BaseDN, "objectClass", "organizationalUnit", "ou", "nouveaux"); err != nil {
		t.Fatal(err)
	}
	replica := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	both := filepath.Join(t.TempDir(), "both.pem")
	for _, file := range []string{s.CAFile, replica.CAFile} {
		pem, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.OpenFile(both, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(pem); err != nil || out.Close() != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		spoil  func(*config.Config)
		bounds ldapx.Bounds
		want   []expected
	}{
		{"more than the server gives", func(*config.Config) {}, surveyBounds, []expected{
			{PopulationFound, "at least 500 people (not all were counted: the server gives bind_dn no more at a time)"}, {PopulationCrowded, ""}, {PopulationSomeMail, ""}, {PopulationUnshown, ""}}},
		{"more than are wanted", func(*config.Config) {}, ldapx.Bounds{People: 10, Time: time.Minute}, []expected{
			{PopulationFound, "at least 10 people (not all were counted: these are enough for a check)"}, {PopulationSomeMail, ""}, {PopulationUnshown, ""}}},
		{"no time", func(*config.Config) {}, ldapx.Bounds{People: 10}, []expected{{PopulationUncounted, "it took too long"}}},
		{"people who are not as they should be", spoilt, surveyBounds, []expected{
			{PopulationEligible, "43 of 44 (97 %) may be; not: 1 EXPIRED"}, {PopulationSomeMail, "5 of 43 (11 %) have none"},
			{PopulationShared, "1 address is shared, by 25 people; the most shared one by 25"}, {PopulationCrowded, "1 text names more than 20 people, the worst one 25"},
			{PopulationConfused, "1 text names one person and is"}, {PopulationUnshown, "26 of 43 (60 %)"}}},
		{"a base that is missing on a replica", func(c *config.Config) {
			c.Populations[0].Reset.Base = "ou=nouveaux," + s.BaseDN
			c.Directories[0].Replicas, c.Directories[0].CAFile = []string{replica.URL, "ldaps://127.0.0.1:1"}, both
		}, surveyBounds, []expected{{PopulationNoBase, "on " + replica.URL}, {PopulationNobody, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := slapdConfig(s)
			c.spoil(settings)
			isFound(t, surveyed(t.Context(), settings, 0, c.bounds), c.want)
		})
	}
}
