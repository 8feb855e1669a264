package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"ssprd/internal/state"
)

// change is the latest reset of an account that has gone on to a change, whichever way the change went. It ends every
// other of that account whose first search was before: a code that somebody else still holds is of no more use (R11). What
// was before is told by a name and not by a time: instances have clocks of their own.
type change struct {
	Reset string    `json:",omitzero"` // its id
	Name  string    `json:",omitzero"` // of this very change
	Until time.Time `json:",omitzero"` // while it is being written nobody else writes: an older password would win
}

// seen is the name of the latest change that each account had when a reset first found it; "" for none.
type seen map[AccountID]string

// overtakes tells whether c ends the reset of that id, which found the account after the change of that name.
func (c change) overtakes(id, after string) bool {
	return c.Name != "" && c.Reset != id && c.Name != after
}

// changeOf is the latest one of an account, of whatever population: its lasting id is the same in each.
func (s *Service) changeOf(ctx context.Context, account AccountID) (change, error) {
	c, err := s.changes.Get(ctx, string(account))
	if errors.Is(err, state.ErrNotFound) {
		return change{}, nil
	}
	return c, err
}

// Why a claim does not come to a change.
var (
	errOvertaken = errors.New("another reset of the account has gone on to a change")
	errTaken     = errors.New("another reset of the account is being written, or this one has no more time to be")
)

// claimAccount makes the reset the latest of its account, in one atomic step, for as long as its claim runs. It is made under
// that claim: whoever stood still before it has no more time, and two resets do not write at once. errOvertaken, errTaken.
func (s *Service) claimAccount(ctx context.Context, id string, r Reset) error {
	next := change{id, rand.Text(), r.Lease}
	_, err := s.changes.Update(ctx, string(r.Account), func(c change, _ bool) (change, time.Time, error) {
		now := time.Now()
		switch {
		case c.overtakes(id, r.Seen[r.Account]):
			return c, time.Time{}, errOvertaken
		case c.Reset != id && now.Before(c.Until), !now.Before(r.writeUntil()):
			return c, time.Time{}, errTaken
		}
		return next, now.Add(longestReset), nil
	})
	return err
}

// releaseAccount lets other resets of the account write, once nothing of this one's can come any more. Where that fails, the
// lease ends it.
func (s *Service) releaseAccount(ctx context.Context, id string, r Reset) {
	_, err := s.changes.Update(ctx, string(r.Account), func(c change, _ bool) (change, time.Time, error) {
		if c.Reset == id && c.Until.Equal(r.Lease) {
			c.Until = time.Time{}
		}
		return c, time.Now().Add(longestReset), nil
	})
	if err != nil {
		s.log.WarnContext(ctx, "an account could not be given free for other resets before its time", "error", err)
	}
}

// longestReset is more than a reset can live (ten codes of a day each, twice), so that an older one is never missed. It is
// counted from each claim: a later one has the time that it needs.
const longestReset = 21 * 24 * time.Hour

// isOvertaken tells whether a reset is over because of another.
func (s *Service) isOvertaken(ctx context.Context, id string, r Reset) (bool, error) {
	c, err := s.changeOf(ctx, r.Account)
	return c.overtakes(id, r.Seen[r.Account]), err
}
