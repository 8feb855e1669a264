package deploytest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// unit is a unit of systemd: what each setting is, the last time that it is set.
type unit map[string]string

// readUnit reads the settings of a unit.
func readUnit(t *testing.T, path string) unit {
	t.Helper()
	u := unit{}
	for line := range strings.Lines(string(content(t, path))) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			u[key] = value
		}
	}
	return u
}

// command is a setting that is a command line.
func (u unit) command(key string) []string { return strings.Fields(u[key]) }

// as gives the words before a command that is run as the unit would have it run: its user, without a right of its own, and
// its umask. Whatever comes of the test, it ends with it.
func (u unit) as() []string {
	return []string{"setpriv", "--reuid", u["User"], "--regid", u["Group"], "--clear-groups", "--bounding-set", "-all", "--inh-caps", "-all",
		"--no-new-privs", "--pdeathsig", "KILL", "sh", "-c", "umask " + u["UMask"] + ` && cd / && exec "$@"`, "sh"}
}

func sourceUnit(t *testing.T) unit {
	return readUnit(t, filepath.Join(portaltest.Root(), "deploy", "systemd", "ssprd.service"))
}

// longestStop is how long a portal may take to end: the longest server.drain, and what follows it (cmd/ssprd).
const longestStop = time.Minute + 75*time.Second

// exposure is the most that `systemd-analyze security` may find, in tenths: what is left is that it talks to the network.
const exposure = 16

// The unit lets the portal do what it does, and little else (R48, R74): systemd's own judgement, and what it does not look at.
func TestUnit(t *testing.T) {
	dirtest.Need(t, "systemd-analyze")
	path := filepath.Join(portaltest.Root(), "deploy", "systemd", "ssprd.service")
	if out, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--no-pager", fmt.Sprintf("--threshold=%d", exposure),
		path).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v: %s", err, out)
	}
	u := sourceUnit(t)
	stop, err := time.ParseDuration(u["TimeoutStopSec"])
	if err != nil || stop <= longestStop {
		t.Errorf("systemd kills it after %q, while it may take %s to end", u["TimeoutStopSec"], longestStop)
	}
	for key, want := range map[string]string{
		"LimitCORE": "0", "UMask": "0077", "User": "ssprd", "Group": "ssprd", "StateDirectory": "ssprd", "LogsDirectory": "ssprd",
		"ConfigurationDirectory": "ssprd", "Restart": "on-failure", "ExecReload": "/bin/kill -HUP $MAINPID",
	} {
		if u[key] != want {
			t.Errorf("%s=%s, want %s", key, u[key], want)
		}
	}
}

// verifyUnit has systemd read the unit that is installed, whose program it looks for.
func verifyUnit(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command("systemd-analyze", "verify", "--man=no", path)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), filepath.Base(path)) {
		t.Errorf("systemd-analyze verify: %v: %s", err, out)
	}
}
