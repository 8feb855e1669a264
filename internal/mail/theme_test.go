package mail_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/flow"
	"ssprd/internal/theme"
	"ssprd/internal/theme/themetest"
	"ssprd/templates"
)

// mistakes are those of a theme with these templates of mails, with the paths as they are within it.
func mistakes(t *testing.T, files map[string]string) (all []string) {
	t.Helper()
	dir := themetest.Folder(t, files)
	_, err := newRenderer(theme.Lay(dir, templates.FS), []string{"fr", "en"}, region)
	if err == nil {
		return nil
	}
	for line := range strings.Lines(err.Error()) {
		all = append(all, strings.TrimPrefix(strings.TrimSpace(line), dir+"/"))
	}
	return all
}

// A mistake in a mail of a theme is told at the start, and not when the mail is due.
func TestThemeMistakes(t *testing.T) {
	got := mistakes(t, map[string]string{
		"templates/mail/code.txt":     "{{.Code}}\n{{.Cod}}\n{{if .Again.IsZero}}{{t \"mail.code.firts\"}}{{end}}",
		"templates/mail/code.html":    "{{define \"mesage\"}}{{.Code}}{{end}}",
		"templates/mail/held.txt":     "{{.Portal.Fax}}{{rich \"x\"}}",
		"templates/mail/changed.html": "{{define \"message\"}}{{",
	})
	want := []string{
		`templates/mail/changed.html:1: unclosed action`,
		`templates/mail/code.html: does not define "message"; did you mean "mesage"?`,
		`templates/mail/code.html:1: nothing shows the template "mesage"; did you mean "message"?`,
		`templates/mail/code.txt:2: a content has no Cod; did you mean "Code"?`,
		`templates/mail/code.txt:3: there is no sentence "mail.code.firts"; did you mean "mail.code.first"?`,
		`templates/mail/held.txt:1: a Portal has no Fax`,
		`templates/mail/held.txt:1: there is no function "rich"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := mistakes(t, map[string]string{"templates/mail/code.html": "{{define \"message\"}}{{if .Lang}}<a href=\"{{end}}{{.Code}}{{end}}"}); len(got) != 1 ||
		!strings.HasPrefix(got[0], "templates/mail/code.html:1: {{if}} branches end in different contexts") {
		t.Errorf("markup that html/template cannot judge: %q", got)
	}
}

// A theme changes one mail, and one sentence of another.
func TestThemeChangesMail(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"templates/mail/code.txt": "Code : {{.Code}}\n", "locales/fr.yaml": "mail.changed.you: C’est vous ? Tout va bien.\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := newRenderer(theme.Lay(dir, templates.FS), []string{"fr"}, region)
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[flow.MailKind]string{flow.CodeMail: "Code : \n", flow.ChangedMail: "C’est vous ? Tout va bien."} {
		if msg, err := r.Render(flow.Mail{Kind: kind, Lang: "fr"}); err != nil || !strings.Contains(msg.Text, want) {
			t.Errorf("%s: %q %v", kind, msg.Text, err)
		}
	}
}
