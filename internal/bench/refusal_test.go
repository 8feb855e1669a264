package bench_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssprd/internal/bench"
	"ssprd/internal/dirtest"
)

// A run in which anything went wrong prints nothing, and says what it was.
func TestNoFigures(t *testing.T) {
	refuses := func(w bench.World) error { // of the people who reset, which come after those of the floor
		p := dirtest.Extra(small.Floor + 5)
		return w.Server().Replace(p.DN(w.Server().BaseDN), "pwdPolicySubentry", dirtest.LastingPolicy)
	}
	loses := func(withCode bool) func(w bench.World) error {
		return func(w bench.World) error {
			w.Sink().Patience(time.Second)
			w.Sink().Lose(withCode, 1)
			return nil
		}
	}
	forgets := func(w bench.World) error {
		p := w.Reset()[len(w.Reset())/2]
		return w.Server().Replace(p.DN(w.Server().BaseDN), "userPassword", dirtest.InitialPassword)
	}
	for name, c := range map[string]struct {
		spoil, tamper func(bench.World) error
		says          string
	}{
		"the directory refuses a change":  {spoil: refuses, says: "the reset of p00015"},
		"a mail with a code is lost":      {spoil: loses(true), says: "no mail with a code"},
		"a notice is lost":                {spoil: loses(false), says: "20 mails with a code and 19 notices"},
		"a new password does not sign in": {tamper: forgets, says: "does not sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := bench.Measure(t, small.Spoilt(c.spoil, c.tamper))
			var out strings.Builder
			reported := bench.Report(&out, "resets", err, f.Print)
			if reported == nil || !strings.Contains(reported.Error(), c.says) || out.Len() > 0 {
				t.Errorf("%v; printed: %q", reported, out.String())
			}
		})
	}
}

// Each run has its place in the document, and what is written there leaves the rest as it was.
func TestInto(t *testing.T) {
	document, err := os.ReadFile(bench.Document())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"resets", "settings", "crowd", "open", "places", "long", "desk-search", "desk-card"} {
		next, err := bench.Into(string(document), name, "a table")
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := bench.Into(next, name, "another table")
		if err != nil || !strings.Contains(next, "a table\n") || strings.Contains(again, "a table\n") ||
			strings.Count(again, "<!--") != strings.Count(string(document), "<!--") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := bench.Into(string(document), "nothing", "a table"); err == nil {
		t.Error("a table without a place")
	}
}

// The table goes to the document where that is wanted, and nowhere if it cannot be made.
func TestReport(t *testing.T) {
	var out strings.Builder
	wrong := errors.New("wrong")
	half := func(w io.Writer) error { _, _ = io.WriteString(w, "half a table"); return wrong }
	if err := bench.Report(&out, "resets", nil, half); !errors.Is(err, wrong) || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
	if m := bench.Machine(); strings.Contains(m, "not known") || !strings.Contains(m, "cores") || strings.Contains(m, filepath.Dir(bench.Document())) {
		t.Error(m)
	}
}
