package state_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// childFile in the environment makes the test binary the process that gets killed.
const childFile = "SSPRD_TEST_STATE_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		countForEver(path)
	}
	os.Exit(m.Run())
}

func openFile(t testing.TB, path string, log *slog.Logger) state.Store {
	t.Helper()
	s, err := state.OpenFile(path, log)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newFile(t testing.TB) string { return filepath.Join(t.TempDir(), "new", "state.db") }

func closeStore(t testing.TB, s state.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestFile(t *testing.T) {
	statetest.Run(t, func(t *testing.T) state.Store { return openFile(t, newFile(t), quiet()) })
}

// R70: a restart loses nothing.
func TestFileLasts(t *testing.T) {
	path := newFile(t)
	statetest.RunLasting(t, func(t *testing.T) state.Store { return openFile(t, path, quiet()) })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func BenchmarkFile(b *testing.B) {
	statetest.Benchmark(b, func(b *testing.B) state.Store { return openFile(b, newFile(b), quiet()) })
}

func BenchmarkOpenFile(b *testing.B) {
	path := newFile(b)
	s := openFile(b, path, quiet())
	for i := range 100_000 {
		put(b, s, strconv.Itoa(i), strings.Repeat("x", 300), time.Hour)
	}
	closeStore(b, s)
	for b.Loop() {
		closeStore(b, openFile(b, path, quiet()))
	}
}

// Without any Sync, an update reaches the file soon, and then leaves memory.
func TestFileCommitsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFile(t, newFile(t), quiet())
		defer closeStore(t, s)
		put(t, s, "key", "x", time.Hour)
		if n := state.Waiting(s); n != 1 {
			t.Errorf("%d records wait, want 1", n)
		}
		time.Sleep(time.Second)
		if n := state.Waiting(s); n != 0 {
			t.Errorf("%d records wait after a second, want 0", n)
		}
		if n := state.Len(s); n != 1 {
			t.Errorf("%d records are in the file after a second, want 1", n)
		}
	})
}

// While the file is being written nothing waits but Syncs: what is being written can be read and updated, and however many
// Syncs come, one more commit is enough for all.
func TestFileDuringACheckpoint(t *testing.T) {
	path := newFile(t)
	s := openFile(t, path, quiet())
	defer closeStore(t, s)
	put(t, s, "kept", "1", time.Hour)
	put(t, s, "removed", "1", time.Hour)
	put(t, s, "updated", "1", time.Hour)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := state.Checkpoints(s)
	release := state.HoldCheckpoint(s)
	put(t, s, "kept", "2", time.Hour)
	put(t, s, "removed", "", time.Hour)
	put(t, s, "updated", "2", time.Hour)

	err := s.Update(t.Context(), "updated", func(old []byte) (state.Record, error) {
		return state.Record{Data: append(old, '3'), Expires: time.Now().Add(time.Hour)}, nil
	})
	if err != nil {
		t.Error(err)
	}
	check := func() {
		t.Helper()
		for key, want := range map[string]string{"kept": "2", "removed": "", "updated": "23"} {
			r, err := s.Get(t.Context(), key)
			if string(r.Data) != want || (err != nil) != (want == "") {
				t.Errorf("%s: %q, %v; want %q", key, r.Data, err, want)
			}
		}
	}
	check()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := s.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a Sync that is given up: %v", err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := s.Sync(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	release()
	wg.Wait()
	check()
	written := slices.Sorted(slices.Values(state.Entries(path)))
	if state.Checkpoints(s)-before == 1 && !slices.Equal(written, []string{"kept", "removed", "updated"}) { // else another has emptied it
		t.Errorf("written into the journal: %q, want each once", written)
	}
	state.Checkpoint(s)
	check()
	if n := state.Checkpoints(s) - before; n != 2 {
		t.Errorf("%d checkpoints, want 2", n)
	}
}

// patience is how long anything may take that a busy machine does.
const patience = time.Minute

// until polls, because no channel tells what another goroutine does with a file.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	poll, deadline := time.NewTicker(time.Millisecond), time.After(patience)
	defer poll.Stop()
	for !ok() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// Visitors who come and go leave at most a third more in the file than is live, and nothing once it is quiet.
func TestFileIsSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFile(t, newFile(t), quiet())
		defer closeStore(t, s)
		most := 0
		for i := range 4000 {
			put(t, s, fmt.Sprintf("%x", i*7919%4001), "x", 200*time.Second)
			time.Sleep(time.Second)
			if i%50 == 0 {
				most = max(most, state.Len(s))
			}
		}
		if most < 200 || most > 300 {
			t.Errorf("%d records in the file where 200 were live", most)
		}
		time.Sleep(10 * time.Minute)
		if n := state.Len(s); n != 0 {
			t.Errorf("%d records in the file after ten quiet minutes", n)
		}
	})
}

// What has expired in the file and was then set again is not swept away with its former self.
func TestFileSweepSparesTheNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFile(t, newFile(t), quiet())
		defer closeStore(t, s)
		put(t, s, "key", "old", time.Second)
		time.Sleep(2 * time.Second)
		put(t, s, "key", "new", time.Hour)
		time.Sleep(10 * time.Minute)
		if r, err := s.Get(t.Context(), "key"); err != nil || string(r.Data) != "new" {
			t.Errorf("got %q, %v; want new", r.Data, err)
		}
	})
}

