// Package limit says how often something may happen: a rate of the configuration, the arithmetic that judges it (Window),
// and a Limiter over the store.
//
// What was spent is kept in the same store as everything else, so that the instances that share a store share the limits,
// and a restart forgives nothing. Taking from a limit is one atomic Update: of two hundred requests at once exactly as
// many get through as the rate allows (R14). What is limited are addresses and accounts; only keyed digests of them are
// kept, in a fixed number of places.
package limit

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"ssprd/internal/secret"
	"ssprd/internal/state"
)

// Limiter remembers what has been spent of every limit.
type Limiter struct {
	places  *state.Table[place]
	digests secret.Digester
	room    room
}

// New returns a Limiter that remembers in s.
func New(s state.Store, key state.Key) *Limiter {
	return &Limiter{state.NewTable[place](s, "limit", key), secret.NewDigester(key.Derive("limit: places")), ordinary}
}

// Taken is what came of a Take.
type Taken struct {
	Wait time.Duration // more than zero: nothing is left and nothing was spent; when there will be one again
	Last time.Time     // not after the latest time that one was spent before; zero if none was in the rate's Per
	At   time.Time     // when it was spent, for Give
}

// errSpent leaves an Update without a change: what is refused is not spent, or a person who tries too early would push
// the end of the wait away.
var errSpent = errors.New("the limit is spent")

// Take spends one of the limit called name of key (an account, a client, a population) at the rate r, if there is one. An
// error means that it is not known: the caller refuses.
func (l *Limiter) Take(ctx context.Context, name, key string, r Rate) (taken Taken, err error) {
	err = l.update(ctx, name, key, r, func(w Window, now time.Time) (Window, error) {
		taken = Taken{Last: w.Newest(now, r), At: now}
		if w, taken.Wait = w.Spend(now, r); taken.Wait > 0 {
			return w, errSpent
		}
		return w, nil
	})
	if errors.Is(err, errSpent) {
		return taken, nil
	}
	return taken, err
}

// Give gives back what was taken at a moment.
func (l *Limiter) Give(ctx context.Context, name, key string, r Rate, at time.Time) error {
	return l.update(ctx, name, key, r, func(w Window, now time.Time) (Window, error) { return w.GiveBack(at, now, r), nil })
}

// Forget gives back all that was taken of one key.
func (l *Limiter) Forget(ctx context.Context, name, key string, r Rate) error {
	id, tag := l.find(name, key)
	_, err := l.places.Update(ctx, id, func(old place, found bool) (place, time.Time, error) {
		if !found {
			return old, time.Time{}, errSpent
		}
		next, until := old.without(tag, r)
		if len(next.Keys) == 0 {
			return next, until, state.Remove
		}
		return next, until, nil
	})
	if err != nil && !errors.Is(err, errSpent) {
		return fmt.Errorf("limit %s: %w", name, err)
	}
	return nil
}

func (l *Limiter) update(ctx context.Context, name, key string, r Rate, f func(Window, time.Time) (Window, error)) error {
	if err := r.Validate(); err != nil {
		return fmt.Errorf("limit %s: %w", name, err)
	}
	id, tag := l.find(name, key)
	_, err := l.places.Update(ctx, id, func(old place, _ bool) (place, time.Time, error) {
		now := time.Now()
		w, err := f(old.window(tag), now)
		if err != nil {
			return place{}, time.Time{}, err
		}
		next, until := old.keep(tag, w, r, now, l.room.each)
		return next, until, nil
	})
	if err != nil {
		return fmt.Errorf("limit %s: %w", name, err)
	}
	return nil
}

// Peek tells what would come of a Take, and spends nothing.
func (l *Limiter) Peek(ctx context.Context, name, key string, r Rate) (Taken, error) {
	if err := r.Validate(); err != nil {
		return Taken{}, fmt.Errorf("limit %s: %w", name, err)
	}
	id, tag := l.find(name, key)
	p, err := l.places.Get(ctx, id)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return Taken{}, fmt.Errorf("limit %s: %w", name, err)
	}
	now, w := time.Now(), p.window(tag)
	return Taken{Wait: w.at(now, r).wait(now, r), Last: w.Newest(now, r), At: now}, nil
}

// NetworkKey is what stands in a limit for all whom one hand may hold: an IPv4 /24, and the /48 of an IPv6 address, which
// is what one site has at most.
func NetworkKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 24
	if a.Is6() {
		bits = 48
	}
	return netip.PrefixFrom(a, bits).Masked().String()
}

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
