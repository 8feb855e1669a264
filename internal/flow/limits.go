package flow

import (
	"context"
	"net/netip"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/limit"
)

// spent is a limit, for whom it is kept, and for which client and population it was asked.
type spent struct {
	name, key  string
	rate       limit.Rate
	population string
	client     netip.Addr
}

// take spends one of a limit. What a limit keeps from happening is told once in the limit's time, however often it is
// tried: neither log nor record can be flooded.
func (s *Service) take(ctx context.Context, l spent) (limit.Taken, error) {
	taken, err := s.limits.Take(ctx, l.name, l.key, l.rate)
	if err == nil && taken.Wait > 0 {
		s.limited(ctx, l)
	}
	return taken, err
}

func (s *Service) peek(ctx context.Context, l spent) (wait time.Duration, err error) {
	wait, err = s.limits.Peek(ctx, l.name, l.key, l.rate)
	if err == nil && wait > 0 {
		s.limited(ctx, l)
	}
	return wait, err
}

func (s *Service) limited(ctx context.Context, l spent) {
	once, err := s.limits.Take(ctx, "told "+l.name, l.key, limit.Rate{Count: 1, Per: l.rate.Per})
	if err != nil || once.Wait > 0 {
		return
	}
	event := audit.Event{Event: audit.Limited, Reason: l.name, Population: l.population, Client: l.client.String()}
	if l.name == "failures_per_population" {
		event.Event = audit.Guessing
		s.log.Error("guessing is suspected: wrong codes at many accounts; no code of the population is judged for a while",
			"limit", l.name, "population", l.population)
	} else {
		s.log.Warn("a limit was reached", "limit", l.name, "population", l.population)
	}
	s.note(ctx, event)
}

// admit spends the limits of asking for a code. The client's comes first: what it is refused costs nobody else anything.
func (s *Service) admit(ctx context.Context, population string, client netip.Addr) (Reason, error) {
	for _, l := range []spent{
		{name: "starts_per_address", key: limit.ClientKey(client), rate: s.rates.StartsPerAddress},
		{name: "starts_per_population", key: population, rate: s.rates.StartsPerPopulation},
		{name: "starts_in_all", rate: s.rates.StartsInAll},
	} {
		l.population, l.client = population, client
		taken, err := s.take(ctx, l)
		if err != nil {
			return None, err
		}
		if taken.Wait > 0 {
			return Limited, nil
		}
	}
	return None, nil
}

// try is a code that may be compared: what was spent for it.
type try struct {
	account, population spent
	breaker             time.Time // when one of the population's was spent; zero if none was
	client              spent
}

// mayTry spends, before anything is compared, what a typed code spends, and tells whether there was enough. All of it is
// kept under what was typed, so that it looks the same whether the text names somebody or nobody.
func (s *Service) mayTry(ctx context.Context, v Visit, r Reset) (t try, reason Reason, err error) {
	of := func(name, key string, rate limit.Rate) spent {
		return spent{name, key, rate, r.Population, v.Client}
	}
	t = try{
		account:    of("failures_per_account", r.Population+" "+foldASCII(r.Typed), s.rates.FailuresPerAccount),
		population: of("failures_per_population", r.Population, s.rates.FailuresPerPopulation),
		client:     of("failures_per_address", limit.ClientKey(v.Client), s.rates.FailuresPerAddress),
	}
	if wait, err := s.peek(ctx, t.client); wait > 0 || err != nil {
		return t, Limited, err
	}
	taken, err := s.take(ctx, t.account)
	if taken.Wait > 0 || err != nil {
		return t, Limited, err
	}
	open, err := s.breaker(ctx, &t, taken)
	if err != nil || open {
		return t, None, err
	}
	if taken.First { // or the next try would pass for one at an account that has been counted
		err = s.limits.Give(ctx, t.account.name, t.account.key, t.account.rate, taken.At)
	}
	return t, Limited, err
}

// breaker stops guessing that is spread over so many accounts that no limit of one of them sees it (R16): the population's
// limit counts the accounts at which codes are typed and not the codes, so that nobody uses it up at one account. Once it
// is spent, no code of the population is judged, whoever's it is, until enough time has passed.
func (s *Service) breaker(ctx context.Context, t *try, account limit.Taken) (open bool, err error) {
	if !account.First {
		wait, err := s.peek(ctx, t.population)
		return wait == 0, err
	}
	taken, err := s.take(ctx, t.population)
	t.breaker = taken.At
	return taken.Wait == 0, err
}

// right gives back to the population what a right code has spent of it: it was no guess.
func (s *Service) right(ctx context.Context, t try) error {
	if t.breaker.IsZero() {
		return nil
	}
	return s.limits.Give(ctx, t.population.name, t.population.key, t.population.rate, t.breaker)
}

// wrong spends one of the client's.
func (s *Service) wrong(ctx context.Context, t try) error {
	_, err := s.take(ctx, t.client)
	return err
}
