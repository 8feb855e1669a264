package redisstate

import "sync"

// recent remembers what this instance has seen last of some keys: most changes follow a reading of the same record within
// the same request, and need not ask for it again. What is remembered may be out of date and is only ever a guess, for a
// swap to judge. The zero recent is ready.
//
// It holds two generations: when the newer one is full it becomes the older, whose former one is forgotten.
type recent struct {
	mu         sync.Mutex
	newer, old map[string]version
	size       int // of the newer, in bytes
}

// A generation is full with this many bytes of keys and values: a thousand resets or so.
const generation = 1 << 20

func (r *recent) get(key string) version {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.newer[key]; ok {
		return v
	}
	return r.old[key]
}

func (r *recent) put(key string, v version) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.size >= generation || r.newer == nil {
		r.newer, r.old, r.size = make(map[string]version), r.newer, 0
	}
	r.size += len(key) + len(v.text) - len(r.newer[key].text)
	r.newer[key] = v
}
