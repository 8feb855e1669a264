package check

import (
	"testing"

	"ssprd/internal/config"
	"ssprd/internal/desk"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
)

// A helpdesk on a real slapd: as it ought to be, and with each of the mistakes of administrators.
func TestHelpdesk(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	group := func(name string, members ...string) string {
		dn := "cn=" + name + ",ou=groupes," + s.BaseDN
		values := []string{"objectClass", "groupOfNames", "cn", name, "member", members[0]}
		if err := s.Add(dn, values...); err != nil {
			t.Fatal(err)
		}
		for _, more := range members[1:] {
			if err := s.AddValue(dn, "member", more); err != nil {
				t.Fatal(err)
			}
		}
		return dn
	}
	helene, bernard := dirtest.Helene.DN(s.BaseDN), dirtest.Bernard.DN(s.BaseDN)
	both, one, nobody := group("both", helene, bernard), group("one", helene), group("nobody", s.ServiceDN)
	role := func(group string, may ...string) desk.Role {
		return desk.Role{Group: group, Populations: []string{"usagers"}, May: append(may, "view")}
	}
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   []string
	}{
		"as it ought to be":       {func(*config.Config) {}, []string{HelpdeskOK}},
		"a group that is not":     {func(c *config.Config) { c.Helpdesk.Roles[0].Group = "cn=none," + s.BaseDN }, []string{HelpdeskNoGroup, HelpdeskApprovers}},
		"nobody":                  {func(c *config.Config) { c.Helpdesk.Roles[0].Group = nobody }, []string{HelpdeskNobody, HelpdeskApprovers}},
		"one who may agree":       {func(c *config.Config) { c.Helpdesk.Roles[0].Group = one }, []string{HelpdeskOK, HelpdeskApprovers}},
		"no agreement":            {func(c *config.Config) { c.Helpdesk.Roles[0], c.Helpdesk.Approval = role(one), nil }, []string{HelpdeskOK}},
		"passwords alone, to all": {func(c *config.Config) { c.Helpdesk.SecondFactor, c.Helpdesk.Listen = "none", ":8081" }, []string{HelpdeskOneFactor, HelpdeskExposed, HelpdeskOK}},
		"agents who are users": {func(c *config.Config) {
			c.Populations = append(c.Populations, config.Population{Name: "elus", Reset: &config.Reset{Directory: "region", Search: ldapx.Search{
				Base: "ou=elus," + s.BaseDN, Filter: "(objectClass=inetOrgPerson)"}}})
		}, []string{HelpdeskOK, HelpdeskMailbox}},
		"agents who are protected": {func(c *config.Config) {
			c.Directories[0].Protected = []string{"(ou=*)", "(objectClass=inetOrgPerson)"}
			c.Populations[0].Reset.Base = s.BaseDN
		}, []string{HelpdeskOK}},
		"a base that is not": {func(c *config.Config) { c.Helpdesk.Base = "ou=none," + s.BaseDN }, []string{HelpdeskNobody, HelpdeskApprovers}},
		"no server":          {func(c *config.Config) { c.Directories[0].Servers = []string{"ldaps://127.0.0.1:1"} }, []string{HelpdeskUnasked}},
	} {
		t.Run(name, func(t *testing.T) {
			all := onSlapd(s)
			all.Helpdesk.Enabled, all.Helpdesk.Directory, all.Helpdesk.Base, all.Helpdesk.FindBy = true, "region", "ou=elus,"+s.BaseDN, []string{"uid"}
			all.Helpdesk.Roles, all.Helpdesk.Approval = []desk.Role{role(both, "approve")}, []string{"usagers"}
			c.change(all)
			expect(t, tried(t, helpdesk(all)), c.want...)
		})
	}
}

func TestJudgeRole(t *testing.T) {
	m := ldapx.Members{Known: true, DNs: []string{"cn=a", "cn=b", "cn=c", "cn=d"}, Mute: []string{"cn=b"}}
	expect(t, judgeRole("k", "g", m, "mail"), HelpdeskNoMail)
	found := judgeRole("k", "g", m, "none")
	expect(t, found, HelpdeskOK)
	if found[0].Seen != "4: cn=a; cn=b; cn=c, …" {
		t.Error(found[0].Seen)
	}
}
