package dirtest

import (
	"errors"
	"slices"
	"testing"

	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// in signs an agent in whose password is InitialPassword.
func in(t *testing.T, a desk.Agents, typed string) desk.Agent {
	t.Helper()
	agent, err := a.SignIn(t.Context(), typed, secret.New(InitialPassword))
	if err != nil {
		t.Fatalf("sign-in of %q: %v", typed, err)
	}
	return agent
}

// out holds that a sign-in is denied.
func out(t *testing.T, a desk.Agents, what, typed, password string) {
	t.Helper()
	if agent, err := a.SignIn(t.Context(), typed, secret.New(password)); !errors.Is(err, desk.ErrDenied) || agent.ID != "" {
		t.Errorf("%s: sign-in of %q: %+v, %v; want it denied", what, typed, agent, err)
	}
}

func signsIn(t *testing.T, f Fixture, d Desk) {
	agents, s := d.Agents(), f.Fresh(t)
	first := in(t, agents, s.Typed[0])
	if first.ID == "" || first.Name != s.Name || len(first.Mail) != 1 || first.Groups != nil {
		t.Errorf("%+v; want the id and name of %+v, its address, and no group", first, s)
	}
	for _, typed := range s.Typed {
		if agent := in(t, agents, typed); agent.ID != first.ID {
			t.Errorf("%q is %q, and was %q", typed, agent.ID, first.ID)
		}
	}
	if agent, err := agents.Agent(t.Context(), first.ID); err != nil || agent.ID != first.ID || agent.Name != first.Name {
		t.Errorf("read anew: %+v, %v", agent, err)
	}
	for _, id := range []flow.AccountID{"", "*", first.ID + "0", "\x00)(|(cn=*)"} {
		if agent, err := agents.Agent(t.Context(), id); !errors.Is(err, desk.ErrDenied) {
			t.Errorf("id %q: %+v, %v", id, agent, err)
		}
	}
}

func denied(t *testing.T, f Fixture, d Desk) {
	agents, s, other := d.Agents(), f.Fresh(t), f.Fresh(t)
	for _, password := range []string{"", "x", InitialPassword + " ", "\x00", "*"} {
		out(t, agents, "wrong", s.Typed[0], password)
		in(t, agents, s.Typed[0]) // nobody is locked out by it
	}
	for _, typed := range []string{"", "*", s.Typed[0] + "*", "nobody.at.all@exemple.fr", s.Typed[0] + ")(cn=*", s.Typed[0] + "\x00", `\2a`, other.Name} {
		out(t, agents, "unknown", typed, InitialPassword)
		out(t, agents, "unknown, without a password", typed, "")
	}
	for _, typed := range s.Typed { // which a directory that compares as Unicode text takes for the same
		wide := string(rune(typed[0])-'!'+'\uff01') + typed[1:]
		for _, spelled := range []string{wide, typed[:1] + "\u00ad" + typed[1:], typed + "\u200b"} {
			out(t, agents, "spelled otherwise", spelled, InitialPassword)
		}
	}
	for why, typed := range f.Nobody {
		if why != "protected" && why != "an administrator" { // whom nobody resets, and who may work all the same
			out(t, agents, why, typed, InitialPassword)
		}
	}
	if f.Shared != "" {
		out(t, agents, "of several", f.Shared, InitialPassword)
	}
}

// What becomes of an agent who has signed in shows at the next reading.
func barredAgents(t *testing.T, f Fixture, d Desk) {
	agents := d.Agents()
	for _, state := range []string{BecomesDisabled, BecomesExpired, BecomesSmartcard, BecomesClosed, MovesAway, IsDeleted} {
		if f.Become[state] == nil {
			continue
		}
		s := f.Fresh(t)
		agent := in(t, agents, s.Typed[0])
		become(t, f, s, state)
		out(t, agents, state, s.Typed[0], InitialPassword)
		if now, err := agents.Agent(t.Context(), agent.ID); !errors.Is(err, desk.ErrDenied) {
			t.Errorf("%s: %+v, %v", state, now, err)
		}
	}
	for _, state := range []string{IsToldToChange, PasswordExpires} { // an agent may not work with such a password
		if f.Become[state] != nil {
			s := f.Fresh(t)
			become(t, f, s, state)
			out(t, agents, state, s.Typed[0], InitialPassword)
		}
	}
	for _, state := range []string{BecomesProtected, BecomesPrivileged} { // who may not be reset may work
		if f.Become[state] != nil {
			s := f.Fresh(t)
			become(t, f, s, state)
			in(t, agents, s.Typed[0])
		}
	}
}

func lockedAgent(t *testing.T, f Fixture, d Desk) {
	s := f.Fresh(t)
	lockOut(t, f, s)
	out(t, d.Agents(), "locked out", s.Typed[0], InitialPassword)
}

func groups(t *testing.T, f Fixture, d Desk) {
	const absent = "cn=absent,"
	all := []string{absent + f.Group, f.Outer, f.Group}
	agents, s := d.Agents(all...), f.Fresh(t)
	none := in(t, agents, s.Typed[0])
	if none.Groups != nil {
		t.Errorf("the groups of a member of none: %q", none.Groups)
	}
	if err := f.Join(s.Identifier, f.Group); err != nil {
		t.Fatal(err)
	}
	want := []string{f.Group}
	if f.Nested {
		want = []string{f.Outer, f.Group}
	}
	if agent := in(t, agents, s.Typed[0]); !slices.Equal(agent.Groups, want) {
		t.Errorf("the groups: %q, want %q", agent.Groups, want)
	}
	if agent, err := agents.Agent(t.Context(), none.ID); err != nil || !slices.Equal(agent.Groups, want) {
		t.Errorf("the groups, read anew: %q, %v, want %q", agent.Groups, err, want)
	}
	if err := f.Leave(s.Identifier, f.Group); err != nil {
		t.Fatal(err)
	}
	if agent, err := agents.Agent(t.Context(), none.ID); err != nil || agent.Groups != nil {
		t.Errorf("the groups of one who has left: %q, %v", agent.Groups, err)
	}
}
