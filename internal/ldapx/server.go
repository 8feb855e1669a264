package ldapx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
)

// server is one server of a directory and the one connection that is kept to it.
type server struct {
	address string
	label   string // what people are told it is called; may be empty
	index   int    // its place among all servers and replicas
	config  Config
	log     *slog.Logger

	observer  Observer     // nil: nobody
	following atomic.Int64 // changes that are waited for here

	dialing chan struct{} // holds one: whoever put it there connects, and those who come then wait for that attempt

	mu        sync.Mutex
	conn      *connection
	closed    bool      // no connection is kept any more
	failedAt  time.Time // of the last attempt to connect that failed, and why
	failure   error
	failures  int       // in a row
	downUntil time.Time // before which nobody who has another server asks this one
	rejection rejection

	readOnlyUntil time.Time     // before which no change is sent here while there is another
	retired       []*connection // that carry no new requests, and may not be closed yet
	told          bool          // what there is to tell of it
	toldAt        time.Time     // when the log last said that the server does not answer
}

// unreachableError says that a server could not be asked: nothing was done there.
type unreachableError struct {
	server string
	err    error
}

func (e *unreachableError) Error() string { return e.server + ": " + e.err.Error() }
func (e *unreachableError) Unwrap() error { return e.err }

// read runs f, which only reads, on the kept connection. A connection that was cut while it was idle costs one new
// attempt, which the person does not notice; so does one that has been open for a while and on which the server refuses:
// it may be that the service account's state at its bind is what is refused. A server that is silent is left at once: it
// takes no more than its time-out, or twice that if a connection was to be made. The error is always an *unreachableError:
// what one server does not answer, the next one may.
func (s *server) read(ctx context.Context, f func(*connection) error) error {
	for last := false; ; last = true {
		conn, fresh, err := s.connection(ctx)
		if err != nil {
			return err
		}
		err = f(conn)
		again := !fresh && !last
		switch {
		case err == nil:
			s.up()
			return nil
		case again && lost(err) && conn.IsClosing():
			s.drop(conn)
		case unanswered(err):
			s.down(ctx, conn, err)
			return &unreachableError{s.address, err}
		case again && conn.old():
			s.retire(conn)
		default:
			s.up()
			return &unreachableError{s.address, err}
		}
	}
}

// once runs f, which writes, exactly once. The caller has just read on this connection, so it is known to be alive. silent
// tells of a lost answer that the connection is open still: the server may yet do what it was asked.
func (s *server) once(ctx context.Context, f func(*connection) error) (silent bool, err error) {
	conn, _, err := s.connection(ctx)
	if err != nil {
		return false, err
	}
	// By the clock on the wall: a machine that has slept must not write for whom nobody waits any more, and its timers slept too.
	if until, bounded := ctx.Deadline(); bounded && !time.Now().Before(until.Round(0)) {
		return false, &unreachableError{s.address, context.DeadlineExceeded}
	}
	began := time.Now()
	err = f(conn)
	s.answered(Writing, began, writeFailed(err))
	if !lost(err) {
		return false, err
	}
	return s.letGo(conn), err
}

// lost tells whether err means that the connection is of no more use, and that what was sent may or may not have
// arrived. go-ldap has one code for closed, timed out and never sent, and gives the end of a connection that it was
// reading from as it came. A request that timed out leaves the connection alive as far as go-ldap knows, but each
// further one on it would wait as long.
func lost(err error) bool {
	var unsent *unreachableError
	if errors.As(err, &unsent) {
		return false
	}
	if errors.Is(err, ldap.ErrSizeLimitExceeded) {
		return false // our own bound, by which go-ldap stops reading
	}
	var answer *ldap.Error
	if errors.As(err, &answer) {
		return ldap.IsErrorAnyOf(err, ldap.ErrorNetwork, ldap.ErrorUnexpectedMessage, ldap.ErrorUnexpectedResponse, ldap.ErrorMalformedPacket)
	}
	var refused *flow.RefusedError // our own, from before anything was sent
	return err != nil && !errors.As(err, &refused)
}

// unanswered tells whether err means that this server is not to be asked for a while.
func unanswered(err error) bool {
	return lost(err) || ldap.IsErrorAnyOf(err, ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.LDAPResultServerDown)
}

func (s *server) String() string { return fmt.Sprintf("server %d (%s)", s.index+1, s.address) }
