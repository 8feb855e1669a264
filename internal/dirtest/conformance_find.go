package dirtest

import (
	"slices"
	"strings"
	"testing"

	"ssprd/internal/flow"
)

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
	if a.Identifier != s.Identifier || a.Name != s.Name || !slices.Equal(a.Mail, []string{s.Mail}) {
		t.Errorf("account %+v, want the identifier, name and address of %+v", a, s)
	}
	for _, word := range []string{s.Identifier, s.Mail, s.Name} {
		if !slices.ContainsFunc(a.Words, func(w string) bool { return strings.Contains(w, word) }) {
			t.Errorf("the words %q that the password must not have lack %q", a.Words, word)
		}
	}
}

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
	if !applicable(t, f.Crowd != "", "no address of many accounts") {
		return
	}
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
