// Package cputest tells benchmarks what the processor has done: on a machine with other work, time on the clock tells
// little. Only tests use it.
package cputest

import (
	"syscall"
	"testing"
	"time"
)

// Used is the processor time that this process has used so far, user and system.
func Used(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
