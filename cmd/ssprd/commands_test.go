package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/theme/themetest"
)

// call runs a command line that comes to its end by itself.
func call(t *testing.T, args ...string) (code int, out, diagnostics string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), child.Patience)
	defer cancel()
	var o, d bytes.Buffer
	code = run(ctx, args, &o, &d)
	return code, o.String(), d.String()
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args             []string
		code             int
		out, diagnostics string
	}{
		{nil, 2, "", "usage: ssprd COMMAND"},
		{[]string{"help"}, 0, "usage: ssprd COMMAND", ""},
		{[]string{"--help"}, 0, "Exit codes", ""},
		{[]string{"bogus"}, 2, "", `there is no command "bogus"`},
		{[]string{"serve", "-h"}, 0, "usage: ssprd serve [--config FILE]", ""},
		{[]string{"demo", "--help"}, 0, "--data", ""},
		{[]string{"serve", "--bogus"}, 2, "", "flag provided but not defined: -bogus"},
		{[]string{"serve", "extra"}, 2, "", `"extra" is not expected`},
		{[]string{"check", "extra"}, 2, "", `"extra" is not expected`},
		{[]string{"reopen", "-h"}, 0, "--population NAME --address ADDRESS", ""},
		{[]string{"reopen", "--population", "all"}, 2, "", "--population and --address are wanted"},
		{[]string{"completion", "-h"}, 0, "bash|zsh|fish", ""},
		{[]string{"completion"}, 2, "", "bash, zsh or fish is wanted"},
		{[]string{"man"}, 0, ".TH SSPRD 1", ""},
		{[]string{"version"}, 0, "ssprd ", ""},
		{[]string{"check", "--config", "/no/such/file"}, 2, "", "/no/such/file: cannot be read: no such file or directory"},
		{[]string{"serve", "--config", "/no/such/file"}, 2, "", "cannot be read"},
		{[]string{"demo", "--listen", "nowhere"}, 2, "", "--listen"},
		{[]string{"demo", "--listen", "0.0.0.0:8080"}, 2, "", "of this machine alone"},
		{[]string{"demo", "--listen", "127.0.0.1:99999"}, 1, "", "--listen"},
		{[]string{"--version"}, 0, "ssprd ", ""},
		{[]string{"help", "serve"}, 0, "usage: ssprd serve", ""},
		{[]string{"help", "help"}, 0, "usage: ssprd COMMAND", ""},
		{[]string{"-h", "-h"}, 0, "usage: ssprd COMMAND", ""},
		{[]string{"help", "bogus"}, 2, "", "there is no command"},
	} {
		code, out, diagnostics := call(t, c.args...)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(diagnostics, c.diagnostics) {
			t.Errorf("ssprd %v: %d\n%s%s", c.args, code, out, diagnostics)
		}
		if code == 0 && diagnostics != "" || code != 0 && out != "" {
			t.Errorf("ssprd %v: both outputs are used:\n%s%s", c.args, out, diagnostics)
		}
	}
}

// written is a configuration in which every file is in dir, with one line changed.
func written(t *testing.T, dir, from, to string) string {
	t.Helper()
	text := fmt.Sprintf(`portal: {public_url: "http://127.0.0.1:1", login_url: "https://www.region.example/", name: Test, theme: ""}
server: {listen: "127.0.0.1:0", operations: "", drain: 0s}
state: {url: "file:%[1]s/state.db", key_file: "%[1]s/state.key"}
mail: {server: "smtp+plain://127.0.0.1:1", from: "no-reply@region.example"}
audit: {file: "%[1]s/audit.jsonl"}
directories: [{name: main, kind: openldap, servers: ["ldap://127.0.0.1:1"], bind_dn: "cn=ssprd", bind_password_file: "%[1]s/ldap.password", protected: ["(uid=admin)"]}]
populations: [{name: all, label: "All", reset: {directory: main, base: "dc=example", filter: "(uid=*)", find_by: [mail], mail: [mail], identifier: uid, rules: r}}]
rules: [{name: r, min_length: 12}]
`, dir)
	if from != "" && !strings.Contains(text, from) {
		t.Fatalf("%q is not in the configuration", from)
	}
	text = strings.Replace(text, from, to, 1)
	for name, content := range map[string]string{"config.yaml": text, "ldap.password": "Service-de-test-2026"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "config.yaml")
}

