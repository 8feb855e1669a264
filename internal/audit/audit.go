// Package audit keeps the record of what was done to whom: one JSON object a line, appended to a file that nothing here
// ever rewrites. The file of a day that is over is put aside, searched with the others, and removed as a whole once all of it is
// older than the retention. The record holds no secret and no address that a stranger typed; people stand in it by the lasting names that
// the directory gives them.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ssprd/internal/reference"
)

// Event is one line. What a stranger typed stands in it as a pseudonym alone: whoever has state.key_file can tell whether
// it was a given address, and nobody else (R58).
type Event struct {
	Time       time.Time `json:"time"` // UTC
	Event      string    `json:"event"`
	Ref        string    `json:"ref,omitempty"`     // the same in every line of one reset
	Request    string    `json:"request,omitempty"` // the HTTP request that it comes of; the same in the log
	Population string    `json:"population,omitempty"`
	Subject    string    `json:"subject,omitempty"` // the pseudonym of what was typed: the same for the same text
	Account    string    `json:"account,omitempty"` // the directory's lasting name of the entry
	Client     string    `json:"client,omitempty"`  // the visitor's address
	Server     string    `json:"server,omitempty"`  // the directory server that was asked
	Agent      string    `json:"agent,omitempty"`   // the directory's lasting name of the helpdesk's agent who does it
	Note       string    `json:"note,omitempty"`    // the agent's reason, or the number of their ticket
	Reason     string    `json:"reason,omitempty"`  // a flow.Reason, the name of a limit, or the log's code of a refusal
}

// Record writes events. Its methods may be called by many goroutines at once.
type Record struct {
	mu     sync.Mutex
	out    io.Writer
	end    func() error
	failed error // of the latest event; nil if it was written
	torn   bool  // the file may end with half a line
	copy   *Syslog

	path      string        // of the file; "" where it is none of ours
	retention time.Duration // 0: nothing is put aside, or removed
}

// Open appends to the file of path, which it makes (0600), and its folder (0700), if there is none. A symbolic link is followed
// now, for good: the file's days are put beside the file itself.
func Open(path string) (*Record, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	f, err := appendTo(path)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return &Record{out: f, end: f.Close, path: followed(path)}, nil
}

// followed is the file itself that path leads to by symbolic links; path where it is nowhere (yet), or no file, as is /dev/stdout.
func followed(path string) string {
	if file, err := filepath.EvalSymlinks(path); err == nil {
		return file
	}
	return path
}

func appendTo(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// Retain says how long Keep leaves events in the record.
func (r *Record) Retain(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retention = d
}

// To writes to w, which the caller closes.
func To(w io.Writer) *Record { return &Record{out: w, end: func() error { return nil }} }

// Record writes one event before what it tells of is done. If it returns an error, it must not be done.
func (r *Record) Record(ctx context.Context, e Event) error {
	e.Request = reference.From(ctx).Request
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Time = time.Now().UTC()    // here, for the lines to stand in the order of their times, each in the file of its day
	line, err := json.Marshal(e) // escapes control characters: no event spans two lines (R58)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if r.torn {
		line = append([]byte{'\n'}, line...) // after what may be half a line, which must not take this one with it
	}
	_, r.failed = r.out.Write(append(line, '\n'))
	if r.torn = r.failed != nil; r.torn {
		return fmt.Errorf("audit: %w", r.failed)
	}
	if r.copy != nil {
		r.copy.send(e.Time, e.Event, bytes.TrimPrefix(line, []byte{'\n'}))
	}
	return nil
}

// CopyTo has a copy of each event that is written from now on go to s.
func (r *Record) CopyTo(s *Syslog) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.copy = s
}

// Take goes on in the file of another Record, which is used up, and closes its own: a file that was renamed, to be
// rotated, is let go of. Of the other file nothing bad is known yet.
func (r *Record) Take(other *Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	stale := other.anew()
	end := r.end
	r.out, r.end, r.failed = other.out, other.end, nil // it may be the same file, so that torn is still true
	r.path, r.retention = other.path, other.retention
	return errors.Join(stale, end())
}

// anew opens the file again where it has another name by now: since it was opened, Keep may have put it aside.
func (r *Record) anew() error {
	file, ok := r.out.(*os.File)
	if !ok {
		return nil
	}
	open, err := file.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Stat(r.path); err == nil && os.SameFile(named, open) {
		return nil
	}
	next, err := appendTo(r.path)
	if err != nil {
		return err
	}
	end := r.end
	r.out, r.end = next, next.Close
	return end()
}

// Health tells whether an event could be written now: where the latest could not, an end of line is tried, which ends what
// may be half of one. A proxy that leaves an instance which is not ready alone sends it nobody whose event would find out.
func (r *Record) Health(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		if _, r.failed = r.out.Write([]byte{'\n'}); r.failed == nil {
			r.torn = false
		}
	}
	return r.failed
}

// Close ends the record.
func (r *Record) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.end()
}
