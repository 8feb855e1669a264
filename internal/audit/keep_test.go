package audit_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
)

// keeping opens a record that is kept for so long, until the test ends.
func keeping(t *testing.T, path string, retention time.Duration) (*audit.Record, *said) {
	t.Helper()
	r, err := audit.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r.Retain(retention)
	log := &said{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Keep(ctx, slog.New(slog.NewTextHandler(log, nil))) }()
	t.Cleanup(func() { cancel(); <-ended; _ = r.Close() })
	return r, log
}

// place writes a file beside the record.
func place(t *testing.T, path string, events ...audit.Event) string {
	t.Helper()
	var text strings.Builder
	for _, e := range events {
		text.WriteString(line(t, e))
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func there(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	return err == nil
}

// R59: by a clock that goes through weeks, what is younger than the retention is always found, what is older by a day and some
// hours never, and no file is touched that is not of the record's own making.
func TestRetention(t *testing.T) {
	const retention, lag = 10 * 24 * time.Hour, 27 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "audit.jsonl")
		old, young := time.Now().Add(-2*retention), time.Now().Add(-time.Hour)
		var foreign []string
		for _, name := range []string{"audit.jsonl.1", "audit.jsonl-19990101", "audit-1999-01-01.jsonl.gz", "audit-b-1999-01-01.jsonl", "audit-1999-1-1.jsonl",
			"xaudit-1999-01-01.jsonl", "audit-1999-01-01", "audit-1999-01-32.jsonl", "audit-.jsonl", "other.jsonl"} {
			foreign = append(foreign, place(t, filepath.Join(dir, name), audit.Event{Time: old, Event: audit.Started}))
		}
		if err := os.Mkdir(filepath.Join(dir, "audit-1999-01-02.jsonl"), 0o700); err != nil {
			t.Fatal(err)
		}
		foreign = append(foreign, filepath.Join(dir, "audit-1999-01-02.jsonl"))
		gone := place(t, filepath.Join(dir, "audit-1999-01-01.jsonl"), audit.Event{Time: old, Event: audit.Started})
		empty := place(t, filepath.Join(dir, "audit-1999-01-03.jsonl"))
		long := place(t, filepath.Join(dir, "audit-1999-01-04.jsonl"), audit.Event{Time: old, Event: audit.Started, Ref: "old"}, audit.Event{Time: young, Event: audit.Started, Ref: "young"})

		place(t, filepath.Join(dir, "audit-1999-12-31.jsonl"), audit.Event{Time: young, Event: audit.Started})
		r, log := keeping(t, path, retention)
		synctest.Wait()
		if !there(t, gone) || !there(t, empty) {
			t.Error("files are removed before the clock was looked at twice")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if there(t, gone) || there(t, empty) || !there(t, long) {
			t.Errorf("after an hour: %t %t, %t", there(t, gone), there(t, empty), there(t, long))
		}
		written := map[string]time.Time{}
		for i := range 3 * 20 {
			ref := fmt.Sprint(i)
			written[ref] = time.Now()
			if err := r.Record(t.Context(), audit.Event{Event: audit.Started, Ref: ref}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(8*time.Hour + 7*time.Second)
			synctest.Wait()
			found := search(t, path, audit.Query{})
			for ref, at := range written {
				age := time.Since(at)
				if is := slices.Contains(found, ref); age <= retention && !is || age > retention+lag && is {
					t.Fatalf("an event of %s ago: found %t", age, is)
				}
			}
		}
		if there(t, long) {
			t.Error("a file of many days stays after its last event is too old")
		}
		for _, name := range foreign {
			if !there(t, name) {
				t.Errorf("%s is gone", name)
			}
		}
		if said := log.String(); strings.Contains(said, "ERROR") || strings.Count(said, "were removed") < 9 {
			t.Error(said)
		}
	})
}

// R59: a file is judged by every event in it, and one that has none of ours stays, which the log tells; the others go all the same.
func TestRetentionLooksInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		old := audit.Event{Time: time.Now().AddDate(-1, 0, 0), Event: audit.Started}
		young := audit.Event{Time: time.Now().Add(-time.Hour), Event: audit.Started}
		future := audit.Event{Time: time.Now().AddDate(12, 0, 0), Event: audit.Started}
		foreign := filepath.Join(dir, "audit-1999-01-01.jsonl")
		if err := os.WriteFile(foreign, []byte(`{"time":"1999-01-01T00:00:00Z","level":"INFO","event":"of another program"}`+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		stays := []string{foreign,
			place(t, filepath.Join(dir, "audit-1999-01-02.jsonl"), old, young, old),
			place(t, filepath.Join(dir, "audit-1999-01-02.01.jsonl"), old),
			place(t, filepath.Join(dir, "audit-1999-01-02.1.2.jsonl"), old),
			place(t, filepath.Join(dir, "audit-1999-01-02.-1.jsonl"), old),
			place(t, filepath.Join(dir, "audit-1999-01-02.0.jsonl"), old)}
		goes := []string{
			place(t, filepath.Join(dir, "audit-1999-01-02.1.jsonl"), old),
			place(t, filepath.Join(dir, "audit-1999-01-02.12.jsonl"), old, future, old)}
		place(t, filepath.Join(dir, "audit-1999-12-31.jsonl"), young)
		_, log := keeping(t, filepath.Join(dir, "audit.jsonl"), 10*24*time.Hour)
		time.Sleep(time.Hour)
		synctest.Wait()
		for _, name := range stays {
			if !there(t, name) {
				t.Errorf("%s is gone", name)
			}
		}
		for _, name := range goes {
			if there(t, name) {
				t.Errorf("%s stays", name)
			}
		}
		if strings.Count(log.String(), "ERROR") != 1 || !strings.Contains(log.String(), foreign+": it stays") {
			t.Error(log)
		}
	})
}

