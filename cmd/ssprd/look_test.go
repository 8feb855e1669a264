package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"ssprd/internal/config"
	"ssprd/internal/theme/themetest"
	"ssprd/templates"
)

// translated is a whole language, made of the English one: each sentence is marked.
func translated(t *testing.T) []byte {
	t.Helper()
	english, err := templates.FS.ReadFile("locales/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sentences := map[string]any{}
	if err := yaml.Unmarshal(english, &sentences); err != nil {
		t.Fatal(err)
	}
	for key, s := range sentences {
		switch s := s.(type) {
		case string:
			if key != "date.months" && key != "number.decimal" {
				sentences[key] = "¶" + s
			}
		case map[string]any:
			for form, text := range s {
				s[form] = "¶" + text.(string)
			}
		}
	}
	sentences["language"] = "Deutsch"
	text, err := yaml.Marshal(sentences)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A further language is one file: the pages offer it and are in it, and so are the mails.
func TestFurtherLanguage(t *testing.T) {
	theme := t.TempDir()
	themetest.Write(t, theme, "locales/de.yaml", string(translated(t)))
	w := openWorldOf(t, func(c *config.Config) {
		c.Portal.Languages, c.Portal.Theme = []string{"fr", "en", "de"}, theme
	})
	french := w.get(t, "/fr/", "").body
	if !strings.Contains(french, `<a href="/de/" lang="de" hreflang="de">Deutsch</a>`) || strings.Contains(french, "¶") {
		t.Errorf("the French page does not offer the language: %s", french)
	}
	german := w.get(t, "/de/", "").body
	if !strings.Contains(german, `<html lang="de">`) || !strings.Contains(german, "<h1>¶Forgotten password</h1>") {
		t.Errorf("%s", german)
	}
	const address = "karim.haddad@mail.example"
	begun := w.post(t, "/de/p/usagers", "", url.Values{"address": {address}})
	if page := w.get(t, "/de/code", begun.cookie()).body; !strings.Contains(page, "¶Enter the security code") {
		t.Errorf("%s", page)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	letter, err := w.mailbox.WaitFor(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(letter.Text, "¶Enter this code on the page that asks for it") {
		t.Errorf("the mail: %s", letter.Text)
	}
}

// Everything that is wrong with a theme is told at once, by check and by serve; what the portal can run with is an error
// of check alone, and stands in the log of serve.
func TestThemeIsChecked(t *testing.T) {
	dir := t.TempDir()
	theme := filepath.Join(dir, "theme")
	themetest.Write(t, theme, "theme.css", ":root {\n --quiet: #ccc;\n --acent: #000 }")
	themetest.Write(t, theme, "templates/pasword.html", "")
	themetest.Write(t, theme, "templates/done.html", "{{define \"title\"}}x{{end}}\n{{define \"main\"}}{{.Nmae}}{{end}}")
	themetest.Write(t, theme, "templates/mail/code.txt", "{{.Cod}}")
	themetest.Write(t, theme, "locales/fr.yaml", "\ndone.titel: Bravo")
	path := written(t, dir, `theme: ""`, "theme: "+theme)
	want := []string{
		`theme/locales/fr.yaml:2: done.titel: nothing says this sentence`, `theme/templates/done.html:2: a DonePage has no Nmae`,
		`theme/templates/mail/code.txt:1: a content has no Cod`, `theme/templates/pasword.html: nothing takes this file`,
		`theme/theme.css:3: nothing uses the variable --acent; did you mean "--accent"?`,
	}
	const contrast = `--quiet on --sheet has a contrast of 1.6:1 in the light scheme`
	for command, c := range map[string]struct {
		code int
		want []string
	}{"check": {2, append(want, "theme.css:2: "+contrast)}, "serve": {1, want}} {
		code, _, said := call(t, command, "--config", path)
		for _, w := range c.want {
			if strings.Count(said, w) != 1 {
				t.Errorf("%s does not say once %q", command, w)
			}
		}
		if code != c.code {
			t.Errorf("%s: %d\n%s", command, code, said)
		}
	}

	for _, name := range []string{"templates", "locales"} {
		if err := os.RemoveAll(filepath.Join(theme, name)); err != nil {
			t.Fatal(err)
		}
	}
	themetest.Write(t, theme, "theme.css", ":root { --quiet: #ccc }")
	if code, out, said := call(t, "check", "--offline", "--config", path); code != 0 || !strings.Contains(out, contrast) || said != "" {
		t.Errorf("check: %d\n%s%s", code, out, said)
	}
	if code, said := serveUntil(t, path, "the portal is ready"); code != 0 || !strings.Contains(said, contrast) {
		t.Errorf("serve: %d\n%s", code, said)
	}
}

// docs/themes.md shows what check says of a theme like this one.
func TestThemesDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/themes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(document), "```text\n")
	want, _, _ := strings.Cut(rest, "```")
	dir := t.TempDir()
	theme := filepath.Join(dir, "theme")
	themetest.Write(t, theme, "theme.css", ":root {\n  --acent: #b8860b;\n  --quiet: #a0a0a0;\n}\n")
	themetest.Write(t, theme, "templates/done.html", "{{define \"title\"}}{{t \"done.title\"}}{{end}}\n{{define \"main\"}}\n"+
		"<p>{{.Identifer}}</p>\n<p>{{t \"done.mail\" \"addresse\" .Mail}}</p>\n{{.Help.Phone}}\n{{end}}\n")
	themetest.Write(t, theme, "templates/pasword.html", "")
	themetest.Write(t, theme, "locales/fr.yaml", "code.left: Plus que quelques minutes\ndone.titel: Bravo\n")
	_, _, said := call(t, "check", "--config", written(t, dir, `theme: ""`, "theme: "+theme))
	if got := strings.ReplaceAll(said, dir+"/", ""); got != want {
		t.Errorf("check says:\n%s\nthe document:\n%s", got, want)
	}
}
