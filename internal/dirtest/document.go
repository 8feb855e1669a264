package dirtest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// WriteVariable names the environment variable that, set to the path of docs/directories.md, makes a run of the suite
// write its column there, instead of holding what stands there against it.
const WriteVariable = "WRITE_DIRECTORIES"

// Between these lines of the document stands what the suite writes: nothing there is written by hand.
const (
	tableBegins = "<!-- the suite writes from here: make directories -->"
	tableEnds   = "<!-- to here -->"
)

// columns of the document, in their order.
var columns = []string{"demo", "OpenLDAP", "Active Directory (Samba)", "389 DS", "generic (on OpenLDAP)"}

// The words of a cell.
const (
	yes     = "yes"
	no      = "no"
	unknown = "?" // no suite has written it yet
)

// Results are what came of the suite on one server: a column of docs/directories.md.
type Results struct {
	server string
	cells  []cell
	sound  bool // every point was run, and none failed
}

// cell is what came of one point.
type cell struct {
	row, word, reason string // the reason may be empty for a yes; else it is what the yes leaves out
}

func (c cell) String() string {
	if c.reason == "" {
		return c.word
	}
	return c.word + ": " + c.reason
}

// Documented holds the document, of this path, to the results. Where WriteVariable is set it writes them there instead,
// unless a point has failed, or was not run.
func (r Results) Documented(t *testing.T, path string) {
	t.Helper()
	if !r.sound {
		t.Log("the document is left alone: not every point was run and passed")
		return
	}
	if write := os.Getenv(WriteVariable); write != "" {
		if err := r.write(write); err != nil {
			t.Error(err)
		}
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.compare(string(text)); err != nil {
		t.Errorf("%s differs from what was seen (make directories writes it):\n%v", path, err)
	}
}

func (r Results) write(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	next, err := r.into(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(next), 0o644)
}

// compare names each row in which the document says something else.
func (r Results) compare(text string) error {
	before, table, after, err := split(text)
	if err != nil {
		return err
	}
	said, err := parse(table)
	if err != nil {
		return err
	}
	var differences []error
	for _, c := range r.cells {
		if d := said.at(c.row, r.server); d != c {
			differences = append(differences, fmt.Errorf("%s, %s: it says %q, and it was seen: %q", r.server, c.row, d, c))
		}
	}
	if differences == nil && before+said.keep(r)+after != text {
		differences = append(differences, errors.New("the table has other rows, another order, or was written by hand"))
	}
	return errors.Join(differences...)
}

// into gives the document with the results in their column.
func (r Results) into(text string) (string, error) {
	if !slices.Contains(columns, r.server) {
		return "", fmt.Errorf("there is no column for %q", r.server)
	}
	before, table, after, err := split(text)
	if err != nil {
		return "", err
	}
	said, err := parse(table)
	if err != nil {
		return "", err
	}
	return before + said.keep(r) + after, nil
}

// split parts the document before and after what the suite writes.
func split(text string) (before, table, after string, err error) {
	before, rest, begins := strings.Cut(text, tableBegins+"\n")
	table, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return "", "", "", fmt.Errorf("it lacks the line %q or %q", tableBegins, tableEnds)
	}
	return before + tableBegins + "\n", table, tableEnds + after, nil
}

// matrix is the document's cells, by column and row.
type matrix map[string]map[string]cell

func (m matrix) at(row, column string) cell {
	if c, ok := m[column][row]; ok {
		return c
	}
	return cell{row: row, word: unknown}
}

// keep gives the table with the results in their column, and in every other column what was there.
func (m matrix) keep(r Results) string {
	m[r.server] = map[string]cell{}
	for _, c := range r.cells {
		m[r.server][c.row] = c
	}
	var b strings.Builder
	b.WriteString("\n| | " + strings.Join(columns, " | ") + " |\n|" + strings.Repeat(" --- |", len(columns)+1) + "\n")
	var reasons []string
	for _, row := range r.cells {
		b.WriteString("| " + row.row)
		for _, column := range columns {
			c := m.at(row.row, column)
			b.WriteString(" | " + c.word)
			if c.reason == "" {
				continue
			}
			if !slices.Contains(reasons, c.reason) {
				reasons = append(reasons, c.reason)
			}
			fmt.Fprintf(&b, " (%d)", slices.Index(reasons, c.reason)+1)
		}
		b.WriteString(" |\n")
	}
	b.WriteString("\n")
	for i, reason := range reasons {
		fmt.Fprintf(&b, "%d. %s\n", i+1, reason)
	}
	return b.String()
}

// parse reads what keep has written. An empty table is one that nothing was written to yet.
func parse(table string) (matrix, error) {
	m, reasons := matrix{}, map[string]string{}
	lines := strings.Split(table, "\n")
	for _, line := range lines {
		if number, reason, ok := strings.Cut(line, ". "); ok && !strings.HasPrefix(line, "|") {
			reasons[number] = reason
		}
	}
	for _, line := range lines {
		row, ok := strings.CutPrefix(line, "| ")
		if !ok || strings.HasPrefix(row, "|") || strings.HasPrefix(line, "| ---") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(row, " |"), " | ")
		if len(fields) != len(columns)+1 {
			return nil, fmt.Errorf("a row of %d cells, want %d: %s", len(fields), len(columns)+1, line)
		}
		for i, column := range columns {
			c := cell{row: fields[0], word: fields[i+1]}
			if word, number, ok := strings.Cut(strings.TrimSuffix(c.word, ")"), " ("); ok {
				c.word, c.reason = word, reasons[number]
			}
			if m[column] == nil {
				m[column] = map[string]cell{}
			}
			m[column][c.row] = c
		}
	}
	return m, nil
}
