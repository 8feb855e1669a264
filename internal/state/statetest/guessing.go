package statetest

import (
	"context"

	"ssprd/internal/state"
)

// Guessing is a store that asks the function of every Update more than once, first about nothing, as a store may that is
// shared: what the function does besides answering must not add up. Tests of whoever uses a store run over it.
func Guessing(s state.Store) state.Store { return guessing{s} }

type guessing struct{ state.Store }

func (s guessing) Update(ctx context.Context, key string, f func(old []byte) (state.Record, error)) error {
	return s.Store.Update(ctx, key, func(old []byte) (state.Record, error) {
		_, _ = f(nil)
		if old != nil {
			_, _ = f(append([]byte(nil), old...))
		}
		return f(old)
	})
}
