package dirtest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// Desk is the directory under test as the helpdesk has it: its population, and its agents, who are the same people.
type Desk struct {
	People desk.People
	Agents func(groups ...string) desk.Agents // and the groups that they may be members of
}

// deskPoints are what the suite of the helpdesk holds a directory to.
var deskPoints = []struct {
	name string
	run  func(*testing.T, Fixture, Desk)
}{
	{"an agent signs in", signsIn},
	{"no other password lets in", denied},
	{"who may not work is not let in", barredAgents},
	{"who is locked out is not let in", lockedAgent},
	{"groups", groups},
	{"no server, no answer", unserved},
	{"searches by each attribute", searches},
	{"searches for nobody", searchesNobody},
	{"pages", pages},
	{"tells who is barred", tellsBarred},
	{"tells the times of a password", tellsTimes},
	{"ends a lock-out", unlocks},
	{"may not end a lock-out", unlockRefused},
	{"a read-only server first in the list", unlocksElsewhere},
}

// RunDesk is the conformance suite of desk.People and desk.Agents, on the servers and the people of Run. It changes people's states.
func RunDesk(t *testing.T, f Fixture) {
	d := f.OpenDesk(t, Reach{})
	for _, p := range deskPoints {
		t.Run(p.name, func(t *testing.T) { p.run(t, f, d) })
	}
}

// That no server answers is no denial; and the next one answers.
func unserved(t *testing.T, f Fixture, _ Desk) {
	s := f.Fresh(t)
	down := f.OpenDesk(t, Reach{Servers: []string{nobodyListens(t)}}).Agents()
	if _, err := down.SignIn(t.Context(), s.Typed[0], secret.New(InitialPassword)); err == nil || errors.Is(err, desk.ErrDenied) {
		t.Errorf("no server: %v", err)
	}
	in(t, f.OpenDesk(t, Reach{Servers: []string{nobodyListens(t), f.Servers[0]}}).Agents(), s.Typed[0])
}

// search finds people, all on one page.
func search(t *testing.T, d Desk, text string) []desk.Person {
	t.Helper()
	found, more, err := d.People.Search(t.Context(), text, 0, 100)
	if err != nil || more {
		t.Errorf("search of %q: more %v, %v", text, more, err)
	}
	return found
}

// sought finds the one person whom a text names.
func sought(t *testing.T, d Desk, text string) desk.Person {
	t.Helper()
	found := search(t, d, text)
	if len(found) != 1 {
		t.Fatalf("search of %q: %d people, want one", text, len(found))
	}
	return found[0]
}

