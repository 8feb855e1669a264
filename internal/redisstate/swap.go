package redisstate

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"ssprd/internal/state"
)

// prefix stands before every key, so that nobody wonders whose they are.
const prefix = "ssprd:"

// A value on the server is the expiry (milliseconds since 1970, 8 bytes, big endian), a number drawn for this one value (8
// bytes), and the data. The two of them name the version: no two values that were ever written have the same. So a swap whose
// answer was lost is asked for again, and finds its own version if it was made: it is not made twice. If it finds another
// one nobody can tell whether its own was there in between, and it fails.
//
// A record that was removed leaves its head without data for a while: two that take the same thing out at once must not
// both find that it is gone and believe that it was them.
const headSize = 16

// The server removes what has expired some time after it has: whether a record is alive its reader judges, by the expiry in
// it, as in every store. So a clock of the server's own changes nothing.
const keepAfter = time.Minute

// version is a value as it was seen on the server; the zero version is that there was none.
type version struct{ text string }

func parse(text string) (version, error) {
	if text != "" && len(text) < headSize {
		return version{}, errors.New("state: redis: a record that is not ours")
	}
	return version{text}, nil
}

// written is the version that a record becomes.
func written(r state.Record) version {
	b := make([]byte, headSize, headSize+len(r.Data))
	if len(r.Data) > 0 {
		binary.BigEndian.PutUint64(b, uint64(r.Expires.UnixMilli()))
	}
	_, _ = rand.Read(b[8:headSize]) // it does not fail: it ends the program itself
	return version{string(append(b, r.Data...))}
}

func (v version) head() string {
	if v.text == "" {
		return ""
	}
	return v.text[:headSize]
}

// record is what is in it; without data where there is none.
func (v version) record() state.Record {
	if len(v.text) <= headSize {
		return state.Record{}
	}
	return state.Record{Data: []byte(v.text[headSize:]), Expires: time.UnixMilli(int64(binary.BigEndian.Uint64([]byte(v.text))))}
}

// data are what an Update starts from at now: nil where there is nothing alive.
func (v version) data(now time.Time) []byte {
	if r := v.record(); live(r, now) {
		return r.Data
	}
	return nil
}

func live(r state.Record, now time.Time) bool { return len(r.Data) > 0 && now.Before(r.Expires) }

// compareAndSwap puts the value ARGV[2] in place of the version whose head is ARGV[1] ("" for none), for ARGV[3]
// milliseconds. It returns 1 if that is done, now or by an earlier try whose answer was lost; else what there is.
const compareAndSwap = `
local head = redis.call('GETRANGE', KEYS[1], 0, 15)
if head == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
if head == string.sub(ARGV[2], 1, 16) then return 1 end
return redis.call('GET', KEYS[1]) or ''
`

// compareAndSwapName is the name under which a server knows the script once it has seen it.
var compareAndSwapName = fmt.Sprintf("%x", sha1.Sum([]byte(compareAndSwap)))

var errUnsure = errors.New("state: redis: an answer was lost, and the record has changed since: whether this change was made is not known")

// swap keeps next if the server still has the version that was seen. It returns what the server has now.
func (s *store) swap(ctx context.Context, key string, seen version, next state.Record) (now version, swapped bool, err error) {
	w, keep := written(next), keepAfter
	if len(next.Data) > 0 {
		keep += max(0, time.Until(next.Expires))
	}
	answer, lost, err := s.runScript(ctx, prefix+key, seen.head(), w.text, keep.Milliseconds())
	if err != nil {
		return version{}, false, s.failed(err)
	}
	switch answer := answer.(type) {
	case int64:
		s.recent.put(key, w)
		return w, true, nil
	case []byte:
		now, err = s.saw(key, string(answer))
		if lost && err == nil {
			err = errUnsure
		}
		return now, false, err
	}
	return version{}, false, fmt.Errorf("state: redis: a swap was answered by a %T", answer)
}

// runScript runs the script by its name, or whole where the server has not seen it since its start. It tells whether an answer
// to it was lost.
func (s *store) runScript(ctx context.Context, key, seen, next string, keep int64) (answer any, lost bool, err error) {
	answer, lost, err = s.client.ask(ctx, key, "evalsha", compareAndSwapName, 1, key, seen, next, keep)
	if said(err) == "NOSCRIPT" {
		var too bool
		answer, too, err = s.client.ask(ctx, key, "eval", compareAndSwap, 1, key, seen, next, keep)
		lost = lost || too
	}
	return answer, lost, err
}
