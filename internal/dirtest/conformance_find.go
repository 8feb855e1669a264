package dirtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

var findPoints = []point{
	{name: "finds by each attribute", run: findsByEachAttribute},
	{name: "finds people with odd names", run: findsOdd, needs: []hook{
		{"Odd", func(f Fixture) bool { return f.Odd != nil }}, withSnapshot,
	}},
	{name: "finds all of a shared mailbox", run: findsShared, needs: []hook{
		{"Shared", func(f Fixture) bool { return f.Shared != "" }},
	}},
	{name: "finds no more than MaxAccounts", run: findsBounded, needs: []hook{
		{"Crowd", func(f Fixture) bool { return f.Crowd != "" }},
	}},
	{name: "finds nobody", run: findsNobody},
}

func findsByEachAttribute(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	var first flow.AccountID
	for _, typed := range s.Typed {
		for _, form := range []string{typed, strings.ToUpper(typed), strings.ToLower(typed)} {
			accounts, err := f.directory.Find(t.Context(), form)
			if err != nil || len(accounts) != 1 {
				t.Errorf("find %q: %d accounts, %v; want one", form, len(accounts), err)
				continue
			}
			a := accounts[0]
			if first == "" {
				first = a.ID
			}
			if a.ID == "" || a.ID != first {
				t.Errorf("find %q: account %q, before it was %q", form, a.ID, first)
			}
			describes(t, a, s)
		}
	}
}

// describes tells whether the account says of the person what the flow needs.
func describes(t *testing.T, a flow.Account, s Subject) {
	t.Helper()
	mails := s.Mails
	if len(mails) == 0 && s.Mail != "" {
		mails = []string{s.Mail}
	}
	if a.Identifier != s.Identifier || a.Name != s.Name || !slices.Equal(a.Mail, mails) {
		t.Errorf("account %+v, want the identifier, name and addresses of %+v", a, s)
	}
	for _, word := range []string{s.Identifier, s.Mail, s.Name} {
		if !slices.ContainsFunc(a.Words, func(w string) bool { return strings.Contains(w, word) }) {
			t.Errorf("the words %q that the password must not have lack %q", a.Words, word)
		}
	}
}

// R8: a name, a DN or an address that needs care is somebody's: found, described, and given the password that is meant
// for them, and nobody else is touched.
func findsOdd(t *testing.T, f Fixture) {
	people := f.Odd(t)
	before := make([]snapshot, len(people))
	for i, s := range people {
		before[i] = snap(t, f, s.Identifier)
	}
	for i, s := range people {
		var id flow.AccountID
		for _, typed := range s.Typed {
			accounts, err := f.directory.Find(t.Context(), typed)
			if err != nil || len(accounts) != 1 || (id != "" && accounts[0].ID != id) {
				t.Errorf("find %q: %+v, %v; want one", typed, accounts, err)
				continue
			}
			id = accounts[0].ID
			describes(t, accounts[0], s)
		}
		if _, err := f.directory.SetPassword(t.Context(), id, secret.New(oddPassword(i))); err != nil {
			t.Errorf("%s: %v", s.Identifier, err)
		}
	}
	for i, s := range people {
		movedOnly(t, f, before[i], snap(t, f, s.Identifier))
		changed(t, f, s, oddPassword(i))
	}
}

func oddPassword(i int) string { return fmt.Sprintf("Merle-Noir-%d-2026", i) }

// R6: the code proves a mailbox; all accounts of that mailbox can then be chosen from.
func findsShared(t *testing.T, f Fixture) {
	accounts, err := f.directory.Find(t.Context(), f.Shared)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := identifiers(accounts), slices.Sorted(slices.Values(f.SharedBy)); !slices.Equal(got, want) {
		t.Errorf("find %q: %q, want %q", f.Shared, got, want)
	}
	seen := map[flow.AccountID]bool{}
	for _, a := range accounts {
		if seen[a.ID] {
			t.Errorf("two accounts have the name %q", a.ID)
		}
		seen[a.ID] = true
	}
}

func findsBounded(t *testing.T, f Fixture) {
	accounts, err := f.directory.Find(t.Context(), f.Crowd)
	if err != nil || len(accounts) == 0 || len(accounts) > flow.MaxAccounts {
		t.Errorf("find %q: %d accounts, %v; want 1 to %d", f.Crowd, len(accounts), err, flow.MaxAccounts)
	}
}

// R8: what is typed is a value, never a part of the filter. R7: eligibility is part of finding.
func findsNobody(t *testing.T, f Fixture) {
	known := f.Fresh(t).Typed[0]
	cases := map[string]string{
		"nothing":                     "",
		"unknown":                     "personne.ici@exemple.fr",
		"any":                         "*",
		"another filter":              "*)(uid=*",
		"another filter, from known":  known + ")(objectClass=*",
		"a closing bracket":           ")",
		"the beginning of a known":    known[:3] + "*",
		"an escape":                   `\2a`,
		"a backslash":                 `\`,
		"NUL":                         "\x00",
		"a known and NUL":             known + "\x00",
		"a known and a line feed":     known + "\n",
		"invalid UTF-8":               "\xff\xfe" + known,
		"300 characters":              strings.Repeat("a", 300),
		"300 characters of a mailbox": strings.Repeat("a", 289) + "@exemple.fr",
	}
	for why, typed := range f.Nobody {
		cases[why] = typed
	}
	for why, typed := range cases {
		accounts, err := f.directory.Find(t.Context(), typed)
		if err != nil || len(accounts) != 0 {
			t.Errorf("%s: find %q: %d accounts, %v; want nobody", why, typed, len(accounts), err)
		}
	}
}

func identifiers(accounts []flow.Account) []string {
	var ids []string
	for _, a := range accounts {
		ids = append(ids, a.Identifier)
	}
	slices.Sort(ids)
	return ids
}