// R59: a clock that is years ahead removes nothing, however often ssprd is started by it, and the log tells why. Where the clock
// is right after all, for nobody came for months, what is too old goes once the portal is used again.
func TestRetentionByAWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "audit.jsonl")
		var former []string
		for i := range 30 {
			at := time.Now().UTC().AddDate(-12, 0, i)
			former = append(former, place(t, filepath.Join(dir, "audit-"+at.Format(time.DateOnly)+".jsonl"), audit.Event{Time: at, Event: audit.Started}))
		}
		place(t, path, audit.Event{Time: time.Now().AddDate(-12, 0, 30), Event: audit.Started})
		for range 3 {
			r, err := audit.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			r.Retain(365 * 24 * time.Hour)
			log := &said{}
			ctx, end := context.WithCancel(t.Context())
			go r.Keep(ctx, slog.New(slog.NewTextHandler(log, nil)))
			for range 3 {
				synctest.Wait()
				if err := r.Record(t.Context(), audit.Event{Event: audit.Started}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
			}
			synctest.Wait()
			end()
			synctest.Wait()
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if !strings.Contains(log.String(), "ERROR") || !strings.Contains(log.String(), "set the clock") {
				t.Error(log)
			}
		}
		if gone := slices.DeleteFunc(slices.Clone(former), func(name string) bool { return there(t, name) }); len(gone) > 0 {
			t.Errorf("%d of %d files were removed", len(gone), len(former))
		}
		keeping(t, path, 365*24*time.Hour)
		time.Sleep(16 * time.Hour)
		synctest.Wait()
		if left := slices.DeleteFunc(former, func(name string) bool { return !there(t, name) }); len(left) > 0 {
			t.Errorf("%q are left, a day after the portal was used again", left)
		}
	})
}

// R59: a clock that was set, forwards or back, is not taken for right before the next hour; one that is drawn near slowly is.
func TestClockWasSet(t *testing.T) {
	for clock, want := range map[time.Duration]bool{
		time.Hour: false, time.Hour + 30*time.Second: false, time.Hour - 30*time.Second: false,
		2 * time.Hour: true, 12 * 365 * 24 * time.Hour: true, 0: true, -24 * time.Hour: true,
	} {
		if got := audit.WasSet(clock, time.Hour); got != want {
			t.Errorf("%s in an hour: was set %t", clock, got)
		}
	}
}

