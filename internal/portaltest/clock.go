package portaltest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Shifted is a program, and what stands before its arguments, that is ssprd but for its clock: that is off by so much, in
// whole seconds. Nothing in ssprd makes this possible: it is built with another package time, whose Now adds what the
// environment says.
func Shifted(t testing.TB, by time.Duration) (program string, arguments []string) {
	t.Helper()
	path, err := shifted()
	if err != nil {
		t.Fatal(err)
	}
	return "env", []string{fmt.Sprintf("%s=%d", shiftName, int(by.Seconds())), path}
}

const shiftName = "SHIFTED_CLOCK_SECONDS"

// What is changed in Go's package time: the reading of the clock, and a file beside it.
const (
	reading = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {\n"
	shifts  = "\tsec, nsec, mono := runtimeNow()\n\tsec += shift\n\tif mono == 0 {\n"
	beside  = `package time

import "syscall"

var shift = func() (n int64) {
	text, _ := syscall.Getenv("` + shiftName + `")
	sign := int64(1)
	for _, c := range text {
		if c == '-' {
			sign = -1
			continue
		}
		n = 10*n + int64(c-'0')
	}
	return sign * n
}()
`
)

var shifted = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		return "", err
	}
	if strings.Count(string(text), reading) != 1 {
		return "", fmt.Errorf("Go's time.go does not read the clock as it did: look at Now, and mend this package")
	}
	dir, err := os.MkdirTemp("", "ssprd-program-")
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for name, text := range map[string]string{"time.go": strings.Replace(string(text), reading, shifts, 1), "shift.go": beside} {
		replace[filepath.Join(source, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ssprd")
	build := exec.Command("go", "build", "-overlay", file, "-o", path, "-tags", "nomsgpack", "./cmd/ssprd")
	build.Dir = Root()
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building ssprd with another clock: %w: %s", err, out)
	}
	return unnamed(path)
})
