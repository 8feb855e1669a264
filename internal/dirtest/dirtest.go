// Package dirtest gives tests real directories: an OpenLDAP server with password policy and a follower, an Active
// Directory domain controller by Samba, a 389 Directory Server, each in a folder of its own, on the loopback interface,
// with people in it; and the conformance suite that every flow.Directory passes.
//
// A directory played by a fake proves the fake. These start in half a second (OpenLDAP), in two (389 Directory Server)
// and in some six (Samba), are loaded before their start, and end with the test that started them, or with the test process.
//
// The people are invented. All of them have InitialPassword. Only tests import this package.
package dirtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// InitialPassword is the password of every person until a test changes it.
const InitialPassword = "Rouge-Gorge-2026"

// EverythingVariable names the environment variable that, set to 1, makes a missing program a failure: `make test` sets
// it, so that a run which proved less than it should is never a green one.
const EverythingVariable = "TEST_EVERYTHING"

// Need skips the test where one of the programs is not installed, or fails it where everything has to run.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	var missing []string
	for _, p := range programs {
		if program(p) == "" {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		Unable(t, "not installed: "+strings.Join(missing, ", ")+" (scripts/install-test-servers installs them on Debian)")
	}
}

// Unable skips the test for a reason of the machine, or fails it where everything has to run.
func Unable(t testing.TB, why string) {
	t.Helper()
	if os.Getenv(EverythingVariable) == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// program finds a program also where a user's PATH leaves the system's daemons out. It gives "" for none.
func program(name string) string {
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	return ""
}
