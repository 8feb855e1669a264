package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"ssprd/internal/check"
	"ssprd/internal/dirtest"
)

// What does not go together is wrong usage, and a population that is not there is told with those that are; nothing is asked.
func TestCheckOnePersonUsage(t *testing.T) {
	path := written(t, t.TempDir(), "populations: [", `populations: [{name: other, label: "Other", link: {url: "https://www.example.org/"}}, `+
		`{name: second, label: "Second", reset: {directory: main, base: "ou=x,dc=example", filter: "(uid=*)", find_by: [mail], mail: [mail], identifier: uid, rules: r}}, `)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--person", "a@b.example", "--population", "nobody"}, `--population "nobody": wanted one that has a reset: second, all`},
		{[]string{"--person", "a@b.example", "--population", "other"}, "second, all"},
		{[]string{"--person", "a@b.example"}, `--population "": wanted one that has a reset: second, all`},
		{[]string{"--person", "", "--population", "nobody"}, "second, all"},
		{[]string{"--change-test-person", "a@b.example", "--population", "nobody"}, "second, all"},
		{[]string{"--person", "a", "--change-test-person", "a", "--population", "all"}, "one of them at a time"},
		{[]string{"--person", "a", "--offline", "--population", "all"}, "neither --offline nor --send-to"},
		{[]string{"--change-test-person", "a", "--send-to", "c@d.example", "--population", "all"}, "neither --offline nor --send-to"},
		{[]string{"--population", "all"}, "--population goes with"},
	} {
		code, out, said := call(t, append([]string{"check", "--config", path}, c.args...)...)
		if code != 2 || out != "" || !strings.Contains(said, c.want) {
			t.Errorf("%v: %d %s%s", c.args, code, out, said)
		}
	}
}

// The whole of it on a real server: what concerns the person alone, as text and for machines, with the exit code of what was found.
func TestCheckOnePerson(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10})
	dir := t.TempDir()
	path := written(t, dir, "", "")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		`servers: ["ldap://127.0.0.1:1"]`, fmt.Sprintf("servers: [%q], ca_file: %q, password_policy: %q", s.URL, s.CAFile, s.PolicyDN),
		"cn=ssprd", s.ServiceDN, dir+"/ldap.password", s.ServicePasswordFile, "dc=example", "ou=usagers,"+s.BaseDN,
	).Replace(string(b))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, said := call(t, "check", "--config", path, "--person", dirtest.Camille.Mail)
	if code != 0 || !strings.Contains(out, check.PersonEligible) || !strings.Contains(out, "length 12 (rules 12, directory 10)") || strings.Contains(out, check.PopulationEligible) {
		t.Errorf("%d\n%s%s", code, out, said)
	}
	code, out, said = call(t, "check", "--config", path, "--json", "--population", "all", "--change-test-person", dirtest.Camille.Mail)
	var report struct{ Findings []struct{ Code string } }
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 || len(report.Findings) != 4 || report.Findings[3].Code != check.ChangeDone {
		t.Errorf("%d %v\n%s%s", code, err, out, said)
	}
	if ok, err := s.SignsIn(dirtest.Camille.DN(s.BaseDN), dirtest.InitialPassword); ok || err != nil {
		t.Errorf("the former password: %v, %v", ok, err)
	}
	if code, out, said = call(t, "check", "--config", path, "--person", "*"); code != 1 || !strings.Contains(out, check.PersonNotFound) {
		t.Errorf("%d\n%s%s", code, out, said)
	}
	if code, out, said = call(t, "check", "--config", path, "--person", ""); code != 1 || !strings.Contains(out, check.PersonUnnameable) {
		t.Errorf("%d\n%s%s", code, out, said)
	}
}
