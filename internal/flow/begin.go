package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/limit"
)

// Start is what a person typed to begin.
type Start struct {
	Population string
	Lang       string // of the pages and of the mail
	Typed      string
	Client     netip.Addr
}

// Begin stores a new reset and returns its id. It looks nobody up: who the text names is found out after the answer,
// so that neither the answer nor its time can tell (R1, R2).
func (s *Service) Begin(ctx context.Context, b Start) (id string, reason Reason, err error) {
	typed := strings.TrimSpace(b.Typed)
	if _, ok := s.populations[b.Population]; !ok || !Nameable(typed) {
		return "", AddressEmpty, nil
	}
	if reason, err := s.admit(ctx, b); reason != None || err != nil {
		return "", reason, err
	}
	if waiting := s.populations[b.Population].lookUps; len(waiting) == cap(waiting) {
		return "", Busy, nil // before anything is stored for nothing
	}
	r := s.machine.Begin(b.Population, b.Lang, typed, time.Now())
	if err := s.record(ctx, audit.Started, r, audit.Event{Client: b.Client.String()}); err != nil {
		return "", None, err
	}
	id = rand.Text()
	_, err = s.resets.Update(ctx, id, func(Reset, bool) (Reset, time.Time, error) { return r, keepUntil(r), nil })
	if err != nil {
		return "", None, err
	}
	return id, s.queue(&lookUp{id: id, r: r}), nil
}

// admit spends the limits of a start.
func (s *Service) admit(ctx context.Context, b Start) (Reason, error) {
	for _, l := range []struct {
		name, key string
		rate      limit.Rate
	}{
		{"starts_per_address", limit.ClientKey(b.Client), s.rates.StartsPerAddress},
		{"starts_per_population", b.Population, s.rates.StartsPerPopulation},
	} {
		wait, err := s.limits.Take(ctx, l.name, l.key, l.rate)
		if err != nil {
			return None, err
		}
		if wait > 0 {
			s.log.Warn("a limit was reached", "limit", l.name, "population", b.Population)
			return Limited, nil
		}
	}
	return None, nil
}

// Resend asks for a new code; the former one is dead from here on.
func (s *Service) Resend(ctx context.Context, v Visit) (Reset, Reason, error) {
	r, reason, err := s.apply(ctx, v, Resend{})
	if err != nil || reason != None {
		return r, reason, err
	}
	return r, s.queue(&lookUp{id: v.ID, r: r}), nil
}

// lookUp is a search to be made after an answer.
type lookUp struct {
	id       string
	r        Reset // as it was when its code was asked for
	attempts int   // that have failed
	paid     bool  // the limit of mails has been spent for it
}

// queue hands a search to the workers. When they have more than enough to do, everybody is told the same.
func (s *Service) queue(l *lookUp) Reason {
	select {
	case s.populations[l.r.Population].lookUps <- l:
		return None
	default:
		s.log.Warn("the queue of searches is full", "population", l.r.Population)
		return Busy
	}
}

func (s *Service) lookUpWorker(waiting <-chan *lookUp) {
	for {
		select {
		case l := <-waiting:
			if err := s.lookUp(l); err != nil {
				s.lookUpLater(l, err)
			}
		case <-s.life.Done():
			return
		}
	}
}

// longestPause bounds the pause between two attempts to look somebody up.
const longestPause = 30 * time.Second

// lookUpLater tries again, after a pause that grows, as long as the code would be of use: a directory that is away for
// a moment costs the person a moment.
func (s *Service) lookUpLater(l *lookUp, err error) {
	pause := min(time.Second<<min(l.attempts, 5), longestPause)
	l.attempts++
	if time.Now().Add(pause).After(l.r.CodeUntil) {
		s.log.Error("a code could not be sent", "population", l.r.Population, "attempts", l.attempts, "error", err)
		return
	}
	s.log.Warn("a code could not be sent yet", "population", l.r.Population, "again_in", pause.String(), "error", err)
	time.AfterFunc(pause, func() {
		if s.queue(l) != None {
			s.lookUpLater(l, errQueueFull)
		}
	})
}

var errQueueFull = errors.New("the queue of searches is full")

// lookUp finds the person and sends the code, or makes the reset a decoy.
func (s *Service) lookUp(l *lookUp) error {
	ctx, cancel := context.WithDeadline(context.Background(), l.r.CodeUntil)
	defer cancel()
	found, err := s.populations[l.r.Population].Directory.Find(ctx, l.r.Typed)
	if err != nil {
		return err
	}
	to, accounts := recipient(l.r.Typed, found)
	if to != "" {
		if to, err = s.payMail(ctx, l, to); err != nil {
			return err
		}
	}
	if to == "" {
		_, _, err := s.tell(l.id, Sent{Send: l.r.Sends, Code: code.Decoy()})
		return err
	}
	return s.send(ctx, l, to, accounts)
}

// payMail spends the limit of mails for one address, once for each send, and only while somebody waits for it: what was
// asked for during an outage and given up must not cost the mail that is still wanted. It returns "" where nothing is
// to be sent.
func (s *Service) payMail(ctx context.Context, l *lookUp, to string) (string, error) {
	now, err := s.resets.Get(ctx, l.id)
	if err != nil {
		return "", err
	}
	if l.paid || now.State != Challenge || now.Sends != l.r.Sends {
		return to, nil // what is not waited for is stopped by send
	}
	wait, err := s.limits.Take(ctx, "mails_per_account", l.r.Population+" "+foldASCII(to), s.rates.MailsPerAccount)
	if err != nil {
		return "", err
	}
	if wait > 0 {
		s.log.Warn("a limit was reached", "limit", "mails_per_account", "population", l.r.Population)
		return "", nil
	}
	l.paid = true
	return to, nil
}

// send draws a code, and mails it once it can be recognised: a mail that overtook its record could not be undone.
func (s *Service) send(ctx context.Context, l *lookUp, to string, accounts []Account) error {
	drawn := code.New(s.machine.Code.Digits)
	r, reason, err := s.tell(l.id, Sent{Send: l.r.Sends, Accounts: accounts, Code: s.codes.Digest(l.id, drawn)})
	if err != nil || reason != None {
		return err // a newer send, a cancel or time has overtaken this one
	}
	if err := s.store.Sync(ctx); err != nil {
		return err
	}
	for _, a := range accounts {
		if err := s.record(ctx, audit.CodeSent, r, audit.Event{Account: string(a.ID)}); err != nil {
			return err
		}
	}
	return s.mailer.Enqueue(Mail{
		Kind: CodeMail, To: to, Lang: r.Lang, Population: r.Population,
		Code: drawn, Lifetime: s.machine.Code.Lifetime, At: r.SentAt, Until: r.CodeUntil,
	})
}
