package flow

import (
	"slices"
	"strings"
	"testing"
)

// R4, R6: one address, always the directory's own; several accounts only where they share it.
func TestRecipient(t *testing.T) {
	camille := Account{ID: "camille", Mail: []string{"Camille@mail.example", "second@mail.example"}}
	bursar := Account{ID: "bursar", Mail: []string{"lycee@lycees.example"}}
	head := Account{ID: "head", Mail: []string{"LYCEE@lycees.example"}}
	kim := Account{ID: "kim", Mail: []string{"kim@mail.example"}}
	silent := Account{ID: "silent"}
	all := []Account{camille, bursar, head, kim}

	for _, c := range []struct {
		typed string
		found []Account
		to    string
		ids   []AccountID
	}{
		{"camille@mail.example", []Account{camille}, "Camille@mail.example", []AccountID{"camille"}},
		{"SECOND@mail.example", []Account{camille}, "second@mail.example", []AccountID{"camille"}},
		{"lycee@lycees.example", []Account{bursar, head}, "lycee@lycees.example", []AccountID{"bursar", "head"}},
		{"lycee@lycees.example", all, "lycee@lycees.example", []AccountID{"bursar", "head"}},
		// An identifier leads to the first address on file.
		{"cdurand", []Account{camille}, "Camille@mail.example", []AccountID{"camille"}},
		{"cdurand", []Account{bursar, head}, "lycee@lycees.example", []AccountID{"bursar", "head"}},
		// One identifier, two mailboxes: nobody can say whose it is.
		{"cdurand", []Account{camille, bursar}, "", nil},
		{"cdurand", []Account{silent}, "", nil},
		{"cdurand", []Account{silent, camille}, "Camille@mail.example", []AccountID{"camille"}},
		{"nobody@mail.example", nil, "", nil},
		// A directory that compares loosely finds kim by these; the mail still goes to the address on file.
		{"\u212aim@mail.example", []Account{kim}, "kim@mail.example", []AccountID{"kim"}},
	} {
		to, accounts := Recipient(c.typed, c.found)
		var ids []AccountID
		for _, a := range accounts {
			ids = append(ids, a.ID)
		}
		if to != c.to || !slices.Equal(ids, c.ids) {
			t.Errorf("%q: %q %v, want %q %v", c.typed, to, ids, c.to, c.ids)
		}
	}
}

// A loosely comparing directory must not add another person's account to an address that is somebody's own.
func TestRecipientKeepsLookAlikesOut(t *testing.T) {
	own := Account{ID: "own", Mail: []string{"kim@mail.example"}}
	other := Account{ID: "other", Mail: []string{"\u212aim@mail.example"}}
	to, accounts := Recipient("kim@mail.example", []Account{other, own})
	if to != "kim@mail.example" || len(accounts) != 1 || accounts[0].ID != "own" {
		t.Errorf("%q %v", to, accounts)
	}
}

// R8: what cannot name anybody is recognised by the text alone.
func TestNameable(t *testing.T) {
	for typed, want := range map[string]bool{
		"camille@mail.example": true, "jérôme": true, "*)(uid=*": true, strings.Repeat("a", 254): true,
		"": false, "a\x00b": false, "a\r\nb": false, "\xff": false, strings.Repeat("a", 255): false,
	} {
		if got := Nameable(typed); got != want {
			t.Errorf("%q: %v", typed, got)
		}
	}
}