// R59: a search goes on over days that are put aside, and removed, while it reads: no event comes twice, none is left out
// between two that come, and it ends without an error.
func TestSearchWhileDaysPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		r, _ := keeping(t, path, 3*24*time.Hour)
		n := 0
		write := func() {
			if err := r.Record(t.Context(), audit.Event{Event: audit.Started, Ref: fmt.Sprint(n)}); err != nil {
				t.Fatal(err)
			}
			n++
		}
		for range 4 * 24 {
			write()
			time.Sleep(time.Hour)
		}
		want := n - 1
		err := audit.Search(t.Context(), path, audit.Query{}, func(e audit.Event) bool {
			if e.Ref != strconv.Itoa(want) {
				t.Fatalf("%s came, wanted %d", e.Ref, want)
			}
			want--
			write()
			time.Sleep(time.Hour)
			return true
		})
		if err != nil || want > n-24*3/2 {
			t.Errorf("it ended before %d of %d: %v", want, n, err)
		}
		all := search(t, path, audit.Query{})
		if len(all) < 3*24 || all[0] != strconv.Itoa(n-1) {
			t.Errorf("%d events, the newest %q", len(all), all)
		}
		day := time.Now().Add(-48 * time.Hour)
		if got := search(t, path, audit.Query{From: day, To: day.Add(3 * time.Hour)}); len(got) != 3 {
			t.Errorf("of three hours the day before yesterday: %q", got)
		}
	})
}

// R59, R75: the file of a day is put aside only where it is the record's own, under a name that is free; what is recorded stands
// somewhere in any case.
func TestTurn(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(t *testing.T, path string)
		aside  bool
		want   string // in the log
	}{
		"as it is":          {func(*testing.T, string) {}, true, ""},
		"renamed by others": {func(t *testing.T, path string) { rename(t, path, path+".1"); place(t, path) }, false, ""},
		"gone":              {func(t *testing.T, path string) { rename(t, path, path+".1") }, false, "cannot be put aside"},
		"its name is taken": {func(t *testing.T, path string) {
			place(t, aside(path), audit.Event{Event: audit.Changed, Time: time.Now()})
		}, true, ""},
		"a symbolic link":      {func(t *testing.T, path string) { rename(t, path, path+".1"); link(t, path+".1", path) }, false, "symbolic link"},
		"taken up by a reload": {func(t *testing.T, path string) {}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "audit.jsonl")
				r, log := keeping(t, path, 200*24*time.Hour)
				synctest.Wait() // until it was looked at the file once
				record := func(ref string) {
					if err := r.Record(t.Context(), audit.Event{Event: audit.Started, Ref: ref}); err != nil {
						t.Fatal(err)
					}
				}
				record("1")
				if name == "taken up by a reload" {
					rename(t, path, path+".1")
					next, err := audit.Open(path)
					if err != nil {
						t.Fatal(err)
					}
					next.Retain(200 * 24 * time.Hour)
					if err := r.Take(next); err != nil {
						t.Fatal(err)
					}
					record("2")
				}
				put := aside(path)
				tt.before(t, path)
				if there(t, put) {
					put = strings.TrimSuffix(put, ".jsonl") + ".1.jsonl"
				}
				time.Sleep(25 * time.Hour)
				synctest.Wait()
				record("3")
				if is := there(t, put); is != tt.aside {
					t.Errorf("put aside: %t", is)
				}
				if !strings.Contains(log.String(), tt.want) || tt.want == "" && strings.Contains(log.String(), "ERROR") {
					t.Error(log)
				}
				if tt.aside && !slices.Equal(search(t, path, audit.Query{Ref: "3"}), []string{"3"}) {
					t.Error("what follows is not found")
				}
				files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
				if err != nil {
					t.Fatal(err)
				}
				var text strings.Builder
				for _, file := range files {
					if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() {
						raw, err := os.ReadFile(file)
						if err != nil {
							t.Fatal(err)
						}
						text.Write(raw)
					}
				}
				for _, ref := range []string{`"ref":"1"`, `"ref":"3"`} {
					if strings.Count(text.String(), ref) != 1 {
						t.Errorf("%s: %s", ref, &text)
					}
				}
			})
		})
	}
}

