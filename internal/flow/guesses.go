package flow

import (
	"context"
	"errors"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/limit"
	"ssprd/internal/state"
)

// maxInARow is how many wrong codes in a row, however slowly they come, close an account to resets (NIST SP 800-63B-4
// section 3.2.2; R13). The directory knows nothing of it: its people sign in as before.
const maxInARow = 100

// rememberClosed is how long an account stays closed if nobody reopens it.
const rememberClosed = 400 * 24 * time.Hour

// guesses is what is remembered of the codes typed for one account, over all resets, sessions, clients, populations, and
// ways to name it (R13). It never shows: an account whose guesses are spent is one for which no code is right. Beside it
// the same rate is kept for what was typed, whoever's it is, and that one shows (mayTry).
type guesses struct {
	Window limit.Window `json:"w"` // of failures_per_account
	InARow int          `json:"r"` // wrong codes since the last right one
}

func (g guesses) closed() bool { return g.InARow >= maxInARow }

func (s *Service) keepGuesses(g guesses) time.Time {
	if g.InARow > 0 {
		return time.Now().Add(rememberClosed)
	}
	return g.Window.Expires(s.rates.FailuresPerAccount)
}

// guess counts a try against every account of a party before anything is compared, and returns those for which a comparison
// may be made: an account that is held must not hold up another that shares its mailbox. Nobody's party has something to
// count too, so that a try costs the same time for it.
func (s *Service) guess(ctx context.Context, r Reset, p party) (allowed []Account, err error) {
	if len(p.Accounts) == 0 {
		_, err := s.guessAt(ctx, s.nobody(r.Typed), nobodys)
		return nil, err
	}
	for _, a := range p.Accounts {
		g, err := s.guessAt(ctx, string(a.ID), somebodys)
		if errors.Is(err, errHeld) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if g.closed() {
			s.log.ErrorContext(ctx, "an account is closed to resets: too many wrong codes in a row", "population", r.Population, "account", a.ID)
			s.note(ctx, audit.Event{Event: audit.Closed, Population: r.Population, Account: string(a.ID)})
		}
		allowed = append(allowed, a)
	}
	return allowed, nil
}

// Whose guesses are counted. Nobody's are never held: there is nothing to hold back, and several share a key.
const (
	nobodys   = false
	somebodys = true
)

// guessAt counts one try, or returns errHeld.
func (s *Service) guessAt(ctx context.Context, key string, whose bool) (guesses, error) {
	return s.guesses.Update(ctx, key, func(g guesses, _ bool) (guesses, time.Time, error) {
		var wait time.Duration
		g.Window, wait = g.Window.Spend(time.Now(), s.rates.FailuresPerAccount)
		if whose == somebodys && (wait > 0 || g.closed()) {
			return g, time.Time{}, errHeld
		}
		g.InARow++
		return g, s.keepGuesses(g), nil
	})
}

// rightGuess ends the row of wrong codes.
func (s *Service) rightGuess(ctx context.Context, accounts []Account) error {
	for _, a := range accounts {
		_, err := s.guesses.Update(ctx, string(a.ID), func(g guesses, _ bool) (guesses, time.Time, error) {
			g.InARow = 0
			return g, s.keepGuesses(g), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// held is why a code for an account would be of no use, and when one will be again: never, by itself, for a closed one.
// "" where it would.
func (s *Service) held(ctx context.Context, id AccountID) (why string, again time.Time, err error) {
	g, err := s.guesses.Get(ctx, string(id))
	if errors.Is(err, state.ErrNotFound) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, err
	}
	if g.closed() {
		return audit.Closed, time.Time{}, nil
	}
	now := time.Now()
	if _, wait := g.Window.Spend(now, s.rates.FailuresPerAccount); wait > 0 {
		return "failures_per_account", now.Add(wait), nil
	}
	return "", time.Time{}, nil
}

// nobody is the key of what names nobody: one of a fixed number, for strangers choose what they type.
func (s *Service) nobody(typed string) string { return "nobody " + s.alias("nobody", typed)[:3] }

// Reopen lets codes be sent again for the accounts that the typed text names: it forgets the wrong codes typed for them,
// and the mails sent to them, which an attack has used up as well. It returns how many accounts that are.
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
		if err := s.forget(ctx, population, a, typed); err != nil {
			return 0, err
		}
	}
	return len(found), s.store.Sync(ctx)
}

// forget forgets what limits remember of an account, by all names of it that are known here.
func (s *Service) forget(ctx context.Context, population string, a Account, typed string) error {
	err := s.guesses.Delete(ctx, string(a.ID))
	for _, name := range append([]string{typed, a.Identifier}, a.Mail...) {
		key := tryKey(population, name)
		err = errors.Join(err, s.limits.Forget(ctx, "failures_per_account", key, s.rates.FailuresPerAccount))
	}
	for _, mail := range a.Mail {
		err = errors.Join(err, s.mailboxes.Delete(ctx, foldASCII(mail)))
	}
	return err
}
