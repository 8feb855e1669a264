package flow

import (
	"context"
	"errors"
	"maps"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/reference"
	"ssprd/internal/state"
)

// lookUp is a search to be made after an answer.
type lookUp struct {
	id       string
	r        Reset     // as it was when its code was asked for
	attempts int       // that have failed
	paid     bool      // the limits of mails have been spent for it
	due      time.Time // of a postponed one: when it is made
	cause    reference.Cause
}

func (l *lookUp) visit() Visit { return Visit{ID: l.id} }

// because gives the work of a search its cause.
func (l *lookUp) because(ctx context.Context) context.Context { return reference.With(ctx, l.cause) }

// longestPause bounds the pause between two attempts to look somebody up.
const longestPause = 30 * time.Second

// lookUpLater tries again, after a pause that grows, as long as the code would be of use: a directory that is away for
// a moment costs the person a moment.
func (s *Service) lookUpLater(l *lookUp, err error) {
	pause := min(time.Second<<min(l.attempts, 5), longestPause)
	l.attempts++
	if time.Now().Add(pause).After(l.r.CodeUntil) {
		if now, unsaid := s.lost.Say(l.r.Population); now {
			s.log.ErrorContext(l.because(s.life), "a code could not be sent", "population", l.r.Population, "attempts", l.attempts, "more_since", unsaid, "error", err)
		}
		s.settled()
		return
	}
	if !s.postpone(l, pause) {
		return
	}
	if now, unsaid := s.late.Say(l.r.Population); now {
		s.log.WarnContext(l.because(s.life), "a code could not be sent yet", "population", l.r.Population, "again_in", pause.String(), "more_since", unsaid, "error", err)
	}
}

// lookUp finds the person and sends the code, or makes the reset a decoy.
func (s *Service) lookUp(l *lookUp) error {
	ctx, cancel := context.WithDeadline(l.because(s.searches.life), l.r.CodeUntil)
	defer cancel()
	found, err := s.populations[l.r.Population].Directory.Find(ctx, l.r.Typed)
	if err != nil {
		return err
	}
	to, accounts := Recipient(l.r.Typed, found)
	before, err := s.seen(ctx, l, accounts)
	if err != nil {
		return err
	}
	if accounts, err = s.notOvertaken(ctx, l, accounts, before); err != nil {
		return err
	}
	if to == "" || len(accounts) == 0 {
		if to == "" {
			if err := s.record(ctx, l.visit(), l.r, audit.Event{Event: audit.Nobody}); err != nil {
				return err
			}
		}
		return errors.Join(s.nothingSent(ctx, l), s.pretend(ctx, l))
	}
	// What is no longer waited for, of an outage that has been given up, must not cost the mail that is still wanted.
	if waited, err := s.waitedFor(ctx, l); !waited {
		return err
	}
	return s.sendTo(ctx, l, to, party{Accounts: accounts, Seen: before})
}

// waitedFor tells whether the code that was asked for is still the one that the reset waits for.
func (s *Service) waitedFor(ctx context.Context, l *lookUp) (bool, error) {
	now, err := s.resets.Get(ctx, l.id)
	if errors.Is(err, state.ErrNotFound) {
		return false, nil
	}
	return err == nil && now.State == Challenge && now.Sends == l.r.Sends, err
}

