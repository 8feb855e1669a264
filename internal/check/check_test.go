package check

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"ssprd/internal/mail/mailtest"
)

// A line stays one line, and tells what to do, whatever a server has said.
func TestFindingIsOneLine(t *testing.T) {
	f := Finding{Code: Failed, Key: "mail.server", Tried: "the greeting", Seen: "220 hello\r\nerror  FORGED\x1b[2J\u202e"}
	if line := f.String(); strings.ContainsAny(line, "\r\n\x1b\u202e") || !strings.HasPrefix(line, "error    CHECK_FAILED  mail.server: the greeting: ") ||
		!strings.HasSuffix(line, "Do: "+meaning(Failed).Remedy) {
		t.Error(line)
	}
	var out bytes.Buffer
	seen := "a\u009b31mb\u202ec\x7fd\u200ee\ufeff\u2028f\u00adg\u200dh é"
	if err := (Report{Config: "x\u009b", Findings: []Finding{{Code: Failed, Tried: seen, Seen: seen, Do: seen}}}).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.ContainsAny(text, "\u009b\u202e\x7f\u200e\ufeff\u2028") || strings.Count(text, "\"a 31mb c d e  f\u00adg\u200dh é\"") != 3 {
		t.Errorf("%+q", text)
	}
	f.Do = "this instead"
	if line := f.String(); !strings.HasSuffix(line, ". Do: this instead") {
		t.Error(line)
	}
}

// For a terminal lines are broken between words, and nothing is lost; elsewhere a finding is one line. What is ok can be left out, and is counted.
func TestReport(t *testing.T) {
	found := []Finding{
		{Code: PortalRuns, Tried: "a", Seen: "b"},
		{Code: Failed, Key: "mail.server", Tried: "l’été " + strings.Repeat("é", 90) + " fin", Seen: strings.Repeat("des mots ", 30)},
	}
	write := func(r Report, columns int) string {
		t.Helper()
		var b bytes.Buffer
		if err := r.WriteText(&b, columns); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	r := Report{Config: "c.yaml", Findings: found, Took: time.Second}
	const sum = "c.yaml: 1 error, 0 warnings, 1 ok, in 1.0 s\n"
	if got := write(r, 0); got != found[0].String()+"\n"+found[1].String()+"\n"+sum {
		t.Error(got)
	}
	for _, columns := range []int{40, 80, 100} {
		got := strings.Split(strings.TrimSuffix(write(r, columns), "\n"+sum), "\n")
		if joined := got[0] + "\n" + strings.Join(got[1:], "\n"); strings.ReplaceAll(joined, "\n"+indent, " ") != found[0].String()+"\n"+found[1].String() {
			t.Errorf("%d columns: it is not the same:\n%s", columns, joined)
		}
		for _, line := range got {
			if utf8.RuneCountInString(line) > columns && !strings.Contains(line, "éééé") {
				t.Errorf("%d columns: %q", columns, line)
			}
		}
	}
	r.Quiet = true
	if got := write(r, 0); got != found[1].String()+"\n"+sum {
		t.Error(got)
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil || strings.Contains(b.String(), PortalRuns) || !strings.Contains(b.String(), `"ok": 1`) {
		t.Errorf("%v %s", err, b.String())
	}
}

// An area that hangs, or fails, is told of, and holds up nobody.
func TestAreas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		says := func(seen string, after time.Duration) area {
			return area{seen, func(context.Context) []Finding { time.Sleep(after); return []Finding{{Code: Failed, Seen: seen}} }}
		}
		hangs := area{"hangs", func(context.Context) []Finding { time.Sleep(time.Hour); return nil }}
		panics := area{"panics", func(context.Context) []Finding { panic("unexpected") }}
		begun := time.Now()
		found := inOrder(t.Context(), []area{says("slow", 2*time.Second), hangs, panics, says("quick", 0)})
		if took := time.Since(begun); took > longest+time.Second {
			t.Errorf("it took %s", took)
		}
		var seen []string
		for _, f := range found {
			seen = append(seen, f.Key+" "+f.Seen)
		}
		if len(found) != 4 || found[0].Seen != "slow" || found[1].Key != "hangs" || !strings.Contains(found[1].Seen, "did not end within 20s") ||
			found[2].Key != "panics" || found[2].Code != Failed || found[3].Seen != "quick" {
			t.Errorf("%q", seen)
		}
		time.Sleep(time.Hour) // for what hangs to end with the test
	})
}

// Of a configuration that is as it should be there is nothing to say: neither alone, nor of what it names beside the directory.
func TestSound(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c := sound()
	c.Portal.PublicURL = "http://127.0.0.1:8080"
	c.Server.Listen, c.Server.Operations = "127.0.0.1:0", "127.0.0.1:0"
	c.Mail = mailtest.Start(t, mailtest.StartTLS("127.0.0.1")).Config()
	c.Mail.From = "no-reply@region.example"
	c.State.URL, c.State.KeyFile, c.Audit.File = "file:"+filepath.Join(dir, "state.db"), filepath.Join(dir, "state.key"), filepath.Join(dir, "audit.jsonl")
	expect(t, besidesRoot(t, Run(t.Context(), c, Options{Offline: true})), SettingsOK, StateKeyNew, StateNew, FilesOK, AuditOK)
	found := besidesRoot(t, Run(t.Context(), c, Options{}))
	if wrong := codes(found, Warning, Error); len(wrong) > 0 || len(found) < 7 {
		t.Errorf("%q", wrong)
		for _, f := range found {
			t.Log(f)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("it has written %v, %v", names, err)
	}
}

// besidesRoot are the findings but the first, by which a check tells that root runs it, and nobody else's does.
func besidesRoot(t *testing.T, found []Finding) []Finding {
	t.Helper()
	tells := len(found) > 0 && found[0].Code == AsRoot
	if byRoot := os.Geteuid() == 0; tells != byRoot {
		t.Fatalf("run by root: %t, told: %t", byRoot, tells)
	}
	if tells {
		return found[1:]
	}
	return found
}
