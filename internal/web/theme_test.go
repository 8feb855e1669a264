package web_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/theme"
	"ssprd/internal/web"
	"ssprd/templates"
)

// themed lays a theme with these files over the built-in look.
func themed(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return theme.Lay(dir, templates.FS)
}

func TestThemeWins(t *testing.T) {
	english, err := templates.FS.ReadFile("locales/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := themed(t, map[string]string{
		"theme.css":              ":root { --accent: #700 }",
		"logo.svg":               "<svg/>",
		"static/font.woff2":      "x",
		"static/favicon.svg":     "<svg id='ours'/>",
		"locales/en.yaml":        strings.Replace(string(english), "done.title: Success", "done.title: Hooray", 1),
		"templates/support.html": `{{define "title"}}Theirs{{end}}{{define "main"}}<p>theirs</p>{{end}}`,
	})
	r, err := web.NewRenderer(files, languages)
	if err != nil {
		t.Fatal(err)
	}
	done := render(t, r, named(t, "en", "done"))
	for _, want := range []string{
		"<h1>Hooray</h1>", `<link rel="stylesheet" href="` + r.Static().Address("theme.css"),
		`<img src="` + r.Static().Address("logo.svg") + `" alt="RÉGION Nouvelle-Aquitaine">`,
	} {
		if !strings.Contains(done, want) {
			t.Errorf("no %s in\n%s", want, done)
		}
	}
	if strings.Contains(done, "<small>") {
		t.Error("the wordmark stands beside the logo")
	}
	if !strings.Contains(render(t, r, named(t, "fr", "support")), "<p>theirs</p>") {
		t.Error("the theme's template is not used")
	}
	if r.Static().Address("font.woff2") == "" || r.Static().Address("portal.css") == "" {
		t.Error("the static files of both are to be served")
	}
}

func TestThemeMayBeEmpty(t *testing.T) {
	for name, files := range map[string]fs.FS{
		"no theme":     theme.Lay("", templates.FS),
		"empty folder": themed(t, nil),
		"only folders": themed(t, map[string]string{"static/x/y": "", "static/portal.js/y": "", "templates/done.html/y": "", "templates/x": "", "locales/x": ""}),
	} {
		r, err := web.NewRenderer(files, languages)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := render(t, r, named(t, "fr", "done")); strings.Contains(text, "theme.css") || !strings.Contains(text, "<small>RÉGION </small>") {
			t.Errorf("%s: not the built-in look", name)
		}
	}
}

// A theme that cannot be used is a mistake to be told, not to be passed over.
func TestThemeMistakes(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"template":   {"templates/done.html": "{{"},
		"no message": {"templates/done.html": `{{define "title"}}{{t "none"}}{{end}}{{define "main"}}{{end}}`},
		"locale":     {"locales/fr.yaml": "done.titel: Bravo"},
	} {
		if _, err := web.NewRenderer(themed(t, files), languages); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if f, err := themed(t, nil).Open("../x"); err == nil {
		_ = f.Close()
		t.Error("a way out of the theme")
	}
}
