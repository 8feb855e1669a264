package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"ssprd/internal/flow"
	"ssprd/internal/panics"
	"ssprd/internal/reference"
	"ssprd/internal/seldom"
)

// Errors of Enqueue.
var (
	ErrFull   = errors.New("the mail queue is full")
	ErrClosed = errors.New("the mail queue is closed")
)

// Queue delivers messages; it is a flow.Mailer. Open makes one.
type Queue struct {
	log *slog.Logger
	options

	ready   chan *delivery // room for every letter there can be: sending never blocks
	ctx     context.Context
	stop    context.CancelFunc // ends the workers, and what they are about
	workers sync.WaitGroup

	mu      sync.Mutex
	setup   *Setup
	pending int   // letters neither delivered nor dropped
	failing error // why the latest attempt did not reach the server; nil once one has
	late    seldom.Seldom
	closed  bool
	empty   chan struct{} // closed when closed and nothing is pending
}

type options struct {
	room    int
	workers int
	idle    time.Duration
	pauses  []time.Duration

	observer Observer // nil: nobody
}

// Option changes one of the queue's habits.
type Option func(*options)

// Room is how many messages may wait; 1000 by default.
func Room(n int) Option { return func(o *options) { o.room = n } }

// Workers is how many messages are sent at a time, each over its own connection; 2 by default.
func Workers(n int) Option { return func(o *options) { o.workers = n } }

// Idle is how long an unused connection is kept; 30 s by default.
func Idle(d time.Duration) Option { return func(o *options) { o.idle = d } }

// Pauses are those before the second attempt, the third, and so on; the last one is that before every further
// attempt. By default 1, 2, 5, 10 and 30 s.
func Pauses(d ...time.Duration) Option { return func(o *options) { o.pauses = d } }

// Setup is how letters are written, and where they are handed over. Nothing in it changes.
type Setup struct {
	server *server
	render render
}

// NewSetup makes one. It does not connect: the error is one of the configuration.
func NewSetup(cfg Config, r render) (*Setup, error) {
	server, err := newServer(cfg)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return &Setup{server, r}, nil
}

// Reconfigure has every letter that is not on its way yet, those that wait for another attempt too, written and sent by
// another Setup. Nothing is known of its server yet.
func (q *Queue) Reconfigure(s *Setup) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.setup, q.failing = s, nil
}

func (q *Queue) now() *Setup {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.setup
}

// Open starts a queue for the server that cfg names. It does not connect: a server that is down now may be up when a
// message comes. The error is one of the configuration.
func Open(cfg Config, r render, log *slog.Logger, opts ...Option) (*Queue, error) {
	o := options{room: 1000, workers: 2, idle: 30 * time.Second, pauses: []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}}
	for _, opt := range opts {
		opt(&o)
	}
	setup, err := NewSetup(cfg, r)
	if err != nil {
		return nil, err
	}
	q := &Queue{setup: setup, log: log, options: o, ready: make(chan *delivery, o.room), empty: make(chan struct{})}
	q.ctx, q.stop = context.WithCancel(context.Background())
	for range o.workers {
		q.workers.Go(q.work)
	}
	return q, nil
}

// Enqueue takes m and returns at once. The errors are ErrFull and ErrClosed; what is wrong with the message itself is
// found out at delivery, and logged.
func (q *Queue) Enqueue(m flow.Mail) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case q.pending >= q.room, m.Kind == flow.CodeMail && q.pending >= q.room-q.room/5:
		return ErrFull // the last places are for what nobody asks for again: notices
	}
	q.pending++
	q.ready <- newDelivery(m)
	return nil
}

// Close takes nothing more, goes on delivering until all is done or ctx ends, then ends the connections. It returns
// how many messages were given up. Only the first call does anything.
func (q *Queue) Close(ctx context.Context) (givenUp int) {
	if !q.shut() {
		return 0
	}
	select {
	case <-q.empty:
	case <-ctx.Done():
	}
	q.stop()
	q.workers.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending > 0 {
		q.log.Warn("mail given up", "messages", q.pending)
	}
	return q.pending
}

// shut closes the door, and tells whether it was open.
func (q *Queue) shut() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	if q.pending == 0 {
		close(q.empty)
	}
	return true
}

// came counts a letter that has come to this end, and tells the observer, if there is one.
func (q *Queue) came(d *delivery, o Outcome) {
	if q.observer != nil && !d.mail.Nobody {
		q.observer.Settled(d.mail.Kind, o)
	}
	q.settled()
}

// settled counts a letter that is delivered or dropped.
func (q *Queue) settled() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending--
	if q.closed && q.pending == 0 {
		close(q.empty)
	}
}

