package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
)

// kinds of directory for which there is a configuration to begin with.
var kinds = []string{"openldap", "active-directory", "389ds", "generic"}

// placed gives a configuration the files that it names, in a folder of the test, and its own path there.
func placed(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	text = strings.NewReplacer("/etc/ssprd", dir, "/var/lib/ssprd", dir, "/var/log/ssprd", dir).Replace(text)
	for name, content := range map[string]string{"config.yaml": text, "ldap.password": "Service-de-test-2026\n", "mail.password": "x\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "config.yaml")
}

// What init writes for each kind is a configuration once its files are there, and so it is with what is commented out. Every
// example in it is marked as one, and known again by ssprd check.
func TestInit(t *testing.T) {
	t.Parallel()
	commented := regexp.MustCompile(`(?m)^( *)# ([a-z_]+: [^ ])`)
	for _, kind := range kinds {
		code, text, diagnostics := call(t, "init", "--kind", kind)
		if code != 0 || diagnostics != "" {
			t.Fatalf("%s: %d %s", kind, code, diagnostics)
		}
		c, err := config.Load(placed(t, text), "fr", "en")
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if len(c.Directories) != 1 || c.Directories[0].Kind != kind || len(c.Populations) != 2 {
			t.Errorf("%s: %+v", kind, c)
		}
		whole := commented.ReplaceAllString(text, "$1$2")
		if kind == "openldap" && whole == text {
			t.Error("nothing is commented out")
		}
		whole = strings.ReplaceAll(whole, "    breached_file: /var/lib/", "    # breached_file: /var/lib/") // of 40 GB
		if _, err := config.Load(placed(t, whole), "fr", "en"); err != nil {
			t.Errorf("%s, with what is commented out: %v", kind, err)
		}
		path := placed(t, text)
		_, found, _ := call(t, "check", "--offline", "--config", path)
		number := 0
		for line := range strings.Lines(text) {
			number++
			setting, comment, _ := strings.Cut(line, "#")
			example := strings.Contains(setting, "example") || strings.Contains(strings.ToLower(setting), "dc=")
			if example && !strings.Contains(comment, " REPLACE: ") {
				t.Errorf("%s: an example that is not marked: %s", kind, line)
			}
			if told := regexp.MustCompile(fmt.Sprintf(`PLACEHOLDER .*%s:%d: `, regexp.QuoteMeta(path), number)).MatchString(found); told != example {
				t.Errorf("%s: ssprd check tells of line %d: %t: %s\n%s", kind, number, told, line, found)
			}
		}
	}
}

// What is given on the command line stands in the configuration, and is not to be replaced.
func TestInitGiven(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		const base, bind = `ou=Gens\, d'ici,dc=region,dc=test`, "cn=ssprd,dc=region,dc=test"
		_, text, _ := call(t, "init", "--kind", kind, "--server", "ldaps://a.test,ldaps://b.test", "--base", base, "--bind-dn", bind)
		c, err := config.Load(placed(t, text), "fr", "en")
		if err != nil {
			t.Fatal(err)
		}
		d, r := c.Directories[0], c.Populations[0].Reset
		if strings.Join(d.Servers, " ") != "ldaps://a.test ldaps://b.test" || d.BindDN != bind || r.Base != base {
			t.Errorf("%+v %+v", d, r)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, ".test") && strings.Contains(line, "REPLACE") {
				t.Errorf("given, and to be replaced: %s", line)
			}
		}
	}
}

// A file that is there is never written over; one that is made is not for everybody to read.
func TestInitOutput(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if code, out, diagnostics := call(t, "init", "--kind", "389ds", "--output", path); code != 0 || !strings.Contains(out, "ssprd check --config "+path) {
		t.Fatalf("%d %s%s", code, out, diagnostics)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	before, _ := os.ReadFile(path)
	code, _, diagnostics := call(t, "init", "--kind", "openldap", "--output", path)
	after, _ := os.ReadFile(path)
	if code != 1 || !strings.Contains(diagnostics, path+" is there already") || string(before) != string(after) {
		t.Errorf("%d %s", code, diagnostics)
	}
	for _, c := range []struct{ option, value, want string }{
		{"--kind", "novell", `--kind: "novell": wanted openldap, active-directory, 389ds or generic`},
		{"--kind", "", "--kind: missing: wanted openldap"},
		{"--base", "people", `--base: "people": wanted a distinguished name`},
		{"--bind-dn", "ssprd", `--bind-dn: "ssprd": wanted a distinguished name`},
	} {
		if code, _, said := call(t, "init", "--kind", "openldap", c.option, c.value); code != 2 || !strings.Contains(said, c.want) {
			t.Errorf("%+v: %d %s", c, code, said)
		}
	}
}