// A portal whose directory and mail server are down starts, and ends in order when it is told to.
func TestServeWithoutServers(t *testing.T) {
	path := written(t, t.TempDir(), "", "")
	warned := "0 warnings"
	if os.Geteuid() == 0 {
		warned = "1 warning" // that it is root
	}
	if code, out, diagnostics := call(t, "check", "--offline", "--config", path); code != 0 || !strings.Contains(out, "config.yaml: 0 errors, "+warned+", ") {
		t.Fatalf("check: %d\n%s%s", code, out, diagnostics)
	}
	if code, out, diagnostics := call(t, "check", "--offline", "--quiet", "--config", path); code != 0 || strings.Contains(out, "ok  ") || !strings.Contains(out, "config.yaml: 0 errors, "+warned+", ") {
		t.Fatalf("check: %d\n%s%s", code, out, diagnostics)
	}
	code, diagnostics := serveUntil(t, path, "a directory server does not answer")
	for _, want := range []string{"the portal is ready", "a directory server does not answer", "stopping", "stopped"} {
		if !strings.Contains(diagnostics, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	if code != 0 {
		t.Errorf("%d\n%s", code, diagnostics)
	}
}

// serveUntil serves until the log has said something, and then ends it.
func serveUntil(t *testing.T, path, words string) (code int, diagnostics string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var log bytes.Buffer
	said := make(chan struct{})
	ended := make(chan int)
	go func() {
		ended <- run(ctx, []string{"serve", "--config", path}, &bytes.Buffer{}, &notice{to: &log, words: words, said: said})
	}()
	select {
	case <-said:
	case code = <-ended:
		t.Fatalf("it ended by itself: %d\n%s", code, log.String())
	case <-ctx.Done():
	}
	cancel()
	return <-ended, log.String()
}

// What the portal cannot do without ends it with a message that names the key, and check finds it before: with 2 where the
// file itself is refused, with 1 where it is what the file is about, or what a portal can run with and should not.
func TestServeFails(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		code     int
		check    string
		serve    string
	}{
		"audit":    {"/audit.jsonl", "/config.yaml/audit.jsonl", 1, "AUDIT_UNWRITTEN", "audit.file"},
		"state":    {"/state.db", "/config.yaml/state.db", 1, "STATE_FOLDER", "state.url"},
		"theme":    {`theme: ""`, "theme: THEME", 2, `/theme/templates/code.html:1: there is no sentence "no.such.key"`, `/theme/templates/code.html:1: there is no sentence "no.such.key"`},
		"listen":   {"127.0.0.1:0", "192.0.2.1:80", 0, "", "server.listen"},
		"breached": {"min_length: 12", `min_length: 12, breached_file: "DIR/ldap.password"`, 2, `rules[0].breached_file: "`, ""},
		// R60: behind a proxy that the configuration does not name.
		"limits": {"\nrules:", "\nlimits: {failures_per_account: 100/1h}\nrules:", 1, "LIMIT_LOOSE  limits.failures_per_account: reading DIR/config.yaml:8: \"100/1h\": wanted at most ten in an hour", ""},
		// R67: such a portal runs, and its log warns (TestServeWarnsOfItsStatement).
		"statement": {`theme: ""`, "accessibility: {status: partial}", 1, "STATEMENT_UNFOUNDED  portal.accessibility.audited_by: reading DIR/config.yaml: missing: wanted who made the audit", ""},
		"proxy":     {"http://127.0.0.1:1", "https://portal.example.org", 1, "PROXIES_MISSING  server.trusted_proxies: reading DIR/config.yaml: missing: wanted the network of the proxy", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			theme := filepath.Join(dir, "theme")
			if err := os.MkdirAll(filepath.Join(theme, "templates"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(theme, "templates", "code.html"), []byte(`{{define "main"}}{{t "no.such.key"}}{{end}}`), 0o600); err != nil {
				t.Fatal(err)
			}
			path := written(t, dir, c.from, strings.NewReplacer("THEME", theme, "DIR", dir).Replace(c.to))
			code, out, diagnostics := call(t, "check", "--offline", "--config", path)
			if code != c.code || !strings.Contains(out+diagnostics, strings.ReplaceAll(c.check, "DIR", dir)) || (code == 2) != (diagnostics != "") {
				t.Errorf("check: %d\n%s%s", code, out, diagnostics)
			}
			if c.serve == "" {
				return // it serves
			}
			code, _, diagnostics = call(t, "serve", "--config", path)
			if code != 1 || !strings.Contains(diagnostics, c.serve) {
				t.Errorf("serve: %d\n%s", code, diagnostics)
			}
		})
	}
}

// A file that everybody may read must hold no password; one in the environment is none of the file's.
func TestCheckTellsOfAPasswordInTheOpen(t *testing.T) {
	const url = "redis://portal:Epreuve@127.0.0.1:1"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state.key"), []byte(strings.Repeat("5a", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(to string) string {
		path := written(t, dir, `file:`+dir+`/state.db`, to)
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if code, out, said := call(t, "check", "--offline", "--config", open(url)); code != 1 || strings.Count(out, "CONFIG_SECRET") != 1 || strings.Contains(out, "Epreuve") {
		t.Errorf("%d\n%s%s", code, out, said)
	}
	path := open("memory:")
	t.Setenv("SSPRD_STATE_URL", url)
	if code, out, said := call(t, "check", "--offline", "--config", path); code != 0 || strings.Contains(out, "CONFIG_SECRET") {
		t.Errorf("%d\n%s%s", code, out, said)
	}
}

// What check finds beyond the configuration's form has the file and the line of the key as well, if the key is written.
func TestCheckNamesLines(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		code     int
		want     string
	}{
		"limits":    {"\nrules:", "\nlimits:\n  failures_per_account: 100/1h\nrules:", 1, "limits.failures_per_account: reading FILE:9: "},
		"statement": {`theme: ""`, `accessibility: {status: partial, audited_by: ""}`, 1, "portal.accessibility.audited_by: reading FILE:1: "},
		"absent":    {"http://127.0.0.1:1", "https://portal.example.org", 1, "server.trusted_proxies: reading FILE: missing"},
		"language":  {`theme: ""`, "\n  languages: [fr, de]", 2, `FILE:2: portal.languages: there is no language "de"`},
	} {
		path := written(t, t.TempDir(), c.from, c.to)
		code, out, said := call(t, "check", "--offline", "--config", path)
		if code != c.code || strings.Count(out+said, strings.ReplaceAll(c.want, "FILE", path)) != 1 {
			t.Errorf("%s: %d\n%s%s", name, code, out, said)
		}
	}
	path := written(t, t.TempDir(), `theme: ""`, "languages: [de]")
	if code, _, said := call(t, "serve", "--config", path); code != 1 || !strings.Contains(said, path+`:1: portal.languages: there is no language "de"`) {
		t.Errorf("serve: %d\n%s", code, said)
	}
}

