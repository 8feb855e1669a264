package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/config"
	"ssprd/internal/secret"
)

// R60: the corpus of broken files. Each names what is wrong with it in comments, `# want: LINE: path: text`, all of it
// and in order. DIR stands for a folder with ca.pem, password, open (a secret for everybody), empty, lists of digests
// (sorted.txt, unsorted.txt) and config.yaml.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := folder(t)
			text := strings.ReplaceAll(string(raw), "DIR", dir)
			_, err = config.Load(write(t, filepath.Join(dir, "config.yaml"), text), "fr", "en")
			compare(t, mistakes(t, err), wants(text))
		})
	}
}

func folder(t *testing.T) string {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ca.pem"), certificate(t))
	write(t, filepath.Join(dir, "password"), "Canary\n")
	write(t, filepath.Join(dir, "key"), strings.Repeat("0123456789abcdef", 4))
	write(t, filepath.Join(dir, "empty"), "\n")
	const first, second = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9\n", "7C4A8D09CA3762AF61E59520943DC26494F8941B:9\n"
	write(t, filepath.Join(dir, "sorted.txt"), first+second)
	write(t, filepath.Join(dir, "unsorted.txt"), second+first)
	if err := os.Chmod(write(t, filepath.Join(dir, "open"), "Canary\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func wants(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if _, want, ok := strings.Cut(line, "# want: "); ok {
			list = append(list, strings.TrimSpace(want))
		}
	}
	return list
}