func (q *Queue) work() {
	l := &link{server: q.now().server}
	defer func() { l.close() }()
	idle := time.NewTimer(q.idle)
	for {
		select {
		case <-q.ctx.Done():
			return
		case <-idle.C:
			l.close()
		case d := <-q.ready:
			setup := q.now()
			if l.server != setup.server { // a connection to the former one is of no more use, and it may not answer a goodbye
				l.drop()
				l = &link{server: setup.server}
			}
			if err := panics.Catch(func() error { q.deliver(l, d, setup); return nil }); err != nil {
				q.log.ErrorContext(reference.With(q.ctx, d.mail.Cause), "mail dropped: it could not be worked on", "kind", d.mail.Kind, "error", err)
				l.drop()
				q.came(d, Unwritable)
			}
			idle.Reset(q.idle)
		}
	}
}

// deliver makes one attempt and decides what becomes of the letter.
func (q *Queue) deliver(l *link, d *delivery, setup *Setup) {
	ctx := reference.With(q.ctx, d.mail.Cause)
	log := q.log.With("kind", d.mail.Kind, "population", d.mail.Population, "attempt", d.attempts+1)
	if !time.Now().Before(d.mail.Until) {
		log.WarnContext(ctx, "mail dropped: too late")
		q.came(d, Late)
		return
	}
	if d.mail.Nobody {
		q.pretend(d, setup)
		q.settled()
		return
	}
	msg, err := d.compose(setup.server.from, setup.render)
	if err != nil {
		log.ErrorContext(ctx, "mail dropped: it cannot be written", "error", forLog(err))
		q.came(d, Unwritable)
		return
	}
	d.attempts++
	began := time.Now()
	err = l.send(q.ctx, msg, isASCII(d.mail.To))
	q.attempted(setup, began, err)
	switch {
	case err == nil:
		log.InfoContext(ctx, "mail sent")
		q.came(d, Sent)
	case q.ctx.Err() != nil: // Close counts it
	case permanent(err):
		log.ErrorContext(ctx, "mail dropped: refused", "error", forLog(err))
		q.came(d, Refused)
	default:
		q.postpone(ctx, d, log, err)
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// pretend writes the letter to nobody, and sends it nowhere: what goes on after an answer costs the same whether there was
// somebody to write to or not, and so do the requests beside it (R2). What goes wrong with it concerns nobody.
func (q *Queue) pretend(d *delivery, setup *Setup) {
	d.mail.To = setup.server.from.Address
	if msg, err := d.compose(setup.server.from, setup.render); err == nil {
		_, _ = msg.WriteTo(io.Discard)
	}
}

// attempted keeps what the latest attempt says of the server: a message that it refused for good was reached all the same.
func (q *Queue) attempted(setup *Setup, began time.Time, err error) {
	refused := err != nil && permanent(err)
	if err != nil && q.ctx.Err() != nil {
		return // it was given up at the stop
	}
	if q.observer != nil {
		q.observer.Attempted(setup.server.address(), time.Since(began), err != nil && !refused)
	}
	if refused {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.setup == setup { // else it is the former one's
		q.failing = err
	}
}

// Health tells whether the mail server can be reached. While the latest attempt did, that is taken to be so: nobody wants a
// connection for each question of a supervisor. Else it is tried: a proxy that leaves an instance which is not ready alone
// sends it nobody whose letter would find out.
func (q *Queue) Health(ctx context.Context) error {
	failing, setup, err := q.known()
	if err != nil || failing == nil {
		return err
	}
	l := &link{server: setup.server}
	defer l.drop()
	if err := l.dial(ctx); err != nil {
		return errors.New(forLog(err))
	}
	l.close()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.failing == failing { // else a later attempt knows more
		q.failing = nil
	}
	return nil
}

// known is what the latest attempt says of the server, and an error where there is no room.
func (q *Queue) known() (failing error, setup *Setup, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending >= q.room {
		return nil, nil, ErrFull
	}
	return q.failing, q.setup, nil
}

// postpone brings the letter back after a pause, unless that would be too late. No worker waits for it.
func (q *Queue) postpone(ctx context.Context, d *delivery, log *slog.Logger, err error) {
	pause := q.pauses[min(d.attempts, len(q.pauses))-1]
	if !time.Now().Add(pause).Before(d.mail.Until) {
		log.ErrorContext(ctx, "mail dropped: no more time for another attempt", "error", forLog(err))
		q.came(d, Late)
		return
	}
	now, unsaid := q.late.Say("")
	level := slog.LevelDebug // with a server that is away, every attempt of every letter
	if now {
		level = slog.LevelWarn
	}
	log.Log(ctx, level, "mail not sent yet", "again_in", pause.String(), "more_since", unsaid, "error", forLog(err))
	time.AfterFunc(pause, func() { q.ready <- d })
}
