package flow

import (
	"context"
	"crypto/rand"
	"errors"

	"ssprd/internal/audit"
	"ssprd/internal/code"
)

// Enter judges a typed code. When it was right, the returned Reset carries the grant that the visitor must hold from
// now on. A code of a wrong form costs no try and is not compared.
func (s *Service) Enter(ctx context.Context, v Visit, typed string) (Reset, Reason, error) {
	parsed, err := code.Parse(typed, s.machine.Code.Digits)
	if err != nil {
		r, lookErr := s.Look(ctx, v)
		return r, formReason(err), lookErr
	}
	if reason, r, err := s.mayTry(ctx, v); reason != None || err != nil {
		return r, reason, err
	}
	r, reason, err := s.apply(ctx, v, Typed{Code: s.codes.Digest(v.ID, parsed), Grant: rand.Text()})
	if err != nil {
		return r, reason, err
	}
	switch reason {
	case None:
		return s.verified(ctx, Visit{v.ID, r.Grant}, r)
	case CodeWrong, TooManyTries:
		return r, reason, s.failed(ctx, r, reason)
	}
	return r, reason, nil
}

// verified goes on with a reset whose code was right, unless another reset of the account has overtaken it. Where several
// accounts are behind the code, that is seen when one of them is changed.
func (s *Service) verified(ctx context.Context, v Visit, r Reset) (Reset, Reason, error) {
	if err := s.record(ctx, audit.Verified, r, audit.Event{}); err != nil {
		return r, None, err
	}
	overtaken, err := s.isOvertaken(ctx, v.ID, r)
	if err != nil || !overtaken {
		return r, None, err
	}
	r, _, err = s.apply(ctx, v, Overtaken{})
	return r, Superseded, err
}

func formReason(err error) Reason {
	switch {
	case errors.Is(err, code.ErrShort):
		return CodeShort
	case errors.Is(err, code.ErrLong):
		return CodeLong
	}
	return CodeNotDigits
}

// mayTry spends a try of the account before anything is compared, whether the typed address has an account or not: the
// limit is kept under the address as typed, so that it looks the same for everybody.
func (s *Service) mayTry(ctx context.Context, v Visit) (Reason, Reset, error) {
	r, err := s.Look(ctx, v)
	if err != nil || r.State != Challenge {
		return None, r, err // apply says why not
	}
	wait, err := s.limits.Peek(ctx, "failures_per_population", r.Population, s.rates.FailuresPerPopulation)
	if err != nil {
		return None, r, err
	}
	if wait > 0 {
		s.log.Warn("a limit was reached", "limit", "failures_per_population", "population", r.Population)
		return Limited, r, nil
	}
	wait, err = s.limits.Take(ctx, "failures_per_account", r.Population+" "+foldASCII(r.Typed), s.rates.FailuresPerAccount)
	if err != nil {
		return None, r, err
	}
	if wait > 0 {
		return Limited, r, nil
	}
	return None, r, nil
}

// failed counts a wrong code against the population.
func (s *Service) failed(ctx context.Context, r Reset, reason Reason) error {
	if _, err := s.limits.Take(ctx, "failures_per_population", r.Population, s.rates.FailuresPerPopulation); err != nil {
		return err
	}
	if reason == TooManyTries {
		return s.record(ctx, audit.Closed, r, audit.Event{})
	}
	return nil
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
	return s.apply(ctx, v, Picked{Account: r.Accounts[place].ID})
}

// Cancel ends the reset, unless the change has begun.
func (s *Service) Cancel(ctx context.Context, v Visit) (Reset, Reason, error) {
	return s.apply(ctx, v, Cancel{})
}
