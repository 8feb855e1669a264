package check

import (
	"slices"
	"testing"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
)

// onSlapd is a configuration with one population on a real slapd.
func onSlapd(s *dirtest.Slapd) *config.Config {
	d := ldapx.Defaults()
	d.Name, d.Kind, d.Servers, d.CAFile = "region", ldapx.OpenLDAP, []string{s.URL}, s.CAFile
	d.BindDN, d.BindPasswordFile, d.PasswordPolicy = s.ServiceDN, s.ServicePasswordFile, s.PolicyDN
	c := config.Defaults()
	c.Directories = []ldapx.Config{d}
	c.Rules = []config.Rules{{Name: "standard", Rules: policy.Rules{MinLength: 8, MinLower: 1, MinUpper: 1, MinDigits: 1, MaxLength: 256}}}
	c.Populations = []config.Population{{Name: "usagers", Reset: &config.Reset{Directory: "region", Rules: "standard", Search: ldapx.Search{
		Base: "ou=usagers," + s.BaseDN, Filter: "(objectClass=inetOrgPerson)", FindBy: []string{"mail", "uid"}, Mail: []string{"mail"}, Identifier: "uid",
	}}}}
	return &c
}

// The rules are read from a real slapd, and what an administrator changes there is found.
func TestRulesOnSlapd(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 3, MaxFailure: 5})
	c := onSlapd(s)
	found := func() (codes []string) {
		for _, f := range rulesArea(c, 0).try(t.Context()) {
			codes = append(codes, f.Code)
		}
		return codes
	}
	expect := func(when string, want ...string) {
		t.Helper()
		if got := found(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, wanted %q", when, got, want)
		}
	}
	expect("as it is", rulesRead, bitsLockout, lockoutOn, historyJudged)
	for _, change := range [][2]string{{"pwdMaxFailure", "0"}, {"pwdInHistory", "0"}, {"pwdMaxLength", "9"}, {"pwdMinLength", "0"}} {
		if err := s.Replace(s.PolicyDN, change[0], change[1]); err != nil {
			t.Fatal(err)
		}
	}
	c.Rules[0].MinLength = 10
	expect("with no lock-out, no history, nine bytes at most", rulesRead, rulesContradict, bitsLow, lockoutOff, historyNone)
	c.Directories[0].PasswordPolicy = ""
	expect("with a policy that nobody names", rulesUnread, bitsUnjudged, lockoutUnknown, historyUntold)
	c.Populations[0].Reset.Filter = "(uid=nobody-at-all)"
	expect("with nobody", rulesUnasked)
	s.Stop()
	expect("with no server", rulesUnasked)
}
