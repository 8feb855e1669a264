package flow

import (
	"context"
	"errors"
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

func (s *Service) peek(ctx context.Context, l spent) (limit.Taken, error) {
	seen, err := s.limits.Peek(ctx, l.name, l.key, l.rate)
	if err == nil && seen.Wait > 0 {
		s.limited(ctx, l)
	}
	return seen, err
}

func (s *Service) limited(ctx context.Context, l spent) {
	once, err := s.limits.Take(ctx, "told "+l.name, l.key, limit.Rate{Count: 1, Per: l.rate.Per})
	if err != nil || once.Wait > 0 {
		return
	}
	event := audit.Event{Event: audit.Limited, Reason: l.name, Population: l.population}
	switch l.name {
	case "starts_per_address", "starts_per_network", "failures_per_network":
		event.Client = l.client.String() // of the others, whoever comes next is told, and has not spent them
	}
	if l.name == "failures_per_population" {
		event.Event = audit.Guessing
		s.log.ErrorContext(ctx, "guessing is suspected: wrong codes at many accounts; no code of the population is judged for a while",
			"limit", l.name, "population", l.population)
	} else {
		s.log.WarnContext(ctx, "a limit was reached", "limit", l.name, "population", l.population)
	}
	s.note(ctx, event)
}

// admit spends the limits of asking for a code. The client's comes first: what it is refused costs nobody else anything.
func (s *Service) admit(ctx context.Context, population string, client netip.Addr) (Reason, error) {
	for _, l := range []spent{
		{name: "starts_per_address", key: limit.ClientKey(client), rate: s.rates.StartsPerAddress},
		{name: "starts_per_network", key: limit.NetworkKey(client), rate: s.rates.StartsPerNetwork},
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

// try is what a typed code has spent.
type try struct {
	account, network, population spent
	at                           time.Time // when
	first                        bool      // of its account in the breaker's time: it has spent of the network's and the population's too
}

// tryKey is under what the tries of a typed text are kept.
func tryKey(population, typed string) string { return population + " " + foldASCII(typed) }

// mayTry spends, before anything is compared, what a typed code spends, and tells whether there was enough; what is not
// compared has spent nothing. All of it is kept under what was typed, so that it looks the same whether the text names
// somebody or nobody; what is kept for the account itself does not show (guess).
//
// The breaker stops guessing that is spread over so many accounts that no limit of one of them sees it (R16). It counts
// accounts and not codes, so that nobody uses it up at one account, and gives back the right codes. Once the population's
// is spent, no code of it is judged, whoever's it is, until enough time has passed; before it comes to that, a network
// that tries at many accounts is stopped by itself.
func (s *Service) mayTry(ctx context.Context, v Visit, r Reset) (t try, reason Reason, err error) {
	ctx = context.WithoutCancel(ctx) // half of it spent would be an account that is not counted
	of := func(name, key string, rate limit.Rate) spent { return spent{name, key, rate, r.Population, v.Client} }
	t = try{
		account:    of("failures_per_account", tryKey(r.Population, r.Typed), s.rates.FailuresPerAccount),
		network:    of("failures_per_network", limit.NetworkKey(v.Client), s.rates.FailuresPerNetwork),
		population: of("failures_per_population", r.Population, s.rates.FailuresPerPopulation),
	}
	// The account's is spent last: where it has been spent lately, the breaker has counted the account before.
	before, err := s.peek(ctx, t.account)
	if before.Wait > 0 || err != nil {
		return t, Limited, err
	}
	t.at, t.first = before.At, !before.Last.After(before.At.Add(-s.rates.FailuresPerPopulation.Per))
	if enough, err := s.breaker(ctx, t); !enough || err != nil {
		return t, Limited, err
	}
	taken, err := s.take(ctx, t.account)
	if taken.Wait > 0 || err != nil {
		return t, Limited, errors.Join(err, s.right(ctx, t))
	}
	return t, None, nil
}

func (s *Service) breaker(ctx context.Context, t try) (enough bool, err error) {
	if !t.first {
		seen, err := s.peek(ctx, t.population)
		return seen.Wait == 0, err
	}
	network, err := s.take(ctx, t.network)
	if network.Wait > 0 || err != nil {
		return false, err
	}
	population, err := s.take(ctx, t.population)
	if population.Wait > 0 {
		err = errors.Join(err, s.give(ctx, t.network, t.at))
	}
	return population.Wait == 0, err
}

// right gives back what a code has spent of the breaker that was right, or was not compared: it was no guess.
func (s *Service) right(ctx context.Context, t try) error {
	if !t.first {
		return nil
	}
	return errors.Join(s.give(ctx, t.network, t.at), s.give(ctx, t.population, t.at))
}

func (s *Service) give(ctx context.Context, l spent, at time.Time) error {
	return s.limits.Give(ctx, l.name, l.key, l.rate, at)
}
