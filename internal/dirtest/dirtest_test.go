package dirtest_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ssprd/internal/dirtest"

	"github.com/go-ldap/ldap/v3"
)

// observed is a test whose end is looked at.
type observed struct {
	testing.TB
	outcome string
}

func (o *observed) Helper() {}

func (o *observed) Skip(args ...any)  { o.end("skipped: ", args) }
func (o *observed) Fatal(args ...any) { o.end("failed: ", args) }

// end keeps the first word: a real test would go no further.
func (o *observed) end(how string, args []any) {
	if o.outcome == "" {
		o.outcome = how + fmt.Sprint(args...)
	}
}

func TestNeed(t *testing.T) {
	for _, c := range []struct{ everything, program, want string }{
		{"", "sh", ""},
		{"1", "sh", ""},
		{"", "no-such-program", "skipped: not installed: no-such-program"},
		{"1", "no-such-program", "failed: not installed: no-such-program"},
	} {
		t.Setenv(dirtest.EverythingVariable, c.everything)
		o := &observed{TB: t}
		dirtest.Need(o, c.program)
		if !strings.HasPrefix(o.outcome, c.want) || (c.want == "" && o.outcome != "") {
			t.Errorf("%s=%q, %s: %q, want %q", dirtest.EverythingVariable, c.everything, c.program, o.outcome, c.want)
		}
	}
}

const orphanVariable = "SSPRD_TEST_ORPHAN"

// A test process that is killed cannot clean up: its servers have to end all the same.
func TestServersEndWithTheTestProcess(t *testing.T) {
	if os.Getenv(orphanVariable) == "1" {
		fmt.Println("address " + dirtest.StartSlapd(t, dirtest.SlapdOptions{}).URL)
		select {}
	}
	dirtest.Need(t, "slapd")
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), orphanVariable+"=1")
	child.Env = append(child.Env, "TMPDIR="+t.TempDir()) // the killed child leaves its folder behind
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	url := addressOf(out)
	_ = child.Process.Kill()
	_ = child.Wait()
	if url == "" {
		t.Fatal("the server did not start")
	}
	eventually(t, func() error {
		conn, err := ldap.DialURL("ldap://" + strings.TrimPrefix(url, "ldaps://"))
		if err != nil {
			return nil
		}
		_ = conn.Close()
		return fmt.Errorf("%s still listens", url)
	})
}

// addressOf reads the child's output up to the address. What the test binary prints before it on the line is not ours.
func addressOf(out io.Reader) string {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "address "); ok {
			return url
		}
	}
	return ""
}
