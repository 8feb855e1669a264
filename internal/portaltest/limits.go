package portaltest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// FarLimits is a section `limits` with all limits that there are, as the example names them, so far away that nobody comes
// near: for tests of something else.
func FarLimits(t testing.TB) string {
	t.Helper()
	example, err := os.ReadFile(filepath.Join(Root(), "config.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(example), "\nlimits:")
	section, _, _ = strings.Cut(section, "\n\n")
	names := regexp.MustCompile(`(?m)^  (\w+): \d+/\w+`).FindAllStringSubmatch(section, -1)
	if len(names) < 5 {
		t.Fatalf("%d limits were found in the example", len(names))
	}
	var b strings.Builder
	b.WriteString("limits:\n")
	for _, name := range names {
		b.WriteString("  " + name[1] + ": 10000/1m\n")
	}
	return b.String()
}
