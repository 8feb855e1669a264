package deploytest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// The package is installed as its administrator does it, upgraded, run as its unit says, its record rotated, and removed: with
// nothing lost by the removal, and nothing left by the purge.
func TestPackage(t *testing.T) {
	if os.Getenv(dirtest.EverythingVariable) != "1" {
		t.Skip("it installs the package on this machine, and removes it: only where " + dirtest.EverythingVariable + "=1 says so")
	}
	if os.Geteuid() != 0 {
		t.Fatal("only root installs packages: make test asks sudo for it")
	}
	dirtest.Need(t, "dpkg", "adduser", "setpriv", "runuser", "systemd-analyze", "logrotate")
	unspoilt(t)
	files, err := filepath.Glob(filepath.Join(artefacts(t), "*.deb"))
	if err != nil || len(files) != 1 {
		t.Fatalf("packages: %v, %v", files, err)
	}
	before := traces(t)
	_, unknown := user.Lookup("ssprd")
	t.Cleanup(func() {
		purge(t, unknown != nil)
		if after := traces(t); !slices.Equal(before, after) {
			t.Errorf("after the purge there is %v, before the installation there was %v", after, before)
		}
	})
	p := &installation{file: files[0], pages: portaltest.FreeAddress(t), operations: portaltest.FreeAddress(t)}
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"install", p.install}, {"upgrade", p.upgrade}, {"run", p.run}, {"remove", p.remove},
	} {
		if !t.Run(step.name, step.do) {
			return
		}
	}
}

// installation is the package on this machine.
type installation struct {
	file              string
	pages, operations string // addresses of the portal
}

const (
	configFile = "/etc/ssprd/config.yaml"
	unitFile   = "/usr/lib/systemd/system/ssprd.service"
	recordFile = "/var/log/ssprd/audit.jsonl"
)

// unspoilt makes sure that nothing on this machine is touched that is not this test's own. What a run that was killed has left
// behind is known by its version.
func unspoilt(t *testing.T) {
	t.Helper()
	out, _ := exec.Command("dpkg-query", "--show", "--showformat=${Version}", "ssprd").Output()
	if string(out) == testVersion {
		purge(t, true)
	} else if len(out) > 0 {
		t.Fatalf("the package ssprd %s is on this machine: this test would take it away, with its configuration and its key. Run it on another", out)
	}
	for _, path := range []string{"/etc/ssprd", "/var/lib/ssprd", "/var/log/ssprd", "/usr/bin/ssprd"} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%s is on this machine: this test would take it away. Run it on another", path)
		}
	}
}

// purge takes the package away with everything, and its user if that came with it.
func purge(t *testing.T, withUser bool) {
	t.Helper()
	if out, err := exec.Command("dpkg", "--purge", "ssprd").CombinedOutput(); err != nil {
		t.Errorf("dpkg --purge: %v: %s", err, out)
	}
	if _, err := user.Lookup("ssprd"); err == nil && withUser {
		if out, err := exec.Command("deluser", "--quiet", "--system", "ssprd").CombinedOutput(); err != nil {
			t.Errorf("deluser: %v: %s", err, out)
		}
	}
}

// traces are the paths that have to do with ssprd, where packages put things.
func traces(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("find", "/etc", "/usr/bin", "/usr/lib/systemd", "/usr/share", "/var/lib", "/var/log", "-name", "*ssprd*").Output()
	if err != nil {
		t.Fatalf("find: %v", err)
	}
	return strings.Fields(string(out))
}

