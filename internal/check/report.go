package check

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"ssprd/internal/config"
)

// Report is what was found, and how long it took.
type Report struct {
	Config   string // the file
	Findings []Finding
	Took     time.Duration
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

// WriteText writes one line a finding, and at last how many there are of each kind.
func (r Report) WriteText(w io.Writer) error {
	for _, f := range r.Findings {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %d errors, %d warnings, %d ok, in %.1f s\n", oneLine(r.Config), r.Count(Error), r.Count(Warning), r.Count(OK), r.Took.Seconds())
	return err
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
	for _, f := range r.Findings {
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
