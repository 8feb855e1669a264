package flow

import (
	"context"
	"errors"
	"time"

	"ssprd/internal/state"
)

// party is whom the code of a reset is for, kept apart from the reset until the code was right: to read a page of the
// reset takes the same time whether it is somebody's or nobody's (R2, R3).
type party struct {
	Send      int       // of which code of the reset
	Accounts  []Account // none: a decoy
	Mailboxes []string  // under which guesses are counted
}

// keepParty keeps that of the newest code: a search that took long must not undo what a later one has found.
func (s *Service) keepParty(ctx context.Context, id string, r Reset, p party) error {
	_, err := s.parties.Update(ctx, id, func(old party, _ bool) (party, time.Time, error) {
		if old.Send > r.Sends {
			return old, time.Time{}, errOlder
		}
		p.Send = r.Sends
		return p, r.Deadline, nil
	})
	if errors.Is(err, errOlder) {
		return nil
	}
	return err
}

// errOlder leaves an Update without a change.
var errOlder = errors.New("a newer code was sent")

// party is that of a reset; while nobody has been looked up yet, that of a decoy.
func (s *Service) party(ctx context.Context, id string, r Reset) (party, error) {
	p, err := s.parties.Get(ctx, id)
	if errors.Is(err, state.ErrNotFound) {
		return party{Mailboxes: s.nobodys(r.Typed)}, nil
	}
	return p, err
}

// latest is the reset to which the newest code of an account belongs.
type latest struct{ Reset string }

// replaceFormer kills the code that an account's former reset may still have alive. The new code is in its own reset
// already: of two that come at once, whichever comes second here kills the other (R11).
func (s *Service) replaceFormer(ctx context.Context, id string, r Reset, accounts []Account) error {
	for _, a := range accounts {
		var former string
		_, err := s.latest.Update(ctx, string(a.ID), func(l latest, _ bool) (latest, time.Time, error) {
			former = l.Reset
			return latest{id}, r.Deadline, nil
		})
		if err != nil {
			return err
		}
		if former == "" || former == id {
			continue
		}
		if _, _, err := s.tell(former, Replaced{}); err != nil && !errors.Is(err, ErrNoReset) {
			return err
		}
	}
	return nil
}