// dpkg runs it, without waiting for the disk, and gives what it says.
func dpkg(t *testing.T, args ...string) string {
	t.Helper()
	out, err := child.Run("dpkg", append([]string{"--force-unsafe-io"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// mode is a file's mode and owners, as `-rw-r----- root ssprd`.
func mode(t *testing.T, path string) string {
	t.Helper()
	out, err := child.Run("stat", "--format=%A %U %G", path)
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(out)
}

// modes fails the test where a file is not as it should be.
func modes(t *testing.T, want map[string]string) {
	t.Helper()
	for path, want := range want {
		if got := mode(t, path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func (p *installation) install(t *testing.T) {
	said := dpkg(t, "--install", p.file)
	guide := string(content(t, filepath.Join(portaltest.Root(), "docs", "install.md")))
	for _, next := range []string{"editor " + configFile, "runuser -u ssprd -- ssprd check", "systemctl enable --now ssprd"} {
		if !strings.Contains(said, "\n    "+next) || !strings.Contains(guide, "\n    "+next+"\n") {
			t.Errorf("the administrator is not told of %q, by the package or by docs/install.md: %s", next, said)
		}
	}
	if wants, _ := filepath.Glob("/etc/systemd/system/*.wants/ssprd.service"); wants != nil {
		t.Errorf("it is started by itself, before it was configured: %v", wants)
	}
	modes(t, map[string]string{
		"/usr/bin/ssprd": "-rwxr-xr-x root root", unitFile: "-rw-r--r-- root root",
		"/etc/ssprd": "drwxr-x--- root ssprd", configFile: "-rw-r----- root ssprd",
		"/var/lib/ssprd": "drwx------ ssprd ssprd", "/var/log/ssprd": "drwx------ ssprd ssprd",
	})
	account, err := user.Lookup("ssprd")
	if err != nil {
		t.Fatal(err)
	}
	if shell, err := child.Run("getent", "passwd", account.Uid); err != nil || !strings.HasSuffix(strings.TrimSpace(shell), "/nologin") {
		t.Errorf("somebody could sign in as ssprd: %v: %s", err, shell)
	}
	if said, err := child.Run("runuser", "-u", "ssprd", "--", "ssprd", "version"); err != nil || !strings.HasPrefix(said, "ssprd "+testVersion+" ") {
		t.Errorf("ssprd version: %v: %s", err, said)
	}
	for file, text := range map[string]string{
		"man/man1/ssprd.1.gz": ".TH", "bash-completion/completions/ssprd": "complete ", "zsh/vendor-completions/_ssprd": "#compdef ssprd",
		"fish/vendor_completions.d/ssprd.fish": "complete ", "doc/ssprd/copyright": "Go, go1.", "doc/ssprd/docs/install.md": "# Installing",
	} {
		if got, err := child.Run("zcat", "--force", "/usr/share/"+file); err != nil || !strings.Contains(got, text) {
			t.Errorf("%s has no %q: %v", file, text, err)
		}
	}
	verifyUnit(t, unitFile)
}

// upgrade installs it again, over a configuration that was edited and given another mode.
func (p *installation) upgrade(t *testing.T) {
	if err := os.WriteFile(configFile, []byte(p.config()), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("/etc/ssprd", 0o710); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("/var/log/ssprd", 0o750); err != nil { // for a group that collects the record
		t.Fatal(err)
	}
	if said := dpkg(t, "--install", p.file); strings.Contains(said, "Next:") {
		t.Errorf("an upgrade tells what follows a first installation: %s", said)
	}
	if string(content(t, configFile)) != p.config() {
		t.Error("the upgrade has changed the configuration")
	}
	modes(t, map[string]string{"/etc/ssprd": "drwx--x--- root ssprd", configFile: "-rw-r----- root ssprd", "/var/log/ssprd": "drwxr-x--- ssprd ssprd"})
}

// config is what the administrator writes. Its directory and its mail server are down: the portal starts all the same.
func (p *installation) config() string {
	return fmt.Sprintf(`portal: {public_url: "http://%[1]s", login_url: "http://%[1]s/", name: Mes services}
server: {listen: "%[1]s", operations: "%[2]s", drain: 0s}
mail: {server: "smtp+plain://127.0.0.1:9", from: "Mes services <ne-pas-repondre@example.org>"}
directories:
  - {name: main, kind: openldap, servers: ["ldap://127.0.0.1:9"], bind_dn: "cn=ssprd,dc=example,dc=org", bind_password_file: /etc/ssprd/ldap.password}
populations:
  - {name: everybody, label: {fr: "J’ai un compte", en: "I have an account"}, reset: {directory: main, base: "ou=people,dc=example,dc=org",
     filter: (objectClass=inetOrgPerson), find_by: [mail], mail: [mail], identifier: uid, rules: standard}}
rules: [{name: standard}]
`, p.pages, p.operations)
}

// run starts it as the unit does, looks at it, rotates its record, and stops it.
func (p *installation) run(t *testing.T) {
	install := exec.Command("install", "-g", "ssprd", "-m", "0640", "/dev/stdin", "/etc/ssprd/ldap.password")
	install.Stdin = strings.NewReader("anything")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	u := readUnit(t, unitFile)
	words := append(u.as(), u.command("ExecStart")...)
	portal, err := child.Start(words[0], words[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Stop()
	if err := portal.Await(func() error { return answers("http://"+p.operations+"/livez", "") }); err != nil {
		t.Fatal(err)
	}
	if err := answers("http://"+p.pages+"/", "Mes services"); err != nil {
		t.Error(err)
	}
	modes(t, map[string]string{
		"/var/lib/ssprd/state.db": "-rw------- ssprd ssprd", "/var/lib/ssprd/state.key": "-rw------- ssprd ssprd",
		recordFile: "-rw------- ssprd ssprd",
	})
	rotate(t, portal)
	if err := portal.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := portal.Await(func() error { return errors.New("it still runs") }); portal.ExitCode() != 0 {
		t.Errorf("it does not end as it should: %v", err)
	}
}

// answers asks for a page, which is to have a text.
func answers(url, text string) error {
	res, err := http.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || !strings.Contains(string(b), text)) {
		err = fmt.Errorf("%s: %s: %s", url, res.Status, b)
	}
	return err
}

// rotate has logrotate rename the record, by the rules for those who want that. Where systemd does not run, it cannot send the signal itself.
func rotate(t *testing.T, portal *child.Process) {
	t.Helper()
	const line = `{"event":"before the rotation"}` + "\n"
	record, err := os.OpenFile(recordFile, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = record.WriteString(line)
	if err := errors.Join(err, record.Close()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules") // which logrotate heeds only where nobody else can write to them
	if err := os.WriteFile(rules, content(t, "../../deploy/logrotate/ssprd"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := child.Run("logrotate", "--force", "--state", filepath.Join(dir, "state"), rules); err != nil {
		t.Fatal(err)
	}
	rotated, _ := filepath.Glob(recordFile + "?*")
	if len(rotated) != 1 {
		t.Fatalf("rotated: %v", rotated)
	}
	if got := string(content(t, rotated[0])); !strings.Contains(got, line) {
		t.Errorf("the rotated record has %q", got)
	}
	if err := portal.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if err := portal.Await(func() error {
		_, err := os.Stat(recordFile)
		return err
	}); err != nil {
		t.Error(err)
	}
	modes(t, map[string]string{recordFile: "-rw------- ssprd ssprd", rotated[0]: "-rw------- ssprd ssprd"})
}

// remove takes the program away and leaves what is the administrator's; the purge, which is TestPackage's end, leaves nothing,
// and says what goes.
func (p *installation) remove(t *testing.T) {
	dpkg(t, "--remove", "ssprd")
	for _, path := range []string{"/usr/bin/ssprd", unitFile} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
	for _, path := range []string{configFile, "/etc/ssprd/ldap.password", "/var/lib/ssprd/state.key", recordFile} {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
	said := dpkg(t, "--purge", "ssprd")
	for _, gone := range []string{"/etc/ssprd", "/var/lib/ssprd, with the state and its key", "/var/log/ssprd"} {
		if !strings.Contains(said, "removing "+gone) {
			t.Errorf("the purge does not tell that %s goes: %s", gone, said)
		}
	}
}
