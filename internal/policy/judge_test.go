package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ssprd/internal/policy"
	"ssprd/internal/policy/policytest"
)

// unreadable is a list whose disk is gone.
type unreadable struct{}

var errDisk = errors.New("input/output error")

func (unreadable) Contains(string) (bool, error) { return false, errDisk }

// R31, R32, R33, R34: what each password breaks.
func TestVectors(t *testing.T) {
	for _, v := range policytest.Vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			findings := judge(t, v.Set(t), v.Password, v.Who)
			if broken := brokenIn(findings); !slices.Equal(broken, v.Broken) {
				t.Errorf("%q breaks %v, want %v", v.Password, broken, v.Broken)
			}
			if policy.Broken(findings) != (len(v.Broken) > 0) || policy.Met(findings) == policy.Broken(findings) {
				t.Errorf("Broken does not agree with %v", findings)
			}
		})
	}
}

// judge is Judge with a list that cannot fail, or with none.
func judge(t testing.TB, s policy.Set, password string, who []string) []policy.Finding {
	t.Helper()
	findings, err := s.Judge(password, who)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func brokenIn(findings []policy.Finding) []policy.Name {
	broken := []policy.Name{}
	for _, f := range findings {
		if !f.Met {
			broken = append(broken, f.Rule)
		}
	}
	return broken
}

var everything = policy.Set{Rules: policy.Rules{MinLength: 12, MaxLength: 64, MinLower: 1, MinUpper: 2, MinDigits: 3, MinSymbols: 4,
	ForbidCommon: true, ForbidIdentity: true, ForbidWords: []string{"region"}, MinStrength: 3},
	Breached: policytest.Listed{"Tournevis47 Lampe"}}

func TestListTellsTheRulesInForceInOrder(t *testing.T) {
	want := []policy.Finding{
		{Rule: policy.Length, N: 12}, {Rule: policy.Lower, N: 1}, {Rule: policy.Upper, N: 2}, {Rule: policy.Digits, N: 3},
		{Rule: policy.Symbols, N: 4}, {Rule: policy.TooLong, N: 64, Quiet: true}, {Rule: policy.Identity}, {Rule: policy.Words},
		{Rule: policy.Common}, {Rule: policy.Breached}, {Rule: policy.Strength, N: 3},
	}
	if got := everything.List(); !slices.Equal(got, want) {
		t.Errorf("List gives %v, want %v", got, want)
	}
	if got := (policy.Set{}).List(); len(got) != 0 {
		t.Errorf("no rules are listed as %v", got)
	}
}

// R33: where the list of breached passwords cannot be asked, no password is judged, and so none is good.
func TestListThatCannotBeRead(t *testing.T) {
	s := policy.Set{Rules: policy.Rules{MinLength: 8, MinStrength: 2}, Breached: unreadable{}}
	for _, password := range []string{"Tournevis47 Lampe", "x"} {
		if findings, err := s.Judge(password, nil); !errors.Is(err, errDisk) || findings != nil {
			t.Errorf("%q: %v, %v", password, findings, err)
		}
	}
	// Of these two nothing is asked: they are refused whatever the list says.
	for password, breaks := range map[string]policy.Name{"": policy.Length, strings.Repeat("a", policy.MaxBytes+1): policy.TooLong} {
		if broken := brokenIn(judge(t, s, password, nil)); !slices.Contains(broken, breaks) {
			t.Errorf("%.9q: %v", password, broken)
		}
	}
}

// R31: the administrator's rules joined with the directory's: one list, in which the stricter wins.
func TestSetGivesTheStricter(t *testing.T) {
	own := policy.Rules{MinLength: 8, MaxLength: 256, MinLower: 1, MinUpper: 2, MinDigits: 2}
	for _, c := range []struct {
		name    string
		demands policy.Demands
		want    []policy.Finding
	}{
		{"none", policy.Demands{}, []policy.Finding{{Rule: policy.Length, N: 8}, {Rule: policy.Lower, N: 1},
			{Rule: policy.Upper, N: 2}, {Rule: policy.Digits, N: 2}, {Rule: policy.TooLong, N: 256, Quiet: true}}},
		{"slapd", policy.Demands{MinLength: 12, MaxLength: 64, Unit: policy.Bytes}, []policy.Finding{{Rule: policy.Length, N: 12},
			{Rule: policy.Lower, N: 1}, {Rule: policy.Upper, N: 2}, {Rule: policy.Digits, N: 2},
			{Rule: policy.TooLong, N: 256, Quiet: true}, {Rule: policy.TooBig, N: 64, Quiet: true}}},
		{"a domain", policy.Demands{MinLength: 7, Unit: policy.UTF16Units, MinKinds: 3, Kinds: policy.Windows, Names: []string{"Lea"}},
			[]policy.Finding{{Rule: policy.Length, N: 8}, {Rule: policy.Lower, N: 1}, {Rule: policy.Upper, N: 2},
				{Rule: policy.Digits, N: 2}, {Rule: policy.Kinds, N: 3, Quiet: true}, {Rule: policy.TooLong, N: 256, Quiet: true},
				{Rule: policy.Identity}}},
		{"389 DS", policy.Demands{MinLength: 9, MaxLength: 100, MinLower: 2, MinUpper: 1, MinLetters: 5, MinDigits: 1, MinSymbols: 1,
			MinKinds: 5, MaxRepeats: 3}, []policy.Finding{{Rule: policy.Length, N: 9}, {Rule: policy.PlainLower, N: 2},
			{Rule: policy.Upper, N: 2}, {Rule: policy.PlainUpper, N: 1}, {Rule: policy.PlainLetters, N: 5}, {Rule: policy.Digits, N: 2},
			{Rule: policy.Symbols, N: 1}, {Rule: policy.Kinds, N: 5}, {Rule: policy.Repeats, N: 3, Quiet: true},
			{Rule: policy.TooLong, N: 100, Quiet: true}}},
	} {
		if got := (policy.Set{Rules: own, Demands: c.demands}).List(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// R33: a letter and its accent in one character or in two are the same to the rules that compare words, in the password as
// in the names: which of them arrives depends on the keyboard.
func TestComposedOrApart(t *testing.T) {
	s := policy.Set{Rules: policy.Rules{ForbidCommon: true, ForbidIdentity: true, ForbidWords: []string{"Région", "forêt"}}}
	for password, want := range map[string][]policy.Name{
		"Hélène-crayon-7": {policy.Identity}, "xxLEFÈVRExx": {policy.Identity}, "RÉGION-crayon": {policy.Words}, "Noël-en-forêt": {policy.Identity, policy.Words},
		"Sébastien75": {policy.Common}, "Trésor2024!": {policy.Common}, "Été à Fès, sans crayon": {}, "Nguyễn-crayon": {policy.Identity},
	} {
		for _, form := range []norm.Form{norm.NFC, norm.NFD} {
			for _, nameForm := range []norm.Form{norm.NFC, norm.NFD} {
				who := []string{nameForm.String("Hélène Lefèvre-Noël"), nameForm.String("Nguyễn")}
				if got := brokenIn(judge(t, s, form.String(password), who)); !slices.Equal(got, want) {
					t.Errorf("%q, form %d, names in form %d: %v, want %v", password, form, nameForm, got, want)
				}
			}
		}
	}
}

// R37: bytes that are no characters, half a surrogate pair among them, hide no name and make nothing fail.
func TestBytesThatAreNoCharacters(t *testing.T) {
	s := policy.Set{Rules: policy.Rules{MinLength: 8, ForbidCommon: true, ForbidIdentity: true, MinStrength: 1}}
	for _, bad := range []string{"\xed\xa0\x80", "\xed\xb0\x80", "\xed\xa0\xbd\xed\xb8\x80", "\xff", "\xc3", "\xf4\x90\x80\x80"} {
		for _, password := range []string{bad + "Lefevre7zuk", "zuk7Lefevre" + bad, bad + "zu" + bad + "lefevre" + bad} {
			if got := brokenIn(judge(t, s, password, []string{"Hélène Lefèvre", bad})); !slices.Contains(got, policy.Identity) {
				t.Errorf("%q breaks %v", password, got)
			}
		}
		judge(t, s, strings.Repeat(bad, 1000), []string{strings.Repeat(bad, 100)})
	}
}

// R37: no input makes it panic or take long, and the findings are those of the list.
func FuzzJudge(f *testing.F) {
	for _, v := range policytest.Vectors(f) {
		f.Add(v.Password, strings.Join(v.Who, "\n"))
	}
	f.Add("\xff\xfe\x00", "\xff@")
	f.Add(strings.Repeat("ﷺ", 1300), strings.Repeat("a", 5000))
	f.Fuzz(func(t *testing.T, password, who string) {
		words := strings.Split(who, "\n")
		findings := judge(t, everything, password, words)
		list := everything.List()
		if len(findings) != len(list) {
			t.Fatalf("%d findings for %d rules", len(findings), len(list))
		}
		for i, f := range findings {
			if f.Rule != list[i].Rule || f.N != list[i].N {
				t.Errorf("finding %d is %v, the list has %v", i, f, list[i])
			}
		}
		if long := utf8.RuneCountInString(password) > 64; long == findings[5].Met {
			t.Errorf("a password of %d characters: %v", utf8.RuneCountInString(password), findings[5])
		}
		if score := policy.Score(password, words); score < 0 || score > 4 {
			t.Errorf("the score is %d", score)
		}
	})
}

// R37: what takes longest of the inputs we could think of.
func BenchmarkJudge(b *testing.B) {
	for name, password := range map[string]string{
		"usual":      "Tournevis47 Lampe",
		"repeated":   strings.Repeat("a", policy.MaxBytes),
		"look-alike": strings.Repeat("4@8({[<3961!|0$5+7%2", policy.MaxBytes/20),
		"expanding":  strings.Repeat("ﷺ", policy.MaxBytes/3),
		"words":      strings.Repeat("soleilmotdepassepassword", policy.MaxBytes/24),
		"signs":      strings.Repeat("573", policy.MaxBytes/3),
		"endings":    "soleil" + strings.Repeat("1", policy.MaxBytes-6),
		"separators": strings.Repeat("a-", policy.MaxBytes/2),
		"too long":   strings.Repeat("x", 1<<20),
	} {
		b.Run(name, func(b *testing.B) {
			policy.Score("", nil) // reads the lists
			for b.Loop() {
				judge(b, everything, password, []string{"Hélène Lefèvre-Noël", "hlefevre", "helene.lefevre@region.example.org", "Sté Ass", "aaaaaaab"})
			}
		})
	}
}
