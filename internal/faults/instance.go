package faults

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/portaltest"
)

// Instance is one of the processes that are the portal.
type Instance struct {
	site       *Site
	address    string // HOST:PORT of its public listener
	operations string // of the other one
	file       string // its configuration
	region     portaltest.Region
	clock      time.Duration // by which its clock is off

	mu     sync.Mutex
	portal *portaltest.Portal
	before strings.Builder // what those before the present process have said
}

// newInstance is one that is not started.
func (s *Site) newInstance(region portaltest.Region) *Instance {
	s.t.Helper()
	dir := s.t.TempDir()
	i := &Instance{site: s, address: portaltest.FreeAddress(s.t), operations: portaltest.FreeAddress(s.t), file: filepath.Join(dir, "config.yaml")}
	region.Address, region.Operations = i.address, i.operations
	if region.Audit == "" {
		region.Audit = filepath.Join(dir, "audit.jsonl")
	}
	i.region = region
	i.Configure(region.Config(s.t))
	return i
}

// Configure writes the configuration, which is read at the next start or reload.
func (i *Instance) Configure(text string) { i.site.must(os.WriteFile(i.file, []byte(text), 0o600)) }

// Configuration is what is written there.
func (i *Instance) Configuration() string {
	text, err := os.ReadFile(i.file)
	i.site.must(err)
	return string(text)
}

// Start starts the process, and waits until it answers.
func (i *Instance) Start() {
	i.site.t.Helper()
	portal := i.serve()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.portal != nil {
		i.before.WriteString(i.portal.Output())
	}
	i.portal = portal
}

func (i *Instance) serve() *portaltest.Portal {
	i.site.t.Helper()
	t, url := quiet{i.site.all}, "http://"+i.address
	if i.clock != 0 {
		return portaltest.ServeShifted(t, i.clock, url, i.site.proxy.address, i.file)
	}
	return portaltest.ServeFile(t, url, i.site.proxy.address, i.file)
}

// Kill ends the process as a power cut would.
func (i *Instance) Kill() { i.now().Process.Kill() }

// Terminate asks the process to end, and waits until it has; it tells how long that took.
func (i *Instance) Terminate() time.Duration {
	begin := time.Now()
	p := i.now()
	_ = p.Signal(syscall.SIGTERM)
	select {
	case <-p.Exited():
	case <-time.After(2 * child.Patience):
		i.site.t.Error("an instance does not end")
		p.Kill()
	}
	return time.Since(begin)
}

// Reload asks the process to read its configuration anew.
func (i *Instance) Reload() { i.site.must(i.now().Signal(syscall.SIGHUP)) }

// Log is what the instance has said so far, in all its lives.
func (i *Instance) Log() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.before.String() + i.portal.Output()
}

func (i *Instance) now() *portaltest.Portal {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.portal
}

// Ready is what the instance says of its readiness: the status, 0 for no answer, and the lines.
func (i *Instance) Ready() (status int, text string) {
	client := http.Client{Timeout: child.Patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + i.operations + "/readyz")
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, ""
	}
	return answer.StatusCode, string(body)
}

// AwaitReady waits until the readiness is as wanted, and tells whether it came to be.
func (i *Instance) AwaitReady(status int, says string) bool {
	return i.site.comes(child.Patience, func() bool {
		got, text := i.Ready()
		return got == status && strings.Contains(text, says)
	})
}

// quiet keeps the log of an instance, of which there are many lives, out of the failure of another thing; a data race is
// still told.
type quiet struct{ testing.TB }

func (quiet) Failed() bool { return false }
