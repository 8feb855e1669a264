package state_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"ssprd/internal/state"
)

// filled makes a state file of some hundred pages, with branches, overflow pages and free pages, and returns its path.
func filled(t testing.TB) string {
	path := newFile(t)
	s := openFile(t, path, quiet())
	for i := range 2000 {
		put(t, s, strconv.Itoa(i), strings.Repeat("x", 200), time.Hour)
		if i%100 == 0 {
			put(t, s, "long"+strconv.Itoa(i), strings.Repeat("x", 9000), time.Hour)
			if err := s.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if i%3 == 0 {
			put(t, s, strconv.Itoa(i), "", time.Hour)
		}
	}
	closeStore(t, s)
	return path
}

func asides(t testing.TB, path string) []string {
	t.Helper()
	found, err := filepath.Glob(path + ".broken-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// R70: a torn bbolt file, or one of another program, is set aside, untouched, reported, and begun anew.
func TestFileSetAside(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"cut in half":       whole[:len(whole)/2],
		"cut in a page":     whole[:5*4096+17],
		"only the first":    whole[:4096],
		"a few bytes":       whole[:10],
		"the magic cut":     whole[:18],
		"zeros":             make([]byte, 1<<16),
		"a few zeros":       make([]byte, 12),
		"a page of zeros":   append(make([]byte, 4096), whole[4096:5*4096]...),
		"zeros in the tree": append(append(bytes.Clone(whole[:8192]), make([]byte, 64*4096)...), whole[66*4096:]...),
		"another's bbolt":   foreign(t),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			s := openFile(t, path, slog.New(slog.NewTextHandler(&log, nil)))
			put(t, s, "key", "x", time.Hour)
			closeStore(t, s)

			aside := asides(t, path)
			if len(aside) != 1 {
				t.Fatalf("set aside: %q, want one file", aside)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, content) {
				t.Errorf("the file set aside is not what there was (%v)", err)
			}
			if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), aside[0]) {
				t.Errorf("not reported: %s", &log)
			}
			again := openFile(t, path, quiet())
			defer closeStore(t, again)
			if _, err := again.Get(t.Context(), "key"); err != nil {
				t.Errorf("the new file does not last: %v", err)
			}
		})
	}
}

func foreign(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("somebody else's"))
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// R70: whatever page is torn, the program starts: with the file, if the page was free or changed nothing, or without it;
// and what it then gives is right. A page that only bbolt had stumbled over would end the test binary here.
func TestFileTornAnywhere(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	dir, aside := t.TempDir(), 0
	for i := range 100 {
		path := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(path, tear(random, bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openFile(t, path, quiet())
		for key := range 500 {
			r, err := s.Get(t.Context(), strconv.Itoa(key))
			if !errors.Is(err, state.ErrNotFound) && string(r.Data) != strings.Repeat("x", 200) {
				t.Errorf("record %d is %q, %v", key, r.Data, err)
			}
			put(t, s, strconv.Itoa(key), "y", time.Hour)
		}
		closeStore(t, s)
		aside += len(asides(t, path))
		_ = os.Remove(path)
	}
	if aside < 50 || aside == 100 {
		t.Errorf("%d of 100 torn files were set aside", aside)
	}
	t.Logf("%d of 100 torn files were set aside", aside)
}

// tear does to a file what a lost or half-written page does: zeros, an older or other page in its place, another half,
// or a few changed bytes in the head of the page.
func tear(random *rand.Rand, file []byte) []byte {
	const size = 4096
	page := func() []byte {
		i := random.IntN(len(file) / size)
		return file[i*size : (i+1)*size]
	}
	torn := page()
	switch random.IntN(4) {
	case 0:
		clear(torn)
	case 1:
		copy(torn, page())
	case 2:
		copy(torn[size/2:], page())
	case 3:
		for range 3 {
			torn[random.IntN(200)] = byte(random.Uint32())
		}
	}
	return file
}

// A file that is cut under an open store makes errors, not the end of the process; the next start sets it aside.
func TestFileCutWhileOpen(t *testing.T) {
	path := filled(t)
	s := openFile(t, path, quiet())
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "1"); err == nil || errors.Is(err, state.ErrNotFound) {
		t.Errorf("get: %v, want an error that does not say that there is none", err)
	}
	never := func([]byte) (state.Record, error) { t.Error("f was called"); return state.Record{}, nil }
	if err := s.Update(t.Context(), "1", never); err == nil {
		t.Error("update: no error")
	}
	if err := s.Close(); err != nil {
		t.Logf("close: %v", err) // it had nothing to write
	}
	closeStore(t, openFile(t, path, quiet()))
	if found := asides(t, path); len(found) != 1 {
		t.Errorf("set aside: %q, want one file", found)
	}
}

// What somebody does to the file of a running program, or to its journal, is found at the next commit: Sync and Close fail, for
// good, and say why; the process goes on, and promises no more.
func TestFileSpoiltBeforeACommit(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"cut":     func(path string) error { return os.Truncate(path, 20) },
		"deleted": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, make([]byte, 1<<21), 0o600))
		},
	} {
		for of, spoilt := range map[string]func(path string) string{"the file": func(path string) string { return path }, "its journal": state.Journal} {
			t.Run(of+" "+name, func(t *testing.T) {
				path := filled(t)
				s := openFile(t, path, quiet())
				put(t, s, "old", "x", time.Hour)
				syncStore(t, s)
				put(t, s, "new", "x", time.Hour)
				if err := spoil(spoilt(path)); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if err := s.Sync(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged") {
						t.Errorf("sync: %v", err)
					}
				}
				if err := s.Close(); err == nil {
					t.Error("close: no error")
				}
			})
		}
	}
}
