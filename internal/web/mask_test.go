package web_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"ssprd/internal/web"
)

// R51: what a masked value shows.
func TestMaskIdentifier(t *testing.T) {
	for in, want := range map[string]string{
		"cdurand":           "c…d",
		"camille@gmail.com": "c…@…",
		"abcdef":            "a…f",
		"abcde":             "a…",
		"abcd":              "a…",
		"abc":               "…",
		"ab":                "…",
		"a":                 "…",
		"":                  "…",
		"a@b":               "…@…",
		"@":                 "…@…",
		"élodie-é":          "é…é",
		"e\u0301lodiee":     "e\u0301…e", // a letter and its accent are one character
		"李小龍":               "…",
		"日本語の名前":            "日…前",
		"\u202ecdurand":     "c…d", // nothing that turns the text round
		"cdurand\x00":       "c…d",
		"\xff\xfe\xfd\xfc":  "…",
		"\u0301":            "…",
		"12345678":          "1…8",
		"D1-042@corp.local": "D…@…",
	} {
		if got := web.MaskIdentifier(in); got != want {
			t.Errorf("MaskIdentifier(%q) = %q, want %q", in, got, want)
		}
	}
}

// R51
func TestMaskMail(t *testing.T) {
	for in, want := range map[string]string{
		"camille@gmail.com":                 "c…@…mail.com",
		"camille@hotmail.com":               "c…@…mail.com",
		"camille@mail.com":                  "c…@…ail.com",
		"camille@nouvelle-aquitaine.fr":     "c…@…aine.fr",
		"camille@siege.nouvelle-exemple.fr": "c…@…mple.fr",
		"camille@education.gouv.fr":         "c…@…gouv.fr",
		"camille@gouv.fr":                   "c…@…ouv.fr",
		"camille@a.fr":                      "c…@….fr",
		"camille@x.a.fr":                    "c…@…a.fr",
		"bob@exemple.fr":                    "…@…mple.fr",
		"a@b.c":                             "…@….c",
		"camille@localhost":                 "c…@…",
		"camille@":                          "c…@…",
		"@exemple.fr":                       "…@…mple.fr",
		"@":                                 "…@…",
		"":                                  "…",
		"camille":                           "c…e",
		"a@b@exemple.fr":                    "…@…mple.fr",
		"élodie@exemplé.fr":                 "é…@…mplé.fr",
		"camille@.fr":                       "c…@…fr",
		"\xff@exemple.fr":                   "…",
	} {
		if got := web.MaskMail(in); got != want {
			t.Errorf("MaskMail(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMaskName(t *testing.T) {
	for in, want := range map[string]string{
		"Camille Durand": "Camille D…", "  Élodie   de  Retz ": "Élodie d… R…", "X": "X…", "": "", "\u202e": "…",
	} {
		if got := web.MaskName(in); got != want {
			t.Errorf("MaskName(%q) = %q, want %q", in, got, want)
		}
	}
}

// R51: whatever the identifier, at most its first and its last character show, and its length does not.
func FuzzMaskIdentifier(f *testing.F) {
	for _, seed := range []string{"", "a", "camille@exemple.fr", "e\u0301", "\xff", "@@@", "……"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := web.MaskIdentifier(in)
		if !utf8.ValidString(got) || !strings.Contains(got, "…") {
			t.Fatalf("MaskIdentifier(%q) = %q", in, got)
		}
		if mail := web.MaskMail(in); len(in) > 0 && mail == in && !strings.Contains(in, "…") {
			t.Fatalf("MaskMail(%q) hides nothing", in)
		}
	})
}
