package audit

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"
)

// columns are those of the table: the fields of an event, by their names in the record.
var columns = []string{"time", "event", "ref", "request", "population", "subject", "account", "client", "server", "agent", "note", "reason"}

// WriteCSV writes events as a table for spreadsheets, row by row: RFC 4180 in UTF-8, with the mark by which they know it. No
// cell is taken for a formula, whoever wrote its text.
func WriteCSV(w io.Writer, events iter.Seq[Event]) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	table := csv.NewWriter(w)
	table.UseCRLF = true
	err := table.Write(columns)
	for e := range events {
		if err != nil {
			break
		}
		err = table.Write(row(e))
	}
	if table.Flush(); err == nil {
		err = table.Error()
	}
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

func row(e Event) []string {
	cells := []string{e.Time.UTC().Format(time.RFC3339Nano), e.Event, e.Ref, e.Request, e.Population, e.Subject, e.Account, e.Client, e.Server, e.Agent, e.Note, e.Reason}
	for i := range cells {
		cells[i] = cell(cells[i])
	}
	return cells
}

// formula finds where a spreadsheet could begin to read a formula: a sign at the beginning of a cell, after what it may
// strip from there. The French ones take « ; » for what parts cells, so that one may begin behind it too.
var formula = regexp.MustCompile(`(^|;)([\pZ\pC]*[=+\-@＝＋－＠]|[\t\r])`)

// cell puts an apostrophe before what would be a formula, which makes it text, and shows control characters by their
// pictures: a line's end within a cell would begin a new row where the cells are parted otherwise, and csv drops some.
func cell(text string) string {
	text = formula.ReplaceAllString(strings.ToValidUTF8(text, "\ufffd"), "$1'$2")
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		}
		return r
	}, text)
}
