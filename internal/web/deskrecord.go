package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/reference"
)

// Bounds of what of the record is shown, and exported, at once.
const (
	mostEvents   = 100
	mostExported = 100_000
	searchWithin = 20 * time.Second // less than an answer may take to be written
)

// history reads the record for no longer than that, nor than the browser waits: a record may be of many gigabytes.
func (d *helpdesk) history(rq *request, who desk.Signed, purpose desk.Purpose, within time.Duration, q audit.Query) (eventsOf, error) {
	all, err := d.Desk.History(rq, rq.client, who.Agent, purpose, q)
	return func(found func(audit.Event) bool) error {
		ctx, cancel := context.WithTimeout(rq.browser, within)
		defer cancel()
		return all(ctx, found)
	}, err
}

// recordFields are those of the form that searches the record.
var recordFields = []string{"population", "event", "text", "since", "until"}

// recordPage asks what to look for.
func (d *helpdesk) recordPage(rq *request, who desk.Signed) (answer, error) {
	page, err := d.recordForm(rq, who)
	return show(page), err
}

func (d *helpdesk) recordForm(rq *request, who desk.Signed) (DeskRecordPage, error) {
	f, err := d.around(rq, who)
	if err != nil {
		return DeskRecordPage{}, err
	}
	if f.Record == "" {
		return DeskRecordPage{}, desk.ErrNoRight
	}
	page := DeskRecordPage{
		DeskFrame: f, Action: f.Record, Export: f.Record + "/export", Kinds: audit.Events(),
		Population: rq.form.Get("population"), Kind: rq.form.Get("event"), Text: shown(rq.form.Get("text")), Since: shown(rq.form.Get("since")), Until: shown(rq.form.Get("until")),
	}
	for _, name := range d.Desk.Config.Populations(who.Agent, desk.Audit) {
		page.Populations = append(page.Populations, NamedLabel{name, d.label(rq, name)})
	}
	return page, nil
}

// recordQuery is what the form asks for; false if a date is none.
func recordQuery(rq *request) (q audit.Query, ok bool) {
	if name := rq.form.Get("population"); name != "" {
		q.Populations = []string{name}
	}
	q.Event, q.Text = rq.form.Get("event"), strings.TrimSpace(rq.form.Get("text"))
	if ref, is := reference.Parse(q.Text); is {
		q.Text, q.Ref = "", ref
	}
	ok = true
	day := func(field string) (t time.Time) {
		text := strings.TrimSpace(rq.form.Get(field))
		if text == "" {
			return t
		}
		t, err := time.ParseInLocation(time.DateOnly, text, time.Local)
		ok = ok && err == nil
		return t
	}
	if q.From, q.To = day("since"), day("until"); !q.To.IsZero() {
		q.To = q.To.AddDate(0, 0, 1) // that day too
	}
	return q, ok
}

// eventsOf gives found each event that was asked for, the newest first, until it returns false.
type eventsOf func(found func(audit.Event) bool) error

// reading is a handler that lets an agent read of the record what the form asks for, and answers with that.
func (d *helpdesk) reading(purpose desk.Purpose, within time.Duration, with func(*request, desk.Signed, DeskRecordPage, eventsOf) (answer, error)) agentHandler {
	return func(rq *request, who desk.Signed) (answer, error) {
		page, err := d.recordForm(rq, who)
		if err != nil {
			return answer{}, err
		}
		q, ok := recordQuery(rq)
		if !ok {
			page.Wrong, page.Error = true, true
			return correct(page), nil
		}
		read, err := d.history(rq, who, purpose, within, q)
		if err != nil {
			return answer{}, err
		}
		return with(rq, who, page, read)
	}
}

// recordFound shows the newest events that were found.
func (d *helpdesk) recordFound(rq *request, who desk.Signed, page DeskRecordPage, read eventsOf) (answer, error) {
	var found []audit.Event
	err := read(func(e audit.Event) bool {
		if page.More = len(found) == mostEvents; !page.More {
			found = append(found, e)
		}
		return !page.More
	})
	page.Searched, page.Events = true, d.events(rq, who, found)
	return show(page), err
}

// recordFile gives them as a file for a spreadsheet.
func (d *helpdesk) recordFile(_ *request, _ desk.Signed, _ DeskRecordPage, read eventsOf) (answer, error) {
	return answer{status: http.StatusOK, name: "ssprd-audit.csv", file: func(w io.Writer) (err error) {
		n := 0
		events := func(yield func(audit.Event) bool) {
			err = read(func(e audit.Event) bool {
				n++
				return yield(e) && n < mostExported
			})
		}
		return errors.Join(audit.WriteCSV(w, events), err)
	}}, nil
}