// A theme is looked at beside a configuration with mistakes, unless they are about what it would be looked at with.
func TestCheckTellsAllAtOnce(t *testing.T) {
	dir := t.TempDir()
	theme := filepath.Join(dir, "theme")
	themetest.Write(t, theme, "theme.css", ":root {\n --acent: #000 }")
	path := written(t, dir, `theme: ""`, "theme: "+theme+"\nlog: {level: loud}\nportals: x")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.NewReplacer("\nlog:", "}\nlog:", "portals: x}", "portals: x", `"http://127.0.0.1:1", login`, `"nowhere", login`).Replace(string(text))
	themetest.Write(t, dir, "config.yaml", broken)
	code, _, said := call(t, "check", "--config", path)
	for _, want := range []string{path + `:2: log.level: "loud"`, path + ":3: portals: unknown key", ":1: portal.public_url: ", theme + "/theme.css:2: nothing uses the variable --acent"} {
		if code != 2 || strings.Count(said, want) != 1 {
			t.Errorf("%d, want %q once:\n%s", code, want, said)
		}
	}
	themetest.Write(t, dir, "config.yaml", strings.Replace(broken, "theme: ", "languages: [fr, fr], theme: ", 1))
	if _, _, said := call(t, "check", "--config", path); strings.Contains(said, "acent") || !strings.Contains(said, "portal.languages") {
		t.Errorf("%s", said)
	}
}

// R67: a portal whose accessibility statement claims what nothing bears out serves, as an older file must, and warns.
func TestServeWarnsOfItsStatement(t *testing.T) {
	path := written(t, t.TempDir(), `theme: ""`, "accessibility: {status: full}")
	code, diagnostics := serveUntil(t, path, "the portal is ready")
	if code != 0 || !strings.Contains(diagnostics, `"level":"WARN","msg":"the accessibility statement is not borne out","key":"portal.accessibility.audited_by"`) {
		t.Errorf("%d\n%s", code, diagnostics)
	}
}

// A second instance on the same state file says so, and leaves the first one alone.
func TestSecondInstance(t *testing.T) {
	path := written(t, t.TempDir(), "", "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := make(chan int)
	var log bytes.Buffer
	ready := make(chan struct{})
	go func() {
		first <- run(ctx, []string{"serve", "--config", path}, &bytes.Buffer{}, &notice{to: &log, words: "the portal is ready", said: ready})
	}()
	<-ready
	if code, _, diagnostics := call(t, "serve", "--config", path); code != 1 || !strings.Contains(diagnostics, "state.url") {
		t.Errorf("%d\n%s", code, diagnostics)
	}
	cancel()
	if code := <-first; code != 0 {
		t.Errorf("the first one: %d", code)
	}
}

// notice is a log that tells when something was said.
type notice struct {
	to    *bytes.Buffer
	words string
	said  chan struct{}
	once  sync.Once
	mu    sync.Mutex
}

func (n *notice) Write(b []byte) (int, error) {
	if strings.Contains(string(b), n.words) {
		n.once.Do(func() { close(n.said) })
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.to.Write(b)
}
