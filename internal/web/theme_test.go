package web_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ssprd/internal/theme"
	"ssprd/internal/theme/themetest"
	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
	"ssprd/templates"
)

// themed lays a theme with these files over the built-in look.
func themed(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	return theme.Lay(themetest.Folder(t, files), templates.FS)
}

// example is the theme that docs/themes.md is about.
const example = "../../docs/example-theme"

func TestThemeWins(t *testing.T) {
	files := themed(t, map[string]string{
		"theme.css":              ":root { --accent: #700 }",
		"logo.svg":               "<svg/>",
		"static/font.woff2":      "x",
		"static/favicon.svg":     "<svg id='ours'/>",
		"locales/en.yaml":        "done.title: Hooray",
		"templates/support.html": `{{define "title"}}Theirs{{end}}{{define "main"}}<p>theirs</p>{{end}}`,
		"templates/ended.html":   `{{define "title"}}Theirs{{end}}{{define "main"}}{{end}}{{define "where"}}{{end}}`,
	})
	r, err := readPages(files, languages)
	if err != nil {
		t.Fatal(err)
	}
	done := render(t, r, named(t, "en", "done"))
	for _, want := range []string{
		"<h1>Hooray</h1>", `<link rel="stylesheet" href="` + r.Static().Address("portal.css") + `"`,
		`<img src="` + r.Static().Address("logo.svg") + `" alt="RÉGION Nouvelle-Aquitaine">`,
		"Your password has been changed.",
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
	if strings.Contains(render(t, r, named(t, "fr", "ended-expired")), `class="where"`) {
		t.Error("the theme cannot leave out a part")
	}
	if css := served(t, r, r.Static().Address("portal.css")); !strings.HasSuffix(css, "\n:root { --accent: #700 }") || !strings.Contains(css, "--accent: #00566e") {
		t.Errorf("the theme's colours do not come after the built-in ones: …%s", css[max(0, len(css)-60):])
	}
	if icon := r.Static().Address("favicon.svg"); served(t, r, icon) != "<svg id='ours'/>" {
		t.Error("the theme's icon is not used")
	}
	if r.Static().Address("font.woff2") == "" || r.Static().Address("theme.css") != "" {
		t.Errorf("served: %q", r.Static().Names())
	}
}

func served(t *testing.T, r *web.Renderer, address string) string {
	t.Helper()
	res := ask(r.Static(), "GET", address, "")
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: %d %v", address, res.StatusCode, err)
	}
	return string(text)
}

func TestThemeMayBeEmpty(t *testing.T) {
	for name, files := range map[string]fs.FS{
		"no theme":     theme.Lay("", templates.FS),
		"empty folder": themed(t, nil),
		"only folders": themed(t, map[string]string{"static/x/y": "", "static/portal.js/y": "", "templates/done.html/y": "", "templates/x": "", "locales/x": "", "theme.css/x": ""}),
	} {
		r, err := readPages(files, languages)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := render(t, r, named(t, "fr", "done")); strings.Contains(text, "theme.css") || !strings.Contains(text, "<small>RÉGION </small>") {
			t.Errorf("%s: not the built-in look", name)
		}
	}
}

