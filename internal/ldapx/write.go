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
	return written, refusedByAll(err)
}

// refusedByAll makes a refusal of it where every server was there, and none would make the change.
func refusedByAll(err error) error {
	var unserved *unservedError
	if errors.As(err, &unserved) {
		if v, ok := unserved.verdict(); ok {
			return v.refusal(err)
		}
	}
	return err
}

// write sends the change to s, once, and reads back what came of it.
func (p *Population) write(ctx context.Context, s *server, id flow.AccountID, before entry, password secret.Text) (flow.Written, error) {
	silent, err := s.once(ctx, func(conn *connection) error {
		return p.directory.kind.write(conn, p.directory.config, p.search.Unlock, before, password.Reveal())
	})
	var unsent *unreachableError
	switch {
	case errors.As(err, &unsent):
		return flow.Written{}, err // whatever it wraps, a refused bind too, says nothing of the change
	case lost(err):
		p.directory.log.WarnContext(ctx, "the answer to a change was lost", "server", s.address, "silent", silent, "error", err)
		return p.findOut(ctx, s, id, before, silent, fmt.Errorf("%s lost the connection, and has not made the change", s))
	case err != nil:
		return p.answered(ctx, s, id, before, err)
	}
	after, ok, err := p.byID(ctx, s, id)
	if err != nil || !ok {
		// It is written all the same. Without a mark no other server can be compared; Reached reads it again.
		p.directory.log.WarnContext(ctx, "a change could not be read back", "server", s.address, "error", err)
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
		p.directory.log.WarnContext(ctx, "a server could not say what came of a change", "server", s.address, "error", err)
		return p.findOut(ctx, s, id, before, false, v.refusal(err))
	case elsewhere:
		return flow.Written{}, s.passesOn(v, err)
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

// passesOn lets the next server be asked for a change. A referral is not followed: it would take the service account's password to
// wherever it points.
func (s *server) passesOn(v verdict, err error) error {
	if v.code == readOnly {
		s.isReadOnly(err)
	} else if v.code == otherwise.code {
		s.retire(s.kept()) // it is this connection alone that the server would not serve
	}
	return &unreachableError{s.address, &elsewhereError{v, err}}
}

// How it is found out what came of a change.
const (
	settleReads = 3           // readings that must agree that nothing was changed
	settlePause = time.Second // before each: what was sent may still be on its way through the server
)

// silentFor is how long a server is waited for that may yet do what it was asked.
const silentFor = 30 * time.Second

// findOut reads the entry again on the server whose answer was lost, or did not say, until it is certain what came of the
// change (R45). It never repeats the change, there or on another server: only the person does. If nothing was changed the
// error is notMade. A server that was silent, its connection open, may still be at it: of such a one nothing but the change
// itself is proof.
func (p *Population) findOut(ctx context.Context, s *server, id flow.AccountID, before entry, silent bool, notMade error) (flow.Written, error) {
	ctx, cancel := context.WithTimeout(ctx, silentFor)
	defer cancel()
	var seen proof
	readings := 0
	for silent || readings < settleReads {
		select {
		case <-ctx.Done():
			return flow.Written{}, fmt.Errorf("%w: %s does not say", flow.ErrUnknownOutcome, s)
		case <-time.After(settlePause):
		}
		after, ok, err := p.byID(ctx, s, id)
		if err != nil {
			continue
		}
		if !ok {
			return flow.Written{}, fmt.Errorf("%w: the entry has left the population", flow.ErrUnknownOutcome)
		}
		readings++
		if seen = p.directory.kind.changed(before, after); seen == changed {
			return p.written(s, id, after), nil
		}
	}
	if seen == unproven {
		return flow.Written{}, fmt.Errorf("%w: nothing on %s proves it", flow.ErrUnknownOutcome, s)
	}
	return flow.Written{}, notMade
}
