package ldapx_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/locale"
	"ssprd/templates"
)

// Between these lines of the document stand the results: nothing there is written by hand.
const (
	resultsBegin = "<!-- the results from here: make directories -->"
	resultsEnd   = "<!-- end of the results -->"
)

// R46: docs/directories.md tells of every result what TestResults holds, and what the person and the helpdesk read.
func TestResultsAreDocumented(t *testing.T) {
	raw, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), resultsBegin)
	written, after, ended := strings.Cut(rest, resultsEnd)
	if !found || !ended {
		t.Fatal("the document has no place for the results")
	}
	want := "\n\n" + resultsTable(t) + "\n"
	if written == want {
		return
	}
	if os.Getenv(dirtest.WriteVariable) == "" {
		t.Fatalf("%s differs from the results (make directories writes it); want%s", document, want)
	}
	if err := os.WriteFile(document, []byte(before+resultsBegin+want+resultsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func resultsTable(t *testing.T) string {
	t.Helper()
	english, err := locale.Load(templates.FS, "en")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| answer | result | code | the person reads |\n| --- | --- | --- | --- |\n")
	for _, r := range results {
		code, reads := r.code, ""
		if r.next {
			code, reads = "", "(the next server is asked)"
		} else if reads, err = reason(english, r.reason); err != nil {
			t.Error(err)
		}
		if code != "" {
			code = "`" + code + "`"
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", r.name, r.answer.Code, code, reads)
	}
	b.WriteString("\n| code | the helpdesk reads |\n| --- | --- |\n")
	for _, code := range locale.Codes() {
		sentence, err := english.Code(code)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", code, sentence)
	}
	return b.String()
}

// reason is what the pages say: beside the password where another one may do, else at the end.
func reason(l *locale.Locale, r flow.Reason) (string, error) {
	if r.MayRetry() {
		return l.Word("reason", string(r))
	}
	return l.Word("ended", string(r))
}

// Every code that the log can have is explained to the helpdesk.
func TestCodesAreExplained(t *testing.T) {
	explained := locale.Codes()
	for _, r := range results {
		if r.code != "" && !slices.Contains(explained, r.code) {
			t.Errorf("%s: no sentence", r.code)
		}
	}
}