// The example is sound on every page, and has its colours, logo, sentence and template.
func TestExampleTheme(t *testing.T) {
	r, err := readPages(theme.Lay(example, templates.FS), languages)
	if err != nil {
		t.Fatal(err)
	}
	desk, err := readDeskPages(theme.Lay(example, templates.FS), languages)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range languages {
		for _, s := range webtest.All(lang) {
			maker := r
			if ofDesk(s.Page) {
				maker = desk
			}
			text := render(t, maker, s.Page)
			root, err := html.Parse(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range problems(root, lang) {
				t.Errorf("%s, %s: %s", lang, s.Name, problem)
			}
			if !ofDesk(s.Page) && !strings.Contains(text, `<img src="`+r.Static().Address("logo.svg")) {
				t.Errorf("%s, %s: no logo", lang, s.Name)
			}
		}
	}
	support := render(t, r, named(t, "fr", "support"))
	if card, text := strings.Index(support, "<dl"), strings.Index(support, "<p>L’assistance"); card < 0 || text < card {
		t.Error("the template of the theme is not used")
	}
	if !strings.Contains(support, "<h1>L’accueil de la mairie</h1>") {
		t.Error("the sentence of the theme is not used")
	}
}

// Every mistake of a theme's templates is told at the start, at once, with file and line: none waits for a visitor.
func TestThemeMistakes(t *testing.T) {
	dir := themetest.Folder(t, map[string]string{
		"templates/done.html":     "{{define \"title\"}}{{t \"done.title\"}}{{end}}\n{{define \"main\"}}\n{{if .Locked}}{{.Identifer}}{{else}}{{t \"done.titel\"}}{{end}}\n{{t \"done.mail\" \"male\" .Mail}}{{end}}",
		"templates/wait.html":     "\n{{define \"title\"}}{{if}}{{end}}",
		"templates/pick.html":     "{{define \"titel\"}}x{{end}}\nhello\n{{define \"main\"}}{{template \"cancle\" .}}{{end}}",
		"templates/code.html":     "{{define \"title\"}}x{{end}}{{define \"main\"}}\n{{t \"code.hint\" \"n\" .Left}}{{say \"raison\" .Reason}}{{static \"portal.cs\"}}{{t .Typed}}{{end}}",
		"templates/password.html": "{{define \"title\"}}x{{end}}{{define \"main\"}}{{.Help.Phone}}{{end}}",
		"locales/en.yaml":         "\nact.bakc: Home",
	})
	_, err := readPages(theme.Lay(dir, templates.FS), languages)
	if err == nil {
		t.Fatal("no mistake")
	}
	var got []string
	for line := range strings.Lines(err.Error()) {
		got = append(got, strings.TrimPrefix(strings.TrimSpace(line), dir+"/"))
	}
	want := []string{
		`locales/en.yaml:2: act.bakc: nothing says this sentence; did you mean "act.back"?`,
		`templates/code.html: its forms would be refused: wanted {{template "ours" .Form}} in each`,
		`templates/code.html:2: say: there are no sentences raison.…; did you mean "reason"?`,
		`templates/code.html:2: static: there is no static file "portal.cs"; did you mean "portal.css"?`,
		`templates/code.html:2: t wants a constant key`,
		`templates/code.html:2: the sentence "code.hint" in "fr" counts: wanted a whole number for {n}`,
		`templates/done.html:3: a DonePage has no Identifer; did you mean "Identifier"?`,
		`templates/done.html:3: there is no sentence "done.titel"; did you mean "done.title"?`,
		`templates/done.html:4: the sentence "done.mail" in "fr" wants a value for {mail}`,
		`templates/password.html: its forms would be refused: wanted {{template "ours" .Form}} in each`,
		`templates/password.html:1: a Help may be absent, and .Phone fails then: wanted {{with}} or {{if}} around it`,
		`templates/pick.html: does not define "title"; did you mean "titel"?`,
		`templates/pick.html: its forms would be refused: wanted {{template "ours" .Form}} in each`,
		`templates/pick.html:1: nothing shows the template "titel"; did you mean "title"?`,
		`templates/pick.html:2: what stands outside of {{define}} is shown nowhere`,
		`templates/pick.html:3: there is no template "cancle"; did you mean "cancel"?`,
		`templates/wait.html:2: missing value for if`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A value where no browser reads it as text: html/template would only find out with the first visitor.
func TestThemeMarkupMistakes(t *testing.T) {
	dir := themetest.Folder(t, map[string]string{
		"templates/done.html": "{{define \"title\"}}x{{end}}{{define \"main\"}}\n{{if .Locked}}<a href=\"{{end}}{{.Mail}}{{end}}",
	})
	_, err := readPages(theme.Lay(dir, templates.FS), languages)
	if err == nil || !strings.HasPrefix(err.Error(), dir+"/templates/done.html:2: {{if}} branches end in different contexts") {
		t.Errorf("%v", err)
	}
}

// A theme that takes away what a built-in page needs is told where it is missed.
func TestThemeTakesAway(t *testing.T) {
	dir := themetest.Folder(t, map[string]string{"templates/partials.html": "{{define \"languages\"}}{{end}}"})
	_, err := readPages(theme.Lay(dir, templates.FS), languages)
	for _, want := range []string{`built-in support.html:4: there is no template "card"`, dir + `/templates/partials.html: does not define "progress", which wait.html needs`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// R28: what no check can foresee does not show either: the built-in page is shown, and the log has the cause.
func TestThemeFailsUnseen(t *testing.T) {
	files := themed(t, map[string]string{ // there is no sentence reason.resend-soon: the built-in page has another for it
		"templates/code.html": `{{define "title"}}Theirs{{end}}{{define "main"}}<p>{{say "reason" .Reason}}</p>{{template "cancel" .}}{{end}}`,
	})
	r, err := readPages(files, languages)
	if err != nil {
		t.Fatal(err)
	}
	var failed []error
	r.Failed = func(err error) { failed = append(failed, err) }
	if text := render(t, r, named(t, "fr", "code-code-wrong")); !strings.Contains(text, "Theirs") || len(failed) > 0 {
		t.Errorf("%v: %s", failed, text)
	}
	text := render(t, r, named(t, "fr", "code-resend-soon"))
	if text != render(t, renderer(t), named(t, "fr", "code-resend-soon")) || len(failed) != 1 || !strings.Contains(failed[0].Error(), "reason.resend-soon") {
		t.Errorf("%v: %s", failed, text)
	}
}

// A theme cannot name files outside of its folder, neither by their path nor by a link; and what is hidden is not served.
func TestThemeHasNoWayOut(t *testing.T) {
	if f, err := themed(t, nil).Open("../x"); err == nil {
		_ = f.Close()
		t.Error("a way out of the theme")
	}
	dir := themetest.Folder(t, map[string]string{"static/.portal.css.swp": "Test-Secret", "static/font.woff2": "x"})
	if err := os.Symlink(filepath.Join(themetest.Folder(t, map[string]string{"key": "Test-Secret"}), "key"), filepath.Join(dir, "static", "key")); err != nil {
		t.Fatal(err)
	}
	r, err := readPages(theme.Lay(dir, templates.FS), languages)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Static().Names(); !slices.Equal(got, []string{"favicon.svg", "font.woff2", "helpdesk.css", "helpdesk.js", "portal.css", "portal.js"}) {
		t.Errorf("served: %q", got)
	}
}
