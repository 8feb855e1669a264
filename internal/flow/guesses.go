package flow

import (
	"context"
	"errors"
	"slices"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/limit"
	"ssprd/internal/state"
)

// maxInARow is how many wrong codes in a row, however slowly they come, close an account to resets (NIST SP 800-63B-4
// section 3.2.2; R13). The directory knows nothing of it: its people sign in as before.
const maxInARow = 100

// guesses is what is remembered of the codes typed for one mailbox, over all resets, sessions, clients, populations, and
// ways to name its accounts. It never shows: a mailbox whose guesses are spent is one whose codes are never right.
type guesses struct {
	Window limit.Window
	InARow int // since the last right code
}

// rememberClosed is how long an account stays closed if nobody reopens it.
const rememberClosed = 400 * 24 * time.Hour

func (g guesses) closed() bool { return g.InARow >= maxInARow }

func (g guesses) until(r limit.Rate) time.Time {
	if g.InARow > 0 {
		return time.Now().Add(rememberClosed)
	}
	return g.Window.Expires(r)
}

// errHeld leaves an Update without a change.
var errHeld = errors.New("no more guesses")

// guess counts a try against every mailbox of a party before anything is compared, and tells whether a comparison may be
// made. The decoys' parties have a mailbox too, so that a try costs the same time for them.
func (s *Service) guess(ctx context.Context, r Reset, p party) (allowed bool, err error) {
	for _, key := range p.Mailboxes {
		var now guesses
		_, err := s.guesses.Update(ctx, key, func(g guesses, _ bool) (guesses, time.Time, error) {
			if g.closed() && len(p.Accounts) > 0 {
				return g, time.Time{}, errHeld
			}
			var wait time.Duration
			if g.Window, wait = g.Window.Spend(time.Now(), s.rates.FailuresPerAccount); wait > 0 {
				return g, time.Time{}, errHeld
			}
			g.InARow++
			now = g
			return g, g.until(s.rates.FailuresPerAccount), nil
		})
		if errors.Is(err, errHeld) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if now.closed() && len(p.Accounts) > 0 {
			s.closed(ctx, r, p)
		}
	}
	return true, nil
}

// closed tells administrators of an account that is closed from now on.
func (s *Service) closed(ctx context.Context, r Reset, p party) {
	for _, a := range p.Accounts {
		s.log.Error("an account is closed to resets: too many wrong codes in a row", "population", r.Population, "account", a.ID)
		s.note(ctx, audit.Event{Event: audit.Closed, Population: r.Population, Account: string(a.ID)})
	}
}

// rightGuess ends the row of wrong codes.
func (s *Service) rightGuess(ctx context.Context, p party) error {
	for _, key := range p.Mailboxes {
		_, err := s.guesses.Update(ctx, key, func(g guesses, _ bool) (guesses, time.Time, error) {
			g.InARow = 0
			return g, g.until(s.rates.FailuresPerAccount), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// held tells whether a code for these mailboxes would be of no use, and when one will be again: never, by itself, for a
// closed one.
func (s *Service) held(ctx context.Context, mailboxes []string) (why string, again time.Time, err error) {
	for _, key := range mailboxes {
		g, err := s.guesses.Get(ctx, key)
		if errors.Is(err, state.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", time.Time{}, err
		}
		if g.closed() {
			return audit.Closed, time.Time{}, nil
		}
		now := time.Now()
		if _, wait := g.Window.Spend(now, s.rates.FailuresPerAccount); wait > 0 {
			why, again = "failures_per_account", now.Add(wait)
		}
	}
	return why, again, nil
}

// mailboxes are the keys under which the guesses at some accounts are counted: the first address on file of each. So mail
// and identifier of one person count together, and the accounts of a shared mailbox as the one target that they are.
func mailboxes(accounts []Account) (keys []string) {
	for _, a := range accounts {
		if len(a.Mail) > 0 {
			keys = append(keys, foldASCII(a.Mail[0]))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// nobodys is the mailbox of what names nobody: one of a fixed number, for strangers choose what they type.
func (s *Service) nobodys(typed string) []string {
	return []string{"nobody " + s.alias("nobody", typed)[:3]}
}

// Reopen lets codes be sent again for the accounts that the typed text names. It returns how many accounts that are.
func (s *Service) Reopen(ctx context.Context, population, typed string) (int, error) {
	p, ok := s.populations[population]
	if !ok {
		return 0, errors.New("no such population")
	}
	found, err := p.Directory.Find(ctx, typed)
	if err != nil {
		return 0, err
	}
	for _, a := range found {
		if err := s.audit.Record(ctx, audit.Event{Event: audit.Reopened, Population: population, Account: string(a.ID)}); err != nil {
			return 0, err
		}
	}
	for _, key := range mailboxes(found) {
		if err := s.guesses.Delete(ctx, key); err != nil {
			return 0, err
		}
	}
	return len(found), s.store.Sync(ctx)
}
