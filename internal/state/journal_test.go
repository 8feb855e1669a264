package state_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/state"
)

func syncStore(t testing.TB, s state.Store) {
	t.Helper()
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// read gives a whole file; nothing where there is none.
func read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return content
}

// killed is where a process would go on that another one has left with these files.
func killed(t testing.TB, file, journal []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state.db")
	if err := errors.Join(os.WriteFile(path, file, 0o600), os.WriteFile(state.Journal(path), journal, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// has checks what the keys lead to; an empty text stands for none.
func has(t testing.TB, s state.Store, want map[string]string) {
	t.Helper()
	for key, text := range want {
		r, err := s.Get(t.Context(), key)
		if string(r.Data) != text || (err != nil) != (text == "") {
			t.Errorf("%s: %q, %v; want %q", key, r.Data, err, text)
		}
	}
}

// ages is how long what was written while the clock stood at 2000 lives, to be read by that on the wall.
const ages = 100 * 365 * 24 * time.Hour

// R69, R70: what was synced is there, and what was removed is not, whatever of it had come into the file when the process was
// killed: before a checkpoint, between its two halves, and after it.
func TestJournalKilledAtACheckpoint(t *testing.T) {
	var file, journal, checkpointed []byte
	synctest.Test(t, func(t *testing.T) { // in which no checkpoint comes by itself
		path := newFile(t)
		s := openFile(t, path, quiet())
		defer closeStore(t, s)
		put(t, s, "removed", "1", ages)
		put(t, s, "changed", "1", ages)
		syncStore(t, s)
		state.Checkpoint(s)
		put(t, s, "removed", "", ages)
		put(t, s, "changed", "2", ages)
		syncStore(t, s)
		put(t, s, "changed", "3", ages)
		put(t, s, "new", "3", ages)
		syncStore(t, s)
		file, journal = read(t, path), read(t, state.Journal(path))
		state.Checkpoint(s)
		checkpointed = read(t, path)
	})
	want := map[string]string{"removed": "", "changed": "3", "new": "3"}
	for name, left := range map[string][2][]byte{
		"before":            {file, journal},
		"not emptied":       {checkpointed, journal},
		"after":             {checkpointed, nil},
		"before, cut short": {file, append(journal, 1, 2, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			path := killed(t, left[0], left[1])
			for range 2 {
				s := openFile(t, path, quiet())
				has(t, s, want)
				closeStore(t, s)
			}
		})
	}
}

// What a power failure leaves may not belong together: an older journal takes nothing back that the file has.
func TestJournalOfAnOlderFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no checkpoint comes by itself
		path := newFile(t)
		s := openFile(t, path, quiet())
		put(t, s, "tries", "1", time.Hour)
		syncStore(t, s)
		older := read(t, state.Journal(path))
		put(t, s, "tries", "2", time.Hour)
		state.Checkpoint(s)
		put(t, s, "tries", "3", time.Hour)
		closeStore(t, s)

		again := openFile(t, killed(t, read(t, path), older), quiet())
		has(t, again, map[string]string{"tries": "3"})
		closeStore(t, again)

		fresh := openFile(t, killed(t, nil, older), quiet()) // and it is not of a file that somebody has begun anew
		has(t, fresh, map[string]string{"tries": ""})
		closeStore(t, fresh)
	})
}

// What an emptied journal held does not come back behind what is written into it next.
func TestJournalIsEmptied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no checkpoint comes by itself
		path := newFile(t)
		s := openFile(t, path, quiet())
		defer closeStore(t, s)
		for i := range 5 {
			put(t, s, strconv.Itoa(i), "1", time.Hour)
			syncStore(t, s) // so that they stand in this order, all of one length
		}
		state.Checkpoint(s)
		put(t, s, "4", "2", time.Hour)
		syncStore(t, s)
		state.Checkpoint(s)
		put(t, s, "0", "2", time.Hour)
		syncStore(t, s)
		again := openFile(t, killed(t, read(t, path), read(t, state.Journal(path))), quiet())
		has(t, again, map[string]string{"0": "2", "1": "1", "4": "2"})
		closeStore(t, again)
	})
}

