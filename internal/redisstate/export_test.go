package redisstate

import (
	"context"
	"log/slog"
	"time"

	"ssprd/internal/state"
)

// ErrVacant is errVacant.
var ErrVacant = errVacant

// OpenRenewing is Open for an instance that renews its word about the key at other times.
func OpenRenewing(c state.Config, key state.Key, log *slog.Logger, renewed time.Duration) (state.Store, error) {
	p := usual
	p.renewed = renewed
	return open(c, key, log, p)
}

// OpenInspecting is Open for an instance that inspects the server again and again.
func OpenInspecting(c state.Config, key state.Key, log *slog.Logger) (state.Store, error) {
	return open(c, key, log, pace{10 * time.Millisecond, 10 * time.Millisecond})
}

// Renew has an instance renew its word about the key now.
func Renew(s state.Store) { s.(*store).doubted() }

// Slot is slot.
func Slot(key string) int64 { return slot(key) }

// Elsewhere is elsewhere.
var Elsewhere = elsewhere

// Lost asks the server of an address once, and tells whether an answer was lost.
func Lost(ctx context.Context, c state.Config) (lost bool, err error) {
	client, err := newClient(c)
	if err != nil {
		return false, err
	}
	defer client.Close()
	_, lost, err = client.ask(ctx, "key", "ping")
	return lost, err
}

// Learned tells of how many slots a Cluster's servers are known, each time they are learned anew.
func Learned(ctx context.Context, c state.Config, times int) (slots []int64, err error) {
	client, err := newClient(c)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	for range times {
		client.parts.Store(nil)
		p, err := client.learn(ctx)
		if err != nil {
			return nil, err
		}
		slots = append(slots, p.slots())
	}
	return slots, nil
}
