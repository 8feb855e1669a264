package state_test

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"ssprd/internal/state"
)

// R70: only what bbolt has written is set aside. What was never a state file is somebody's, who has to learn of the slip
// and keeps the file.
func TestFileForeign(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"a certificate":         pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: make([]byte, 900)}),
		"text":                  []byte(strings.Repeat("listen: 127.0.0.1:8080\n", 1000)),
		"a short text":          []byte("password\n"),
		"one letter":            []byte("x"),
		"a key":                 []byte(rand.Text() + rand.Text()),
		"zeros and a letter":    append(make([]byte, 1<<17), 'x'),
		"a few zeros, a letter": append(make([]byte, 8), 'x'),
		"an archive of one":     append(bytes.Repeat([]byte("ustar\x00\x00\x00"), 128), whole...),
		"off its place":         append([]byte("x"), whole...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "other.pem")
			if err := os.WriteFile(path, content, 0o640); err != nil {
				t.Fatal(err)
			}
			before, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			refused(t, path)
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, content) {
				t.Errorf("the file is not what it was (%v)", err)
			}
			after, err := os.Stat(path)
			if err != nil || !os.SameFile(before, after) || before.Mode() != after.Mode() || before.ModTime() != after.ModTime() {
				t.Errorf("the file was touched: %v, %v", after, err)
			}
		})
	}
}

// refused opens path, wants an error that names it and says what to do, and nothing new beside it.
func refused(t *testing.T, path string) {
	t.Helper()
	var log strings.Builder
	s, err := state.OpenFile(path, slog.New(slog.NewTextHandler(&log, nil)))
	if err == nil {
		closeStore(t, s)
	}
	for _, want := range []string{path, "not a state file", "left as it is", "move it away"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want an error with %q", err, want)
		}
	}
	if beside, err := os.ReadDir(filepath.Dir(path)); err != nil || len(beside) != 1 {
		t.Errorf("beside it: %v, %v", beside, err)
	}
	if log.Len() > 0 {
		t.Errorf("reported: %s", &log)
	}
}

// What is no file is left alone.
func TestFileIsNoFile(t *testing.T) {
	for name, create := range map[string]func(path string) error{
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a folder with a file": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "state.db"), nil, 0o600))
		},
		"a pipe":             func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link to a folder": func(path string) error { return os.Symlink(os.TempDir(), path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			if err := create(path); err != nil {
				t.Fatal(err)
			}
			refused(t, path)
		})
	}
}

// An empty file, as one that is made beforehand with its owner and mode, is begun and not set aside.
func TestFileEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openFile(t, path, quiet())
	put(t, s, "key", "x", time.Hour)
	closeStore(t, s)
	if found := asides(t, path); len(found) != 0 {
		t.Errorf("set aside: %q", found)
	}
}

// R70: either meta page is enough to know a file of bbolt, whatever the size of its pages, which comes from the machine
// that made it: here both are torn, one of them beyond recognition.
func TestFileOfAnyPageSize(t *testing.T) {
	for _, size := range []int{1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 20, 1 << 24} {
		for torn := range 2 {
			t.Run(strconv.Itoa(size)+" page "+strconv.Itoa(torn), func(t *testing.T) {
				path := paged(t, size)
				f, err := os.OpenFile(path, os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				_, err = f.WriteAt(bytes.Repeat([]byte("x"), size), int64(torn*size))
				_, sum := f.WriteAt([]byte("torn"), int64((1-torn)*size+72))
				if err = errors.Join(err, sum, f.Close()); err != nil {
					t.Fatal(err)
				}
				closeStore(t, openFile(t, path, quiet()))
				if found := asides(t, path); len(found) != 1 {
					t.Errorf("set aside: %q, want one file", found)
				}
			})
		}
	}
}

// paged makes a bbolt file with pages of a size in bytes.
func paged(t *testing.T, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: size, NoFreelistSync: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
