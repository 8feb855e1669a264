package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ssprd/internal/desk"
	"ssprd/internal/flow"
)

var now = time.Date(2026, 11, 27, 14, 5, 0, 0, time.UTC)

// The groups of the contract's example.
const (
	support = "CN=Assistance,OU=Groupes,DC=siege,DC=example"
	leaders = "CN=Responsables,OU=Groupes,DC=siege,DC=example"
)

func contract() desk.Config {
	return desk.Config{
		Enabled: true,
		Roles: []desk.Role{
			{Group: support, Populations: []string{"usagers"}, May: []string{"view", "send-code", "unlock", "dictate-code"}},
			{Group: leaders, Populations: []string{"usagers", "elus"}, May: []string{"view", "send-code", "unlock", "dictate-code", "approve", "audit"}},
		},
		Approval: []string{"elus"},
	}
}

// people are one of each kind of target.
func people() map[string]desk.Person {
	of := func(change func(*desk.Person)) desk.Person {
		p := desk.Person{Account: flow.Account{ID: "1", Mail: []string{"camille@mail.example"}}, Locked: true}
		change(&p)
		return p
	}
	return map[string]desk.Person{
		"anybody":             of(func(*desk.Person) {}),
		"protected":           of(func(p *desk.Person) { p.Barred = "PROTECTED" }),
		"disabled":            of(func(p *desk.Person) { p.Barred = "DISABLED" }),
		"without address":     of(func(p *desk.Person) { p.Mail = nil }),
		"not locked":          of(func(p *desk.Person) { p.Locked = false }),
		"new address":         of(func(p *desk.Person) { p.MailChanged = now.Add(-time.Hour) }),
		"settled address":     of(func(p *desk.Person) { p.MailChanged = now.Add(-73 * time.Hour) }),
		"the agent's own":     of(func(p *desk.Person) { p.ID = "agent" }),
		"the agent's mailbox": of(func(p *desk.Person) { p.Mail = append(p.Mail, "Agent@mail.example") }),
		"an agent's (too)":    of(func(*desk.Person) {}),
	}
}

// R54, R55, R56: every role by every act by every kind of target. What the table does not name is allowed, without a second agent.
func TestDecide(t *testing.T) {
	refused := map[string]desk.Refusal{ // by act and target
		"send-code protected": desk.Barred, "unlock protected": desk.Barred, "dictate-code protected": desk.Barred,
		"send-code disabled": desk.Barred, "unlock disabled": desk.Barred, "dictate-code disabled": desk.Barred,
		"send-code without address": desk.NoAddress, "unlock not locked": desk.NotLocked,
		"send-code the agent's own": desk.Self, "unlock the agent's own": desk.Self, "dictate-code the agent's own": desk.Self,
		"send-code the agent's mailbox": desk.Self, "unlock the agent's mailbox": desk.Self, "dictate-code the agent's mailbox": desk.Self,
	}
	approved := map[string]bool{
		"dictate-code without address": true, // nobody would be told
		"send-code new address":        true, "send-code an agent's (too)": true, "unlock an agent's (too)": true, "dictate-code an agent's (too)": true,
	}
	c := contract()
	seen := 0
	for role, agent := range map[string]desk.Agent{
		"support": {ID: "agent", Mail: []string{"agent@mail.example"}, Groups: []string{support}}, "leader": {ID: "agent", Mail: []string{"agent@mail.example"}, Groups: []string{leaders}},
		"both": {ID: "agent", Mail: []string{"agent@mail.example"}, Groups: []string{leaders, support}}, "nobody": {ID: "agent"}, "gone": {ID: "agent", Mail: []string{"agent@mail.example"}, Groups: []string{"CN=Other"}},
	} {
		for _, population := range []string{"usagers", "elus", "agents-siege"} {
			for _, act := range append(desk.Acts(), desk.View) {
				for kind, person := range people() {
					seen++
					what := fmt.Sprintf("%s %s", act, kind)
					want := desk.Decision{Refusal: refused[what]}
					want.Approval = want.Refusal == "" && (approved[what] || act == desk.Dictate && population == "elus")
					within := population == "usagers" || population == "elus" && role != "support"
					if role == "nobody" || role == "gone" || !within {
						want = desk.Decision{Refusal: desk.NoRight}
					}
					got := c.Decide(desk.Case{Agent: agent, Act: act, Population: population, Person: person, Operator: kind == "an agent's (too)"}, now)
					if got != want {
						t.Errorf("%s, %s, %s: %+v, want %+v", role, population, what, got, want)
					}
				}
			}
		}
	}
	if want := 5 * 3 * 4 * len(people()); seen != want {
		t.Errorf("%d cases of %d", seen, want)
	}
}

// The mail to whom an act was for has a sentence for each.
func TestActsAreTold(t *testing.T) {
	var acts []string
	for _, act := range desk.Acts() {
		acts = append(acts, string(act))
	}
	if !slices.Equal(acts, flow.HelpedActs()) {
		t.Errorf("%q can be done, and %q told", acts, flow.HelpedActs())
	}
}

// R55: the second agent is another one, has the right to, and is not whom it is for.
func TestMayAgree(t *testing.T) {
	c := contract()
	for _, x := range []struct {
		agent      desk.Agent
		population string
		want       bool
	}{
		{desk.Agent{ID: "other", Groups: []string{leaders}}, "elus", true},
		{desk.Agent{ID: "asker", Groups: []string{leaders}}, "elus", false},
		{desk.Agent{ID: "1", Groups: []string{leaders}}, "elus", false},
		{desk.Agent{ID: "other", Groups: []string{support}}, "elus", false},
		{desk.Agent{ID: "other", Groups: []string{support}}, "usagers", false},
		{desk.Agent{ID: "other", Groups: []string{leaders}}, "agents-siege", false},
		{desk.Agent{ID: "other"}, "elus", false},
		{desk.Agent{ID: "other", Mail: []string{"other@agents.example"}, Groups: []string{leaders}}, "elus", true},
		{desk.Agent{ID: "other", Mail: []string{"Asker@agents.example"}, Groups: []string{leaders}}, "elus", false}, // under another account
		{desk.Agent{ID: "other", Mail: []string{"one@mail.example"}, Groups: []string{leaders}}, "elus", false},     // on one of their own
	} {
		q := desk.Request{Population: x.population, Asker: "asker", AskerMail: []string{"asker@agents.example"}, Person: "1", Mail: []string{"one@mail.example"}}
		if got := c.MayAgree(x.agent, q); got != x.want {
			t.Errorf("%+v in %s: %t", x.agent, x.population, got)
		}
	}
}
