package ldapx

import (
	"context"
	"slices"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// connection is a bound connection and what the server at its other end says it can do.
type connection struct {
	*ldap.Conn
	server     *server
	controls   []string // supportedControl of the root DSE
	extensions []string // supportedExtension
	kind       string   // of directory, as far as the root DSE gives it away; else ""
	since      time.Time
}

// old tells whether it has been open for long enough to be worth another.
func (c *connection) old() bool { return time.Since(c.since) > 10*time.Second }

func (c *connection) closed() bool { return c.IsClosing() }

func (c *connection) hasControl(oid string) bool   { return slices.Contains(c.controls, oid) }
func (c *connection) hasExtension(oid string) bool { return slices.Contains(c.extensions, oid) }

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
	began := time.Now()
	conn, err = s.config.dial(ctx, s.address)
	if err == nil || ctx.Err() == nil {
		s.answered(Binding, began, err != nil)
	}
	if err != nil {
		if ctx.Err() == nil { // else it was given up, which says nothing of the server
			s.down(ctx, nil, err)
			s.failed(err)
		}
		return nil, false, &unreachableError{s.address, err}
	}
	conn.server = s
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
	if s.closed { // while this one was made
		_ = conn.Close()
		return
	}
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

func (s *server) close() {
	s.mu.Lock()
	all := append(slices.Clone(s.retired), s.conn)
	s.retired, s.closed = nil, true
	s.mu.Unlock()
	for _, conn := range all {
		s.drop(conn)
	}
}
