package flow

import (
	"context"
	"errors"
	"slices"
	"time"

	"ssprd/internal/state"
)

// party is whom the code of a reset is for, kept apart from the reset until the code was right: to read a page of the
// reset takes the same time whether it is somebody's or nobody's (R2, R3).
type party struct {
	Send     int       `json:",omitzero"` // of which code of the reset
	Accounts []Account `json:",omitzero"` // none: a decoy
	Seen     seen      `json:",omitzero"` // of all that the searches of the reset have found
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

// latest is the reset to which the newest code of an account belongs. What is newer is counted and not dated: instances
// have clocks of their own, and of two codes within a second the person waits for the second.
type latest struct {
	sentCode
	N      int        `json:",omitzero"` // grows with each code
	Former []sentCode `json:",omitzero"` // to be killed yet: whoever comes next does it where somebody has failed on the way
	Until  time.Time  `json:",omitzero"`
}

// sentCode names a code: that of one send of a reset.
type sentCode struct {
	Reset string `json:",omitzero"`
	Send  int    `json:",omitzero"`
}

// newerThan orders any two codes in the same way, wherever they meet: of two resets of several accounts each must not kill
// the other.
func (l latest) newerThan(other latest) bool {
	return l.N > other.N || l.N == other.N && l.Reset > other.Reset
}

// replaceFormer kills the code that the accounts' former resets may still have alive (R11). The new code is in its own
// reset already, so that of two that come at once the newer one finds the other. If it is this one that is the older, it
// is this one's that dies, and alive is false: that can only be where both are for several accounts.
func (s *Service) replaceFormer(ctx context.Context, id string, r Reset, accounts []Account) (alive bool, err error) {
	own, err := s.afterAll(ctx, sentCode{id, r.Sends}, accounts)
	if err != nil {
		return false, err
	}
	alive = true
	for i, a := range accounts {
		var losers []sentCode
		now, err := s.latest.Update(ctx, string(a.ID), func(l latest, _ bool) (latest, time.Time, error) {
			next := own
			if i == 0 { // whoever comes to the first of them later is the newer
				next.N = max(next.N, l.N+1)
			}
			if l.newerThan(next) {
				return l, time.Time{}, errOlder
			}
			losers = slices.DeleteFunc(append(slices.Clone(l.Former), l.sentCode), func(c sentCode) bool { return c.Reset == "" || c.Reset == id })
			next.Former, next.Until = losers, r.Deadline
			return next, r.Deadline, nil
		})
		switch {
		case errors.Is(err, errOlder):
			losers, alive = []sentCode{own.sentCode}, false
		case err != nil:
			return false, err
		case i == 0:
			own = now
		}
		if err := s.killAll(ctx, string(a.ID), now, losers); err != nil {
			return false, err
		}
	}
	return alive, nil
}

// killAll kills the codes that resets may still have alive, and takes down that they are dead.
func (s *Service) killAll(ctx context.Context, account string, by latest, losers []sentCode) error {
	for _, loser := range losers {
		if _, _, err := s.tell(loser.Reset, Replaced{loser.Send}); err != nil && !errors.Is(err, ErrNoReset) {
			return err
		}
	}
	if len(losers) == 0 {
		return nil
	}
	_, err := s.latest.Update(ctx, account, func(l latest, found bool) (latest, time.Time, error) {
		if !found || l.sentCode != by.sentCode || l.N != by.N {
			return l, time.Time{}, errOlder
		}
		l.Former = nil
		return l, l.Until, nil
	})
	if errors.Is(err, errOlder) {
		return nil // the newer one has them
	}
	return err
}

// afterAll is newer than what any of the accounts has.
func (s *Service) afterAll(ctx context.Context, code sentCode, accounts []Account) (latest, error) {
	own := latest{sentCode: code, N: 1}
	for _, a := range accounts {
		l, err := s.latest.Get(ctx, string(a.ID))
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return latest{}, err
		}
		own.N = max(own.N, l.N+1)
	}
	return own, nil
}
