package flow

import (
	"context"
	"errors"
	"time"

	"ssprd/internal/state"
)

// change is the latest reset of an account that has gone on to a change, whichever way the change went. It ends every
// reset of that account that had begun before: a code that somebody else still holds is of no more use (R11).
type change struct {
	Reset string // its id
	At    time.Time
}

// overtakes tells whether c ends the reset of that id.
// One of the future, from before the clock was set back, ends none.
func (c change) overtakes(id string, r Reset) bool {
	return c.Reset != id && c.At.After(r.Began) && c.At.Before(time.Now().Add(clockSkew))
}

// changeKey is the account alone: its lasting id is the same in every population that it belongs to.
func changeKey(r Reset) string { return string(r.Account) }

// claimAccount makes the reset the latest of its account, in one atomic step, unless another has overtaken it.
func (s *Service) claimAccount(ctx context.Context, id string, r Reset) (overtaken bool, err error) {
	_, err = s.changes.Update(ctx, changeKey(r), func(c change, _ bool) (change, time.Time, error) {
		if overtaken = c.overtakes(id, r); overtaken {
			return c, c.At.Add(longestReset), nil
		}
		now := time.Now()
		return change{id, now}, now.Add(longestReset), nil
	})
	return overtaken, err
}

// longestReset is longer than any reset lasts: before a change is forgotten, all that it ends have ended by themselves.
// The longest allowed is ten sends of codes that live a day, each of which the reset outlives by as much again.
const longestReset = 21 * 24 * time.Hour

// isOvertaken tells whether a reset is over because of another.
func (s *Service) isOvertaken(ctx context.Context, id string, r Reset) (bool, error) {
	c, err := s.changes.Get(ctx, changeKey(r))
	if errors.Is(err, state.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.overtakes(id, r), err
}