// R59: a clock that was wrong for a while, or is set back over midnight, neither keeps a day from being put aside nor hides it
// from a search.
func TestTurnAfterTheClockWasSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		midnight := time.Now().UTC()
		at := func(ref string, after time.Duration) audit.Event {
			return audit.Event{Event: audit.Started, Ref: ref, Time: midnight.Add(after)}
		}
		place(t, path, at("1", -2*time.Hour))
		_, log := keeping(t, path, 200*24*time.Hour)
		var want []string
		for i, events := range [][]audit.Event{
			{at("2", -5*time.Second), at("3", time.Minute)}, // set back over midnight
			{at("4", -4*time.Second)},
			{at("5", 12*365*24*time.Hour), at("6", -3*24*time.Hour), at("7", -time.Second)}, // 12 years ahead, and then right
			{at("8", 13*365*24*time.Hour)},                                                  // and not a line after it
		} {
			time.Sleep(time.Hour)
			synctest.Wait()
			if files, err := filepath.Glob(strings.TrimSuffix(path, ".jsonl") + "-*.jsonl"); err != nil || len(files) != i+1 {
				t.Errorf("put aside before the clock is set for the %d. time: %q, %v", i+1, files, err)
			}
			place(t, path, events...)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		for _, name := range []string{"", "-1999-12-31", "-1999-12-31.1", "-1999-12-31.2", "-1999-12-29", "-2012-12-28"} {
			if !there(t, strings.TrimSuffix(path, ".jsonl")+name+".jsonl") {
				t.Errorf("there is no audit%s.jsonl", name)
			}
		}
		for i := range 8 {
			want = append(want, strconv.Itoa(i+1))
		}
		got := search(t, path, audit.Query{})
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("found: %q", got)
		}
		if got := search(t, path, audit.Query{To: midnight.Add(-time.Minute)}); !slices.Equal(got, []string{"1", "6"}) {
			t.Errorf("found of before: %q", got)
		}
		if strings.Contains(log.String(), "ERROR") {
			t.Error(log)
		}
	})
}

// R59: audit.file may be a symbolic link: the days are beside the file itself, where a search finds them.
func TestTurnBehindALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file, path := filepath.Join(t.TempDir(), "real.jsonl"), filepath.Join(t.TempDir(), "audit.jsonl")
		link(t, file, path) // there is no such file yet
		r, log := keeping(t, path, 200*24*time.Hour)
		for _, ref := range []string{"1", "2"} {
			if err := r.Record(t.Context(), audit.Event{Event: audit.Started, Ref: ref}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(24 * time.Hour)
			synctest.Wait()
		}
		if got := search(t, path, audit.Query{}); !slices.Equal(got, []string{"2", "1"}) {
			t.Errorf("%q; %s", got, log)
		}
		if days, err := filepath.Glob(strings.TrimSuffix(file, ".jsonl") + "-*.jsonl"); err != nil || len(days) != 2 {
			t.Errorf("%q, %v", days, err)
		}
		if strings.Contains(log.String(), "ERROR") {
			t.Error(log)
		}
	})
}

// R75: a file that Keep puts aside between the opening for a reload and the taking of it is not gone on in.
func TestTakeAtMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		r, _ := keeping(t, path, 200*24*time.Hour)
		synctest.Wait()
		if err := r.Record(t.Context(), audit.Event{Event: audit.Started}); err != nil {
			t.Fatal(err)
		}
		put := aside(path)
		next, err := audit.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		if err := r.Take(next); err != nil {
			t.Fatal(err)
		}
		if err := r.Record(t.Context(), audit.Event{Event: audit.Changed}); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{put: audit.Started, path: audit.Changed} {
			text, err := os.ReadFile(name)
			if err != nil || strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), want) {
				t.Errorf("%s: %q, %v", name, text, err)
			}
		}
	})
}

// R59: whoever may read the record may do so the next day too.
func TestTurnKeepsTheMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		place(t, path, audit.Event{Event: audit.Started, Time: time.Now().Add(-time.Hour)})
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		group := os.Getgid()
		if os.Getuid() == 0 {
			group = 4
			if err := os.Chown(path, -1, group); err != nil {
				t.Fatal(err)
			}
		}
		keeping(t, path, 200*24*time.Hour)
		synctest.Wait()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); info.Size() != 0 || info.Mode() != 0o640 || int(owner.Gid) != group {
			t.Errorf("%d bytes, %s, group %d, want %d", info.Size(), info.Mode(), owner.Gid, group)
		}
	})
}

// aside is the name of today's file, once it is put aside.
func aside(path string) string {
	return strings.TrimSuffix(path, ".jsonl") + "-" + time.Now().UTC().Format(time.DateOnly) + ".jsonl"
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}
