package bench_test

import (
	"errors"
	"strings"
	"testing"

	"ssprd/internal/bench"
	"ssprd/internal/dirtest"
	"ssprd/internal/redistest"
)

// small is the least in which everything happens.
var small = bench.Options{
	Setting: bench.Setting{Kind: bench.OpenLDAP, People: 30, AtATime: 8},
	Amounts: bench.Amounts{Rounds: 1, Resets: 20, Floor: 10}, Starts: 1, Typed: 8,
}

// The whole run with few people. It asks for no speed, only that everything is measured.
func TestRun(t *testing.T) {
	f, err := bench.Run(t, small)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Took) != small.Resets || len(f.Rounds) != 1 || f.Rounds[0].Resets <= 0 || f.Rounds[0].Floor <= 0 {
		t.Errorf("%d resets, %v", len(f.Took), f.Rounds)
	}
	for _, took := range f.Took {
		if took.Address <= 0 || took.Code <= 0 || took.Password <= 0 || took.Whole < took.Address+took.Mail+took.Code+took.Password {
			t.Errorf("%+v", took)
		}
	}
	if f.Spent.Writes != small.Resets || f.Spent.Searches != 3*small.Resets || f.Spent.Mail < 1 {
		t.Errorf("%d writes, %d searches, %d connections to the mail server", f.Spent.Writes, f.Spent.Searches, f.Spent.Mail)
	}
	if f.Idle.Resident == 0 || f.Loaded.Anonymous == 0 || f.BinaryBytes == 0 || len(f.Start) != 1 || len(f.StartAfter) != 1 {
		t.Errorf("%+v, %+v, %d bytes, %v, %v", f.Idle, f.Loaded, f.BinaryBytes, f.Start, f.StartAfter)
	}
	if len(f.Slow.Known) != 4 || len(f.Slow.Unknown) != 4 || len(f.Dead.Known) != 2 {
		t.Errorf("%+v, %+v", f.Slow, f.Dead)
	}
	weighed(t, f.Pages)
	var table strings.Builder
	if err := f.Print(&table); err != nil || strings.Contains(table.String(), "%!") {
		t.Errorf("%v: %s", err, table.String())
	}
	t.Log("\n" + table.String())
}

func weighed(t *testing.T, pages []bench.Page) {
	t.Helper()
	var paths []string
	for _, p := range pages {
		paths = append(paths, p.Path)
		if p.HTML < 500 || p.Files < 500 {
			t.Errorf("%+v", p)
		}
	}
	if got := strings.Join(paths, " "); got != "/fr/ /fr/p/usagers /fr/code /fr/password /fr/done" {
		t.Errorf("weighed: %s", got)
	}
}

// Each kind of setting, and the comparison of two directories.
func TestCrowd(t *testing.T) {
	slow, replicas := small, small
	slow.FSync, slow.Hash = true, dirtest.Argon2
	replicas.Replicas = 2
	all, beside, err := bench.RunCrowd(t, bench.CrowdOptions{Settings: []bench.Options{small, replicas}, Small: 10, Amounts: bench.Amounts{Rounds: 1, Resets: 10}})
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := bench.RunSettings(t, []bench.Options{slow})
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, hashed...)
	for _, f := range all {
		if len(f.Took) != small.Resets || f.Rounds[0].Ratio() <= 0 {
			t.Errorf("%s: %v", f.Setting, f.Rounds)
		}
	}
	// Each follower is searched at least once more, and has the write done as well, which it does not count.
	if n := all[1].Spent; n.Searches < 5*small.Resets || n.Writes != small.Resets {
		t.Errorf("with two followers: %d searches, %d writes", n.Searches, n.Writes)
	}
	if len(beside.Reset[0]) != 1 || len(beside.Page[1]) != 1 || beside.Loaded[1].Resident == 0 {
		t.Errorf("%+v", beside)
	}
	var table strings.Builder
	if err := errors.Join(all.Print(&table), beside.Print(&table)); err != nil || strings.Contains(table.String(), "%!") {
		t.Errorf("%v: %s", err, table.String())
	}
	t.Log("\n" + table.String())
}

func TestSamba(t *testing.T) {
	o := small
	o.Kind, o.Amounts = bench.Samba, bench.Amounts{Rounds: 1, Resets: 5, Floor: 3}
	f, err := bench.Measure(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Took) != o.Resets || f.Spent.Writes < o.Resets {
		t.Errorf("%d resets, %+v", len(f.Took), f.Spent)
	}
}

// The other runs with few people: R68, between two instances each person's requests alternate.
func TestPlacesAndLong(t *testing.T) {
	server := redistest.Start(t)
	o := small
	o.Resets, o.Floor = 8, 5
	f, err := bench.RunPlaces(t, server.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Names {
		if len(f.Rounds[i]) != 1 || f.Rounds[i][0].Ratio() <= 0 {
			t.Errorf("%s: %v", f.Names[i], f.Rounds[i])
		}
	}
	long := bench.LongOptions{People: 120, Resets: 50}
	all, err := bench.RunLong(t, server.URL, long)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if len(l.After) != 10 || l.After[9].Resident == 0 {
			t.Errorf("%+v", l)
		}
	}
	open, err := bench.RunOpen(t, bench.OpenOptions{Amounts: bench.Amounts{Rounds: 1, Resets: 10}, Begun: 30})
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := errors.Join(f.Print(&table), bench.PrintLong(&table, long, all), open.Print(&table)); err != nil || strings.Contains(table.String(), "%!") {
		t.Errorf("%v: %s", err, table.String())
	}
	t.Log("\n" + table.String())
}
