package ldapx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// SetPassword implements flow.Directory. The entry is read on the very server that is then written to: the reading
// judges once more whether it may be reset, and is what a second one is compared with if the answer is lost.
func (p *Population) SetPassword(ctx context.Context, id flow.AccountID, password secret.Text) (flow.Written, error) {
	var written flow.Written
	err := p.directory.first(ctx, func(s *server) error {
		before, ok, err := p.byID(ctx, s, id)
		if err != nil {
			return err
		}
		if !ok {
			return refusal(flow.NotAllowed, "GONE", errors.New("the entry is not, or no longer, in the population"))
		}
		if code := p.eligible(before); code != "" {
			return refusal(flow.NotAllowed, code, errors.New("the entry may not be reset"))
		}
		written, err = p.write(ctx, s, id, before, password)
		return err
	})
	return written, err
}

// write sends the change to s, once, and reads back what came of it.
func (p *Population) write(ctx context.Context, s *server, id flow.AccountID, before entry, password secret.Text) (flow.Written, error) {
	err := s.once(ctx, func(conn *connection) error {
		return p.directory.kind.write(conn, p.directory.config, p.search.Unlock, before, password.Reveal())
	})
	var unsent *unreachableError
	if errors.As(err, &unsent) {
		return flow.Written{}, err // whatever it wraps, a refused bind too, says nothing of the change
	}
	if lost(err) {
		p.directory.log.Warn("the answer to a change was lost", "server", s.address, "error", err)
		return p.findOut(ctx, s, id, before)
	}
	if unanswered(err) || ldap.IsErrorWithCode(err, ldap.LDAPResultReferral) {
		// Busy, or read-only: it says itself that it has done nothing, and the next one is asked. A referral is not
		// followed: it would take the service account's password to wherever it points.
		return flow.Written{}, &unreachableError{s.address, err}
	}
	if err != nil {
		return flow.Written{}, translate(err)
	}
	written := flow.Written{ID: id, Server: s.address}
	if after, ok, err := p.byID(ctx, s, id); err == nil && ok {
		written.Mark, written.MustChange = p.directory.kind.mark(after), p.directory.kind.mustChange(after)
	} else {
		// It is written all the same. Without a mark no other server can be compared; Reached reads it again.
		p.directory.log.Warn("a change could not be read back", "server", s.address, "error", err)
	}
	return written, nil
}

// How a lost answer is looked into.
const (
	settleReads = 3           // readings that must agree that nothing was changed
	settlePause = time.Second // between them: what was sent may still be on its way through the server
)

// findOut reads the entry again on the server whose answer was lost, until it is certain what came of the change (R45).
// It never repeats the change: only the person does.
func (p *Population) findOut(ctx context.Context, s *server, id flow.AccountID, before entry) (flow.Written, error) {
	unchanged := 0
	for unchanged < settleReads {
		select {
		case <-ctx.Done():
			return flow.Written{}, fmt.Errorf("%w: %s could not be asked again", flow.ErrUnknownOutcome, s)
		case <-time.After(settlePause):
		}
		after, ok, err := p.byID(ctx, s, id)
		switch {
		case err != nil:
		case !ok:
			return flow.Written{}, fmt.Errorf("%w: the entry has left the population", flow.ErrUnknownOutcome)
		case p.directory.kind.changed(before, after):
			return flow.Written{ID: id, Server: s.address, Mark: p.directory.kind.mark(after), MustChange: p.directory.kind.mustChange(after)}, nil
		default:
			unchanged++
		}
	}
	return flow.Written{}, fmt.Errorf("%s lost the connection, and has not made the change", s)
}
