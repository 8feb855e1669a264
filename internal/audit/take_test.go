package audit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssprd/internal/audit"
)

// R75: a file that was renamed keeps what it has, and what follows stands in the new one; a line is never joined to half a
// line of before, in the same file.
func TestTake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	record := func(r *audit.Record, event string) {
		t.Helper()
		if err := r.Record(t.Context(), audit.Event{Event: event}); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *audit.Record {
		t.Helper()
		r, err := audit.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := open()
	record(r, audit.Started)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	record(r, audit.CodeSent)
	if err := r.Take(open()); err != nil {
		t.Fatal(err)
	}
	record(r, audit.Changed)
	for _, name := range openFiles(t) {
		if name == path+".1" {
			t.Errorf("%s is still open: its room on the disk is not free when it is removed", name)
		}
	}
	for name, want := range map[string]string{path + ".1": audit.CodeSent, path: audit.Changed} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if !strings.Contains(lines[len(lines)-1], want) {
			t.Errorf("%s: %q", name, lines)
		}
	}

	disk := &full{room: 30}
	torn := audit.To(disk)
	if err := torn.Record(t.Context(), audit.Event{Event: audit.Started}); err == nil {
		t.Fatal("half a line, and no error")
	}
	disk.room = endless
	if err := torn.Take(audit.To(disk)); err != nil || torn.Health(t.Context()) != nil {
		t.Error(err, torn.Health(t.Context()))
	}
	record(torn, audit.Changed)
	if lines := strings.Split(strings.TrimSpace(disk.String()), "\n"); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// openFiles are the names of the files that this process has open.
func openFiles(t *testing.T) (names []string) {
	t.Helper()
	const descriptors = "/proc/self/fd"
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, err := os.Readlink(filepath.Join(descriptors, e.Name())); err == nil {
			names = append(names, name)
		}
	}
	return names
}
