package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
)

// Enter judges a typed code. When it was right, the returned Reset carries the grant that the visitor must hold from
// now on. A code of a wrong form costs no try and is not compared.
func (s *Service) Enter(ctx context.Context, v Visit, typed string) (Reset, Reason, error) {
	r, err := s.Look(ctx, v)
	if err != nil {
		return r, None, err
	}
	parsed, err := code.Parse(typed, s.machine.Code.Digits)
	if err != nil {
		return r, formReason(err), nil
	}
	if !s.machine.Compares(r, time.Now()) {
		return s.apply(ctx, v, Typed{}) // which says why not
	}
	t, reason, err := s.mayTry(ctx, v, r)
	if err != nil || reason != None {
		return r, reason, err
	}
	return s.compare(ctx, v, r, t, parsed)
}

// compare makes the one comparison, after it was recorded and counted everywhere. What comes of it cannot undo it: where
// that cannot be recorded any more, the log says so, and the person goes on.
func (s *Service) compare(ctx context.Context, v Visit, r Reset, t try, typed code.Code) (Reset, Reason, error) {
	ctx = s.about(context.WithoutCancel(ctx), v.ID) // a browser that gives up must not burn a right code
	if err := s.record(ctx, v, r, audit.Event{Event: audit.Typed}); err != nil {
		return r, None, errors.Join(err, s.right(ctx, t), s.give(ctx, t.account, t.at)) // nothing was tried
	}
	p, err := s.party(ctx, v.ID)
	if err != nil {
		return r, None, err
	}
	allowed, err := s.guess(ctx, r, p)
	if err != nil {
		return r, None, err
	}
	e := Typed{Code: s.codes.Digest(v.ID, typed), Accounts: allowed, Seen: p.Seen, Grant: rand.Text()}
	if len(p.Accounts) > 0 && len(allowed) == 0 {
		e = Typed{} // it is not compared, and nothing shows it
	}
	r, reason, err := s.apply(ctx, v, e)
	if err != nil {
		if r, err = s.granted(ctx, v, e, err); err != nil {
			return r, reason, err
		}
	}
	switch reason {
	case None:
		return s.verified(ctx, Visit{v.ID, r.Grant, v.Client}, r, t)
	case CodeWrong, CodeReplaced, TooManyTries:
		s.failed(ctx, v, r, reason)
	}
	return r, reason, nil
}

// granted looks once more after a comparison of which the store's answer is lost: a right code is used up by it, and nobody else
// can know the grant that was drawn here.
func (s *Service) granted(ctx context.Context, v Visit, e Typed, lost error) (Reset, error) {
	r, err := s.resets.Get(ctx, v.ID)
	if err != nil || e.Grant == "" || r.Grant != e.Grant {
		return r, lost
	}
	return r, nil
}

// verified goes on with a reset whose code was right, unless another reset of the account has overtaken it. Where several
// accounts are behind the code, that is seen when one of them is changed. The code is used up: whatever fails from here on,
// the visitor has to be given the grant.
func (s *Service) verified(ctx context.Context, v Visit, r Reset, t try) (Reset, Reason, error) {
	s.outcome(ctx, v, r, audit.Event{Event: audit.Accepted})
	if err := errors.Join(s.right(ctx, t), s.rightGuess(ctx, r.Accounts)); err != nil {
		s.log.ErrorContext(ctx, "what a right code has spent could not be given back", "error", err)
	}
	next, reason, err := s.mayGoOn(ctx, v, r)
	if err != nil { // it is looked at again before anything is written
		s.log.ErrorContext(ctx, "a reset could not be looked at once more", "error", err)
		return r, None, nil
	}
	return next, reason, nil
}

// mayGoOn ends a reset that cannot come to a change.
func (s *Service) mayGoOn(ctx context.Context, v Visit, r Reset) (Reset, Reason, error) {
	overtaken, err := s.isOvertaken(ctx, v.ID, r)
	if err != nil {
		return r, None, err
	}
	if overtaken {
		return s.overtaken(ctx, v, r)
	}
	return s.ripe(ctx, v, r)
}