// anew reads a person again.
func anew(t *testing.T, d Desk, id flow.AccountID) desk.Person {
	t.Helper()
	p, err := d.People.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func searches(t *testing.T, f Fixture, d Desk) {
	s := f.Fresh(t)
	for attribute, value := range map[string]string{
		"displayName": "Zéphyrine Quatrebarbes", "sn": "Quatrebarbes", "givenName": "Zéphyrine Ondine",
		"telephoneNumber": "+33549001122", "mobile": "06 11 22 33 44",
	} {
		if err := f.Give(s.Identifier, attribute, value); err != nil {
			t.Fatal(err)
		}
	}
	want := sought(t, d, s.Identifier)
	if want.ID == "" || want.Name != "Zéphyrine Quatrebarbes" || want.Identifier != s.Identifier || len(want.Mail) != 1 || want.Mail[0] != s.Mail ||
		len(want.Phone) != 2 || want.Barred != "" || want.Locked || want.MustChange {
		t.Errorf("%+v; want what %+v is", want, s)
	}
	texts := []string{
		"zé", "ZÉPHYRINE QUATRE", "quatrebarbes zéph", "  Quatre  ", "+33 5 49.00", "+3354900", "06 11 2",
		"zéph +33", s.Mail[:len(s.Mail)-3],
	}
	for _, text := range append(texts, s.Typed...) {
		if got := sought(t, d, text); got.ID != want.ID {
			t.Errorf("search of %q: %+v", text, got)
		}
	}
	if got := anew(t, d, want.ID); got.Name != want.Name || len(got.Phone) != 2 || got.Demands.MinLength == 0 {
		t.Errorf("read anew: %+v", got)
	}
	for _, text := range []string{"quatrebarbes nobody", "nobody zéphyrine", "uatrebarbes", "+33 5 50"} {
		if found := search(t, d, text); len(found) != 0 {
			t.Errorf("search of %q: %+v", text, found)
		}
	}
	if f.Odd == nil {
		return
	}
	for _, odd := range f.Odd(t) {
		is := func(p desk.Person) bool { return p.Identifier == odd.Identifier }
		for _, text := range []string{odd.Identifier, odd.Name} {
			if !slices.ContainsFunc(search(t, d, text), is) {
				t.Errorf("search of %q does not find %q", text, odd.Identifier)
			}
		}
	}
}

// R8: nothing that is typed is a filter, and nobody of another population is found by anything.
func searchesNobody(t *testing.T, f Fixture, d Desk) {
	for _, text := range []string{
		"", " ", "*", "**", "a", "*a", "(|(cn=*", ")(uid=*", `\2a\2a`, `\00`, "\x00\x00", "ab\x00", "nobody\xff", "((", "))", "&&", "aa*)(cn=*",
		"a b c d e f g h", strings.Repeat("a", 10_000),
	} {
		if found := search(t, d, text); len(found) != 0 {
			t.Errorf("search of %q: %d people, such as %+v", text, len(found), found[0])
		}
	}
	for why, text := range f.Nobody {
		if !strings.HasPrefix(why, "of another") && !strings.HasPrefix(why, "an identifier") && !strings.HasPrefix(why, "a service") {
			continue
		}
		if found := search(t, d, text); len(found) != 0 {
			t.Errorf("%s: %+v", why, found)
		}
		all, _, err := f.OpenDesk(t, Reach{Everywhere: true}).People.Search(t.Context(), text, 0, 1)
		if err != nil || len(all) == 0 && !strings.HasPrefix(why, "a service") {
			t.Errorf("%s: nobody is there to be kept away: %v", why, err)
			continue
		}
		for _, p := range all {
			if _, err := d.People.Person(t.Context(), p.ID); !errors.Is(err, desk.ErrNobody) {
				t.Errorf("%s: read: %v", why, err)
			}
			if err := d.People.Unlock(t.Context(), p.ID); !errors.Is(err, desk.ErrNobody) {
				t.Errorf("%s: unlock: %v", why, err)
			}
		}
	}
	for _, id := range []flow.AccountID{"", "*", "\x00)(|(cn=*)"} {
		if p, err := d.People.Person(t.Context(), id); !errors.Is(err, desk.ErrNobody) {
			t.Errorf("id %q: %+v, %v", id, p, err)
		}
		if err := d.People.Unlock(t.Context(), id); !errors.Is(err, desk.ErrNobody) {
			t.Errorf("unlock of id %q: %v", id, err)
		}
	}
}

// pages holds that the pages are one list, in the order of names.
func pages(t *testing.T, f Fixture, d Desk) {
	const crowd = flow.MaxAccounts + 5
	var all []desk.Person
	for from := 0; from < 30; from += 10 {
		found, more, err := d.People.Search(t.Context(), f.Crowd, from, 10)
		if err != nil || len(found) != min(10, crowd-from) || more != (from < 20) {
			t.Errorf("from %d: %d people, more %v, %v", from, len(found), more, err)
		}
		all = append(all, found...)
	}
	plain := strings.NewReplacer("É", "e", "é", "e", "ï", "i")
	ids := map[flow.AccountID]bool{}
	for i, p := range all {
		ids[p.ID] = true
		if i > 0 && strings.ToLower(plain.Replace(all[i-1].Name)+all[i-1].Identifier) > strings.ToLower(plain.Replace(p.Name)+p.Identifier) {
			t.Errorf("%s comes after %s", p.Name, all[i-1].Name)
		}
	}
	if len(ids) != crowd {
		t.Errorf("%d people on all pages, want %d", len(ids), crowd)
	}
	for _, c := range [][2]int{{-1, 10}, {0, 0}, {0, -1}, {1 << 40, 10}, {10, 1 << 62}} {
		found, more, err := d.People.Search(t.Context(), f.Crowd, c[0], c[1])
		if want := max(0, crowd-10); err != nil || more || c[0] == 10 && len(found) != want || c[0] != 10 && len(found) != 0 {
			t.Errorf("from %d, %d: %d people, more %v, %v", c[0], c[1], len(found), more, err)
		}
	}
	if f.Many == "" {
		return
	}
	for from, want := range map[int]int{0: 20, 190: 10, 400: 0} {
		if found, more, err := d.People.Search(t.Context(), f.Many, from, 20); err != nil || len(found) != want || !more {
			t.Errorf("of many, from %d: %d people, more %v, %v", from, len(found), more, err)
		}
	}
}

// barring are the codes of those whom an agent sees, and for whom nothing can be done.
var barring = map[string]string{
	BecomesProtected: "PROTECTED", BecomesDisabled: "DISABLED", BecomesExpired: "EXPIRED", BecomesPrivileged: "PRIVILEGED",
	BecomesSmartcard: "SMARTCARD_ONLY", BecomesClosed: "LOCKED_BY_ADMINISTRATOR",
}

func tellsBarred(t *testing.T, f Fixture, d Desk) {
	for state, code := range barring {
		if f.Become[state] == nil {
			continue
		}
		s := f.Fresh(t)
		if f.Become[BecomesLockedOut] != nil && state != BecomesClosed {
			lockOut(t, f, s)
		}
		become(t, f, s, state)
		listed := sought(t, d, s.Identifier)
		read := anew(t, d, listed.ID)
		if listed.Barred != code || read.Barred != code {
			t.Errorf("%s: listed as %q, read as %q, want %q", state, listed.Barred, read.Barred, code)
		}
		untouched(t, f, s, func() {
			var refused *flow.RefusedError
			if err := d.People.Unlock(t.Context(), listed.ID); !errors.As(err, &refused) || refused.Code != code {
				t.Errorf("%s: unlock: %v, want it refused: %s", state, err, code)
			}
		})
	}
	for _, state := range []string{MovesAway, IsDeleted} {
		s := f.Fresh(t)
		p := sought(t, d, s.Identifier)
		become(t, f, s, state)
		if found := search(t, d, s.Identifier); len(found) != 0 {
			t.Errorf("%s: %+v", state, found)
		}
		if p, err := d.People.Person(t.Context(), p.ID); !errors.Is(err, desk.ErrNobody) {
			t.Errorf("%s: %+v, %v", state, p, err)
		}
		if err := d.People.Unlock(t.Context(), p.ID); !errors.Is(err, desk.ErrNobody) {
			t.Errorf("%s: unlock: %v", state, err)
		}
	}
}

// near tells whether a time is that one, as two clocks and a slow machine have it.
func near(got, want time.Time) bool { return got.Sub(want).Abs() < 2*time.Minute }

func tellsTimes(t *testing.T, f Fixture, d Desk) {
	s := f.Fresh(t)
	id := sought(t, d, s.Identifier).ID
	if _, err := f.Open(t, Reach{}).SetPassword(t.Context(), id, secret.New("Merle-Noir-2026")); err != nil {
		t.Fatal(err)
	}
	p := anew(t, d, id)
	if !near(p.Changed, time.Now()) || f.Lasts > 0 && !near(p.Expires, time.Now().Add(f.Lasts)) || f.Lasts == 0 && !p.Expires.IsZero() {
		t.Errorf("changed now: %+v; want it to last %s", p, f.Lasts)
	}
	if become := f.Become[PasswordExpires]; become != nil {
		s := f.Fresh(t)
		if err := become(s.Identifier); err != nil {
			t.Fatal(err)
		}
		if p := anew(t, d, sought(t, d, s.Identifier).ID); p.Expires.IsZero() || p.Expires.After(time.Now()) || p.Barred != "" {
			t.Errorf("expired: %+v", p)
		}
	}
	if become := f.Become[IsToldToChange]; become != nil {
		s := f.Fresh(t)
		if err := become(s.Identifier); err != nil {
			t.Fatal(err)
		}
		if p := sought(t, d, s.Identifier); !p.MustChange || p.Barred != "" {
			t.Errorf("told to change: %+v", p)
		}
	}
}

func unlocks(t *testing.T, f Fixture, d Desk) {
	s := f.Fresh(t)
	id := sought(t, d, s.Identifier).ID
	free := snap(t, f, s.Identifier)
	if err := d.People.Unlock(t.Context(), id); err != nil {
		t.Errorf("of somebody who is not locked out: %v", err)
	}
	if names := free.differs(snap(t, f, s.Identifier)); len(names) > 0 {
		t.Errorf("of somebody who is not locked out: it has changed %q", names)
	}
	lockOut(t, f, s)
	locked := snap(t, f, s.Identifier)
	for _, p := range []desk.Person{sought(t, d, s.Identifier), anew(t, d, id)} {
		if !p.Locked || p.Barred != "" || f.Locks > 0 && !near(p.LockedUntil, time.Now().Add(f.Locks)) || f.Locks == 0 && !p.LockedUntil.IsZero() {
			t.Errorf("locked out: %+v; want it for %s", p, f.Locks)
		}
	}
	was := stamp(t, f, s.Identifier)
	if err := d.People.Unlock(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	movedOnly(t, f, locked, snap(t, f, s.Identifier), free.differs(locked)...)
	if stamp(t, f, s.Identifier) != was {
		t.Error("the password was written")
	}
	if p := anew(t, d, id); p.Locked || !p.LockedUntil.IsZero() {
		t.Errorf("after it: %+v", p)
	}
	// The count starts anew: one wrong password more locks nobody out.
	if err := f.Bind(s.Identifier, "Faux-2026"); err == nil {
		t.Error("a wrong password")
	}
	if still, err := f.LockedOut(s.Identifier); err != nil || still {
		t.Errorf("locked out after it: %v, %v", still, err)
	}
	if err := f.Bind(s.Identifier, InitialPassword); err != nil {
		t.Error(err)
	}
}

// R46: what the service account may not do is told as such.
func unlockRefused(t *testing.T, f Fixture, _ Desk) {
	s, d := f.NoRight(t), f.OpenDesk(t, Reach{Everywhere: true})
	lockOut(t, f, s)
	var refused *flow.RefusedError
	if err := d.People.Unlock(t.Context(), sought(t, d, s.Identifier).ID); !errors.As(err, &refused) || refused.Code != "NO_RIGHT" || !refused.Alarm {
		t.Errorf("%v; want it refused: NO_RIGHT", err)
	}
}

// A read-only server first in the list passes an unlock on, where it is told of lock-outs at all.
func unlocksElsewhere(t *testing.T, f Fixture, _ Desk) {
	if f.ReadOnly == "" {
		return
	}
	s := f.Fresh(t)
	lockOut(t, f, s)
	d := f.OpenDesk(t, Reach{Servers: []string{f.ReadOnly, f.Servers[0]}})
	await(t, "the read-only server has the person locked out", func() bool {
		found := search(t, d, s.Identifier)
		return len(found) == 1 && found[0].Locked
	})
	if err := d.People.Unlock(t.Context(), search(t, d, s.Identifier)[0].ID); err != nil {
		t.Fatal(err)
	}
	if still, err := f.LockedOut(s.Identifier); err != nil || still {
		t.Errorf("locked out after it: %v, %v", still, err)
	}
}
