package ldapx_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/text/unicode/norm"

	"ssprd/internal/demo"
	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
)

// R4, R8: whatever is typed, the directory is asked for one value. Who is found has that value and is of the population;
// who has it is found; and a text that names nobody is no error.
func FuzzFind(f *testing.F) {
	for _, typed := range []string{
		"camille.durand", "camille.durand@mail.example", "CAMILLE.DURAND@MAIL.EXAMPLE",
		"lycee.montaigne@lycees.example", " camille.durand ", "noe.fabre", "ines.marchal@courriel.example",
		"augustin.lepetit", "h.castelnau", "mathieu.laborde@region.example", "administrateurs",
		// Metacharacters of filters (RFC 4515), of names (RFC 4514) and of both, escaped and not.
		"*", "*@mail.example", "camille*", "*)(uid=*", "*)(|(uid=*", "camille.durand)(objectClass=*",
		"camille.durand)(memberOf=*", "(uid=*)", "(", ")", "((", "))", "&", "|", "!", "=", "~=", ">=a", "<=z",
		"camille.durand)(uid:dn:=x", "\\", "\\2a", "\\5c2a", "\\00", "\\zz", "\\2", "camille\\2edurand",
		"camille.durand\\", "camille.durand\\29\\28uid=\\2a", "uid=camille.durand,ou=usagers,dc=region,dc=example",
		"camille.durand,ou=usagers", "#04024869", ";binary", "/*", "--", "'", "\"",
		// What is no text, or more than one line of it.
		"camille.durand\x00", "\x00", "camille.durand\n", "\r\n", "\x1b[2J", "\x7f", "\u0085", "\xff", "\xc0\xaa",
		"\xed\xa0\x80", "camille.durand\xff", "\ufeffcamille.durand", "\ufffd", "\U0010ffff",
		// What looks like somebody, or is folded or composed into them.
		"\u212aarim.haddad", "\u212aarim.haddad@mail.example", "lucie.\ufb01ontanel@mail.example",
		"\u017farah.leveque@mail.example", "\u017farah.leveque", "n\u0130colas.dubreuil",
		"n\u0131colas.dubreuil@mail.example", "\uff43amille.durand", "\u0441amille.durand@mail.example",
		"camille.durand\uff20mail.example", "camille.durand@mail\u3002example", "camille.durand@mail.example.",
		"camille.durand+x@mail.example", "cam\u00adille.durand", "camille.\u200bdurand@mail.example",
		"\u202ecamille.durand", "camille  .durand", "camille.durand\u00a0", "paul.\u00f4", "c\u0327amille.durand",
		"\u00df", "\u1e9e", "\u0149", "\u03a3\u03c3\u03c2", strings.Repeat("*", 254), strings.Repeat("\\", 254),
		strings.Repeat("(", 255), strings.Repeat("\u00e9", 127), strings.Repeat("a", 255), strings.Repeat("a", 100_000),
	} {
		f.Add(typed)
	}
	population, people := demoPeople(f)
	f.Fuzz(func(t *testing.T, typed string) {
		found, err := population.Find(t.Context(), typed)
		if err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		for _, a := range found {
			i := slices.IndexFunc(people, func(p named) bool { return p.uid == a.Identifier })
			if i < 0 {
				t.Errorf("%q finds %s, who is not to be found", typed, a.Identifier)
			} else if p := people[i]; !sameMail(typed, p.mail) && !sameName(typed, p.uid) {
				t.Errorf("%q finds %+v", typed, p)
			}
		}
		for _, p := range people {
			is := func(a flow.Account) bool { return a.Identifier == p.uid }
			names := !strings.ContainsFunc(typed, unicode.IsSpace) && (sameMail(typed, p.mail) || sameMail(typed, p.uid))
			if names && !slices.ContainsFunc(found, is) {
				t.Errorf("%q does not find %+v", typed, p)
			}
		}
	})
}

// named is somebody who may be reset.
type named struct{ uid, mail string }

// demoPeople is a population of the demo's directory, and who is to be found in it.
func demoPeople(f *testing.F) (*ldapx.Population, []named) {
	f.Helper()
	log := slog.New(slog.DiscardHandler)
	world, err := demo.Start(f.TempDir(), log, demo.Options{HashRounds: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = world.Close() })
	d := demoDirectory{nil, world.Directory}
	c := ldapx.Defaults()
	c.Name, c.Kind, c.Servers, c.CAFile = "region", ldapx.OpenLDAP, []string{d.Primary()}, d.CAFile
	c.BindDN, c.BindPasswordFile, c.Protected = d.BindDN, d.PasswordFile, []string{dirtest.ProtectedFilter}
	directory, err := ldapx.Open(c, log)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(directory.Close)
	conn, err := d.service()
	if err != nil {
		f.Fatal(err)
	}
	defer conn.Close()
	all, err := conn.Search(ldap.NewSearchRequest(usagers.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
		"(uid=*)", []string{"uid", "mail"}, nil))
	if err != nil {
		f.Fatal(err)
	}
	var people []named
	for _, e := range all.Entries {
		if p := (named{e.GetAttributeValue("uid"),
			e.GetAttributeValue("mail")}); p.uid != "noe.fabre" && p.uid != "ines.marchal" {
			people = append(people, p)
		}
	}
	if len(people) < 20 {
		f.Fatalf("only %d people", len(people))
	}
	return directory.Population(usagers), people
}

// sameMail compares as mail is: ASCII without case (caseIgnoreIA5Match), spaces as RFC 4518 leaves them out. No character
// beyond ASCII is another way to write one of it.
func sameMail(typed, mail string) bool {
	lower := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, strings.Join(strings.Fields(s), " "))
	}
	return mail != "" && lower(typed) == lower(mail)
}

// sameName compares as names are (caseIgnoreMatch): by the compatible form of RFC 4518, without case.
func sameName(typed, name string) bool {
	form := func(s string) string { return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ") }
	return form(typed) == form(name)
}
