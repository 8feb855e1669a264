package bench_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"ssprd/internal/bench"
	"ssprd/internal/redistest"
)

// BenchmarkResets is what `make bench` runs. It prints a table of its own: a reset a nanosecond is not the question.
func BenchmarkResets(b *testing.B) {
	options := bench.Standard
	options.Resets = wanted(b, "BENCH_RESETS", options.Resets)
	figures := bench.Run(b, options)
	b.ReportMetric(0, "ns/op")
	if err := figures.Print(os.Stdout); err != nil {
		b.Fatal(err)
	}
}

// wanted is a number of the environment, or another one.
func wanted(b *testing.B, name string, other int) int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return other
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10 {
		b.Fatalf("%s=%s: wanted a number of resets, 10 or more", name, text)
	}
	return n
}

// BenchmarkPlaces tells what Redis costs beside a state file, and a second instance beside one.
func BenchmarkPlaces(b *testing.B) {
	f := bench.RunPlaces(b, redistest.Start(b).URL, bench.StandardPlaces)
	b.ReportMetric(0, "ns/op")
	if err := f.Print(os.Stdout); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLong tells what grows with a hundred thousand resets, and with as many that are open.
func BenchmarkLong(b *testing.B) {
	options := bench.StandardLong
	options.Resets, options.Begun = wanted(b, "BENCH_LONG", options.Resets), wanted(b, "BENCH_BEGUN", options.Begun)
	all := bench.RunLong(b, redistest.Start(b).URL, options)
	b.ReportMetric(0, "ns/op")
	if err := bench.PrintLong(os.Stdout, options, all); err != nil {
		b.Fatal(err)
	}
}

// The two other runs with few people: R68, between two instances each person's requests alternate.
func TestPlacesAndLong(t *testing.T) {
	server := redistest.Start(t)
	f := bench.RunPlaces(t, server.URL, bench.PlacesOptions{Rounds: 1, Resets: 8, Floor: 5})
	for i := range f.Names {
		if len(f.Rounds[i]) != 1 || f.Rounds[i][0].Ratio() <= 0 {
			t.Errorf("%s: %v", f.Names[i], f.Rounds[i])
		}
	}
	o := bench.LongOptions{People: 120, Resets: 50, Begun: 30, Some: 20}
	all := bench.RunLong(t, server.URL, o)
	for _, l := range all {
		if len(l.After) != 10 || l.After[9].Resident == 0 || l.Full.Resident == 0 || l.Page.Median <= 0 || l.ResetF.Median <= 0 {
			t.Errorf("%+v", l)
		}
	}
	var table strings.Builder
	if err := errors.Join(f.Print(&table), bench.PrintLong(&table, o, all)); err != nil || strings.Contains(table.String(), "%!") {
		t.Errorf("%v: %s", err, table.String())
	}
	t.Log("\n" + table.String())
}

// The whole run with few people. It asks for no speed, only that everything is measured.
func TestRun(t *testing.T) {
	const resets = 20
	f := bench.Run(t, bench.Options{People: 100, Rounds: 1, Resets: resets, Floor: 10, Starts: 1, Typed: 8})
	if len(f.Took) != resets || len(f.Rounds) != 1 || f.Rounds[0].Resets <= 0 || f.Rounds[0].Floor <= 0 {
		t.Errorf("%d resets, %v", len(f.Took), f.Rounds)
	}
	for _, took := range f.Took {
		if took.Address <= 0 || took.Code <= 0 || took.Password <= 0 || took.Whole < took.Address+took.Mail+took.Code+took.Password {
			t.Errorf("%+v", took)
		}
	}
	if f.Spent.Writes != resets || f.Spent.Searches < 3*resets || f.Spent.Mail < 1 {
		t.Errorf("%d writes, %d searches, %d connections to the mail server", f.Spent.Writes, f.Spent.Searches, f.Spent.Mail)
	}
	if f.Idle.Resident == 0 || f.Loaded.Anonymous == 0 || f.BinaryBytes == 0 || len(f.Start) != 1 || len(f.StartAfter) != 1 {
		t.Errorf("%+v, %+v, %d bytes, %v, %v", f.Idle, f.Loaded, f.BinaryBytes, f.Start, f.StartAfter)
	}
	if len(f.SlowMail.Known) != 4 || len(f.SlowMail.Unknown) != 4 || len(f.DeadDirectory.Known) != 2 {
		t.Errorf("%+v, %+v", f.SlowMail, f.DeadDirectory)
	}
	weighed(t, f.Pages)
	var table strings.Builder
	if err := f.Print(&table); err != nil || strings.Contains(table.String(), "%!") {
		t.Errorf("%v: %s", err, table.String())
	}
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
