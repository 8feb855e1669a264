package metrics

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	measured "runtime/metrics"
	"strings"
	"syscall"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"ssprd/internal/flow"
)

// Now is what there is at the moment when somebody asks: of the parts that answer then.
type Now struct {
	Version, GoVersion string
	Ready              map[string]bool // by part
	Mails              int             // in the queue
	Load               flow.Load
	Following          map[string]map[string]int // changes waited for, by directory and server
}

// began is when the process did, to within what it needs for its start.
var began = time.Now()

// Write writes all metrics in Prometheus's text format.
func (m *Metrics) Write(w io.Writer, now Now) error {
	var b bytes.Buffer
	m.set.WritePrometheus(&b)
	now.set().WritePrometheus(&b)
	for line := range bytes.Lines(b.Bytes()) {
		name, isHelp := strings.CutPrefix(strings.TrimSuffix(string(line), "\n"), "# HELP ")
		if isHelp { // of which the library says nothing
			line = fmt.Appendf(nil, "# HELP %s %s.\n", name, helpOf[name])
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// set has the gauges of now.
func (now Now) set() *metrics.Set {
	set := metrics.NewSet()
	tell := func(f *Family, value float64, v ...string) {
		var all values
		copy(all[:], v)
		set.GetOrCreateGauge(f.series(all), nil).Set(value)
	}
	tell(buildInfo, 1, now.Version, now.GoVersion)
	for part, works := range now.Ready {
		tell(ready, map[bool]float64{true: 1}[works], part)
	}
	tell(mailQueue, float64(now.Mails))
	for population, waiting := range now.Load.Searches {
		tell(searchesWaiting, float64(waiting), population)
	}
	tell(changesRunning, float64(now.Load.Changes))
	tell(changesFollowed, float64(now.Load.Followed))
	for directory, servers := range now.Following {
		for server, changes := range servers {
			tell(replicaWaits, float64(changes), directory, server)
		}
	}
	tell(goroutines, float64(runtime.NumGoroutine()))
	tell(heap, heapBytes())
	tell(startTime, float64(began.UnixMilli())/1000)
	tell(residentMemory, residentBytes())
	tell(openFiles, openFileCount())
	set.NewFloatCounter(cpuTime.Name).Set(cpuSeconds())
	return set
}

// heapBytes stops nothing, as runtime.ReadMemStats does.
func heapBytes() float64 {
	sample := []measured.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	measured.Read(sample)
	return float64(sample[0].Value.Uint64())
}

// residentBytes is 0 where the kernel does not tell.
func residentBytes() float64 {
	var all, resident float64 // pages
	text, _ := os.ReadFile("/proc/self/statm")
	_, _ = fmt.Sscan(string(text), &all, &resident)
	return resident * float64(os.Getpagesize())
}

// openFileCount is 0 where the kernel does not tell.
func openFileCount() float64 {
	files, _ := os.ReadDir("/proc/self/fd")
	return float64(len(files))
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // never fails for the process itself
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}
