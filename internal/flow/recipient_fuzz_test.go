package flow

import (
	"slices"
	"strings"
	"testing"
)

// R4, R6: whatever was typed and whoever was found by it, the address is one of the directory's own. Where it is the typed
// one, they differ in the case of ASCII letters at most; a look-alike chooses no address and joins no account to one.
// Each line of the entries is an account's, with its addresses between spaces.
func FuzzRecipient(f *testing.F) {
	for _, typed := range []string{"kim@mail.example", "KIM@MAIL.EXAMPLE", "\u212aim@mail.example",
		"k\u0130m@mail.example", "k\u0131m@mail.example", "kim@ma\u0131l.example", "\uff4bim@mail.example",
		"kim@mail\u3002example", "kim@mail.example.", "kim+x@mail.example", "kim@mail.example\x00",
		"kim@mail.example\u200b", "kim@mail.example ", "\u043aim@mail.example", "jos\u00e9@mail.example",
		"JOS\u00c9@mail.example", "jose\u0301@mail.example", "\ufb01n@mail.example", "FIN@mail.example",
		"\u017fam@mail.example", "\u1e9e@mail.example", "ss@mail.example",
		"@[`{", "`@[{", "\xff", "", "kdurand", "*"} {
		f.Add(typed, "kim@mail.example other@mail.example")
		f.Add(typed, "\u212aim@mail.example\nkim@mail.example")
		f.Add(typed, "first@mail.example KIM@mail.example\n\nkim@mail.example")
		f.Add(typed, "jos\u00e9@mail.example\njose\u0301@mail.example\nfin@mail.example\nsam@mail.example\nSS@mail.example")
		f.Add(typed, "@[`{\n`@{[\n\xff\n"+typed)
	}
	f.Fuzz(func(t *testing.T, typed, entries string) {
		var found []Account
		for line := range strings.SplitSeq(entries, "\n") {
			found = append(found, Account{ID: AccountID(line), Mail: strings.Fields(line)})
		}
		to, accounts := Recipient(typed, found)
		has := func(address string) func(Account) bool {
			return func(a Account) bool {
				return slices.ContainsFunc(a.Mail, func(mail string) bool { return sameButCase(mail, address) })
			}
		}
		own := slices.ContainsFunc(found, func(a Account) bool { return slices.Contains(a.Mail, to) })
		if (to == "") != (len(accounts) == 0) || to != "" && !own {
			t.Fatalf("%+v of %+v gives %+v, for %v", typed, found, to, accounts)
		}
		for _, a := range accounts {
			if !has(to)(a) {
				t.Errorf("%+v of %+v gives %+v, which %v does not have", typed, found, to, a)
			}
		}
		switch byAddress := slices.ContainsFunc(found, has(typed)); {
		case byAddress && !sameButCase(to, typed):
			t.Errorf("%+v of %+v gives %+v", typed, found, to)
		case byAddress:
			for _, a := range found {
				listed := slices.ContainsFunc(accounts, func(b Account) bool { return b.ID == a.ID })
				if listed != has(typed)(a) {
					t.Errorf("%+v of %+v is for %v", typed, found, accounts)
				}
			}
		case sameButCase(to, typed) && to != "":
			t.Errorf("%+v of %+v gives %+v, which nobody has", typed, found, to)
		}
	})
}

// sameButCase tells whether two texts are the same but for the case of ASCII letters.
func sameButCase(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		letter := 'a' <= a[i]|0x20 && a[i]|0x20 <= 'z'
		if a[i] != b[i] && (!letter || a[i]|0x20 != b[i]|0x20) {
			return false
		}
	}
	return true
}
