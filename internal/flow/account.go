package flow

import (
	"context"
	"errors"
	"time"

	"ssprd/internal/state"
)

// change is the latest reset of an account that has gone on to a change, whichever way the change went. It ends every
// other of that account whose first search was before: a code that somebody else still holds is of no more use (R11). What
// was before is counted and not dated: instances have clocks of their own.
type change struct {
	Reset string // its id
	N     int    // how often one of the account has gone on to one
}

// seen is how many changes each account had when a reset first found it.
type seen map[AccountID]int

// overtakes tells whether c ends the reset of that id, which found the account after so many changes.
func (c change) overtakes(id string, after int) bool { return c.Reset != id && c.N > after }

// changeOf is the latest one of an account, of whatever population: its lasting id is the same in each.
func (s *Service) changeOf(ctx context.Context, account AccountID) (change, error) {
	c, err := s.changes.Get(ctx, string(account))
	if errors.Is(err, state.ErrNotFound) {
		return change{}, nil
	}
	return c, err
}

// claimAccount makes the reset the latest of its account, in one atomic step, unless another has overtaken it.
func (s *Service) claimAccount(ctx context.Context, id string, r Reset) (overtaken bool, err error) {
	_, err = s.changes.Update(ctx, string(r.Account), func(c change, _ bool) (change, time.Time, error) {
		if overtaken = c.overtakes(id, r.Seen[r.Account]); !overtaken {
			c = change{id, c.N + 1}
		}
		return c, time.Now().Add(longestReset), nil
	})
	return overtaken, err
}

// longestReset is longer than any reset lasts: before a change is forgotten, all that it ends have ended by themselves.
// The longest allowed is ten sends of codes that live a day, each of which the reset outlives by as much again.
const longestReset = 21 * 24 * time.Hour

// isOvertaken tells whether a reset is over because of another.
func (s *Service) isOvertaken(ctx context.Context, id string, r Reset) (bool, error) {
	c, err := s.changeOf(ctx, r.Account)
	return c.overtakes(id, r.Seen[r.Account]), err
}
