package locale_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/locale"
	"ssprd/internal/theme"
	"ssprd/templates"
)

// themed lays a theme with these files over the built-in look.
func themed(t *testing.T, files map[string]string) (laid fs.FS, dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return theme.Lay(dir, templates.FS), dir
}

// A theme changes the sentences that it has; every other one stays.
func TestThemeChangesOneSentence(t *testing.T) {
	files, _ := themed(t, map[string]string{"locales/fr.yaml": "# ours\ndone.title: Bravo\n"})
	l, err := locale.Load(files, "fr")
	if err != nil {
		t.Fatal(err)
	}
	built, err := locale.Load(templates.FS, "fr")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range built.Keys() {
		got, err := l.Text(key)
		want, refused := built.Text(key)
		if (err == nil) != (refused == nil) {
			t.Errorf("%s: %v", key, err)
		}
		if key == "done.title" {
			want = "Bravo"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// A mistake in a theme's sentence is told with its line: each of them would end the page that says it.
func TestThemeSentenceMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"done.titel: Bravo":                            `:1: done.titel: nothing says this sentence; did you mean "done.title"?`,
		"\n\ncode.left: Bientôt fini":                  `:3: code.left: lacks the placeholder {left}`,
		"code.left: Encore {left} pour {name}":         `:1: code.left: has the placeholder {name}, which nothing fills: wanted {left}`,
		"done.title: Bravo {name}":                     `:1: done.title: has the placeholder {name}, which nothing fills: it has none`,
		"code.tries-left: Il reste {n} essais":         `:1: code.tries-left: lacks the plural forms of this language: one`,
		"code.tries-left: {other: \"{n} essais\"}":     `:1: code.tries-left: lacks the plural forms of this language: one`,
		"code.tries-left: {one: x, other: plusieurs}":  "", // « un essai » tells the number
		"code.tries-left: {one: x, many: y, other: z}": "",
		"done.title: {one: x, other: y}":               `:1: done.title: has plural forms: wanted one text, since it tells no number`,
		"done.title: x\ndone.title: y":                 `:2: done.title: written twice: it is on line 1 already`,
		"done.title: [x]":                              `:1: done.title: neither a text nor a map of plural forms`,
		"done.title: \"\"":                             `:1: done.title: empty`,
		"done.title: Bonjour {":                        `:1: done.title: a brace without its other`,
		"date.months: a b c":                           `:1: date.months: wanted the twelve months, a word each`,
		"done.title: x\n  y: z":                        `:2: mapping values are not allowed in this context`,
		"- done.title":                                 `:1: wanted lines of KEY: TEXT`,
		"":                                             "",
	} {
		files, dir := themed(t, map[string]string{"locales/fr.yaml": text})
		_, err := locale.Load(files, "fr")
		if want == "" && err == nil {
			continue
		}
		if place := filepath.Join(dir, "locales", "fr.yaml"); want == "" || err == nil || !strings.HasPrefix(err.Error(), place+want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A sentence of the theme's own is for a template of its own.
func TestThemeHasSentencesOfItsOwn(t *testing.T) {
	files, _ := themed(t, map[string]string{
		"locales/fr.yaml":            "ours.title: Chez nous\nkind.a: A\nother.a: B\n",
		"templates/support.html":     `{{define "title"}}{{t "ours.title"}}{{end}}{{define "main"}}{{say "kind" "a"}}{{end}}`,
		"templates/mail/changed.txt": `{{`,
	})
	_, err := locale.Load(files, "fr")
	if err == nil || strings.Count(err.Error(), "\n") > 0 || !strings.Contains(err.Error(), "fr.yaml:3: other.a: nothing says this sentence") {
		t.Errorf("%v", err)
	}
}

// A language of the theme's own has every sentence, with every plural form of the language.
func TestThemeLanguageIsWhole(t *testing.T) {
	english, err := templates.FS.ReadFile("locales/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Replace(string(english), "language: English", "language: Deutsch", 1)
	files, dir := themed(t, map[string]string{"locales/de.yaml": whole, "locales/pl.yaml": whole,
		"locales/nl.yaml": strings.Replace(strings.Replace(whole, "done.title:", "#", 1), "act.back:", "#", 1)})
	if _, err := locale.Load(files, "de"); err != nil {
		t.Error(err)
	}
	if _, err := locale.Load(files, "nl"); err == nil || err.Error() != filepath.Join(dir, "locales", "nl.yaml")+": lacks 2 sentences: act.back, done.title" {
		t.Errorf("%v", err)
	}
	if _, err := locale.Load(files, "pl"); err == nil || !strings.Contains(err.Error(), "code.tries-left: lacks the plural forms of this language: few, many") {
		t.Errorf("%v", err)
	}
	if _, err := locale.Load(files, "br"); err == nil || err.Error() != `there is no language "br": wanted a file locales/br.yaml in the theme` {
		t.Errorf("%v", err)
	}
}