// seen is the latest change that each of the accounts had when the reset first found it: now, unless it has sent a code before.
func (s *Service) seen(ctx context.Context, l *lookUp, accounts []Account) (seen, error) {
	var former party
	if l.r.Sends > 1 {
		var err error
		if former, err = s.party(ctx, l.id); err != nil {
			return nil, err
		}
	}
	n := seen{}
	maps.Copy(n, former.Seen)
	for _, a := range accounts {
		if _, known := n[a.ID]; known {
			continue
		}
		c, err := s.changeOf(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		n[a.ID] = c.Name
	}
	return n, nil
}

// notOvertaken are the accounts that no other reset has gone on to change since this one first found them: a code for the
// others would be of no use (R11).
func (s *Service) notOvertaken(ctx context.Context, l *lookUp, accounts []Account, before seen) (left []Account, err error) {
	if l.r.Sends == 1 {
		return accounts, nil // it finds them now
	}
	for _, a := range accounts {
		r := l.r
		r.Account, r.Accounts, r.Seen = a.ID, []Account{a}, before
		overtaken, err := s.isOvertaken(ctx, l.id, r)
		if err != nil {
			return nil, err
		}
		if !overtaken {
			left = append(left, a)
			continue
		}
		if err := s.record(ctx, l.visit(), r, audit.Event{Event: audit.Overtaken}); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// nothingSent makes a decoy of the reset: it gives it a digest that no code has. Where a further code was asked for, the
// reset keeps the one that it has: whoever got it must not lose it for one that does not come.
func (s *Service) nothingSent(ctx context.Context, l *lookUp) error {
	if l.r.Sends > 1 {
		_, _, err := s.tell(l.id, Sent{Send: l.r.Sends, Code: code.Decoy(), Keep: true})
		return err
	}
	if err := s.keepParty(ctx, l.id, l.r, party{}); err != nil {
		return err
	}
	_, _, err := s.tell(l.id, Sent{Send: l.r.Sends, Code: code.Decoy()})
	return err
}

// pretend does for a reset for which nothing is sent what sending does: the work after an answer must not tell (R2).
func (s *Service) pretend(ctx context.Context, l *lookUp) error {
	if err := s.store.Sync(ctx); err != nil {
		return err
	}
	// Without room for it the machine has enough to do as it is.
	_ = s.mailer.Enqueue(Mail{Kind: CodeMail, Nobody: true, Lang: l.r.Lang, Population: l.r.Population, Code: code.New(s.machine.Code.Digits),
		Lifetime: s.machine.Code.Lifetime, At: l.r.SentAt, Until: l.r.CodeUntil, Cause: l.cause})
	return nil
}

// sendTo sends the code, unless the accounts or the mailbox have had too much: then it makes a decoy of the reset. The page
// says nothing of it, for it would say that there is an account; the record does, and of wrong codes a mail (R13, R17).
func (s *Service) sendTo(ctx context.Context, l *lookUp, to string, p party) error {
	open, again, err := s.notHeld(ctx, l, p.Accounts)
	if err != nil {
		return err
	}
	spent, err := s.payMail(ctx, l, to)
	if err != nil {
		return err
	}
	if spent == "" && len(open) > 0 {
		return s.send(ctx, l, to, party{Accounts: open, Seen: p.Seen})
	}
	for _, a := range open {
		if err := s.record(ctx, l.visit(), l.r, audit.Event{Event: audit.Withheld, Account: string(a.ID), Reason: spent}); err != nil {
			return err
		}
	}
	if err := s.nothingSent(ctx, l); err != nil {
		return err
	}
	if spent != "" {
		return s.pretend(ctx, l)
	}
	return s.mailer.Enqueue(Mail{
		Kind: HeldMail, To: to, Lang: l.r.Lang, Population: l.r.Population, At: l.r.SentAt, Again: again, Until: l.r.CodeUntil, Cause: l.cause,
	})
}

// notHeld are the accounts for which a code would be of use. again is when the last of the others can have one: the zero
// time where an administrator must reopen it first.
func (s *Service) notHeld(ctx context.Context, l *lookUp, accounts []Account) (open []Account, again time.Time, err error) {
	for _, a := range accounts {
		why, until, err := s.held(ctx, a.ID)
		if err != nil {
			return nil, time.Time{}, err
		}
		if why == "" {
			open = append(open, a)
			continue
		}
		again = until
		if err := s.record(ctx, l.visit(), l.r, audit.Event{Event: audit.Withheld, Account: string(a.ID), Reason: why}); err != nil {
			return nil, time.Time{}, err
		}
	}
	return open, again, nil
}

// payMail spends the limits of mails to one mailbox, once for each send. It returns the name of the limit that is spent, or
// "". The limits are the mailbox's over every population, so that nobody gets more for being in several.
func (s *Service) payMail(ctx context.Context, l *lookUp, to string) (why string, err error) {
	if l.paid {
		return "", nil
	}
	why, err = s.spendMail(ctx, to)
	l.paid = err == nil && why == ""
	if why != "" {
		s.log.WarnContext(ctx, "a limit was reached", "limit", why, "population", l.r.Population)
	}
	return why, err
}

// send draws a code, and mails it once it can be recognised and the former one is dead: a mail that overtook its record
// could not be undone.
func (s *Service) send(ctx context.Context, l *lookUp, to string, p party) error {
	drawn := code.New(s.machine.Code.Digits)
	if err := s.keepParty(ctx, l.id, l.r, p); err != nil {
		return err
	}
	r, reason, err := s.tell(l.id, Sent{Send: l.r.Sends, Code: s.codes.Digest(l.id, drawn)})
	if err != nil || reason != None {
		return err // a newer send, a cancel or time has overtaken this one
	}
	if alive, err := s.replaceFormer(ctx, l.id, r, p.Accounts); !alive {
		return err
	}
	if err := s.store.Sync(ctx); err != nil {
		return err
	}
	for _, a := range p.Accounts {
		if err := s.record(ctx, l.visit(), r, audit.Event{Event: audit.CodeSent, Account: string(a.ID)}); err != nil {
			return err
		}
	}
	return s.mailer.Enqueue(Mail{
		Kind: CodeMail, To: to, Lang: r.Lang, Population: r.Population,
		Code: drawn, Lifetime: s.machine.Code.Lifetime, At: r.SentAt, Until: r.CodeUntil, Cause: l.cause,
	})
}
