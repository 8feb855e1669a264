package redisstate

import (
	"context"
	"hash/maphash"
)

// turns let those of this instance who change the same record wait for each other. Two keys may share a turn, which costs
// a moment and nothing else.
type turns struct {
	seed  maphash.Seed
	taken []chan struct{}
}

func newTurns() turns {
	t := turns{maphash.MakeSeed(), make([]chan struct{}, 256)}
	for i := range t.taken {
		t.taken[i] = make(chan struct{}, 1)
	}
	return t
}

// take waits for the turn of a key, and returns what to call when it is over.
func (t turns) take(ctx context.Context, key string) (leave func(), err error) {
	turn := t.taken[maphash.String(t.seed, key)%uint64(len(t.taken))]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
