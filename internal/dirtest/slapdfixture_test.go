package dirtest_test

import (
	"reflect"
	"slices"
	"testing"

	"ssprd/internal/dirtest"
)

func TestSlapdFixtureHasOddPeople(t *testing.T) {
	f, s, _ := dirtest.SlapdFixture(t)
	seen := map[string]bool{}
	for range 2 {
		for _, p := range f.Odd(t) {
			if seen[p.Identifier] {
				t.Fatalf("%q comes again", p.Identifier)
			}
			seen[p.Identifier] = true
			if err := f.Bind(p.Identifier, dirtest.InitialPassword); err != nil {
				t.Errorf("%q: %v", p.Identifier, err)
			}
			if p.Mail != "" {
				dn, err := s.FindDN("mail", p.Mail)
				if named, err2 := s.FindDN("uid", p.Identifier); err != nil || err2 != nil || dn != named {
					t.Errorf("%q has %q, %v, and %q, %v", p.Mail, dn, err, named, err2)
				}
			}
			if err := f.Rename(p.Identifier); err != nil {
				t.Errorf("%q: a rename: %v", p.Identifier, err)
			}
			if err := f.Become[dirtest.MovesAway](p.Identifier); err != nil {
				t.Errorf("%q: a move: %v", p.Identifier, err)
			}
		}
	}
}

// What a reset moves is what the fixture says, in whatever state the person was.
func TestSlapdFixtureTellsWhatMoves(t *testing.T) {
	f, s, _ := dirtest.SlapdFixture(t)
	moved := map[string]bool{}
	for _, state := range []string{"", dirtest.BecomesLockedOut, dirtest.PasswordExpires, dirtest.BecomesForced} {
		id := f.Fresh(t).Identifier
		if become := f.Become[state]; become != nil {
			if err := become(id); err != nil {
				t.Fatal(err)
			}
		}
		before := snapshot(t, f, id)
		dn, err := s.FindDN("uid", id)
		if err != nil {
			t.Fatal(err)
		}
		if err := reset(t, &s.Server, "extended", dn, "Merle-Noir-2026"); err != nil {
			t.Fatal(err)
		}
		after := snapshot(t, f, id)
		for _, all := range []map[string][]string{before, after} {
			for name := range all {
				moved[name] = moved[name] || !slices.Equal(before[name], after[name])
			}
		}
	}
	for name, yes := range moved {
		if yes && !slices.Contains(f.Moves, name) {
			t.Errorf("a reset has moved %s", name)
		}
	}
	for _, name := range f.Moves {
		if !moved[name] && name != "pwdGraceUseTime" && name != "modifyTimestamp" { // which tells no two moments of a second apart
			t.Errorf("no reset has moved %s", name)
		}
	}
}

func snapshot(t *testing.T, f dirtest.Fixture, id string) map[string][]string {
	t.Helper()
	all, err := f.Snapshot(id)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// No hook is left empty: the suite is all there is to be shown of a server.
func TestSlapdFixtureIsWhole(t *testing.T) {
	f, _, _ := dirtest.SlapdFixture(t)
	empty := []string{"Open", "OpenDesk", "Unchecked", "Laxer", "LocksStay", "Unproven", "Lasts", "Locks", "Nested"} // the caller's, or as slapd is
	fields := reflect.ValueOf(f)
	for i := range fields.NumField() {
		field := fields.Type().Field(i)
		if field.IsExported() && fields.Field(i).IsZero() && !slices.Contains(empty, field.Name) {
			t.Errorf("the fixture has no %s", field.Name)
		}
	}
}
