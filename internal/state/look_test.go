package state_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ssprd/internal/state"
)

// A look at a state file tells how it is, and leaves it byte for byte as it was.
func TestLook(t *testing.T) {
	dir, key := t.TempDir(), state.NewKey()
	in := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := filepath.Join(dir, "state.db")
	look := func(path string, key state.Key, want state.Standing) {
		t.Helper()
		before, _ := os.ReadFile(path)
		if got, err := state.Look(path, key); got != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", filepath.Base(path), got, err, want)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s was changed", path)
		}
	}
	look(path, key, state.Absent)
	store, err := state.OpenFile(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = state.NewTable[int](store, "a/b", key).Update(t.Context(), "x", func(int, bool) (int, time.Time, error) { return 1, time.Now().Add(time.Hour), nil })
	if err != nil {
		t.Fatal(err)
	}
	look(path, key, state.InUse)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	look(path, key, state.Sound)
	look(path, state.NewKey(), state.OtherKey)
	look(in("empty", ""), key, state.Absent)
	look(in("other", "This is a letter, and longer than what a page begins with, which is not much at all."), key, state.Foreign)
	look(in("zeros", string(make([]byte, 4096))), key, state.Damaged)
	look(dir, key, state.Foreign)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	look(in("torn", string(text[:len(text)/2])), key, state.Damaged)
}
