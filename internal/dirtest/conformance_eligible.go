package dirtest

import (
	"testing"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// eligiblePoints are one for each state of an entry.
func eligiblePoints() []point {
	var points []point
	for _, state := range []string{BecomesLockedOut, PasswordExpires, IsToldToChange} {
		points = append(points, point{
			name: "serves: " + state, needs: []hook{becoming(state)},
			run: func(t *testing.T, f Fixture) { serves(t, f, state) },
		})
	}
	for _, state := range []string{
		BecomesProtected, BecomesDisabled, BecomesExpired, BecomesPrivileged, BecomesSmartcard, BecomesClosed, MovesAway, IsDeleted,
	} {
		points = append(points, point{
			name: "refuses: " + state, needs: []hook{becoming(state)},
			run: func(t *testing.T, f Fixture) { judgesAgain(t, f, state) },
		})
	}
	return points
}

// serves holds for those who have most reason to come: they are found, and their reset lets them in.
func serves(t *testing.T, f Fixture, state string) {
	s := f.Fresh(t)
	become(t, f, s, state)
	a := one(t, f, s)
	describes(t, a, s)
	if _, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026")); err != nil {
		t.Fatal(err)
	}
	changed(t, f, s, "Merle-Noir-2026")
}

// R7: an entry that stopped being eligible is not found, and not changed though it was found before.
func judgesAgain(t *testing.T, f Fixture, state string) {
	s := f.Fresh(t)
	a := one(t, f, s)
	become(t, f, s, state)
	set := func() {
		_, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026"))
		refusedFor(t, err, flow.NotAllowed)
	}
	if state == IsDeleted {
		set()
	} else {
		untouched(t, f, s, set)
	}
	for _, typed := range s.Typed {
		if accounts, err := f.directory.Find(t.Context(), typed); err != nil || len(accounts) != 0 {
			t.Errorf("find %q: %d accounts, %v; want nobody", typed, len(accounts), err)
		}
	}
}
