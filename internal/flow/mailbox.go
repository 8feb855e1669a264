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

// mailbox is what is remembered of the codes mailed to one mailbox and of those typed for it, over all resets, sessions,
// clients, populations, and ways to name its accounts. It never shows: where its mails are spent none goes, and where its
// guesses are spent no code is right.
type mailbox struct {
	Mails   limit.Window `json:"m"` // of mails_per_account
	Daily   limit.Window `json:"d"` // of mails_per_account_daily
	Guesses limit.Window `json:"g"` // of failures_per_account
	InARow  int          `json:"r"` // wrong codes since the last right one
}

// rememberClosed is how long an account stays closed if nobody reopens it.
const rememberClosed = 400 * 24 * time.Hour

func (m mailbox) closed() bool { return m.InARow >= maxInARow }

// until is when there is nothing more to remember.
func (m mailbox) until(r limit.Config) (until time.Time) {
	for _, end := range []time.Time{
		m.Mails.Expires(r.MailsPerAccount), m.Daily.Expires(r.MailsPerAccountDaily), m.Guesses.Expires(r.FailuresPerAccount),
	} {
		if end.After(until) {
			until = end
		}
	}
	if m.InARow > 0 {
		until = time.Now().Add(rememberClosed)
	}
	return until
}

// errHeld leaves an Update without a change.
var errHeld = errors.New("no more guesses")

// guess counts a try against every mailbox of a party before anything is compared, and tells whether a comparison may be
// made. The decoys' parties have a mailbox too, so that a try costs the same time for them.
func (s *Service) guess(ctx context.Context, r Reset, p party) (allowed bool, err error) {
	for _, key := range p.Mailboxes {
		now, err := s.mailboxes.Update(ctx, key, func(m mailbox, _ bool) (mailbox, time.Time, error) {
			if m.closed() && len(p.Accounts) > 0 {
				return m, time.Time{}, errHeld
			}
			var wait time.Duration
			if m.Guesses, wait = m.Guesses.Spend(time.Now(), s.rates.FailuresPerAccount); wait > 0 {
				return m, time.Time{}, errHeld
			}
			m.InARow++
			return m, m.until(s.rates), nil
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
		_, err := s.mailboxes.Update(ctx, key, func(m mailbox, _ bool) (mailbox, time.Time, error) {
			m.InARow = 0
			return m, m.until(s.rates), nil
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
		m, err := s.mailboxes.Get(ctx, key)
		if errors.Is(err, state.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", time.Time{}, err
		}
		if m.closed() {
			return audit.Closed, time.Time{}, nil
		}
		now := time.Now()
		if _, wait := m.Guesses.Spend(now, s.rates.FailuresPerAccount); wait > 0 {
			why, again = "failures_per_account", now.Add(wait)
		}
	}
	return why, again, nil
}

// spendMail spends the limits of mails to one mailbox. It returns the name of the one that is spent already, or "".
func (s *Service) spendMail(ctx context.Context, to string) (spent string, err error) {
	_, err = s.mailboxes.Update(ctx, foldASCII(to), func(m mailbox, _ bool) (mailbox, time.Time, error) {
		now := time.Now()
		var wait, daily time.Duration
		m.Mails, wait = m.Mails.Spend(now, s.rates.MailsPerAccount)
		m.Daily, daily = m.Daily.Spend(now, s.rates.MailsPerAccountDaily)
		switch {
		case wait > 0:
			spent = "mails_per_account"
		case daily > 0:
			spent = "mails_per_account_daily"
		default:
			spent = ""
			return m, m.until(s.rates), nil
		}
		return m, time.Time{}, errHeld
	})
	if errors.Is(err, errHeld) {
		err = nil
	}
	return spent, err
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
	}
	names := append(mailboxes(found), foldASCII(typed))
	for _, a := range found {
		names = append(names, foldASCII(a.Identifier))
		for _, mail := range a.Mail {
			names = append(names, foldASCII(mail))
		}
	}
	for _, name := range names {
		if err := s.mailboxes.Delete(ctx, name); err != nil {
			return 0, err
		}
		if err := s.limits.Forget(ctx, "failures_per_account", population+" "+name, s.rates.FailuresPerAccount); err != nil {
			return 0, err
		}
	}
	return len(found), s.store.Sync(ctx)
}
