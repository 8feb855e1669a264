package bench_test

import (
	"io"
	"os"
	"slices"
	"strconv"
	"testing"

	"ssprd/internal/bench"
	"ssprd/internal/redistest"
)

// report prints the tables of a run at its place in the document: a reset a nanosecond is not the question.
func report(b *testing.B, name string, err error, tables ...func(io.Writer) error) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	if err := bench.Report(os.Stdout, name, err, tables...); err != nil {
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

// scaled are settings in which another number of resets is made in a round, where the environment says how many.
func scaled(b *testing.B, all []bench.Options) []bench.Options {
	b.Helper()
	all = slices.Clone(all)
	for i := range all {
		all[i].Resets = wanted(b, "BENCH_RESETS", all[i].Resets)
	}
	return all
}

// BenchmarkResets prints everything of the standard setting.
func BenchmarkResets(b *testing.B) {
	f, err := bench.Run(b, scaled(b, []bench.Options{bench.Standard})[0])
	report(b, "resets", err, f.Print)
}

// BenchmarkSettings prints a line of each other setting.
func BenchmarkSettings(b *testing.B) {
	all, err := bench.RunSettings(b, scaled(b, bench.Settings))
	report(b, "settings", err, all.Print)
}

// BenchmarkCrowd prints a line of each setting with a million people, and what they cost beside 10,000.
func BenchmarkCrowd(b *testing.B) {
	options := bench.StandardCrowd
	options.Settings, options.Resets = scaled(b, options.Settings), wanted(b, "BENCH_RESETS", options.Resets)
	people := wanted(b, "BENCH_PEOPLE", 1_000_000)
	for i := range options.Settings {
		options.Settings[i].People = people
	}
	all, beside, err := bench.RunCrowd(b, options)
	report(b, "crowd", err, all.Print, beside.Print)
}

// BenchmarkOpen tells what a reset costs while a hundred thousand others are open.
func BenchmarkOpen(b *testing.B) {
	options := bench.StandardOpen
	options.Begun, options.Resets = wanted(b, "BENCH_BEGUN", options.Begun), wanted(b, "BENCH_RESETS", options.Resets)
	beside, err := bench.RunOpen(b, options)
	report(b, "open", err, beside.Print)
}

// BenchmarkPlaces tells what Redis costs beside a state file, and a second instance beside one.
func BenchmarkPlaces(b *testing.B) {
	f, err := bench.RunPlaces(b, redistest.Start(b).URL, scaled(b, []bench.Options{bench.StandardPlaces})[0])
	report(b, "places", err, f.Print)
}

// BenchmarkLong tells what grows with a hundred thousand resets.
func BenchmarkLong(b *testing.B) {
	options := bench.StandardLong
	options.Resets = wanted(b, "BENCH_LONG", options.Resets)
	all, err := bench.RunLong(b, redistest.Start(b).URL, options)
	report(b, "long", err, func(out io.Writer) error { return bench.PrintLong(out, options, all) })
}
