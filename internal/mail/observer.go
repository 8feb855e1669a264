package mail

import (
	"time"

	"ssprd/internal/flow"
)

// Outcome is what became of a letter.
type Outcome string

// The outcomes.
const (
	Sent       Outcome = "sent"       // the server has taken it
	Refused    Outcome = "refused"    // the server will not take it, whenever it is tried
	Late       Outcome = "late"       // the server could not be reached for as long as the letter was worth anything
	Unwritable Outcome = "unwritable" // it could not be written, or worked on
)

// Outcomes lists them.
func Outcomes() []Outcome { return []Outcome{Sent, Refused, Late, Unwritable} }

// Observer hears how deliveries go; of a letter to nobody, nothing. Its methods are called by several goroutines at once, and
// must not wait.
type Observer interface {
	// Attempted tells of each attempt to hand a letter over to a server, HOST:PORT. It failed where the server could not be
	// reached, or could not take any letter: that it refused one is the letter's Settled.
	Attempted(server string, took time.Duration, failed bool)

	// Settled tells what became of a letter.
	Settled(kind flow.MailKind, o Outcome)
}

// Observed lets o hear of all deliveries.
func Observed(o Observer) Option { return func(opts *options) { opts.observer = o } }

// Pending is how many letters are neither delivered nor dropped.
func (q *Queue) Pending() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pending
}

// Server is where letters are handed over now, HOST:PORT.
func (q *Queue) Server() string { return q.now().server.address() }
