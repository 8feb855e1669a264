package ldapx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// SetPassword implements flow.Directory. The entry is read on the very server that is then written to: the reading
// judges once more whether it may be reset, and is what a second one is compared with if the answer is lost.
func (p *Population) SetPassword(ctx context.Context, id flow.AccountID, password secret.Text) (flow.Written, error) {
	var written flow.Written
	err := p.directory.firstToWrite(ctx, func(s *server) error {
		before, ok, err := p.byID(ctx, s, id)
		if err != nil {
			return err
		}
		if !ok {
			return gone.refusal(errors.New("the entry is not, or no longer, in the population"))
		}
		if code := p.eligible(before); code != "" {
			return ineligible(code)
		}
		written, err = p.write(ctx, s, id, before, password)
		return err
	})
	var last *elsewhereError
	if errors.As(err, &last) && last.alarm {
		err = last.refusal(err) // no server was left, and one at least was there
	}
	return written, err
}

// write sends the change to s, once, and reads back what came of it.
func (p *Population) write(ctx context.Context, s *server, id flow.AccountID, before entry, password secret.Text) (flow.Written, error) {
	err := s.once(ctx, func(conn *connection) error {
		return p.directory.kind.write(conn, p.directory.config, p.search.Unlock, before, password.Reveal())
	})
	var unsent *unreachableError
	switch {
	case errors.As(err, &unsent):
		return flow.Written{}, err // whatever it wraps, a refused bind too, says nothing of the change
	case lost(err):
		p.directory.log.Warn("the answer to a change was lost", "server", s.address, "error", err)
		return p.findOut(ctx, s, id, before, unheard)
	case err != nil:
		return p.answered(ctx, s, id, before, err)
	}
	after, ok, err := p.byID(ctx, s, id)
	if err != nil || !ok {
		// It is written all the same. Without a mark no other server can be compared; Reached reads it again.
		p.directory.log.Warn("a change could not be read back", "server", s.address, "error", err)
		return flow.Written{ID: id, Server: s.address}, nil
	}
	return p.written(s, id, after), nil
}

// written is a change as the reading after it shows it.
func (p *Population) written(s *server, id flow.AccountID, after entry) flow.Written {
	kind := p.directory.kind
	return flow.Written{ID: id, Server: s.address, Mark: kind.mark(after), MustChange: kind.mustChange(after),
		Locked: kind.locked(after, time.Now())}
}

// answered is what comes of an answer that is no success.
func (p *Population) answered(ctx context.Context, s *server, id flow.AccountID, before entry, err error) (flow.Written, error) {
	var own *flow.RefusedError // from before anything was sent
	if errors.As(err, &own) {
		return flow.Written{}, err
	}
	v := judge(err)
	switch v.outcome {
	case unknown:
		p.directory.log.Warn("a server could not say what came of a change", "server", s.address, "error", err)
		return p.findOut(ctx, s, id, before, undecided)
	case elsewhere:
		// A referral is not followed: it would take the service account's password to wherever it points.
		if v.code == readOnly {
			s.isReadOnly(err)
		}
		return flow.Written{}, &unreachableError{s.address, &elsewhereError{v, err}}
	}
	r := v.refusal(err)
	if r.Reason == flow.RefusedPolicy || r.Reason == flow.RefusedTooYoung {
		// Active Directory has one answer for all its rules: that of the least age can be told from the entry.
		if _, from := p.rules(ctx, s, before); from.After(time.Now()) {
			r.Reason, r.Code, r.Until = flow.RefusedTooYoung, "PWD_TOO_YOUNG", from
		}
	}
	return flow.Written{}, r
}

// doubt is how an answer leaves us in it, and how it is looked into.
type doubt struct {
	reads int           // readings that must agree that nothing was changed
	pause time.Duration // before each
	moves bool          // whether the next server may be asked then
}

var (
	// unheard is an answer that did not come: what was sent may still be on its way through the server.
	unheard = doubt{reads: 3, pause: time.Second}
	// undecided is one that came and does not say (busy, unavailable): the server has done with the request.
	undecided = doubt{reads: 1, moves: true}
)

// findOut reads the entry again on the server whose answer was lost, until it is certain what came of the change (R45).
// It never repeats the change: only the person does, or, where the server had answered, the next server.
func (p *Population) findOut(ctx context.Context, s *server, id flow.AccountID, before entry, d doubt) (flow.Written, error) {
	unchanged, pause := 0, d.pause
	for unchanged < d.reads {
		select {
		case <-ctx.Done():
			return flow.Written{}, fmt.Errorf("%w: %s could not be asked again", flow.ErrUnknownOutcome, s)
		case <-time.After(pause):
		}
		after, ok, err := p.byID(ctx, s, id)
		switch {
		case err != nil:
			pause = unheard.pause
		case !ok:
			return flow.Written{}, fmt.Errorf("%w: the entry has left the population", flow.ErrUnknownOutcome)
		case p.directory.kind.changed(before, after):
			return p.written(s, id, after), nil
		default:
			unchanged++
		}
	}
	err := fmt.Errorf("%s has not made the change", s)
	if d.moves {
		return flow.Written{}, &unreachableError{s.address, err}
	}
	return flow.Written{}, err
}
