package dirtest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/policy/policytest"
	"ssprd/internal/secret"
)

var rulesPoints = []point{
	{name: "tells the rules in force", run: tellsRules, needs: []hook{withPolicies}},
	{name: "the server agrees with the rules", run: agrees, needs: []hook{withPolicies}, note: leftOut},
}

// leftOut says which rules the comparison could not compare.
func leftOut(f Fixture) string {
	var reasons []string
	if len(f.Unchecked) > 0 {
		names := make([]string, len(f.Unchecked))
		for i, name := range f.Unchecked {
			names[i] = string(name)
		}
		reasons = append(reasons, "demanded, and not checked by this server: "+strings.Join(names, ", "))
	}
	if slices.ContainsFunc(f.Policies, func(p Policy) bool { return p.Demands.Others }) {
		reasons = append(reasons, "it has rules that cannot be read, and may refuse more than is told")
	}
	return strings.Join(reasons, "; ")
}

// under is a fresh person for whom the policy is in force.
func (p Policy) under(t *testing.T, f Fixture) (Subject, flow.Account) {
	t.Helper()
	s := f.Fresh(t)
	if err := p.Apply(s.Identifier); err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	return s, one(t, f, s)
}

// R31: what the directory demands of this very person is known before they choose.
func tellsRules(t *testing.T, f Fixture) {
	for _, p := range f.Policies {
		s, a := p.under(t, f)
		got, want := a.Demands, p.Demands
		if !namesOf(s, got.Names, len(want.Names) > 0) {
			t.Errorf("%s: the names %q must not occur, for %+v", p.Name, got.Names, s)
		}
		got.Names, want.Names = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: demands %+v, want %+v", p.Name, got, want)
		}
	}
}

// namesOf tells whether there are names where there are to be, and any of the person's own among them.
func namesOf(s Subject, names []string, wanted bool) bool {
	if !wanted {
		return len(names) == 0
	}
	own := strings.ToLower(s.Identifier + "\n" + s.Name)
	return slices.ContainsFunc(names, func(name string) bool { return name != "" && strings.Contains(own, strings.ToLower(name)) })
}

// R31: what the rules let through the server takes, what they do not it refuses, on both sides of each limit.
func agrees(t *testing.T, f Fixture) {
	for i, p := range f.Policies {
		t.Run(p.Name, func(t *testing.T) {
			_, a := p.under(t, f)
			passwords := around(a.Demands)
			if i == 0 {
				passwords = append(passwords, everywhere(t)...)
			}
			for _, password := range passwords {
				if agree(t, f, a, password) { // who was refused has still the first password, and no history of another
					_, a = p.under(t, f)
				}
			}
			for _, name := range a.Demands.Names {
				if agree(t, f, a, passwords[0]+name) {
					break
				}
			}
		})
	}
}

// everywhere are the passwords to which everything that judges one is held, as far as a person could type them.
func everywhere(t *testing.T) (passwords []string) {
	const usual = 256 // bytes
	for _, v := range policytest.Vectors(t) {
		untypable := func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) } // which no directory is ever sent
		if v.Password != "" && len(v.Password) <= usual && !strings.ContainsFunc(v.Password, untypable) && !slices.Contains(passwords, v.Password) {
			passwords = append(passwords, v.Password)
		}
	}
	return passwords
}

// agree holds that the server judges the password as the rules do, and tells whether it has taken it.
func agree(t *testing.T, f Fixture, a flow.Account, password string) (taken bool) {
	t.Helper()
	taken, breaks := takes(t, f, a, password), broken(f, a, password)
	switch {
	case taken && len(breaks) > 0 && f.Laxer != nil && strings.ContainsFunc(password, f.Laxer):
	case taken && len(breaks) > 0:
		t.Errorf("the server takes %q, which breaks %v", password, breaks)
	case !taken && len(breaks) == 0 && !a.Demands.Others:
		t.Errorf("the server refuses %q, which keeps %+v", password, a.Demands)
	}
	return taken
}

// broken are the rules that the password breaks, of those that the server checks.
func broken(f Fixture, a flow.Account, password string) []policy.Name {
	var names []policy.Name
	findings, _ := policy.Set{Demands: a.Demands}.Judge(password, a.Words) // only a list of breached passwords can fail
	for _, finding := range findings {
		if !finding.Met && !slices.Contains(f.Unchecked, finding.Rule) {
			names = append(names, finding.Rule)
		}
	}
	return names
}

// takes tells whether the server takes a password, or refuses it for what it is.
func takes(t *testing.T, f Fixture, a flow.Account, password string) bool {
	t.Helper()
	_, err := f.directory.SetPassword(t.Context(), a.ID, secret.New(password))
	var refused *flow.RefusedError
	forItself := []flow.Reason{flow.RefusedPolicy, flow.RefusedShort, flow.RefusedLong, flow.RefusedQuality}
	if err != nil && (!errors.As(err, &refused) || !slices.Contains(forItself, refused.Reason)) {
		t.Errorf("%q: %v; want it taken, or refused for what it is", password, err)
	}
	return err == nil
}
