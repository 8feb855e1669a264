package limit

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"time"
)

// A stranger chooses what is limited: an address typed, one of the 2^64 networks of IPv6. So what is remembered of one
// limit has a fixed number of places, each with room for some keys; which is a key's place nobody can tell without
// state.key_file. When a place is full the key that was used longest ago gives way, and nobody is refused for it. To push
// one key out of its place takes about half a million others, twice what starts_in_all lets through in an hour; and what
// bounds the codes that are compared for an account is not kept here, but with the account (flow.guesses).
type room struct {
	places uint32
	each   int // keys in a place
}

// ordinary is the room of a limit: 40 MB of the state file, if somebody ever fills it.
var ordinary = room{places: 1 << 16, each: 8}

// place holds the keys that share it.
type place struct {
	Keys []key `json:"k"`
}

type key struct {
	Tag []byte `json:"t"` // of the key's digest
	Window
}

// find finds where a key is kept: the id of its place, and the tag by which it is known there.
func (l *Limiter) find(name, key string) (id string, tag []byte) {
	sum := l.digests.Of(name, key) // no name has a NUL
	return name + " " + strconv.FormatUint(uint64(binary.BigEndian.Uint32(sum[:])%l.room.places), 10), sum[4:16]
}

// window is what is remembered of the key with that tag.
func (p place) window(tag []byte) Window {
	for _, k := range p.Keys {
		if bytes.Equal(k.Tag, tag) {
			return k.Window
		}
	}
	return Window{}
}

// without is the place without the key of that tag, and until when that is of use.
func (p place) without(tag []byte, r Rate) (next place, until time.Time) {
	for _, k := range p.Keys {
		if bytes.Equal(k.Tag, tag) {
			continue
		}
		next.Keys = append(next.Keys, k)
		if expires := k.Expires(r); expires.After(until) {
			until = expires
		}
	}
	return next, until
}

// keep is the place with w for the key of that tag in front, without what has been given back, and with no more keys than
// it has room for: those used longest ago are at the end. It also says until when the place is of use.
func (p place) keep(tag []byte, w Window, r Rate, now time.Time, each int) (next place, until time.Time) {
	until = w.Expires(r)
	next.Keys = append(make([]key, 0, len(p.Keys)+1), key{tag, w})
	for _, k := range p.Keys {
		expires := k.Expires(r)
		if bytes.Equal(k.Tag, tag) || !expires.After(now) {
			continue
		}
		if len(next.Keys) < each {
			next.Keys = append(next.Keys, k)
			if expires.After(until) {
				until = expires
			}
		}
	}
	return next, until
}
