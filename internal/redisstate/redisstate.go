// Package redisstate is the state.Store that several instances share: Redis, or a server that speaks like it (Valkey), alone,
// behind Sentinel, or as a Cluster. Whatever one instance has written the next request of the same person reads on any
// other; nothing is kept here but guesses (see recent), and none of them is ever believed.
//
// An Update is a comparison and a swap in one script on the server (swap.go): what f has made is kept if the record is
// still the version that f was given, and otherwise f is asked again with the one that is there. So no lock is held on the
// server, an instance that dies in the middle leaves nothing behind, and of two at once exactly one is first.
//
// What cannot be asked is refused: while the server is away every method fails, and so does what it was for. Nothing is
// counted here instead, to be forgotten (R62).
//
// The way to read: redisstate.go is the Store; swap.go is how one record changes, meet.go how an instance finds the server and
// those that share it; recent.go and turns.go save questions. address.go is what an address means, client.go whom a question
// goes to (cluster.go, sentinel.go: where there are several), carry.go how it travels.
package redisstate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"ssprd/internal/seldom"
	"ssprd/internal/state"
)

// How long one Get or Update may take in all, waiting for others of its key included. A page is answered with an error
// after that, long before the visitor's connection is given up.
const within = 5 * time.Second

// attempts bounds how often an Update is tried while other instances change the same record. Each that fails means that
// another has succeeded.
const attempts = 1000

var errContended = errors.New("other instances change the record again and again")

// store is a state.Store over a server of Redis.
type store struct {
	client *client
	turns  turns
	recent recent
	barred atomic.Pointer[error] // why nothing is asked: the server is away, or its others have another key
	log    *slog.Logger

	identity string        // of the key, see meet.go
	doubt    chan struct{} // asks for a meeting now
	pace

	// Of the one goroutine that meets.
	standing standing  // at the latest meeting
	since    time.Time // when that began
	atHome   bool      // the server was usable, and nobody has had another key since
	cause    error     // why it is not usable, as the log has it
	causes   seldom.Seldom
	looked   time.Time // when it was inspected

	stop context.CancelFunc
	work sync.WaitGroup
}

// Open connects to the server that c.URL names. A server that cannot be reached now is no error: every method fails until it
// can be, and the log says so. One that answers and refuses (a wrong password) is one, and so is a key that is not that
// of the instances which share the server already.
func Open(c state.Config, key state.Key, log *slog.Logger) (state.Store, error) {
	return open(c, key, log, usual)
}

func open(c state.Config, key state.Key, log *slog.Logger, p pace) (state.Store, error) {
	client, err := newClient(c)
	if err != nil {
		return nil, err
	}
	s := &store{client: client, turns: newTurns(), log: log, identity: identity(key), doubt: make(chan struct{}, 1), pace: p}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	if err := s.begin(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	s.work.Go(func() { s.keepMeeting(ctx) })
	return s, nil
}

func (s *store) Get(ctx context.Context, key string) (state.Record, error) {
	if err := s.allowed(ctx); err != nil {
		return state.Record{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	v, err := s.read(ctx, key)
	if err != nil {
		return state.Record{}, err
	}
	r := v.record()
	if !live(r, time.Now()) {
		return state.Record{}, state.ErrNotFound
	}
	return r, nil
}

// Update tries first with what this instance has seen of the key last, or that there is nothing, which for a new reset is
// right: then one question is enough. The server judges the guess. What f refuses is asked again of the truth.
func (s *store) Update(ctx context.Context, key string, f func(old []byte) (state.Record, error)) error {
	if err := s.allowed(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	// Of those that change the same record here, one at a time: they would only refuse each other.
	leave, err := s.turns.take(ctx, key)
	if err != nil {
		return err
	}
	defer leave()
	return s.update(ctx, key, f)
}

func (s *store) update(ctx context.Context, key string, f func(old []byte) (state.Record, error)) error {
	seen, guessed := s.recent.get(key), true
	for range attempts {
		next, err := f(seen.data(time.Now()))
		if err == nil {
			err = state.Validate(key, next)
		}
		if err != nil && !guessed {
			return err
		}
		var swapped bool
		if err != nil {
			seen, err = s.read(ctx, key)
		} else {
			seen, swapped, err = s.swap(ctx, key, seen, next)
		}
		if swapped || err != nil {
			return err
		}
		guessed = false
	}
	return errContended
}

// Sync has nothing to wait for: what an Update has returned for is with the server, and outlives this process.
func (s *store) Sync(ctx context.Context) error { return ctx.Err() }

// Health asks the server, and tells whether this instance may use it.
func (s *store) Health(ctx context.Context) error {
	if err := s.allowed(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, _, err := s.client.ask(ctx, prefix+keyRecord, "ping")
	return s.failed(err)
}

func (s *store) Close() error {
	s.stop()
	s.work.Wait()
	return s.client.Close()
}

// allowed tells why nothing is to be asked.
func (s *store) allowed(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if why := s.barred.Load(); why != nil {
		return *why
	}
	return nil
}

// read asks the server for what it has of a key.
func (s *store) read(ctx context.Context, key string) (version, error) {
	answer, _, err := s.client.ask(ctx, prefix+key, "get", prefix+key)
	if err != nil {
		return version{}, s.failed(err)
	}
	return s.saw(key, text(answer))
}

// saw takes in what the server has of a key.
func (s *store) saw(key, text string) (version, error) {
	v, err := parse(text)
	if err != nil {
		return version{}, err
	}
	s.recent.put(key, v)
	return v, nil
}

// failed is an error of the server or of the way to it, nil for none. It holds no address: that may have a password in it.
func (s *store) failed(err error) error {
	if err == nil {
		return nil
	}
	s.doubted()
	return fmt.Errorf("state: redis: %w", err)
}
