package check

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ssprd/internal/config"
)

// Report is what was found, and how long it took.
type Report struct {
	Config   string // the file
	Findings []Finding
	Took     time.Duration
	Quiet    bool // what is ok is counted, and not written
}

// Unusable is the report on a file with which nothing can be tried.
func Unusable(file string, wrong *config.Mistakes) Report {
	r := Report{Config: file}
	for _, m := range wrong.List {
		r.Findings = append(r.Findings, ofMistake(Mistake, m))
	}
	return r
}

// ofMistake is what is wrong at a place of the file.
func ofMistake(code string, m config.Mistake) Finding {
	place := m.Source
	if m.Line > 0 {
		place = fmt.Sprintf("%s:%d", m.Source, m.Line)
	}
	return Finding{Code: code, Key: m.Path, Tried: "reading " + place, Seen: m.Want}
}

// Count is how many findings are of a level.
func (r Report) Count(l Level) (n int) {
	for _, f := range r.Findings {
		if f.Level() == l {
			n++
		}
	}
	return n
}

// written are the findings to write.
func (r Report) written() []Finding {
	if !r.Quiet {
		return r.Findings
	}
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Level() == OK })
}

// WriteText writes one line a finding, and at last how many there are of each kind. Where the lines are for a terminal of so many columns
// they are broken to fit; at 0 they are not, so that what reads them by the line finds each whole.
func (r Report) WriteText(w io.Writer, columns int) error {
	for _, f := range r.written() {
		if _, err := fmt.Fprintln(w, broken(f.String(), columns)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s, %d ok, in %.1f s\n", oneLine(r.Config),
		howMany(r.Count(Error), "error", "errors"), howMany(r.Count(Warning), "warning", "warnings"), r.Count(OK), r.Took.Seconds())
	return err
}

const (
	indent    = "         " // as long as what stands before a code, below which the rest of its line goes on
	narrowest = 40          // a terminal that is narrower breaks lines itself
)

// broken breaks the line of a finding between words, so that each part fits in that many columns unless it is one word.
func broken(line string, columns int) string {
	if columns < narrowest {
		return line
	}
	var b strings.Builder
	b.WriteString(line[:len(indent)])
	column := len(indent)
	for i, word := range strings.Split(line[len(indent):], " ") {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+width > columns && column > len(indent):
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width
	}
	return b.String()
}

// WriteJSON writes the report as one object, for machines; a person may look at it on a terminal all the same.
func (r Report) WriteJSON(w io.Writer) error {
	type line struct {
		Level Level  `json:"level"`
		Code  string `json:"code"`
		Key   string `json:"key,omitempty"`
		Tried string `json:"tried"`
		Seen  string `json:"seen"`
		Do    string `json:"do,omitempty"`
	}
	all := []line{}
	for _, f := range r.written() {
		all = append(all, line{f.Level(), f.Code, oneLine(f.Key), oneLine(f.Tried), oneLine(f.Seen), oneLine(f.Remedy())})
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(struct {
		Config   string  `json:"config"`
		Errors   int     `json:"errors"`
		Warnings int     `json:"warnings"`
		OK       int     `json:"ok"`
		Seconds  float64 `json:"seconds"`
		Findings []line  `json:"findings"`
	}{oneLine(r.Config), r.Count(Error), r.Count(Warning), r.Count(OK), r.Took.Seconds(), all})
}
