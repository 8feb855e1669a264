package check

import (
	"testing"

	"ssprd/internal/dirtest"
)

// A service account whose password is wrong is tried once a directory, whatever there is to ask, and each of the areas that
// need it says so once: a directory that locks after three would else lose all resets by a check.
func TestWrongPasswordIsTriedOnce(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MaxFailure: 100})
	c := onSlapd(s)
	c.Directories[0].BindPasswordFile = secretFile(t, "Mauvais-2026")
	c.Directories[0].Replicas = []string{s.URL}
	second := c.Populations[0]
	second.Name = "autres"
	c.Populations = append(c.Populations, second)
	c.Helpdesk.Enabled, c.Helpdesk.Directory, c.Helpdesk.Base = true, "region", s.BaseDN
	c.Helpdesk.Roles = nil

	servers, door := directories(c)
	found := inOrder(t.Context(), append(append(servers, door.before(c, append(populations(c), rules(c)...))...), door.before(c, helpdesk(c))...))
	tried := func() int {
		t.Helper()
		account, err := s.Entry(s.ServiceDN, "pwdFailureTime")
		if err != nil {
			t.Fatal(err)
		}
		return len(account.GetAttributeValues("pwdFailureTime"))
	}
	if n := tried(); n != 1 {
		t.Errorf("the account was tried %d times", n)
	}
	said := map[string]int{}
	for _, f := range found {
		if f.Code == NotAsked {
			said[f.Key]++
		}
	}
	if len(said) != 3 || said[populationKey(0)] != 1 || said[populationKey(1)] != 1 || said[agentsKey] != 1 {
		t.Errorf("not asked: %v", said)
	}

	// To explain a person asks in each population.
	expect(t, Person(t.Context(), c, 1, dirtest.Camille.Mail), PersonUnasked)
	if n := tried() - 1; n != 1 {
		t.Errorf("the account was tried %d times for a person", n)
	}
}
