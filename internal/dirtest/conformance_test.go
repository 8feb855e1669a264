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

// The suite itself must be able to fail: each fault makes the point fail that is there for it.
func TestSuiteCatches(t *testing.T) {
	for fault, point := range map[string]string{
		"wildcards":          "finds_nobody",
		"protected is found": "finds_nobody",
		"only the first":     "finds_all_of_a_shared_mailbox",
		"no bound":           "finds_no_more_than_MaxAccounts",
		"case":               "finds_by_each_attribute",
		"id is the name":     "account_outlives_a_rename",
		"trims":              "sets_the_password/quotes",
		"old opens":          "sets_the_password/plain",
		"two writes":         "writes_once",
		"judges once":        "judges_the_entry_again/protected",
		"writes first":       "judges_the_entry_again/disabled",
		"plain error":        "refused_by_the_directory",
		"deaf to cancel":     "a_cancelled_call_changes_nothing",
		"claims all":         "reached_by_a_server_that_lags",
		"one server":         "reached",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestSuitePassesMemory$")
			child.Env = append(os.Environ(), faultVariable+"="+fault)
			out, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestSuitePassesMemory/"+point+" ") {
				t.Errorf("%v; the point %q does not fail:\n%s", err, point, out)
			}
		})
	}
}
