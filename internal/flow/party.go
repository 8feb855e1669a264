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
	Send     int       // of which code of the reset
	Accounts []Account // none: a decoy
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
func (s *Service) party(ctx context.Context, id string) (party, error) {
	p, err := s.parties.Get(ctx, id)
	if errors.Is(err, state.ErrNotFound) {
		return party{}, nil
	}
	return p, err
}

// latest is the reset to which the newest code of an account belongs, and when that was drawn.
type latest struct {
	Reset string
	At    time.Time
}

// newerThan orders any two codes in the same way, wherever they meet: of two resets of several accounts each must not kill
// the other.
//
// A code of the future is older: the clock was set back since, and its account must not be without codes until the clock
// has caught up. Clocks of several instances differ by less.
func (l latest) newerThan(other latest) bool {
	if l.At.After(other.At.Add(clockSkew)) {
		return false
	}
	if l.At.Equal(other.At) {
		return l.Reset > other.Reset
	}
	return l.At.After(other.At)
}

// clockSkew is more than the clocks of instances that share a store differ by.
const clockSkew = time.Minute

// replaceFormer kills the code that the accounts' former resets may still have alive (R11). The new code is in its own
// reset already, so that of two that come at once the newer one finds the other. If it is this one that is the older, it
// is this one's that dies, and alive is false.
func (s *Service) replaceFormer(ctx context.Context, own latest, r Reset, accounts []Account) (alive bool, err error) {
	alive = true
	for _, a := range accounts {
		var loser string
		_, err := s.latest.Update(ctx, string(a.ID), func(l latest, _ bool) (latest, time.Time, error) {
			if l.newerThan(own) {
				loser = own.Reset
				return l, time.Time{}, errOlder
			}
			loser = l.Reset
			return own, r.Deadline, nil
		})
		switch {
		case errors.Is(err, errOlder):
			alive = false
		case err != nil:
			return false, err
		case loser == own.Reset: // its own former code
			continue
		}
		if loser == "" {
			continue
		}
		if _, _, err := s.tell(loser, Replaced{}); err != nil && !errors.Is(err, ErrNoReset) {
			return false, err
		}
	}
	return alive, nil
}
