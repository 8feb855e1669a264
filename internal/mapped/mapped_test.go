package mapped_test

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"ssprd/internal/mapped"
)

// resident is how many kilobytes of the file at path are in the memory of this process (proc_pid_smaps(5)).
func resident(t *testing.T, path string) (kB int) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(smaps)) {
		name, rest, _ := strings.Cut(line, " ")
		switch {
		case !strings.HasSuffix(name, ":"):
			ours = strings.HasSuffix(strings.TrimSpace(rest), " "+path)
		case ours && name == "Rss:":
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			kB += n
		}
	}
	return kB
}

// Pages of a file are let go of, and read the same when they are touched again.
func TestLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a file")
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := syscall.Mmap(int(f.Fd()), 0, len(content), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(data) }()
	if !bytes.Equal(data, content) || resident(t, path) < 1024 {
		t.Fatalf("%d kB are there after reading", resident(t, path))
	}
	if err := mapped.LetGo(path + "x"); err != nil || resident(t, path) < 1024 {
		t.Errorf("another file's were let go of: %v, %d kB", err, resident(t, path))
	}
	if err := mapped.LetGo(path); err != nil || resident(t, path) != 0 {
		t.Errorf("%v, %d kB are still there", err, resident(t, path))
	}
	if !bytes.Equal(data, content) {
		t.Error("they read otherwise")
	}
}

// The program goes on with what it needs.
func TestLetGoOfProgram(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	before := resident(t, path)
	if err := mapped.LetGoOfProgram(); err != nil {
		t.Fatal(err)
	}
	program, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	fixed := program.Type == elf.ET_EXEC && program.Section(".interp") == nil // a test with the race detector is linked otherwise
	if after := resident(t, path); fixed && after >= before {
		t.Errorf("%d kB before, %d after", before, after)
	}
}
