package audit

import (
	"log/slog"
	"time"
)

// NewHastySyslog is NewSyslog with little room and little patience.
func NewHastySyslog(log *slog.Logger, room int) *Syslog {
	return newSyslog(log, pace{room: room, first: 10 * time.Millisecond, longest: 50 * time.Millisecond, settled: 200 * time.Millisecond, within: 5 * time.Second})
}

// WasSet tells whether Keep takes the clock for set, between two times that lie so far apart by it, and ran by the running time.
func WasSet(clock, ran time.Duration) bool {
	former := tick{time.Now(), time.Hour}
	return !tick{former.wall.Add(clock), former.ran + ran}.follows(former)
}