// Wherever a write was cut, what was synced before it is there.
func TestJournalCutAnywhere(t *testing.T) {
	var file, journal []byte
	var synced []int                      // the size of the journal after each
	synctest.Test(t, func(t *testing.T) { // in which no checkpoint comes by itself
		path := newFile(t)
		s := openFile(t, path, quiet())
		defer closeStore(t, s)
		for i := range 6 {
			put(t, s, strconv.Itoa(i), strings.Repeat("x", 10*i+1), ages)
			syncStore(t, s)
			journal = read(t, state.Journal(path))
			synced = append(synced, len(journal))
		}
		file = read(t, path)
	})
	for cut := range len(journal) {
		s := openFile(t, killed(t, file, journal[:cut]), quiet())
		for i, size := range synced {
			if _, err := s.Get(t.Context(), strconv.Itoa(i)); (err == nil) != (cut >= size) {
				t.Errorf("cut after %d bytes: record %d, which ends at %d: %v", cut, i, size, err)
			}
		}
		closeStore(t, s)
	}
}

// journalled is a state file without a record, and a journal of 50, each synced by itself.
func journalled(t *testing.T) (file, journal []byte) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { // in which no checkpoint comes by itself
		path := newFile(t)
		s := openFile(t, path, quiet())
		defer closeStore(t, s)
		for i := range 50 {
			put(t, s, strconv.Itoa(i), strings.Repeat("x", 200), ages)
			syncStore(t, s)
		}
		file, journal = read(t, path), read(t, state.Journal(path))
	})
	return file, journal
}

// Whatever becomes of a journal, nothing is read from it that was not written, and the portal starts.
func TestJournalTornAnywhere(t *testing.T) {
	file, journal := journalled(t)
	random := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 200 {
		torn := append([]byte(nil), journal...)
		for at, n := 28+random.IntN(len(torn)-28), 1+random.IntN(600); n > 0 && at < len(torn); at, n = at+1, n-1 {
			torn[at] = byte(random.Uint32()) & byte(n) // a part of it is zeros
		}
		s := openFile(t, killed(t, file, torn), quiet())
		for i := range 50 {
			r, err := s.Get(t.Context(), strconv.Itoa(i))
			if err == nil {
				found++
			}
			if !errors.Is(err, state.ErrNotFound) && string(r.Data) != strings.Repeat("x", 200) {
				t.Errorf("record %d is %q, %v", i, r.Data, err)
			}
		}
		closeStore(t, s)
	}
	if found < 50*200/4 || found == 50*200 {
		t.Errorf("%d records were found in 200 torn journals", found)
	}
}

// R70: what stands in the journal's place and has no head is kept elsewhere, the log says so, and the portal starts.
func TestJournalWithoutAHead(t *testing.T) {
	file, journal := journalled(t)
	spoilt := func(spoil func([]byte)) []byte {
		b := append([]byte(nil), journal...)
		spoil(b)
		return b
	}
	for name, content := range map[string][]byte{
		"another's": []byte("-----BEGIN CERTIFICATE-----"), "short": []byte("x"), "zeros": make([]byte, 5000),
		"a page of zeros":   spoilt(func(b []byte) { clear(b[:4096]) }),
		"a bit of its mark": spoilt(func(b []byte) { b[3] ^= 1 }),
		"a bit of its sum":  spoilt(func(b []byte) { b[25] ^= 1 }),
	} {
		t.Run(name, func(t *testing.T) {
			path := killed(t, file, content)
			var log strings.Builder
			s := openFile(t, path, slog.New(slog.NewTextHandler(&log, nil)))
			defer closeStore(t, s)
			kept, _ := filepath.Glob(state.Journal(path) + ".broken-*")
			if len(kept) != 1 || string(read(t, kept[0])) != string(content) || !strings.Contains(log.String(), kept[0]) {
				t.Errorf("set aside: %q, told: %s", kept, &log)
			}
			put(t, s, "key", "x", time.Hour)
			syncStore(t, s)
		})
	}
}

// A journal that has filled up while the file could not be written is emptied once it can.
func TestJournalFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFile(t, newFile(t), quiet())
		state.Limit(s, 1<<16)
		state.FillJournal(s, 4<<20)
		var err error
		for i := 0; i < 100 && err == nil || i < 60; i++ {
			put(t, s, strconv.Itoa(i%10), strings.Repeat("x", 100<<10), time.Hour)
			err = s.Sync(t.Context())
			synctest.Wait()
		}
		if err == nil {
			t.Error("Sync gave no error though neither could be written")
		}
		time.Sleep(10 * time.Minute)
		state.MakeRoom(s)
		time.Sleep(10 * time.Second)
		syncStore(t, s)
		if n := state.Waiting(s); n != 0 {
			t.Errorf("%d records wait", n)
		}
		closeStore(t, s)
	})
}

