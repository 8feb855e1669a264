package dirtest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// snapshot is all attributes of an entry, their names in lower case and their values in one order.
type snapshot map[string][]string

func snap(t *testing.T, f Fixture, identifier string) snapshot {
	t.Helper()
	read, err := f.Snapshot(identifier)
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot{}
	for name, values := range read {
		s[strings.ToLower(name)] = slices.Sorted(slices.Values(values))
	}
	return s
}

// differs names the attributes in which two snapshots differ.
func (s snapshot) differs(other snapshot) []string {
	var names []string
	all := maps.Clone(s)
	maps.Copy(all, other)
	for name := range all {
		if !slices.Equal(s[name], other[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// movedOnly holds that nothing differs but what a change of the password may move, and what else is given (R43).
func movedOnly(t *testing.T, f Fixture, before, after snapshot, also ...string) {
	t.Helper()
	for _, name := range before.differs(after) {
		moves := func(m string) bool { return strings.EqualFold(m, name) }
		if !slices.ContainsFunc(f.Moves, moves) && !slices.ContainsFunc(also, moves) {
			t.Errorf("the reset has changed %s from %q to %q", name, before[name], after[name])
		}
	}
}

// untouched holds that the entry is the same after do as before.
func untouched(t *testing.T, f Fixture, s Subject, do func()) {
	t.Helper()
	before, was := stamp(t, f, s.Identifier), snapshot(nil)
	if f.Snapshot != nil {
		was = snap(t, f, s.Identifier)
	}
	do()
	if stamp(t, f, s.Identifier) != before {
		t.Errorf("%s: the password was written", s.Identifier)
	}
	if f.Snapshot != nil {
		if names := was.differs(snap(t, f, s.Identifier)); len(names) > 0 {
			t.Errorf("%s: %q were changed", s.Identifier, names)
		}
	}
}
