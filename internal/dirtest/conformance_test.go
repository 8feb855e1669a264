package dirtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"ssprd/internal/dirtest"
)

// faultVariable names the environment variable in which TestSuiteCatches tells its child what is to be wrong.
const faultVariable = "SSPRD_TEST_FAULT"

func TestSuitePassesMemory(t *testing.T) {
	m := newMemory(os.Getenv(faultVariable))
	dirtest.Run(t, m.fixture())
}

// faults name for each fault of the memory the point that is there for it.
var faults = map[string]string{
	"wildcards":               "finds nobody",
	"blind to protected":      "finds nobody",
	"only the first":          "finds all of a shared mailbox",
	"no bound":                "finds no more than MaxAccounts",
	"case":                    "finds by each attribute",
	"one address":             "finds people with odd names",
	"changes others":          "finds people with odd names",
	"judges once":             "refuses: protected",
	"writes first":            "refuses: disabled",
	"tells no rules":          "tells the rules in force",
	"tells no names":          "tells the rules in force",
	"plain error":             "refused by the directory",
	"its own words":           "refused by the directory",
	"young is not told":       "too young is told",
	"young is a policy":       "too young is told",
	"no alarm":                "no right is told",
	"trims":                   "sets the password/quotes",
	"old opens":               "sets the password/plain",
	"two writes":              "writes once",
	"changes more":            "changes nothing but the password",
	"no next change":          "tells that another change is due",
	"id is the name":          "account outlives a rename",
	"deaf to cancel":          "a cancelled call changes nothing",
	"connections stay broken": "a broken connection costs nothing",
	"loses one of eight":      "eight at a time",
	"locks stay":              "a reset ends a lock-out",
	"locks end":               "a lock-out stays where it is to",
	"locks are not told":      "a lock-out stays where it is to",
	"claims all":              "reached by a server that lags",
	"one server":              "reached",
	"goes on":                 "reached ends when told to",
	"a missing hook":          "finds no more than MaxAccounts",
	"a needless reason":       "finds nobody",
	"a reason for nothing":    "",
}

// The suite itself must be able to fail: each fault makes the point fail that is there for it.
func TestSuiteCatches(t *testing.T) {
	for fault, point := range faults {
		t.Run(fault, func(t *testing.T) { catches(t, fault, point) })
	}
	for _, state := range []string{
		dirtest.BecomesProtected, dirtest.BecomesDisabled, dirtest.BecomesExpired, dirtest.BecomesPrivileged,
		dirtest.BecomesSmartcard, dirtest.BecomesClosed, dirtest.MovesAway, dirtest.IsDeleted,
	} {
		t.Run("blind to "+state, func(t *testing.T) { catches(t, "blind to "+state, "refuses: "+state) })
	}
	for _, state := range []string{dirtest.BecomesLockedOut, dirtest.PasswordExpires, dirtest.IsToldToChange} {
		t.Run("does not serve "+state, func(t *testing.T) { catches(t, "does not serve "+state, "serves: "+state) })
	}
	for fault := range misjudgements {
		t.Run(fault, func(t *testing.T) { catches(t, fault, "the server agrees with the rules") })
	}
	t.Run("one server lags", func(t *testing.T) { catches(t, "one server", "reached ends while a server lags") })
}

// catches runs the suite on a memory with the fault, in a process of its own.
func catches(t *testing.T, fault, point string) {
	t.Parallel()
	child := exec.Command(os.Args[0], "-test.run=^TestSuitePassesMemory$")
	child.Env = append(os.Environ(), faultVariable+"="+fault)
	out, err := child.CombinedOutput()
	want := "--- FAIL: TestSuitePassesMemory/" + strings.ReplaceAll(point, " ", "_") + " "
	if point == "" {
		want = "--- FAIL: TestSuitePassesMemory "
	}
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("%v; the point %q does not fail:\n%s", err, point, out)
	}
}