// A journal that could not be emptied is taken for full, and nothing is promised by it: it names a transaction of before.
func TestJournalNotEmptied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := newFile(t)
		s := openFile(t, path, quiet())
		defer closeStore(t, s)
		put(t, s, "old", "x", time.Second)
		syncStore(t, s)
		state.Checkpoint(s)
		time.Sleep(2 * time.Second)
		put(t, s, "before", "x", time.Hour)
		syncStore(t, s)
		state.SweepWithoutCutting(s)
		put(t, s, "after", "x", time.Hour)
		syncStore(t, s)
		again := openFile(t, killed(t, read(t, path), read(t, state.Journal(path))), quiet())
		defer closeStore(t, again)
		has(t, again, map[string]string{"before": "x", "after": "x"})
	})
}

// After an orderly stop there is the file alone; while the portal runs nobody else can read either.
func TestJournalComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no checkpoint comes by itself
		path := newFile(t)
		s := openFile(t, path, quiet())
		put(t, s, "key", "x", time.Hour)
		syncStore(t, s)
		info, err := os.Stat(state.Journal(path))
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("the journal: %v, %v; want mode 0600, and something in it", info, err)
		}
		closeStore(t, s)
		if _, err := os.Stat(state.Journal(path)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after the stop: %v, want none", err)
		}
	})
}

// However often a record is changed and synced, the file has one transaction of it, half a second after the first.
func TestJournalGathers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFile(t, newFile(t), quiet())
		defer closeStore(t, s)
		before := state.Checkpoints(s)
		for i := range 40 {
			put(t, s, "key", strconv.Itoa(i), time.Hour)
			syncStore(t, s)
			time.Sleep(10 * time.Millisecond)
		}
		if n := state.Checkpoints(s) - before; n != 0 {
			t.Errorf("%d checkpoints in 0.4 s, want none", n)
		}
		time.Sleep(time.Second)
		if n := state.Checkpoints(s) - before; n != 1 {
			t.Errorf("%d checkpoints, want 1", n)
		}
		has(t, s, map[string]string{"key": "39"})
	})
}

// What gathers is bounded in bytes: a large load does not wait for the time.
func TestJournalIsBounded(t *testing.T) {
	path := newFile(t)
	s := openFile(t, path, quiet())
	defer closeStore(t, s)
	before := state.Checkpoints(s)
	for i := range 40 {
		put(t, s, strconv.Itoa(i), strings.Repeat("x", 100<<10), time.Hour)
		syncStore(t, s)
	}
	until(t, "a checkpoint", func() bool { return state.Checkpoints(s) > before })
	if info, err := os.Stat(state.Journal(path)); err != nil || info.Size() > 5<<20 {
		t.Errorf("the journal has %d bytes, %v", info.Size(), err)
	}
}

// A state file that is set aside takes its journal with it: the new one has nothing of it.
func TestJournalIsSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no checkpoint comes by itself
		path := newFile(t)
		s := openFile(t, path, quiet())
		put(t, s, "key", "x", time.Hour)
		syncStore(t, s)
		journal := read(t, state.Journal(path))
		closeStore(t, s)
		path = killed(t, make([]byte, 8192), journal)
		s = openFile(t, path, quiet())
		defer closeStore(t, s)
		has(t, s, map[string]string{"key": ""})
		kept, _ := filepath.Glob(path + ".broken-*-journal")
		if len(kept) != 1 || string(read(t, kept[0])) != string(journal) {
			t.Errorf("set aside: %q, want the journal as it was", kept)
		}
	})
}

// Whatever stands in a journal, reading it ends, and what it gives could have been written.
func FuzzJournal(f *testing.F) {
	path := newFile(f)
	s := openFile(f, path, quiet())
	var journal []byte
	for len(journal) == 0 { // where a checkpoint has come between
		for i := range 3 {
			put(f, s, fmt.Sprint("key", i), "value", time.Hour)
		}
		put(f, s, "key1", "", time.Hour)
		syncStore(f, s)
		journal = read(f, state.Journal(path))
	}
	closeStore(f, s)
	f.Add(journal)
	f.Add(journal[:len(journal)-3])
	f.Add(make([]byte, 100))
	after := binary.BigEndian.Uint64(journal[16:])
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(dir, "state.db")
		if err := os.WriteFile(state.Journal(path), content, 0o600); err != nil {
			t.Fatal(err)
		}
		records, err := state.ReadJournal(path, after)
		if err != nil {
			t.Error(err)
		}
		for _, aside := range asides(t, state.Journal(path)) {
			_ = os.Remove(aside)
		}
		for key, r := range records {
			if len(r.Data) > 0 && state.Validate(key, r) != nil {
				t.Errorf("%q: %v", key, state.Validate(key, r))
			}
		}
	})
}
