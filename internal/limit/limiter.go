// Package limit says how often something may happen: a rate of the configuration, the arithmetic that judges it, and a
// Limiter that remembers what was spent.
//
// What is remembered of a limit is one time stamp (see decide), in the same store as everything else, so that the
// instances that share a store share the limits, and a restart forgives nothing. Taking from a limit is one atomic Update:
// of two hundred requests at once exactly as many get through as the rate allows (R14). The keys of limits are addresses
// and accounts; a state.Table keeps them as keyed digests.
package limit

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"ssprd/internal/state"
)

// Limiter remembers what has been spent of every limit.
type Limiter struct {
	stamps *state.Table[stamp]
}

// stamp is the theoretical arrival time of one limit.
type stamp struct {
	TAT time.Time `json:"tat"`
}

// New returns a Limiter that remembers in s.
func New(s state.Store, key state.Key) *Limiter {
	return &Limiter{state.NewTable[stamp](s, "limit", key)}
}

// errSpent leaves an Update without a change: what is refused is not spent, or a person who tries too early would push
// the end of the wait away.
var errSpent = errors.New("the limit is spent")

// Take spends one of the limit called name of key (an account, a client, a population) at the rate r. A wait of more
// than zero means that nothing is left and nothing was spent, and says when there will be one again. An error means that
// it is not known: the caller refuses.
func (l *Limiter) Take(ctx context.Context, name, key string, r Rate) (wait time.Duration, err error) {
	if err := r.Validate(); err != nil {
		return 0, fmt.Errorf("limit %s: %w", name, err)
	}
	_, err = l.stamps.Update(ctx, id(name, key), func(old stamp, _ bool) (stamp, time.Time, error) {
		var next time.Time
		var allowed bool
		next, wait, allowed = decide(old.TAT, time.Now(), r)
		if !allowed {
			return stamp{}, time.Time{}, errSpent
		}
		return stamp{next}, next, nil // once everything is given back, no stamp says the same as this one
	})
	if err != nil && !errors.Is(err, errSpent) {
		return 0, fmt.Errorf("limit %s: %w", name, err)
	}
	return wait, nil
}

// Peek tells how long Take would make wait, and spends nothing.
func (l *Limiter) Peek(ctx context.Context, name, key string, r Rate) (wait time.Duration, err error) {
	if err := r.Validate(); err != nil {
		return 0, fmt.Errorf("limit %s: %w", name, err)
	}
	s, err := l.stamps.Get(ctx, id(name, key))
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return 0, fmt.Errorf("limit %s: %w", name, err)
	}
	_, wait, _ = decide(s.TAT, time.Now(), r)
	return wait, nil
}

// id keeps the name and the key apart by a byte that no name has.
func id(name, key string) string { return name + "\x00" + key }

// ClientKey is what stands for a client in a limit: an IPv4 address as it is, also when it comes mapped into IPv6, and
// the /64 of an IPv6 address, because that is what one subscriber has to draw addresses from (R15). The zero Addr has a
// key too, one for all clients whose address is not known.
func ClientKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}
