package ldapx

import (
	"context"
	"time"
)

// tellAgain is how seldom the log says of one server that it does not answer.
const tellAgain = 10 * time.Second

// longestDown bounds how long a server that is back is not asked.
const longestDown = 30 * time.Second

// down takes the server out of the order for a while, longer each time in a row.
func (s *server) down(ctx context.Context, conn *connection, err error) {
	s.retire(conn)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	now := time.Now()
	pause := min(time.Second<<min(s.failures-1, 5), longestDown)
	s.downUntil = now.Add(pause)
	if refusesAccount(err) {
		s.rejection = rejection{err: err, until: time.Now().Add(refusedFor), password: stamp(s.config.BindPasswordFile)}
		s.log.ErrorContext(ctx, "a directory server refuses the service account: it is not tried again before its password file has changed, or for a while",
			"code", failureCode(err), "server", s.address, "again_in", refusedFor.String(), "error", err)
		return
	}
	if now.Sub(s.toldAt) < tellAgain {
		return
	}
	s.toldAt = now
	s.log.WarnContext(ctx, "a directory server does not answer", "code", failureCode(err), "server", s.address, "passed_over_for", pause.String(), "error", err)
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
