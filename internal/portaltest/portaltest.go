// Package portaltest runs ssprd as its users do: the program itself, built once a test process, with a configuration
// file, in a process of its own, spoken to over HTTP. The directories and the mail server around it are real ones too.
package portaltest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ssprd/internal/child"
)

// Program builds ssprd, under the race detector if the test is, and gives its path.
func Program(t testing.TB) string {
	t.Helper()
	if raceEnabled {
		return built(t, raced)
	}
	return built(t, plain)
}

func built(t testing.TB, program func() (string, error)) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The programs with and without the race detector. The environment variables name those that the Makefile has built once for
// the tests of all packages; they are none that ssprd would take for settings.
var (
	raced = sync.OnceValues(func() (string, error) { return program("TESTED_PROGRAM", "-race") })
	plain = sync.OnceValues(func() (string, error) { return program("TESTED_PLAIN_PROGRAM") })
)

// Released builds ssprd as `make build` does, once a test process, and gives its path and its size in bytes.
func Released(t testing.TB) (path string, size int64) {
	t.Helper()
	path = built(t, released)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, info.Size()
}

var released = sync.OnceValues(func() (string, error) {
	return compiled([]string{"CGO_ENABLED=0"}, "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=")
})

func program(variable string, args ...string) (string, error) {
	if path := os.Getenv(variable); path != "" {
		return path, nil
	}
	return compiled(nil, args...)
}

// compiled builds ssprd in an environment with more in it.
func compiled(environment []string, args ...string) (string, error) {
	dir, err := os.MkdirTemp("", "ssprd-program-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ssprd")
	args = append([]string{"build", "-o", path, "-tags", "nomsgpack"}, args...)
	build := exec.Command("go", append(args, "./cmd/ssprd")...)
	build.Dir, build.Env = Root(), append(os.Environ(), environment...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building ssprd: %w: %s", err, out)
	}
	return unnamed(path)
}

// unnamed gives a program another path, and removes its folder: what has no name is gone with this process, which does not
// know which of its tests is the last one.
func unnamed(path string) (string, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: path, Err: err}
	}
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd), os.RemoveAll(filepath.Dir(path))
}

// Root is the folder of the module.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Portal is a running ssprd.
type Portal struct {
	URL        string // without a slash at the end
	Helpdesk   string // the same of its helpdesk, where the test has given it one
	ConfigFile string // its configuration; of the demo none
	*child.Process
	host string // that visitors know it by
}

// Serve starts `ssprd serve` with the configuration, and waits until it answers. It ends with the test, which fails if
// the race detector has found something in it.
func Serve(t testing.TB, url, config string) *Portal {
	t.Helper()
	return ServeFile(t, url, hostOf(url), configFile(t, config))
}

// ServePlain is Serve without the race detector, for those who ask one thing after the other, and much of it.
func ServePlain(t testing.TB, url, config string) *Portal {
	t.Helper()
	return serve(t, url, hostOf(url), built(t, plain), configFile(t, config))
}

func hostOf(url string) string { return strings.TrimPrefix(url, "http://") }

func configFile(t testing.TB, config string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ServeFile is Serve with a configuration that is a file already, for a portal that answers at url under another host's
// name: behind a proxy.
func ServeFile(t testing.TB, url, host, path string) *Portal {
	t.Helper()
	return serve(t, url, host, Program(t), path)
}

func serve(t testing.TB, url, host, program, path string) *Portal {
	t.Helper()
	p := start(t, url, host, program, "serve", "--config", path)
	p.ConfigFile = path
	return p
}

// ServeShifted is ServeFile with a clock that is off by so much, in whole seconds.
func ServeShifted(t testing.TB, by time.Duration, url, host, path string) *Portal {
	t.Helper()
	program, arguments := Shifted(t, by)
	p := start(t, url, host, program, append(arguments, "serve", "--config", path)...)
	p.ConfigFile = path
	return p
}

// Demo starts `ssprd demo` on free ports.
func Demo(t testing.TB) *Portal {
	t.Helper()
	return demo(t, Program(t))
}

// PlainDemo is Demo without the race detector, with which it takes five times as long to start: for those who visit it by
// a browser, and do nothing there that others do not do under the detector.
func PlainDemo(t testing.TB) *Portal {
	t.Helper()
	return demo(t, built(t, plain))
}

func demo(t testing.TB, program string) *Portal {
	t.Helper()
	address, desk := FreeAddress(t), FreeAddress(t)
	p := start(t, "http://"+address, address, program, "demo", "--listen", address, "--helpdesk", desk, "--data", t.TempDir())
	p.Helpdesk = "http://" + desk
	return p
}

// FreeAddress is an address of this machine on which nobody listens, kept for this process's portals.
func FreeAddress(t testing.TB) string {
	t.Helper()
	ports, err := child.ReservePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", ports[0])
}

func start(t testing.TB, url, host, program string, args ...string) *Portal {
	t.Helper()
	process, err := child.Start(program, args...)
	if err != nil {
		t.Fatal(err)
	}
	p := &Portal{URL: url, Process: process, host: host}
	t.Cleanup(func() {
		process.Stop()
		if said := process.Output(); strings.Contains(said, dataRace) || t.Failed() {
			t.Errorf("ssprd said:\n%s", telling(said))
		}
	})
	if err := process.Await(p.answers); err != nil {
		t.Fatal(err)
	}
	return p
}

// dataRace begins what the race detector says.
const dataRace = "WARNING: DATA RACE"

// telling is the part of a log to show with a failure: all from a data race on, or else the end.
func telling(said string) string {
	const end = 16 << 10
	if _, race, found := strings.Cut(said, dataRace); found {
		return dataRace + race
	}
	if len(said) > end {
		return "…" + said[len(said)-end:]
	}
	return said
}

func (p *Portal) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/fr/", nil)
	if err != nil {
		return err
	}
	request.Host = p.host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the first page: %s", response.Status)
	}
	return nil
}
