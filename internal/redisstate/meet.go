package redisstate

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"ssprd/internal/state"
)

// Instances that share a server have to have the same key: what one has written the other could neither find nor read, and
// of the requests of one person every second would be lost. So the server holds a word about the key, which the living
// renew; whoever has another key finds it there. It says nothing of the key itself. A minute after the last instance has
// ended it is gone, and those that come may have a new key.
//
// Where there is none the server may just have been emptied, of which those whose it is will hear when they renew. So one that
// was not among them, and finds nothing at another time than its own start, waits for two renewals before it takes the place.
const (
	keyRecord = "/which key"           // of no table: their keys begin with a name
	again     = 250 * time.Millisecond // where it has failed
	keptFor   = time.Minute
)

// pace is how often what is done again and again: tests have other ones.
type pace struct {
	renewed   time.Duration // the word about the key
	inspected time.Duration // the server
}

var usual = pace{renewed: 15 * time.Second, inspected: time.Hour}

// ErrOtherKey says that the instances which use the server have another key.
var ErrOtherKey = errors.New("the instances that share this server have another state.key_file: give this one theirs, or, to change the key, stop them all for a minute")

// errVacant says that the place is empty, and that another instance may be the one to take it.
var errVacant = errors.New("the server holds nothing of the instances that share it: this one has not been among them, and waits for half a minute for one that has")

// identity is the word about a key.
func identity(key state.Key) string {
	return hex.EncodeToString(key.Derive("state: word about the key")[:8])
}

// meet takes this instance in, or renews that it is there. Only if it may take is an empty place taken.
func (s *store) meet(ctx context.Context, mayTake bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return s.update(ctx, keyRecord, func(old []byte) (state.Record, error) {
		switch {
		case old == nil && !mayTake:
			return state.Record{}, errVacant
		case old != nil && string(old) != s.identity:
			return state.Record{}, ErrOtherKey
		}
		return state.Record{Data: []byte(s.identity), Expires: time.Now().Add(keptFor)}, nil
	})
}

// begin is the first meeting. What time will not mend ends the program; a server that is away does not.
func (s *store) begin(ctx context.Context) error {
	err := s.meet(ctx, true)
	if errors.Is(err, ErrOtherKey) || refused(err) {
		return err
	}
	s.learn(ctx, err)
	return nil
}

// keepMeeting renews until ctx ends, more often while it fails: whoever reads the log wants to know when it is over.
func (s *store) keepMeeting(ctx context.Context) {
	for {
		pause, doubt := s.renewed, s.doubt
		if s.standing != usable {
			pause, doubt = again, nil
		}
		select {
		case <-time.After(pause):
		case <-doubt:
		case <-ctx.Done():
			return
		}
		s.learn(ctx, s.meet(ctx, s.mayTake()))
		if s.standing == usable && time.Since(s.looked) > s.inspected {
			s.inspect(ctx)
		}
	}
}

// mayTake tells whether an empty place is to be taken: at once by who is at home here, as the server was emptied then, and by
// others once all that are would have come back to it.
func (s *store) mayTake() bool {
	return s.atHome || s.standing == waiting && time.Since(s.since) > 2*s.renewed
}

// doubted asks for a meeting now: a request has failed. While meetings fail it is not heard.
func (s *store) doubted() {
	select {
	case s.doubt <- struct{}{}:
	default:
	}
}

// standing is how this instance and the server stand.
type standing int

const (
	unknown standing = iota
	usable
	away
	waiting // the place is empty, and not to be taken yet
	foreign
)

// learn takes down what came of a meeting, and tells when it is another thing than before.
func (s *store) learn(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // the portal stops, which says nothing of the server
	}
	now := usable
	switch {
	case errors.Is(err, ErrOtherKey):
		now = foreign
	case errors.Is(err, errVacant):
		now = waiting
	case err != nil:
		now = away
	}
	s.atHome = now == usable || now == away && s.atHome
	s.bar(now)
	if now == s.standing {
		s.tellCause(err)
		return
	}
	s.standing, s.since, s.cause = now, time.Now(), err
	if now != usable {
		s.log.Error("the shared state cannot be used: nothing can be begun or gone on with", "error", err)
		return
	}
	s.log.Info("the shared state can be used")
	s.inspect(ctx)
}

// tellCause tells why the server cannot be used where it is no more what was told: one that is started again may load its
// data for long, or not know the password any more.
func (s *store) tellCause(err error) {
	if err == nil || err.Error() == s.cause.Error() {
		return
	}
	if now, _ := s.causes.Say(""); now {
		s.cause = err
		s.log.Error("the shared state still cannot be used, for another reason", "error", err)
	}
}

// bar has requests refused at once while the server cannot be used: people are told so without waiting for it, and it is
// not asked again and again while it comes back.
func (s *store) bar(now standing) {
	switch now {
	case usable:
		s.barred.Store(nil)
	case away:
		s.barred.Store(&errAway)
	case waiting:
		s.barred.Store(&errVacant)
	case foreign:
		s.barred.Store(&ErrOtherKey)
	}
}

var errAway = errors.New("state: redis: it was away a moment ago")

// inspect warns of what a server can be used with and should not: that it throws away what was counted, and a clock that
// differs from ours, as then those of the instances may differ too. Either may come later: it looks again from time to time.
func (s *store) inspect(ctx context.Context) {
	s.looked = time.Now()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	memory, err := s.client.info(ctx, "memory")
	if policy := field(memory, "maxmemory_policy"); err == nil && policy != "" && policy != "noeviction" {
		s.log.Error("the shared state may lose limits and resets when its memory is full: its server wants maxmemory-policy noeviction", "maxmemory-policy", policy)
	}
	if off, err := s.client.ahead(ctx); err == nil && off.Abs() > ClocksDiffer {
		s.log.Warn("the clock of this machine differs from that of the shared state's", "by", off.String())
	}
}

// ClocksDiffer is a difference that a machine with a time service does not have.
const ClocksDiffer = 2 * time.Second

// field is the value of a name in what the server tells of itself.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
