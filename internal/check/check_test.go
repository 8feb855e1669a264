package check

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A line stays one line, and tells what to do, whatever a server has said.
func TestFindingIsOneLine(t *testing.T) {
	f := Finding{Code: Failed, Key: "mail.server", Tried: "the greeting", Seen: "220 hello\r\nerror  FORGED\x1b[2J\u202e"}
	if line := f.String(); strings.ContainsAny(line, "\r\n\x1b\u202e") || !strings.HasPrefix(line, "error    CHECK_FAILED  mail.server: the greeting: ") ||
		!strings.HasSuffix(line, "Do: "+meaning(Failed).Remedy) {
		t.Error(line)
	}
	f.Do = "this instead"
	if line := f.String(); !strings.HasSuffix(line, ". Do: this instead") {
		t.Error(line)
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
