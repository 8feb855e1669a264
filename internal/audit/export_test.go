package audit

import (
	"log/slog"
	"time"
)

// NewHastySyslog is NewSyslog with little room and little patience.
func NewHastySyslog(log *slog.Logger, room int) *Syslog {
	return newSyslog(log, pace{room: room, first: 10 * time.Millisecond, longest: 50 * time.Millisecond, settled: 200 * time.Millisecond, within: 5 * time.Second})
}
