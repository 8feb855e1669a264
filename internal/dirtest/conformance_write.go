package dirtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

var writePoints = []point{
	{name: "sets the password", run: setsPassword},
	{name: "writes once", run: writesOnce, needs: []hook{{"Writes", func(f Fixture) bool { return f.Writes != nil }}}},
	{name: "changes nothing but the password", run: changesNothingElse, needs: []hook{withSnapshot}},
	{name: "tells that another change is due", run: mustChange, needs: []hook{becoming(BecomesForced)}},
	{name: "account outlives a rename", run: outlivesRename, needs: []hook{{"Rename", func(f Fixture) bool { return f.Rename != nil }}}},
	{name: "a cancelled call changes nothing", run: cancelledCall},
	{name: "a broken connection costs nothing", run: brokenConnection, needs: []hook{withConnections}},
	{name: "eight at a time", run: eightAtATime},
}

// R32, R36: the password arrives whole, byte for byte.
func setsPassword(t *testing.T, f Fixture) {
	for name, password := range map[string]string{
		"plain":         "Merle-Noir-2026",
		"not ASCII":     "Éléphant-à-rayures-26",
		"decomposed":    "E\u0301le\u0301phant-Rayures-26", // NFD: another password than the composed one
		"quotes":        `Le "Merle" d'Ariane \ 2026`,
		"64 characters": "Merle-2026-" + strings.Repeat("Loriot-", 7) + "Aube",
		"beyond 16 bit": "Merle-Noir-2026-\U0001F426",
	} {
		t.Run(name, func(t *testing.T) {
			s := f.Fresh(t)
			a := one(t, f, s)
			w, err := f.directory.SetPassword(t.Context(), a.ID, secret.New(password))
			if err != nil {
				t.Fatal(err)
			}
			if w.ID != a.ID || w.Server == "" || w.MustChange || w.Locked {
				t.Errorf("written: %+v", w)
			}
			changed(t, f, s, password)
		})
	}
}

// changed tells whether the new password opens and the old one does not.
func changed(t *testing.T, f Fixture, s Subject, password string) {
	t.Helper()
	if err := f.Bind(s.Identifier, password); err != nil {
		t.Errorf("%s: the new password: %v", s.Identifier, err)
	}
	if err := f.Bind(s.Identifier, InitialPassword); err == nil {
		t.Errorf("%s: the old password still opens", s.Identifier)
	}
}

// R23: one change is one write.
func writesOnce(t *testing.T, f Fixture) {
	a := one(t, f, f.Fresh(t))
	before, err := f.Writes()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026")); err != nil {
		t.Fatal(err)
	}
	if after, err := f.Writes(); err != nil || after-before != 1 {
		t.Errorf("%d writes, %v; want one", after-before, err)
	}
}

// R43: a reset is that, and nothing more.
func changesNothingElse(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	before := snap(t, f, s.Identifier)
	if _, err := f.directory.SetPassword(t.Context(), one(t, f, s).ID, secret.New("Merle-Noir-2026")); err != nil {
		t.Fatal(err)
	}
	movedOnly(t, f, before, snap(t, f, s.Identifier))
}

// R44: the person is told that the directory will ask for another change. setsPassword holds that nobody else is.
func mustChange(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	become(t, f, s, BecomesForced)
	w, err := f.directory.SetPassword(t.Context(), one(t, f, s).ID, secret.New("Merle-Noir-2026"))
	if err != nil || !w.MustChange {
		t.Errorf("written: %+v, %v; want it to say that another change is due", w, err)
	}
}

func outlivesRename(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	a := one(t, f, s)
	if err := f.Rename(s.Identifier); err != nil {
		t.Fatal(err)
	}
	if again := one(t, f, s); again.ID != a.ID {
		t.Errorf("the account is called %q, before the rename %q", again.ID, a.ID)
	}
	if _, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026")); err != nil {
		t.Fatal(err)
	}
	changed(t, f, s, "Merle-Noir-2026")
}

func cancelledCall(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	a := one(t, f, s)
	before := stamp(t, f, s.Identifier)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.directory.Find(ctx, s.Typed[0]); err == nil {
		t.Error("a cancelled search says that it was made")
	}
	_, err := f.directory.SetPassword(ctx, a.ID, secret.New("Merle-Noir-2026"))
	var refused *flow.RefusedError
	if err == nil || errors.As(err, &refused) {
		t.Errorf("a cancelled change: %v, want an error that is no refusal", err)
	}
	if stamp(t, f, s.Identifier) != before {
		t.Error("a cancelled change was written")
	}
}

// R71: a connection that was cut while nobody used it is not the person's affair.
func brokenConnection(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	a := one(t, f, s)
	if err := f.BreakConnections(); err != nil {
		t.Fatal(err)
	}
	if again := one(t, f, s); again.ID != a.ID {
		t.Errorf("account %q, before %q", again.ID, a.ID)
	}
	if err := f.BreakConnections(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026")); err != nil {
		t.Fatal(err)
	}
	changed(t, f, s, "Merle-Noir-2026")
}

func eightAtATime(t *testing.T, f Fixture) {
	passwords := map[string]Subject{}
	for i := range 8 {
		passwords[fmt.Sprintf("Merle-Noir-%d-2026", i)] = f.Fresh(t)
	}
	var all sync.WaitGroup
	for password, s := range passwords {
		all.Go(func() {
			accounts, err := f.directory.Find(t.Context(), s.Typed[0])
			if err != nil || len(accounts) != 1 || accounts[0].Identifier != s.Identifier {
				t.Errorf("find %q: %+v, %v", s.Typed[0], accounts, err)
				return
			}
			if _, err := f.directory.SetPassword(t.Context(), accounts[0].ID, secret.New(password)); err != nil {
				t.Errorf("%s: %v", s.Identifier, err)
			}
		})
	}
	all.Wait()
	for password, s := range passwords {
		changed(t, f, s, password)
	}
}
