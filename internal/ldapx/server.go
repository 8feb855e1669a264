package ldapx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
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

	dialing chan struct{} // holds one: whoever put it there connects, and those who come then wait for that attempt

	mu        sync.Mutex
	conn      *connection
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

// tellAgain is how seldom the log says of one server that it does not answer.
const tellAgain = 10 * time.Second

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
			s.down(conn, err)
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
	if err = f(conn); !lost(err) {
		return false, err
	}
	return s.letGo(conn), err
}

// letGo gives up a connection on which an answer was waited for in vain, and tells whether it is open still: a request that
// timed out says nothing of the others on it.
func (s *server) letGo(conn *connection) (open bool) {
	if conn.IsClosing() {
		s.drop(conn)
		return false
	}
	s.retire(conn)
	return true
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

// connection returns the kept connection, or a fresh one.
func (s *server) connection(ctx context.Context) (conn *connection, fresh bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, &unreachableError{s.address, err}
	}
	if conn := s.kept(); conn != nil {
		return conn, false, nil
	}
	came := time.Now()
	select {
	case s.dialing <- struct{}{}:
		defer func() { <-s.dialing }()
	case <-ctx.Done():
		return nil, false, &unreachableError{s.address, ctx.Err()}
	}
	if conn, err := s.dialled(came); conn != nil || err != nil { // somebody else has tried while we waited
		return conn, true, err
	}
	if err := s.rejected(); err != nil {
		return nil, false, &unreachableError{s.address, err}
	}
	conn, err = s.config.dial(ctx, s.address)
	if err != nil {
		if ctx.Err() == nil { // else it was given up, which says nothing of the server
			s.down(nil, err)
			s.failed(err)
		}
		return nil, false, &unreachableError{s.address, err}
	}
	s.keep(conn)
	return conn, true, nil
}

func (s *server) kept() *connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.conn.IsClosing() {
		return nil
	}
	return s.conn
}

// dialled is what came of an attempt since then. Those who wait for one attempt share its outcome: of a server that
// hangs, each would otherwise find out anew, one after the other.
func (s *server) dialled(since time.Time) (*connection, error) {
	if conn := s.kept(); conn != nil {
		return conn, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failedAt.Before(since) {
		return nil, nil
	}
	return nil, &unreachableError{s.address, s.failure}
}

func (s *server) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failedAt, s.failure = time.Now(), err
}

func (s *server) keep(conn *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	s.log.Info("connected to a directory server", "server", s.address)
	if !s.told {
		s.told = true
		s.tellOf(conn)
	}
}

// tellOf tells the log, once, what an administrator should know of a server that is otherwise fine.
func (s *server) tellOf(conn *connection) {
	if conn.kind != "" && conn.kind != s.config.Kind && s.config.Kind != Generic {
		s.log.Error("a directory server is not of the kind that the configuration says", "code", "WRONG_KIND", "server", s.address,
			"kind", s.config.Kind, "seems", conn.kind)
	}
	if s.config.Kind == ActiveDirectory && s.config.History != HistoryOff && policyHintsOf(conn) == "" {
		// Never to be concluded from a success: a server that does not know the control takes a former password (R42).
		s.log.Warn("the history of passwords is not enforced here: the server does not list the policy hints control",
			"code", "NO_POLICY_HINTS", "server", s.address, "history", s.config.History)
	}
	if s.config.Kind == OpenLDAP && s.config.PasswordPolicy == "" && conn.hasControl(ldap.ControlTypeBeheraPasswordPolicy) {
		s.log.Warn("password_policy names no policy: of people who have none of their own the pages cannot tell the rules",
			"server", s.address)
	}
}

// drop closes a connection; others that use it fail and come again.
func (s *server) drop(conn *connection) {
	s.mu.Lock()
	if s.conn == conn {
		s.conn = nil
	}
	s.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
}

// retire lets no new request on a connection, and closes it when those on their way have had their time: that one request
// was not served must not cut off the answer to another one's change.
func (s *server) retire(conn *connection) {
	if conn == nil {
		return
	}
	s.mu.Lock()
	if s.conn == conn {
		s.conn = nil
	}
	s.retired = append(slices.DeleteFunc(s.retired, (*connection).closed), conn)
	s.mu.Unlock()
	time.AfterFunc(2*s.config.Timeout, func() { _ = conn.Close() })
}

// longestDown bounds how long a server that is back is not asked.
const longestDown = 30 * time.Second

// down takes the server out of the order for a while, longer each time in a row.
func (s *server) down(conn *connection, err error) {
	s.retire(conn)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	now := time.Now()
	pause := min(time.Second<<min(s.failures-1, 5), longestDown)
	s.downUntil = now.Add(pause)
	if refusesAccount(err) {
		s.rejection = rejection{err: err, until: time.Now().Add(refusedFor), password: stamp(s.config.BindPasswordFile)}
		s.log.Error("a directory server refuses the service account: it is not tried again before its password file has changed, or for a while",
			"code", failureCode(err), "server", s.address, "again_in", refusedFor.String(), "error", err)
		return
	}
	if now.Sub(s.toldAt) < tellAgain {
		return
	}
	s.toldAt = now
	s.log.Warn("a directory server does not answer", "code", failureCode(err), "server", s.address, "passed_over_for", pause.String(), "error", err)
}

func (s *server) up() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures > 0 {
		s.log.Info("a directory server answers again", "server", s.address)
	}
	s.failures, s.downUntil, s.toldAt = 0, time.Time{}, time.Time{}
}

// worthAsking tells whether the server is in its place in the order. Of many who come when the pause of a server that
// is down has run out, one tries it, and the others go past it for as long as that may take.
func (s *server) worthAsking(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures == 0 {
		return true
	}
	if now.Before(s.downUntil) {
		return false
	}
	s.downUntil = now.Add(s.config.Timeout)
	return true
}

// readOnlyFor is how long a server that refuses every change is spared them. A primary that was put to maintenance is one
// again after it.
const readOnlyFor = 30 * time.Second

// isReadOnly notes that the server refuses every change.
func (s *server) isReadOnly(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readOnlyUntil = time.Now().Add(readOnlyFor)
	s.log.Warn("a directory server is read-only: it belongs under replicas, not under servers", "code", readOnly, "server", s.address,
		"no_changes_for", readOnlyFor.String(), "error", err)
}

// readOnly is 1 for a server that refused a change lately because it refuses all, else 0.
func (s *server) readOnly(now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.readOnlyUntil) {
		return 1
	}
	return 0
}

func (s *server) close() {
	s.mu.Lock()
	all := append(slices.Clone(s.retired), s.conn)
	s.retired = nil
	s.mu.Unlock()
	for _, conn := range all {
		s.drop(conn)
	}
}

func (s *server) String() string { return fmt.Sprintf("server %d (%s)", s.index+1, s.address) }
