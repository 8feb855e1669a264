package dirtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const emptyDocument = "# Directories\n\nBy hand.\n\n" + tableBegins + "\n" + tableEnds + "\n\nBy hand, too.\n"

// seen is what a suite could have seen of a server.
func seen(server string, cells ...cell) Results {
	return Results{server: server, cells: cells, sound: true}
}

// A column is written into its place: what the other suites have written and what is written by hand stays.
func TestDocument(t *testing.T) {
	demo := seen("demo", cell{row: "finds", word: yes}, cell{row: "locks", word: no, reason: "nobody is locked. Ever"})
	slapd := seen("OpenLDAP", cell{row: "finds", word: yes, reason: "some"}, cell{row: "locks", word: no, reason: "nobody is locked. Ever"})
	text := emptyDocument
	for _, r := range []Results{slapd, demo, slapd} {
		next, err := r.into(text)
		if err != nil {
			t.Fatal(err)
		}
		text = next
	}
	for _, line := range []string{
		"By hand.", "By hand, too.", "| finds | yes | yes (1) | ? | ? | ? |", "| locks | no (2) | no (2) | ? | ? | ? |",
		"1. some", "2. nobody is locked. Ever",
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("it lacks the line %q:\n%s", line, text)
		}
	}
	for _, r := range []Results{demo, slapd} {
		if err := r.compare(text); err != nil {
			t.Error(err)
		}
	}
}

// What differs is named, by its server and its point.
func TestDocumentDiffers(t *testing.T) {
	was := seen("demo", cell{row: "finds", word: yes}, cell{row: "locks", word: no, reason: "nobody is locked"})
	text, err := was.into(emptyDocument)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		now  Results
		want string
	}{
		"another word":   {seen("demo", was.cells[0], cell{row: "locks", word: yes}), `demo, locks: it says "no: nobody is locked", and it was seen: "yes"`},
		"another reason": {seen("demo", was.cells[0], cell{row: "locks", word: no, reason: "no locks"}), `"no: no locks"`},
		"a new point":    {seen("demo", was.cells[0], was.cells[1], cell{row: "writes", word: yes}), `demo, writes: it says "?"`},
		"a point less":   {seen("demo", was.cells[0]), "other rows"},
		"another order":  {seen("demo", was.cells[1], was.cells[0]), "other rows"},
		"another server": {seen("389 DS", was.cells...), "389 DS, finds"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.now.compare(text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want it to tell of %s", err, c.want)
			}
		})
	}
	for name, broken := range map[string]string{"no table": "# Directories\n", "a cell less": strings.Replace(text, " ? |", "", 1)} {
		if err := was.compare(broken); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := seen("another", was.cells...).into(text); err == nil {
		t.Error("a server without a column is written")
	}
}

// Where the variable is set the column is written; a run in which a point has failed writes nothing.
func TestDocumented(t *testing.T) {
	path := filepath.Join(t.TempDir(), "directories.md")
	if err := os.WriteFile(path, []byte(emptyDocument), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(WriteVariable, path)
	r := seen("demo", cell{row: "finds", word: yes})
	for _, sound := range []bool{false, true} {
		r.sound = sound
		r.Documented(t, "/no/such/file")
		text, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(text), "| finds |") != sound {
			t.Errorf("a sound run %v: %s, %v", sound, text, err)
		}
	}
	t.Setenv(WriteVariable, "")
	r.Documented(t, path)
}