// A full disk: Sync says so, what was updated stays readable and countable, and reaches the file once there is room.
func TestFileDiskFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := newFile(t)
		var log strings.Builder
		s := openFile(t, path, slog.New(slog.NewTextHandler(&log, nil)))
		state.Limit(s, 1<<16)
		for i := range 1000 {
			put(t, s, strconv.Itoa(i), strings.Repeat("x", 300), time.Hour)
		}
		for range 2 {
			if err := s.Sync(t.Context()); err == nil {
				t.Fatal("Sync gave no error on a full disk")
			}
		}
		time.Sleep(10 * time.Second) // tries again and again, and says it once
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("reported %d times, want once:\n%s", n, &log)
		}
		put(t, s, "7", "newer", time.Hour)
		synctest.Wait()
		state.Limit(s, 0)
		time.Sleep(2 * time.Second)
		if n := state.Waiting(s); n != 0 {
			t.Errorf("%d records still wait once there is room", n)
		}
		if err := s.Sync(t.Context()); err != nil {
			t.Errorf("Sync with room again: %v", err)
		}
		closeStore(t, s)

		s = openFile(t, path, quiet())
		defer closeStore(t, s)
		if n := state.Len(s); n != 1000 {
			t.Errorf("%d records in the file, want 1000", n)
		}
		if r, err := s.Get(t.Context(), "7"); err != nil || string(r.Data) != "newer" {
			t.Errorf("got %q, %v; want newer", r.Data, err)
		}
	})
}

// While the file cannot be written, memory does not grow for ever: it fails closed.
func TestFileDiskFullIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFile(t, newFile(t), quiet())
		state.Limit(s, 1<<16)
		var err error
		n := 0
		for ; err == nil && n < 100_000; n++ {
			err = s.Update(t.Context(), strconv.Itoa(n), func([]byte) (state.Record, error) {
				return state.Record{Data: make([]byte, 20), Expires: time.Now().Add(time.Hour)}, nil
			})
			if n%20_000 == 0 {
				_ = s.Sync(t.Context())
			}
		}
		if err == nil || n < 60_000 {
			t.Errorf("error %v after %d updates", err, n)
		}
		if err := s.Close(); err == nil {
			t.Error("Close says nothing of what was lost")
		}
	})
}

func TestFileAfterClose(t *testing.T) {
	s := openFile(t, newFile(t), quiet())
	closeStore(t, s)
	_, err := s.Get(t.Context(), "key")
	errs := []error{err, s.Sync(t.Context()), s.Close(),
		s.Update(t.Context(), "key", func([]byte) (state.Record, error) { return state.Record{}, nil })}
	for i, err := range errs {
		if err == nil {
			t.Errorf("call %d after Close gave no error", i)
		}
	}
}

// A second instance on the same file ends with an error that says why, and disturbs nothing.
func TestFileIsOneProcessOnly(t *testing.T) {
	path := newFile(t)
	s := openFile(t, path, quiet())
	defer closeStore(t, s)
	put(t, s, "key", "x", time.Hour)
	began := time.Now()
	_, err := state.OpenFile(path, quiet())
	if err == nil || !strings.Contains(err.Error(), "another process") || !strings.Contains(err.Error(), path) {
		t.Errorf("second open: %v", err)
	}
	if d := time.Since(began); d > patience/2 {
		t.Errorf("it took %s", d)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Error(err)
	}
}

// R69, R70: whatever a process has synced when it is killed is there afterwards, wherever in a commit it is hit.
func TestFileSurvivesKill(t *testing.T) {
	path := newFile(t)
	last := 0
	for round := range 5 {
		last = killAfter(t, path, last+40*(round+1))
		var log strings.Builder
		s := openFile(t, path, slog.New(slog.NewTextHandler(&log, nil)))
		if log.Len() > 0 {
			t.Errorf("the file was damaged: %s", &log)
		}
		r, err := s.Get(t.Context(), "count")
		n, _ := strconv.Atoi(string(r.Data))
		if err != nil || n < last || n > last+1 { // one more may be in the file without having been announced
			t.Errorf("the child had synced %d, the file has %d, %v", last, n, err)
		}
		for i := 1; i <= last; i++ {
			if _, err := s.Get(t.Context(), strconv.Itoa(i)); err != nil {
				t.Errorf("record %d of %d: %v", i, last, err)
			}
		}
		closeStore(t, s)
	}
}

// killAfter starts a child, kills it in the midst of its work once it has counted to n, and returns the last number it
// announced.
func killAfter(t *testing.T, path string, n int) (last int) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Error(err)
		}
		if last == n {
			_ = child.Process.Kill()
		}
	}
	_ = child.Wait() // it was killed
	if last < n {
		t.Fatalf("the child ended at %d by itself", last)
	}
	return last
}

// countForEver is the child: it counts, keeps a record for each number, and announces a number once it is synced.
func countForEver(path string) {
	s, err := state.OpenFile(path, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	for err == nil {
		err = countOne(s, os.Stdout)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func countOne(s state.Store, out io.Writer) error {
	ctx, n := context.Background(), 0
	keep := func(text string) (state.Record, error) {
		return state.Record{Data: []byte(text), Expires: time.Now().Add(time.Hour)}, nil
	}
	err := s.Update(ctx, "count", func(old []byte) (state.Record, error) {
		n, _ = strconv.Atoi(string(old))
		n++
		return keep(strconv.Itoa(n))
	})
	err = errors.Join(err, s.Update(ctx, strconv.Itoa(n), func([]byte) (state.Record, error) {
		return keep(strings.Repeat("x", 500))
	}))
	if err = errors.Join(err, s.Sync(ctx)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, n)
	return err
}
