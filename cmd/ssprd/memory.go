package main

import (
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"ssprd/internal/mapped"
)

// collectAt is how much larger than what is in use the heap may grow, in per cent, before what is not in use is looked for. A portal
// has few megabytes in use, so that it is looked for all the time: than at Go's own 100 a reset takes 4 to 8 % less processor time at
// 200, for some ten megabytes while the portal is busy (docs/performance.md).
const collectAt = 200

// pace sets when garbage is collected, unless whoever starts the program has (GOGC).
func pace() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}

// settled is when the start is over: its first visitors do not wait for giveBack.
const settled = 2 * time.Second

// giveBack gives the system what only the start has needed: most portals wait for their next visitor most of the time.
func giveBack(log *slog.Logger) {
	debug.FreeOSMemory()
	if err := mapped.LetGoOfProgram(); err != nil {
		log.Debug("memory that the start has needed cannot be given back", "error", err)
	}
}
