package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ssprd/internal/audit"
	"ssprd/internal/panics"
	"ssprd/internal/policy"
	"ssprd/internal/reference"
	"ssprd/internal/secret"
)

// How long a change may take.
const (
	// writeFor bounds the write and the search before it, fail-over and the reading after a lost answer included.
	writeFor = 40 * time.Second
	// leaseSlack is how much longer a lease runs than the work it is for: while there is a lease, nobody else writes,
	// and when it has run out, the work it was for is over for certain.
	leaseSlack = 10 * time.Second
	// answerFor is how long the answer to the password is held: most changes are over by then, and their person never
	// sees the waiting page.
	answerFor = 300 * time.Millisecond
)

// Rules lists the rules for the account of r, as a page shows them before anything was typed.
func (s *Service) Rules(r Reset) []policy.Finding { return s.demanded(r).List() }

// OtherRules tells whether the directory has rules for the account of r that nobody can read, or that it alone can judge by.
func (s *Service) OtherRules(r Reset) bool { return s.demanded(r).Demands.Others }

// History is how many former passwords the directory refuses for the account of r, which it alone can judge; 0 if none are
// known to be.
func (s *Service) History(r Reset) int { return s.demanded(r).Demands.History }

// demanded is what the population's rules and the directory demand of the password of the account of r (R31).
func (s *Service) demanded(r Reset) policy.Set {
	a, _ := r.Chosen()
	p := s.populations[r.Population]
	return policy.Set{Rules: p.Rules, Demands: a.Demands, Breached: p.Breached}
}

// Judge tells which rules a password keeps for the account of r. Where that cannot be told, no password is good.
func (s *Service) Judge(r Reset, password secret.Text) ([]policy.Finding, error) {
	a, _ := r.Chosen()
	return s.demanded(r).Judge(password.Reveal(), a.Words)
}

// Choose submits a new password. Whatever is wrong with it is told without touching the reset; else the change is made,
// once, however often it is submitted, and goes on when the request ends. The reset is returned as it is after a short
// while: often Done already.
func (s *Service) Choose(ctx context.Context, v Visit, password, confirm secret.Text) (Reset, Reason, []policy.Finding, error) {
	r, err := s.Look(ctx, v)
	if err != nil {
		return r, None, nil, err
	}
	if r.State != Choose {
		return r, out(r), nil, nil
	}
	enough, err := s.mayJudge(ctx, v, r, "submitted")
	switch {
	case err != nil:
		return r, None, nil, err
	case !enough:
		return r, Limited, s.Rules(r), nil
	case password.Empty():
		return r, PasswordEmpty, s.Rules(r), nil
	case !typeable(password):
		return r, PasswordUnusable, s.Rules(r), nil
	}
	findings, err := s.Judge(r, password)
	switch {
	case err != nil:
		return r, None, nil, err
	case policy.Broken(findings):
		return r, PasswordWeak, findings, nil
	case password.Reveal() != confirm.Reveal():
		return r, PasswordDiffers, findings, nil
	}
	ctx = s.about(context.WithoutCancel(ctx), v.ID) // whoever gives up now has asked for it, and may ask once more
	claimed, reason, err := s.claim(ctx, v)
	if err != nil || reason != None {
		return claimed, reason, findings, err
	}
	if err := s.claimAccount(ctx, v.ID, claimed); err != nil {
		r, reason, err := s.notClaimed(ctx, v, claimed, err)
		return r, reason, findings, err
	}
	s.work.Go(func() { s.change(reference.With(context.Background(), reference.From(ctx)), v, claimed, password) })
	latest, err := s.soon(ctx, v, claimed)
	return latest, None, findings, err
}