// tooYoungCode is the code of a directory's refusal for the same reason.
const tooYoungCode = "PWD_TOO_YOUNG"

// ripe ends a reset whose account has a password that is too recent for the directory to take another one: the person is
// told before they think of one, and when it will be taken.
func (s *Service) ripe(ctx context.Context, v Visit, r Reset) (Reset, Reason, error) {
	a, ok := r.Chosen()
	if !ok || !a.TooYoung(time.Now()) {
		return r, None, nil
	}
	if err := s.record(ctx, v, r, audit.Event{Event: audit.Refused, Reason: tooYoungCode}); err != nil {
		return r, None, err
	}
	s.log.InfoContext(ctx, "a password is too recent for the directory to take another one", "code", tooYoungCode, "population", r.Population,
		"account", a.ID, "until", a.MayChangeFrom)
	r, _, err := s.apply(ctx, v, TooRecent{a.MayChangeFrom})
	return r, RefusedTooYoung, err
}

// overtaken ends a reset because of another of its account.
func (s *Service) overtaken(ctx context.Context, v Visit, r Reset) (Reset, Reason, error) {
	if err := s.record(ctx, v, r, audit.Event{Event: audit.Overtaken}); err != nil {
		return r, None, err
	}
	r, _, err := s.apply(ctx, v, Overtaken{})
	return r, Superseded, err
}

// failed records a wrong code.
func (s *Service) failed(ctx context.Context, v Visit, r Reset, reason Reason) {
	event := audit.Rejected
	if reason == TooManyTries {
		event = audit.Exhausted
	}
	s.outcome(ctx, v, r, audit.Event{Event: event, Reason: string(reason)})
}

func formReason(err error) Reason {
	switch {
	case errors.Is(err, code.ErrEmpty):
		return CodeEmpty
	case errors.Is(err, code.ErrShort):
		return CodeShort
	case errors.Is(err, code.ErrLong):
		return CodeLong
	}
	return CodeNotDigits
}

// Pick says which of several accounts is meant, by its place in the reset's list, from 0.
func (s *Service) Pick(ctx context.Context, v Visit, place int) (Reset, Reason, error) {
	r, err := s.Look(ctx, v)
	if err != nil {
		return r, None, err
	}
	if place < 0 || place >= len(r.Accounts) {
		if r.State != Pick {
			return r, OutOfOrder, nil
		}
		return r, NotAnAccount, nil
	}
	picked := r.Accounts[place].ID
	if reason := s.would(r, Picked{Account: picked}); reason != None {
		return r, reason, nil
	}
	if err := s.record(ctx, v, r, audit.Event{Event: audit.Picked, Account: string(picked)}); err != nil {
		return r, None, err
	}
	r, reason, err := s.apply(ctx, v, Picked{Account: picked})
	if err != nil || reason != None {
		return r, reason, err
	}
	return s.ripe(ctx, v, r)
}

// Extend gives more time, as often as Reset.Extendable.
func (s *Service) Extend(ctx context.Context, v Visit) (Reset, Reason, error) {
	r, err := s.Look(ctx, v)
	if err != nil {
		return r, None, err
	}
	if reason := s.would(r, Extend{}); reason != None {
		return r, reason, nil
	}
	if err := s.record(ctx, v, r, audit.Event{Event: audit.Extended}); err != nil {
		return r, None, err
	}
	return s.apply(ctx, v, Extend{})
}

// Cancel ends the reset, unless the change has begun.
func (s *Service) Cancel(ctx context.Context, v Visit) (Reset, Reason, error) {
	r, err := s.Look(ctx, v)
	if err != nil {
		return r, None, err
	}
	if reason := s.would(r, Cancel{}); reason != None {
		return r, reason, nil
	}
	if err := s.record(ctx, v, r, audit.Event{Event: audit.Cancelled}); err != nil {
		return r, None, err
	}
	return s.apply(ctx, v, Cancel{})
}
