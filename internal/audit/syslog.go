package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"ssprd/internal/seldom"
)

// Syslog sends a copy of the record's events to a syslog server. The record is what counts, and is written first: nothing of
// this holds up or fails what is recorded. What the server does not take waits for it, as far as there is room. Make one with
// NewSyslog; its methods may be called by many goroutines at once.
type Syslog struct {
	log    *slog.Logger
	pace   pace
	header []byte // what stands in each message between its time and the name of its event
	target atomic.Pointer[Target]
	seldom seldom.Seldom
	lost   atomic.Int64 // events at the stop

	queue   chan *written // there is always room for thousands, and most portals have no such server
	turned  chan struct{} // there is another target
	closing chan struct{}
	shut    func() // closes it
	ended   chan struct{}
	ctx     context.Context // of the work
	stop    context.CancelFunc

	// Of the one goroutine that sends.
	conn    *link
	failing bool
}

// written is an event that stands in the record.
type written struct {
	at   time.Time
	name string
	line []byte
}

// pace is how patient a Syslog is.
type pace struct {
	room            int           // how many events wait
	first, longest  time.Duration // pauses between two attempts to reach the server
	settled, within time.Duration // how long a new connection is watched before it is used; how long one step of a connection may take
}

var ordinary = pace{room: 8192, first: time.Second, longest: 30 * time.Second, settled: 500 * time.Millisecond, within: 10 * time.Second}

// together bounds how many events are sent at once.
const together = 256

// NewSyslog makes one that sends nothing before it has a target.
func NewSyslog(log *slog.Logger) *Syslog { return newSyslog(log, ordinary) }

func newSyslog(log *slog.Logger, p pace) *Syslog {
	s := &Syslog{log: log, pace: p, header: header(), queue: make(chan *written, p.room), turned: make(chan struct{}, 1), closing: make(chan struct{}),
		ended: make(chan struct{})}
	s.shut = sync.OnceFunc(func() { close(s.closing) })
	s.ctx, s.stop = context.WithCancel(context.Background())
	go s.run()
	return s
}

// Turn has all that is not sent yet, and what follows, sent to another target; to none, with nil.
func (s *Syslog) Turn(to *Target) {
	s.target.Store(to)
	select {
	case s.turned <- struct{}{}:
	default: // it is known
	}
}

// send takes an event whose line is in the record. It never waits.
func (s *Syslog) send(at time.Time, name string, line []byte) {
	if s.target.Load() == nil {
		return
	}
	select {
	case s.queue <- &written{at, name, line}:
	default:
		if now, more := s.seldom.Say("full"); now {
			s.log.Warn("events are in the audit record, but are not copied by syslog: too many wait for the server", "events", 1+more)
		}
	}
}

// Close sends what waits for as long as ctx lasts, and gives up the rest. Nothing may be recorded any more. It may be called again.
func (s *Syslog) Close(ctx context.Context) {
	s.shut()
	select {
	case <-s.ended:
	case <-ctx.Done():
	}
	s.stop()
	<-s.ended
	if n := s.lost.Swap(0); n > 0 {
		s.log.Warn("events are in the audit record, but were not copied by syslog before the stop", "events", n)
	}
}

func (s *Syslog) run() {
	defer close(s.ended)
	defer func() { s.hangUp() }()
	for {
		select {
		case first := <-s.queue:
			s.deliver(s.waiting(first))
		case err := <-s.conn.gone():
			if !errors.Is(err, errHungUp) { // which many do where nothing has come for a while
				s.trouble(fmt.Errorf("it has broken the connection: %w", err))
			}
			s.hangUp()
		case <-s.turned:
			if s.target.Load() == nil {
				s.hangUp()
			}
		case <-s.closing:
			for len(s.queue) > 0 { // nobody else takes anything out
				s.deliver(s.waiting(<-s.queue))
			}
			return
		}
	}
}

// waiting is what stands in the queue now, behind what was taken from it.
func (s *Syslog) waiting(first *written) []*written {
	batch := []*written{first}
	for range min(len(s.queue), together-1) {
		batch = append(batch, <-s.queue)
	}
	return batch
}

// deliver sends some events: again and again, until the server has taken them. Whether it has is known no better than that the
// system took them, for syslog has no answer; after a connection that was cut some may come twice, and some not at all.
func (s *Syslog) deliver(batch []*written) {
	var frames bytes.Buffer
	for _, e := range batch {
		if s.ctx.Err() != nil { // do not so much as frame it
			s.lost.Add(int64(len(batch)))
			return
		}
		s.frame(&frames, e)
	}
	for pause := s.pace.first; ; {
		target := s.target.Load()
		if target == nil {
			return // switched off
		}
		kept := s.conn != nil && s.conn.target == target
		err := s.over(target, frames.Bytes())
		if err == nil {
			if s.failing {
				s.log.Info("the syslog server takes the copy of the audit record again", "server", target.address)
			}
			s.failing = false
			return
		}
		if kept {
			continue // the connection may have ended long ago
		}
		s.trouble(err)
		select {
		case <-time.After(pause):
			pause = min(2*pause, s.pace.longest)
		case <-s.turned:
			pause = s.pace.first
		case <-s.ctx.Done():
			s.lost.Add(int64(len(batch)))
			return
		}
	}
}

// over sends frames over the kept connection, or a new one.
func (s *Syslog) over(target *Target, frames []byte) error {
	if s.conn != nil && s.conn.target != target {
		s.hangUp()
	}
	if s.conn == nil {
		var err error
		if s.conn, err = target.dial(s.ctx, s.pace); err != nil {
			return err
		}
	}
	err := s.conn.write(frames, s.pace.within)
	if err != nil {
		s.hangUp()
	}
	return err
}

func (s *Syslog) hangUp() {
	s.conn.close()
	s.conn = nil
}

// trouble tells of it once a minute.
func (s *Syslog) trouble(err error) {
	if s.ctx.Err() != nil {
		return // Close says how many events are lost
	}
	s.failing = true
	if now, more := s.seldom.Say("away"); now {
		s.log.Warn("the syslog server cannot be reached, and the copy of the audit record waits", "waiting", len(s.queue), "more_since", more, "error", err)
	}
}

// frame appends an event as RFC 5425 wants it: the length of a message of RFC 5424, and the message. Its text is the line of the
// record, JSON, in which what is not ASCII is escaped: so it needs no byte order mark, which JSON must not have, and comes
// through servers that know no UTF-8.
func (s *Syslog) frame(to *bytes.Buffer, e *written) {
	m := make([]byte, 0, len(e.line)+128)
	m = append(m, '<')
	m = strconv.AppendInt(m, int64(authpriv*8+severity(e.name)), 10)
	m = append(m, ">1 "...)
	m = e.at.UTC().AppendFormat(m, "2006-01-02T15:04:05.000000Z07:00")
	m = append(m, s.header...)
	m = append(m, e.name...)
	m = append(m, " - "...)
	m = appendASCII(m, e.line)
	to.WriteString(strconv.Itoa(len(m)))
	to.WriteByte(' ')
	to.Write(m)
}

// header is HOSTNAME, APP-NAME and PROCID, with the spaces around them.
func header() []byte {
	host, _ := os.Hostname()
	return []byte(" " + printable(host) + " ssprd " + strconv.Itoa(os.Getpid()) + " ")
}

// printable is a name as a header of RFC 5424 takes it, "-" where it is none.
func printable(name string) string {
	if name == "" || len(name) > 255 {
		return "-"
	}
	for _, c := range []byte(name) {
		if c <= ' ' || c > '~' {
			return "-"
		}
	}
	return name
}
