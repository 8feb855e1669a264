package state

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// memory is the contract of Store in its simplest form: a map under a mutex.
type memory struct {
	mu      sync.Mutex
	records map[string]Record
	sweepAt int // number of records at which the expired ones are looked for
}

// sweepFrom is the number of records below which memory is not worth tidying.
const sweepFrom = 1024

// NewMemory returns a store for tests and the demo: it ends with the process, and Sync has nothing to wait for.
func NewMemory() Store {
	return &memory{records: map[string]Record{}, sweepAt: sweepFrom}
}

func (m *memory) Get(ctx context.Context, key string) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[key]
	if !r.live(time.Now()) {
		return Record{}, ErrNotFound
	}
	r.Data = bytes.Clone(r.Data)
	return r, nil
}

func (m *memory) Update(ctx context.Context, key string, f func(old []byte) (Record, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var old []byte
	if r := m.records[key]; r.live(time.Now()) {
		old = bytes.Clone(r.Data)
	}
	next, err := f(old)
	if err != nil {
		return err
	}
	if err := Validate(key, next); err != nil {
		return err
	}
	m.put(key, next)
	return nil
}

func (m *memory) put(key string, r Record) {
	if len(r.Data) == 0 {
		delete(m.records, key)
		return
	}
	r.Data = bytes.Clone(r.Data)
	m.records[key] = r
	m.sweep()
}

// sweep removes the expired records whenever there are twice as many records as it last left. So there are never more
// than twice as many as live ones (and sweepFrom), and each Update pays for looking at two records on average.
func (m *memory) sweep() {
	if len(m.records) < m.sweepAt {
		return
	}
	now := time.Now()
	for key, r := range m.records {
		if !r.live(now) {
			delete(m.records, key)
		}
	}
	m.sweepAt = max(2*len(m.records), sweepFrom)
}

func (m *memory) Sync(ctx context.Context) error { return ctx.Err() }

func (m *memory) Health(ctx context.Context) error { return ctx.Err() }

func (m *memory) Close() error { return nil }
