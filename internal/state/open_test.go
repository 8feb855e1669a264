package state_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/state"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for _, url := range []string{"memory:", "file:" + path} {
		s, err := state.Open(url, quiet())
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		closeStore(t, s)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for url, want := range map[string]string{
		"":                                "file:PATH",
		"/var/lib/state.db":               "file:PATH",
		"file:":                           "no path",
		"memory:x":                        "memory:",
		"rediss://:canary@example.org/0":  "rediss:",
		"postgres://u:canary@example.org": "file:PATH or memory:",
		"file:/dev/null/state.db":         "/dev/null",
	} {
		_, err := state.Open(url, quiet())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v; want an error with %q, and no password", url, err, want)
		}
	}
}
