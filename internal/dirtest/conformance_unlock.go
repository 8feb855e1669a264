package dirtest

import (
	"testing"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

var unlockPoints = []point{
	{name: "a reset ends a lock-out", run: endsLockOut, needs: []hook{becoming(BecomesLockedOut), withLockedOut, withSnapshot}},
	{name: "a lock-out stays where it is to", run: keepsLockOut, needs: []hook{
		becoming(BecomesLockedOut), withLockedOut, {"LocksStay", func(f Fixture) bool { return f.LocksStay }},
	}},
}

// R43: a reset ends a lock-out after wrong passwords, and moves nothing else.
func endsLockOut(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	free := snap(t, f, s.Identifier)
	lockOut(t, f, s)
	locked := snap(t, f, s.Identifier)
	w, err := f.directory.SetPassword(t.Context(), one(t, f, s).ID, secret.New("Merle-Noir-2026"))
	if err != nil || w.Locked {
		t.Fatalf("written: %+v, %v; want the lock-out ended", w, err)
	}
	movedOnly(t, f, locked, snap(t, f, s.Identifier), free.differs(locked)...)
	if still, err := f.LockedOut(s.Identifier); err != nil || still {
		t.Errorf("locked out after the reset: %v, %v", still, err)
	}
	changed(t, f, s, "Merle-Noir-2026")
}

// keepsLockOut holds for `unlock: false`: the lock-out stays, and is told.
func keepsLockOut(t *testing.T, f Fixture) {
	f = f.opened(t, Reach{KeepLocks: true})
	s := f.Fresh(t)
	lockOut(t, f, s)
	w, err := f.directory.SetPassword(t.Context(), one(t, f, s).ID, secret.New("Merle-Noir-2026"))
	if err != nil || !w.Locked {
		t.Errorf("written: %+v, %v; want it to say that the account is locked out", w, err)
	}
	if still, err := f.LockedOut(s.Identifier); err != nil || !still {
		t.Errorf("locked out after the reset: %v, %v", still, err)
	}
	if again := one(t, f, f.Fresh(t)); written(t, f, again).Locked {
		t.Error("somebody who is not locked out is said to be")
	}
}

func lockOut(t *testing.T, f Fixture, s Subject) {
	t.Helper()
	become(t, f, s, BecomesLockedOut)
	if locked, err := f.LockedOut(s.Identifier); err != nil || !locked {
		t.Fatalf("locked out by wrong passwords: %v, %v", locked, err)
	}
}

// written changes an account's password.
func written(t *testing.T, f Fixture, a flow.Account) flow.Written {
	t.Helper()
	w, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026"))
	if err != nil {
		t.Fatal(err)
	}
	return w
}