// mistakes gives each as LINE: path: text.
func mistakes(t *testing.T, err error) []string {
	t.Helper()
	var m *config.Mistakes
	if !errors.As(err, &m) {
		t.Fatalf("no mistakes but %v", err)
	}
	var list []string
	for _, one := range m.List {
		list = append(list, fmt.Sprintf("%d: %s: %s", one.Line, one.Path, one.Want))
	}
	return list
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What is found later gets its place as well: the line of a key that is written, or the variable that it is from.
func TestPlaceOfASetting(t *testing.T) {
	t.Setenv("SSPRD_SERVER_LISTEN", "127.0.0.1:8443")
	file := install(t, example)
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "\n  languages:")
	line := strings.Count(before, "\n") + 2
	for path, want := range map[string]string{
		"portal.languages":        fmt.Sprintf("%s:%d: portal.languages: x", file, line),
		"portal.languages[1]":     fmt.Sprintf("%s:%d: portal.languages[1]: x", file, line),
		"server.listen":           "SSPRD_SERVER_LISTEN: server.listen: x",
		"server.no_such_thing":    file + ": server.no_such_thing: x",
		"portal.languages[2].too": file + ": portal.languages[2].too: x",
	} {
		if got := c.Mistake(path, "x").String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := new(config.Config).Mistake("log", "x").String(); got != ": log: x" {
		t.Errorf("of a configuration that nobody read: %s", got)
	}
}

// What is wrong at a setting, in it or around it touches it; what is beside it does not.
func TestTouch(t *testing.T) {
	for path, want := range map[string]bool{
		"portal.theme": true, "portal": true, "portal.theme.x": true, "portal.theme[0]": true, "portal.them": false, "portal.themes": false, "server": false, "": false,
	} {
		m := config.Mistakes{List: []config.Mistake{{Path: path}}}
		if m.Touch("portal.theme") != want {
			t.Errorf("%q: %v", path, !want)
		}
	}
}

func TestErrorNamesFileLineAndPath(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "config.yaml"), "code:\n  digits: 5\n")
	_, err := config.Load(file)
	if err == nil || !strings.Contains(err.Error(), file+":2: code.digits: 5: wanted 6 to 10") {
		t.Errorf("got\n%v", err)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := config.Load("testdata/none.yaml")
	if want := "testdata/none.yaml: cannot be read: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// R60: what is no configuration at all is told in one line, and is not read for ever.
func TestOtherThanText(t *testing.T) {
	const head = "portal: {name: Portal}\n"
	for name, c := range map[string]struct{ text, want string }{
		"Latin 1":   {"portal: {name: R\xe9gion}\n", ": not YAML: invalid trailing UTF-8 octet: save the file as UTF-8"},
		"binary":    {"\x7fELF\x02\x01\x01\x00", ": not YAML: control characters are not allowed: save the file as text, in UTF-8"},
		"zeros":     {strings.Repeat("\x00", 100), ": not YAML: control characters are not allowed: save the file as text, in UTF-8"},
		"very long": {head + strings.Repeat("# all work and no play\n", 50_000), ": cannot be read: it has more than 1048576 bytes, which no configuration has"},
		"deep":      {strings.Repeat("[", 20_000), ": not YAML: exceeded max depth of 10000"},
	} {
		file := write(t, filepath.Join(t.TempDir(), "config.yaml"), c.text)
		if _, err := config.Load(file); err == nil || !strings.HasPrefix(err.Error(), file) || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	dir := t.TempDir()
	if _, err := config.Load(dir); err == nil || err.Error() != dir+": cannot be read: is a directory" {
		t.Errorf("a folder: %v", err)
	}
	if _, err := config.Load("/dev/zero"); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("what has no end: %v", err)
	}
	begun := write(t, filepath.Join(dir, "bom.yaml"), "\ufeff"+head)
	if _, err := config.Load(begun); err == nil || strings.Contains(err.Error(), "not YAML") || strings.Contains(err.Error(), "portal.name") {
		t.Errorf("the mark that Windows puts first: %v", err)
	}
}

func TestEnvironmentOverrides(t *testing.T) {
	t.Setenv("SSPRD_SERVER_LISTEN", "127.0.0.1:8888")
	t.Setenv("SSPRD_CODE_DIGITS", "8")
	t.Setenv("SSPRD_CODE_LIFETIME", "5m")
	t.Setenv("SSPRD_LIMITS_MAILS_PER_ACCOUNT", "7/2h")
	t.Setenv("SSPRD_HELPDESK_ENABLED", "false")
	t.Setenv("SSPRD_PORTAL_LANGUAGES", "en, fr")
	t.Setenv("SSPRD_PORTAL_ACCESSIBILITY_STATUS", "full")
	t.Setenv("SSPRD_MAIL_TIMEOUT", "")               // counts as none
	t.Setenv("SSPRD_PORT_8080_TCP_ADDR", "10.0.0.1") // Kubernetes
	t.Setenv("SSPRD_SERVICE_HOST", "10.0.0.1")       // the same
	c, err := config.Load(install(t, example))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(c.Server.Listen, c.Code.Digits, c.Code.Lifetime, c.Limits.MailsPerAccount.Count, c.Portal.Languages, c.Portal.Accessibility.Status, c.Mail.Timeout)
	if want := "127.0.0.1:8888 8 5m0s 7 [en fr] full 10s\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A day may stand in quotes or without, a rate be whole or not, and both come from the environment.
func TestDaysAndRates(t *testing.T) {
	t.Setenv("SSPRD_PORTAL_ACCESSIBILITY_RATE", "72.5")
	t.Setenv("SSPRD_PORTAL_ACCESSIBILITY_UPDATED_ON", "2026-11-24")
	raw, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("status: none", "status: partial", `declared_on: ""`, "declared_on: 2026-09-01",
		`audited_by: ""`, "audited_by: Office", `audited_on: ""`, `audited_on: "2026-08-31"`, "rate: 0", "rate: 60",
		"faults: []", `faults: [{fr: "Une image", en: "A picture"}, PDF]`).Replace(string(raw))
	c, err := config.Load(install(t, write(t, filepath.Join(t.TempDir(), "audited.yaml"), text)))
	if err != nil {
		t.Fatal(err)
	}
	a := c.Portal.Accessibility
	got := fmt.Sprintln(a.Rate, a.DeclaredOn, a.UpdatedOn, a.AuditedOn, len(a.Faults), a.Faults[0].In("en"), a.Faults[1].In("en"))
	if want := "72.5 2026-09-01 2026-11-24 2026-08-31 2 A picture PDF\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What comes from the environment is judged as strictly, and blamed on its variable.
func TestEnvironmentMistakes(t *testing.T) {
	t.Setenv("SSPRD_SERVER_LISTEN", "8888")
	t.Setenv("SSPRD_CODE_DIGITS", "six")
	t.Setenv("SSPRD_HELPDESK_ENABLED", "yes")
	t.Setenv("SSPRD_SERVER_LISTN", "127.0.0.1:8888")
	t.Setenv("SSPRD_MAIL_PASSWORD", "Canary")
	t.Setenv("SSPRD_POPULATIONS", "usagers")
	_, err := config.Load(install(t, example))
	want := []string{
		`SSPRD_CODE_DIGITS: code.digits: "six": wanted a whole number`,
		`SSPRD_HELPDESK_ENABLED: helpdesk.enabled: "yes": wanted true or false`,
		`SSPRD_MAIL_PASSWORD: no setting has this variable; did you mean "SSPRD_MAIL_PASSWORD_FILE"?`,
		`SSPRD_POPULATIONS: no setting has this variable`,
		`SSPRD_SERVER_LISTEN: server.listen: "8888": wanted HOST:PORT, such as 127.0.0.1:8080`,
		`SSPRD_SERVER_LISTN: no setting has this variable; did you mean "SSPRD_SERVER_LISTEN"?`,
	}
	if err == nil {
		t.Fatal("no mistake")
	}
	compare(t, strings.Split(err.Error(), "\n"), want)
}

// A theme brings languages of its own.
func TestOfferedLanguages(t *testing.T) {
	theme := t.TempDir()
	t.Setenv("SSPRD_PORTAL_LANGUAGES", "fr")
	t.Setenv("SSPRD_PORTAL_THEME", theme)
	file := install(t, example)
	if _, err := config.Load(file, "en"); err == nil || !strings.Contains(err.Error(), "portal.languages[0]: \"fr\": there are no pages") {
		t.Errorf("a language without pages: %v", err)
	}
	if err := os.Mkdir(filepath.Join(theme, "locales"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(theme, "locales", "fr.yaml"), "")
	if _, err := config.Load(file, "en"); err != nil {
		t.Errorf("a language of the theme: %v", err)
	}
}

// R57: what may be a secret is not repeated.
func TestMistakesKeepSecrets(t *testing.T) {
	const canary = "Canary-Test-1"
	t.Setenv("SSPRD_MAIL_PASSWORD", canary)
	file := write(t, filepath.Join(t.TempDir(), "config.yaml"), strings.ReplaceAll(`
state: {url: "redis://u:CANARY@host", key: CANARY}
mail: {server: "smtp://u:CANARY@host", password: CANARY}
portal: {public_url: "https://u:CANARY@host", login_url: "https://u:CANARY@host:x"}
directories: [{bind_password: CANARY, servers: ["ldap://u:CANARY@host"]}]
`, "CANARY", canary))
	if _, err := config.Load(file); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("a secret is repeated, or nothing was wrong:\n%v", err)
	}
}

// The whole road stands: a secret named by the file can be read.
func TestSecretFile(t *testing.T) {
	c, err := config.Load(install(t, example))
	if err != nil {
		t.Fatal(err)
	}
	s, err := secret.ReadFile(c.Directories[0].BindPasswordFile)
	if err != nil || s.Reveal() != "Canary" {
		t.Errorf("%v, %v", s, err)
	}
}

// Load never panics, and whatever it refuses it can say.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "testdata/broken/*.yaml", example} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	file := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := config.Load(file); (c == nil) == (err == nil) || err != nil && err.Error() == "" {
			t.Errorf("%v, %v", c, err)
		}
	})
}
