package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// Query says which events are wanted. A zero field wants nothing of its own: the zero Query is every event.
type Query struct {
	Populations []string // nil: any. Else one of these, or none, where no account stands in the event: agents' own doings
	Event       string   // a name, or with a dot at its end the beginning of names: "desk."
	Account     string
	Agent       string
	Ref         string // of a reset, or of a request
	Client      string
	Text        string    // a part of the note in any case, or the whole of account, agent, ref, subject or client
	From, To    time.Time // not before From, and before To
}

// clockSteps is how far a clock may have been set back in the midst of the file without an event being missed: a search
// goes so far beyond From before it ends, for the lines stand in the order of their writing.
const clockSteps = time.Hour

// floor is the time before which the search looks no further.
func (q Query) floor() time.Time { return q.From.Add(-clockSteps) }

// Search gives the events of the file of path, and of the days that were put aside beside it, that q wants, the newest first,
// until found returns false: those that stood there when the search began. A file that is renamed or removed meanwhile, to be
// rotated, is read to its beginning. What is no event (half a line, one of more than 64 KiB) is passed over. It ends with ctx,
// whose error it returns.
func Search(ctx context.Context, path string, q Query, found func(Event) bool) error {
	path = followed(path)
	newest, err := os.Open(path)
	if err == nil {
		defer newest.Close()
	}
	former, listed := days(path) // after path was opened: a file that is put aside in between is among them
	if errors.Is(err, fs.ErrNotExist) && len(former) > 0 {
		err = nil // it is about to be made anew
	}
	if err = errors.Join(err, listed); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	more := true
	if newest != nil {
		more, err = q.search(ctx, newest, found)
	}
	for _, d := range slices.Backward(former) {
		if !more || err != nil {
			break
		}
		if q.To.IsZero() || d.began.Add(-clockSteps).Before(q.To) {
			more, err = q.searchDay(ctx, d, newest, found)
		}
	}
	return err
}

// searchDay looks through a file that was put aside, unless it is newest, which was when it was opened, or was removed since.
func (q Query) searchDay(ctx context.Context, d day, newest *os.File, found func(Event) bool) (more bool, err error) {
	f, err := os.Open(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("audit: %w", err)
	}
	defer f.Close()
	if newest != nil {
		one, err := newest.Stat()
		other, err2 := f.Stat()
		if err := errors.Join(err, err2); err != nil {
			return false, fmt.Errorf("audit: %w", err)
		}
		if os.SameFile(one, other) {
			return true, nil
		}
	}
	return q.search(ctx, f, found)
}

// search looks through one file. There is more to look for unless found has had enough, or the events are too old by then.
func (q Query) search(ctx context.Context, f *os.File, found func(Event) bool) (more bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("audit: %w", err)
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("audit: %s is no regular file: it cannot be searched", f.Name())
	}
	lines, worth := newBackwards(f, info.Size()), q.sieve()
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return false, fmt.Errorf("audit: search %s: %w", f.Name(), err)
		}
		if !worth(line) {
			continue
		}
		var e Event
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		if e.Event != "" && e.Time.Before(q.floor()) || q.wants(e) && !found(e) {
			return false, nil
		}
	}
}

// wants tells whether an event is one of those.
func (q Query) wants(e Event) bool {
	return e.Event != "" && q.mayShow(e) &&
		(q.Event == "" || e.Event == q.Event || strings.HasSuffix(q.Event, ".") && strings.HasPrefix(e.Event, q.Event)) &&
		(q.Account == "" || e.Account == q.Account) &&
		(q.Agent == "" || e.Agent == q.Agent) &&
		(q.Ref == "" || e.Ref == q.Ref || e.Request == q.Ref) &&
		(q.Client == "" || e.Client == q.Client) &&
		(q.Text == "" || q.tells(e)) &&
		!e.Time.Before(q.From) && (q.To.IsZero() || e.Time.Before(q.To))
}

// mayShow judges by the population.
func (q Query) mayShow(e Event) bool {
	if q.Populations == nil {
		return true
	}
	if e.Population == "" {
		return e.Account == ""
	}
	return slices.Contains(q.Populations, e.Population)
}

// tells judges by the text.
func (q Query) tells(e Event) bool {
	return slices.Contains([]string{e.Account, e.Agent, e.Ref, e.Subject, e.Client}, q.Text) ||
		strings.Contains(strings.ToLower(e.Note), strings.ToLower(q.Text))
}

// sieve gives a function that lets every line pass which may be wanted, and few others: to read a line as JSON costs ten
// times as much as to look for some bytes in it. It relies on lines being as Record writes them.
func (q Query) sieve() func(line []byte) bool {
	var all [][]byte // must stand in the line
	for _, value := range []string{q.Account, q.Agent, q.Ref, q.Client} {
		if value != "" {
			all = append(all, quoted(value))
		}
	}
	if q.Event != "" {
		name := quoted(q.Event)
		if strings.HasSuffix(q.Event, ".") {
			name = bytes.TrimSuffix(name, []byte(`"`))
		}
		all = append(all, name)
	}
	var populations [][]byte // one of them must, where there is any
	for _, name := range q.Populations {
		populations = append(populations, quoted(name))
	}
	text := quoted(q.Text)
	from, to := q.floor().UTC().Format(toTheSecond), "9999"
	if !q.To.IsZero() {
		to = q.To.UTC().Format(toTheSecond)
	}
	return func(line []byte) bool {
		switch at := stamp(line); {
		case string(at) < from:
			return true // the search may end here
		case string(at) > to:
			return false
		}
		has := func(part []byte) bool { return bytes.Contains(line, part) }
		lacks := func(part []byte) bool { return !has(part) }
		return !slices.ContainsFunc(all, lacks) &&
			(q.Text == "" || has(text) || has(note)) &&
			(q.Populations == nil || slices.ContainsFunc(populations, has) || lacks(population))
	}
}

// Beginnings of fields.
var note, population = []byte(`"note":`), []byte(`"population":`)

// toTheSecond is the beginning of every time in the file: in UTC, so that as text they are in the order of time.
const toTheSecond = "2006-01-02T15:04:05"

// stamp is when a line was written, to the second; nothing where it does not begin as Record has it.
func stamp(line []byte) []byte {
	rest, ok := bytes.CutPrefix(line, []byte(`{"time":"`))
	if !ok || len(rest) < len(toTheSecond) {
		return nil
	}
	return rest[:len(toTheSecond)]
}

// quoted is a text as it stands in a line.
func quoted(text string) []byte {
	b, _ := json.Marshal(text) // of a string it does not fail
	return b
}
