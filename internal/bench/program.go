package bench

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/portaltest"
)

// build makes the program as `make build` does, and tells its size in bytes.
func build(t testing.TB) (path string, size int64) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ssprd")
	command := exec.Command("go", "build", "-trimpath", "-tags", "nomsgpack", "-ldflags", "-s -w", "-o", path, "./cmd/ssprd")
	command.Dir = portaltest.Root()
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("building ssprd: %v: %s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, info.Size()
}

// portal is the running program.
type portal struct {
	*child.Process
	ready time.Duration // from its start to its first page
}

// start starts the portal and waits for its first page.
func (w *world) start() *portal {
	w.t.Helper()
	w.transport.CloseIdleConnections() // they lead to the one before
	return w.startAt(w.config, w.transport)
}

// startAt starts one whose first page is reached by way of transport.
func (w *world) startAt(config string, transport http.RoundTripper) *portal {
	w.t.Helper()
	begin := time.Now()
	process, err := child.Start(w.program, "serve", "--config", config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(process.Stop)
	if err := w.await(process, transport); err != nil {
		w.t.Fatalf("%v: %s", err, process.Output())
	}
	return &portal{process, time.Since(begin)}
}

// await asks for the first page each millisecond: what is measured takes some tens of them.
func (w *world) await(process *child.Process, transport http.RoundTripper) error {
	deadline := time.After(child.Patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		v := newVisitor(w.url, transport)
		if v.get("/fr/"); v.err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-process.Exited():
			return fmt.Errorf("the portal has ended: %d", process.ExitCode())
		case <-deadline:
			return fmt.Errorf("the portal does not answer: %w", v.err)
		}
	}
}

// starts measures n starts.
func (w *world) starts(n int) (took []time.Duration) {
	w.t.Helper()
	for range n {
		p := w.start()
		p.Stop()
		took = append(took, p.ready)
	}
	return took
}
