package state

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"sync/atomic"
)

// A record is read some times before it changes: a page looks at its reset once, and what its form asks for some times more. So a
// table keeps what it has opened last, and opens a record only if it is another than that: whoever has written it, and in
// whatever store. What is kept is the value itself, which is why nobody may change what a table has given. It is always one
// that was read: what was written may still hold what no record keeps, such as the monotonic clock of a time.
type opened[T any] struct {
	seed  maphash.Seed
	slots [openedSlots]atomic.Pointer[openedRecord[T]]
}

// openedSlots is how many records of a table are kept opened at most, a few kilobytes each; two that come into the same slot
// take turns.
const openedSlots = 128

// openedRecord never changes.
type openedRecord[T any] struct {
	key   string
	data  []byte // as it is sealed
	value T
	print string // of the value, where it is watched
}

func newOpened[T any]() *opened[T] { return &opened[T]{seed: maphash.MakeSeed()} }

func (o *opened[T]) slot(key string) *atomic.Pointer[openedRecord[T]] {
	return &o.slots[maphash.String(o.seed, key)%openedSlots]
}

// find gives the value of a record, if it is the one that is kept.
func (o *opened[T]) find(key string, data []byte) (value T, ok bool) {
	kept := o.slot(key).Load()
	if kept == nil || kept.key != key || !bytes.Equal(kept.data, data) {
		return value, false
	}
	if watched && kept.print != fingerprint(kept.value) {
		panic("state: somebody has changed a value that a table had given: " + key)
	}
	return kept.value, true
}

// keep keeps a record in the place of another one.
func (o *opened[T]) keep(key string, data []byte, value T) {
	kept := &openedRecord[T]{key: key, data: data, value: value}
	if watched {
		kept.print = fingerprint(value)
	}
	o.slot(key).Store(kept)
}

// forget forgets the record of a key, which is removed: what it said has no business in memory any more.
func (o *opened[T]) forget(key string) {
	slot := o.slot(key)
	if kept := slot.Load(); kept != nil && kept.key == key {
		slot.CompareAndSwap(kept, nil)
	}
}

// fingerprint is all that a value says.
func fingerprint(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it was made of JSON
	}
	return string(text)
}