// claim makes the change this request's own: of several submits one. Where the answer of the store is lost, the claim may
// stand all the same, and nobody would write: so it is taken back.
func (s *Service) claim(ctx context.Context, v Visit) (Reset, Reason, error) {
	name := rand.Text()
	claimed, reason, err := s.apply(ctx, v, Claim{Claimant: name, Until: time.Now().Add(writeFor + leaseSlack)})
	if err != nil && !errors.Is(err, ErrNoReset) {
		s.work.Go(func() { s.unclaim(v.ID, name) })
	}
	if claimed.State == Changing && claimed.Claimant == name {
		reason = None // even where it was made by a first try, of which the store has not heard the answer
	}
	return claimed, reason, err
}

// notClaimed takes a claim back whose account cannot be changed by it: another reset has overtaken it, or writes at the moment,
// or the store did not answer, and may have made the account this one's.
func (s *Service) notClaimed(ctx context.Context, v Visit, r Reset, why error) (Reset, Reason, error) {
	next, _, err := s.apply(ctx, v, Unclaim{r.Claimant})
	if err != nil {
		s.work.Go(func() { s.unclaim(v.ID, r.Claimant) })
	}
	switch {
	case !errors.Is(why, errOvertaken) && !errors.Is(why, errTaken):
		s.work.Go(func() { s.releaseAccount(context.WithoutCancel(ctx), v.ID, r) })
		return next, None, why
	case err != nil:
		return next, None, err
	case errors.Is(why, errOvertaken):
		return s.overtaken(ctx, v, next)
	}
	return next, NotBegun, nil
}

// unclaim takes a claim back that may or may not stand, and may yet come to stand while the store works off what it was
// asked.
func (s *Service) unclaim(id, name string) {
	for range 5 {
		time.Sleep(2 * time.Second)
		if _, reason, err := s.tell(id, Unclaim{name}); err == nil && reason == None {
			return
		}
	}
}

// typeable tells whether a password can be typed again: no keyboard has a NUL, and half a character is none. A browser
// sends U+FFFD for half a character, so that it is no longer known what was typed.
func typeable(password secret.Text) bool {
	return !strings.ContainsFunc(password.Reveal(), func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) })
}

// soon waits a short while for the change to be over.
func (s *Service) soon(ctx context.Context, v Visit, r Reset) (Reset, error) {
	ctx, cancel := context.WithTimeout(ctx, answerFor)
	defer cancel()
	var err error
	for err == nil && ctx.Err() == nil && (r.State == Changing || r.State == Spreading) {
		r, err = s.Changed(ctx, v, r.Version)
	}
	return r, err
}

// change writes the password and follows it to every server. It owns the reset while it runs; the lease says so. ctx has
// no end.
func (s *Service) change(ctx context.Context, v Visit, r Reset, password secret.Text) {
	log := s.log.With("population", r.Population, "account", r.Account)
	var written Written
	var err error
	if panicked := panics.Catch(func() error { written, err = s.write(ctx, v, r, password); return nil }); panicked != nil {
		err = errors.Join(ErrUnknownOutcome, panicked)
	}
	var refusal *RefusedError
	switch {
	case err == nil:
		if err := panics.Catch(func() error { s.written(ctx, v, r, written); return nil }); err != nil {
			log.ErrorContext(ctx, "a change that was made could not be followed", "error", err)
		}
	case errors.As(err, &refusal):
		level := slog.LevelWarn
		if refusal.Alarm {
			level = slog.LevelError
		}
		log.Log(ctx, level, "the directory refused a change", "code", refusal.Code, "reason", refusal.Reason, "error", err)
		s.settle(ctx, v, r, audit.Event{Event: audit.Refused, Reason: refusal.Code}, Refused{Claim: r.Claims, Reason: refusal.Reason, Until: refusal.Until})
	case errors.Is(err, ErrUnknownOutcome):
		log.ErrorContext(ctx, "the outcome of a change is not known", "code", "UNKNOWN_OUTCOME", "error", err)
		s.settle(ctx, v, r, audit.Event{Event: audit.Unknown}, Lost{r.Claims})
	case errors.Is(err, errNotBegun):
		log.ErrorContext(ctx, "a change could not be begun", "error", err)
		s.settle(ctx, v, r, audit.Event{Event: audit.Failed}, Refused{Claim: r.Claims, Reason: NotBegun})
	default:
		log.ErrorContext(ctx, "a change could not be made", "error", err)
		s.settle(ctx, v, r, audit.Event{Event: audit.Failed}, Refused{Claim: r.Claims, Reason: Unavailable})
	}
}

