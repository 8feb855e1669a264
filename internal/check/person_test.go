package check

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
)

// One person explained, on a real server: whom a text names, why not, by which rules, and where a code goes.
func TestPerson(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 3, MaxFailure: 3, Extra: 30})
	dn := func(p dirtest.Person) string { return p.DN(s.BaseDN) }
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(s.GivePolicy(dn(dirtest.Jose), dirtest.StrictPolicy))
	do(s.GivePolicy(dn(dirtest.Fatou), dirtest.YoungPolicy))
	do(s.GivePolicy(dn(dirtest.Extra(1)), "cn=absente,ou=policies,"+s.BaseDN))
	do(s.Replace(dn(dirtest.Extra(2)), "pwdEndTime", "20200101000000Z"))
	do(s.Replace(dn(dirtest.Extra(2)), "pwdAccountLockedTime", "000001010000Z"))
	do(s.Replace(dn(dirtest.Extra(3)), "mail"))
	do(s.LockOut(dn(dirtest.Extra(4))))
	do(s.KeepPassword(dn(dirtest.Fatou)))
	for i := range 22 {
		do(s.Replace(dn(dirtest.Extra(8+i)), "givenName", "Foule"))
	}
	before := everythingOf(t, s)
	two := func(c *config.Config) {
		addPopulation(c, "elus", func(s *ldapx.Search) {
			s.Base, s.FindBy = strings.Replace(s.Base, "usagers", "elus", 1), []string{"mail", "uid"}
		})
	}
	by := func(names ...string) func(*config.Config) {
		return func(c *config.Config) { c.Populations[0].Reset.FindBy = names }
	}
	none := func(*config.Config) {}
	for _, c := range []struct {
		name, typed string
		spoil       func(*config.Config)
		want        []expected
	}{
		{"a person", dirtest.Camille.Mail, none, []expected{
			{PersonEligible, dn(dirtest.Camille) + ": found by mail; the visitor is shown the identifier camille.durand@exemple.fr as c…@…"},
			{PersonMail, "camille.durand@exemple.fr, which no page shows but as c…@…"}, {PersonMail, "for 1 account"},
			{PersonPolicy, s.PolicyDN}, {PersonPolicy, "pwdMinLength=10"}, {PersonState, ""}, {PersonLimits, ""},
			{PersonRules, "length 10 (rules 8, directory 10)"}, {PersonRules, "max-length 256 (rules 256)"}, {PersonRules, "identity (rules)"},
			{PersonRules, "none of the last 3 passwords (directory)"}}},
		{"in capitals", strings.ToUpper(dirtest.Camille.Mail), none, []expected{{PersonEligible, dn(dirtest.Camille)}}},
		{"a policy of one's own", dirtest.Jose.Mail, none, []expected{{PersonPolicy, dirtest.StrictPolicy}, {PersonRules, "length 14 (rules 8, directory 14)"},
			{PersonRules, "max-size 40 (directory 40)"}}},
		{"a policy that cannot be read", dirtest.Extra(1).Mail, none, []expected{{PersonHiddenPolicy, "cn=absente"}, {PersonRules, "others of the directory's"}}},
		{"no policy", dirtest.Camille.Mail, func(c *config.Config) { c.Directories[0].PasswordPolicy = "" }, []expected{{PersonNoPolicy, "nor does password_policy"}}},
		{"a recent password", dirtest.Fatou.Mail, none, []expected{{PersonTooYoung, "no other password before"}, {PersonPolicy, "pwdMinAge=86400"}}},
		{"locked out", dirtest.Extra(4).Mail, none, []expected{{PersonLocked, "somebody ends it"}, {PersonEligible, ""}}},
		{"no address", dirtest.Extra(3).UID, by("uid"), []expected{{PersonEligible, "found by uid; it has no mail to be shown"}, {PersonNoMail, "has no address in mail"}}},
		{"two of one address", dirtest.Gestion.Mail, none, []expected{{PersonEligible, dn(dirtest.Gestion)}, {PersonEligible, dn(dirtest.Intendance)}, {PersonMail, "2 accounts"}}},
		{"two of one name", "Martial", by("givenName", "sn"), []expected{{PersonEligible, dn(dirtest.Intendance)}}},
		{"protected", dirtest.Protected.Mail, none, []expected{
			{PersonProtected, "it matches protected[0] of directory region, " + dirtest.ProtectedFilter}, {PersonNoneEligible, ""}}},
		{"a protection that nobody can judge", dirtest.Camille.Mail, func(c *config.Config) { c.Directories[0].Protected = []string{"(foo=bar)"} }, []expected{
			{PersonProtected, "the server cannot tell whether it matches protected[0]"}, {PersonNoneEligible, ""}}},
		{"two reasons", dirtest.Extra(2).Mail, none, []expected{{PersonBarred, "LOCKED_BY_ADMINISTRATOR: an administrator has locked the account, which a reset would open (pwdAccountLockedTime=000001010000Z)"},
			{PersonBarred, "EXPIRED: the account, not its password, has ended (pwdEndTime=20200101000000Z)"}, {PersonNoneEligible, ""}}},
		{"of another population", dirtest.Helene.Mail, two, []expected{{PersonNotFound, ""}, {PersonOutsideBase, dn(dirtest.Helene)},
			{PersonElsewhere, "population elus: " + dn(dirtest.Helene) + " is found there, and may be reset"}}},
		{"of no population", "ssprd", by("cn"), []expected{{PersonNotFound, ""}, {PersonOutsideBase, s.ServiceDN}, {PersonOutsideFilter, "(objectClass=inetOrgPerson)"}}},
		{"by another attribute", dirtest.Camille.UID, none, []expected{{PersonNotFound, ""}, {PersonOtherName, "it has the text as uid, and people are found by mail"}}},
		{"a filter that leaves out", dirtest.Camille.Mail, func(c *config.Config) { c.Populations[0].Reset.Filter = "(uid=p*)" },
			[]expected{{PersonNotFound, ""}, {PersonOutsideFilter, "(uid=p*)"}}},
		{"an id that is none", dirtest.Camille.Mail, func(c *config.Config) {
			c.Directories[0].Kind, c.Directories[0].IDAttribute = ldapx.Generic, "employeeNumber"
		},
			[]expected{{PersonNameless, ""}, {PersonNoneEligible, ""}}},
		{"another kind", dirtest.Camille.Mail, func(c *config.Config) { c.Directories[0].Kind = ldapx.ActiveDirectory },
			[]expected{{PersonBarred, "UNREADABLE: the service account cannot read whether it may be reset (userAccountControl=(not readable))"}, {PersonNameless, ""}, {PersonNoneEligible, ""}}},
		{"too many", "Foule", by("givenName"), []expected{{PersonCrowded, "more than 20"}, {PersonEligible, ""}, {PersonNoMail, "different first addresses"}}},
		{"nobody", "personne@exemple.fr", none, []expected{{PersonNotFound, `"personne@exemple.fr" below dc=region,dc=example by mail`}}},
		{"no base", dirtest.Camille.Mail, func(c *config.Config) { c.Populations[0].Reset.Base = "ou=x,dc=nowhere" }, []expected{{PersonNotFound, "No Such Object"}}},
		{"everybody", "*", none, []expected{{PersonNotFound, "no entry has the text"}}},
		{"a filter", "*)(objectClass=*", none, []expected{{PersonNotFound, "no entry has the text"}}},
		{"an escape", `\2a\`, none, []expected{{PersonNotFound, "no entry has the text"}}},
		{"a group's end", "x)(uid=camille.durand))(|(uid=*", none, []expected{{PersonNotFound, "no entry has the text"}}},
		{"nothing", "", none, []expected{{PersonUnnameable, "0 bytes"}}},
		{"too long", strings.Repeat("a", 255), none, []expected{{PersonUnnameable, "255 bytes"}}},
		{"as long as can be", strings.Repeat("a", 254), none, []expected{{PersonNotFound, ""}}},
		{"a null", "camille\x00", none, []expected{{PersonUnnameable, ""}}},
		{"no text", "camille\xff", none, []expected{{PersonUnnameable, ""}}},
		{"no server", dirtest.Camille.Mail, func(c *config.Config) { c.Directories[0].Servers = []string{"ldaps://127.0.0.1:1"} }, []expected{{PersonUnasked, ""}}},
		{"no server of another population", dirtest.Camille.Mail, func(c *config.Config) {
			two(c)
			away := c.Directories[0]
			away.Name, away.Servers = "autre", []string{"ldaps://127.0.0.1:1"}
			c.Directories, c.Populations[1].Reset.Directory = append(c.Directories, away), "autre"
		}, []expected{{PersonElsewhereUnknown, "population elus"}, {PersonEligible, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := slapdConfig(s)
			c.spoil(settings)
			areExplained(t, Person(t.Context(), settings, 0, c.typed), c.want)
		})
	}
	if everythingOf(t, s) != before {
		t.Error("the directory has changed")
	}
}

// areExplained wants these findings, and no others that are not ok.
func areExplained(t *testing.T, found []Finding, want []expected) {
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
	if t.Failed() {
		t.Log("\n" + linesOf(found))
	}
}

// A test person is reset as the portal resets, on every server, and nobody else is touched; nothing tells the new password.
func TestChangeTestPerson(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 3, Extra: 3})
	replica := s.StartReplica(t)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dn := func(p dirtest.Person) string { return p.DN(s.BaseDN) }
	do(s.GivePolicy(dn(dirtest.Extra(1)), dirtest.YoungPolicy))
	do(s.KeepPassword(dn(dirtest.Extra(1))))
	do(s.GivePolicy(dn(dirtest.Extra(2)), dirtest.ForcedPolicy))
	do(s.GivePolicy(dn(dirtest.Extra(3)), dirtest.LastingPolicy))
	none := func(*config.Config) {}
	for _, c := range []struct {
		name, typed string
		spoil       func(*config.Config)
		changed     []dirtest.Person
		want        []expected
	}{
		{"two people", dirtest.Gestion.Mail, none, nil, []expected{{ChangeNotOne, "it names 2 people or more"}}},
		{"somebody else who is protected", "Agathe", func(c *config.Config) {
			c.Populations[0].Reset.FindBy, c.Directories[0].Protected = []string{"givenName", "sn"}, []string{"(uid=agathe.vidal)"}
		}, nil, []expected{{ChangeNotOne, "whom it names may not be reset"}, {PersonProtected, ""}}},
		{"nobody", "*", none, nil, []expected{{ChangeNotOne, "it names nobody"}}},
		{"nothing", "", none, nil, []expected{{PersonUnnameable, ""}}},
		{"rules that leave no room", dirtest.Camille.Mail, func(c *config.Config) { c.Rules[0].MaxLength, c.Rules[0].MinSymbols = 10, 10 }, nil,
			[]expected{{ChangeNoDraw, "they leave no room: length 10"}}},
		{"a list that is not there", dirtest.Camille.Mail, func(c *config.Config) { c.Rules[0].BreachedFile = "/no/such/list" }, nil,
			[]expected{{ChangeNoDraw, "/no/such/list"}}},
		{"no server", dirtest.Camille.Mail, func(c *config.Config) { c.Directories[0].Servers = []string{"ldaps://127.0.0.1:1"} }, nil, []expected{{ChangeUnasked, ""}}},
		{"a policy that lets nobody", dirtest.Extra(3).Mail, none, nil, []expected{{ChangeRefused, "PWD_SAFE_MODIFY"}}},
		{"a recent password", dirtest.Extra(1).Mail, none, nil, []expected{{ChangeRefused, "PWD_TOO_YOUNG"}}},
		{"one person", dirtest.Camille.Mail, none, []dirtest.Person{dirtest.Camille}, []expected{
			{ChangeWritten, s.URL + " has taken a new password"}, {ChangeReached, s.URL + ": it has made the change"}, {ChangeReached, replica.URL + ": after "},
			{ChangeSignIn, "on " + s.URL + ": it is let in"}, {ChangeSignIn, "on " + replica.URL + ": it is let in"}, {ChangeDone, "thrown away"}}},
		{"a change that is due again", dirtest.Extra(2).Mail, none, []dirtest.Person{dirtest.Extra(2)}, []expected{{ChangeMust, ""}, {ChangeSignIn, "the password is the right one"}}},
		{"a replica that is not there", dirtest.Camille.Mail, func(c *config.Config) {
			c.Directories[0].Replicas, c.Populations[0].Reset.Wait = []string{"ldaps://127.0.0.1:1"}, time.Second
		}, []dirtest.Person{dirtest.Camille}, []expected{{ChangeUnreached, "127.0.0.1:1"}, {ChangeNoSignIn, "127.0.0.1:1"}, {ChangeReached, s.URL}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := slapdConfig(s)
			settings.Directories[0].Replicas = []string{replica.URL}
			c.spoil(settings)
			before := everythingOf(t, s)
			found := ChangeTestPerson(t.Context(), settings, 0, c.typed)
			areExplained(t, found, c.want)
			for _, line := range strings.Split(everythingOf(t, s), "\n") {
				theirs := false
				for _, p := range c.changed {
					theirs = theirs || strings.HasPrefix(line, dn(p)+" ")
				}
				if !theirs && !strings.Contains(line, "contextCSN") && !strings.Contains(before, line) {
					t.Errorf("this has changed: %s", line)
				}
			}
			for _, p := range c.changed {
				if ok, err := s.SignsIn(dn(p), dirtest.InitialPassword); err != nil || ok {
					t.Errorf("the former password of %s: %v, %v", p.UID, ok, err)
				}
				if all, err := json.Marshal(found); err != nil || tells(t, s, dn(p), string(all)) {
					t.Errorf("the new password is told: %s, %v", all, err)
				}
			}
		})
	}
}

// tells tells whether a word of a text is somebody's password.
func tells(t *testing.T, s *dirtest.Slapd, dn, text string) bool {
	t.Helper()
	tried := map[string]bool{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \",;:()", r) }) {
		if len(word) < 10 || tried[word] {
			continue
		}
		tried[word] = true
		if ok, err := s.SignsIn(dn, word); err == nil && ok {
			return true
		}
	}
	return false
}
