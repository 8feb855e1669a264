// Package panics makes errors of panics, for the few places that must outlive one: an answer, a worker, a change under
// way. What a panic says may hold anything, a password too (R57): an error made here has its type and the stack, and its
// words only where they are the runtime's own.
package panics

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Catch runs f; its panic becomes an error.
func Catch(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = Error(cause)
		}
	}()
	return f()
}

// Error is the error of a panic that was recovered. It is to be called by the function that recovered it, whose stack is
// still that of the panic.
func Error(cause any) error {
	if own, ok := cause.(runtime.Error); ok { // index out of range, nil dereference: numbers and types, no contents
		return fmt.Errorf("panic: %s\n%s", own.Error(), debug.Stack())
	}
	return fmt.Errorf("panic with a %T\n%s", cause, debug.Stack())
}