// errNotBegun says that the directory was not asked: what is recorded first could not be.
var errNotBegun = errors.New("the change is not begun")

// writeUntil is when a write of r's claim must have ended, by the clock on the wall.
func (r Reset) writeUntil() time.Time { return r.Lease.Round(0).Add(-leaseSlack) }

// write is the one write: recorded first, made after. It ends before the lease does, by the clock on the wall: a process that
// stood still in between must not write a password of which its person was told that it was cut off, and over the next one.
func (s *Service) write(ctx context.Context, v Visit, r Reset, password secret.Text) (Written, error) {
	s.changing.Add(1)
	defer s.changing.Add(-1)
	ctx, cancel := context.WithDeadline(ctx, r.writeUntil())
	defer cancel()
	err := errors.Join(s.record(ctx, v, r, audit.Event{Event: audit.Writing}), s.store.Sync(ctx), ctx.Err())
	if err == nil && !time.Now().Before(r.writeUntil()) {
		err = context.DeadlineExceeded // the machine slept, and the timer of ctx with it
	}
	if err != nil {
		return Written{}, errors.Join(errNotBegun, err)
	}
	return s.populations[r.Population].Directory.SetPassword(ctx, r.Account, password)
}

// settle records and tells an outcome. Neither can undo it: what fails here is logged, and the lease ends the wait.
func (s *Service) settle(ctx context.Context, v Visit, r Reset, e audit.Event, outcome Event) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	s.outcome(ctx, v, r, e)
	if e.Event != audit.Unknown { // of which something may come yet
		s.releaseAccount(ctx, v.ID, r)
	}
	if err := s.tellUntil(r.Lease, v.ID, outcome); err != nil {
		s.log.ErrorContext(ctx, "an outcome could not be stored", "event", e.Event, "error", err)
	}
}

// tellUntil tells what came of a piece of work, again and again while the store is away for a moment: whoever waits for it
// would be told that it was cut off.
func (s *Service) tellUntil(until time.Time, id string, e Event) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		_, _, err := s.tell(id, e)
		if err == nil || errors.Is(err, ErrNoReset) || time.Now().Add(pause).After(until) {
			return err
		}
		time.Sleep(pause)
	}
}

// written tells that the password is changed, by mail as well (R49), and follows it to the other servers.
func (s *Service) written(ctx context.Context, v Visit, r Reset, w Written) {
	s.notify(ctx, r) // first: to tell the page may take a while
	now := time.Now()
	s.settle(ctx, v, r, audit.Event{Event: audit.Changed, Server: w.Server}, Wrote{Claim: r.Claims, By: w.Server, Mark: w.Mark,
		MustChange: w.MustChange, Locked: w.Locked, Until: now.Add(s.populations[r.Population].Wait + leaseSlack), Followed: now.Add(followFor)})
	s.follow(reference.From(ctx), v.ID, r, w)
}

// noticeFor is how long the notice of a change is worth delivering.
const noticeFor = 24 * time.Hour

// notify writes to every address on file that the password was changed. A mail that fails undoes nothing.
func (s *Service) notify(ctx context.Context, r Reset) {
	a, _ := r.Chosen()
	now := time.Now()
	for _, to := range a.Mail {
		err := s.mailer.Enqueue(Mail{
			Kind: ChangedMail, To: to, Lang: r.Lang, Population: r.Population, At: now, Until: now.Add(noticeFor), Cause: reference.From(ctx),
		})
		if err != nil {
			s.log.ErrorContext(ctx, "the notice of a change could not be queued", "population", r.Population, "error", err)
			s.note(ctx, audit.Event{Event: audit.NoticeLost, Population: r.Population, Account: string(a.ID)})
		}
	}
}
