package bench

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Figures is what a run has measured in one setting. What follows Loaded is that of Run alone.
type Figures struct {
	Setting
	Rounds       []Round
	Took         []Took // of every reset
	Spent        Counts // on all resets together
	Idle, Loaded Memory // before any reset; at the end of the round where it was most
	BinaryBytes  int64

	Start      []time.Duration
	StartAfter []time.Duration // with the state of all these resets in the file
	Pages      []Page
	Slow       Typed // while a mail takes 600 ms and an answer of the directory 300
	Dead       Typed // while the directory does not answer
}

// Round is one of those that alternate, each figure a second.
type Round struct{ Resets, Floor float64 }

// Typed is how long the answer to an address took.
type Typed struct{ Known, Unknown []time.Duration }

// Ratio is the resets in units of the floor.
func (r Round) Ratio() float64 { return r.Resets / r.Floor }

func (r Round) resets() float64 { return r.Resets }
func (r Round) floor() float64  { return r.Floor }

func (f Figures) resets() int { return len(f.Took) }

// each takes one figure of every round, the least first.
func (f Figures) each(figure func(Round) float64) []float64 {
	var all []float64
	for _, r := range f.Rounds {
		all = append(all, figure(r))
	}
	slices.Sort(all)
	return all
}

// best is the most, and the median.
func (f Figures) best(figure func(Round) float64) (best, median float64) {
	all := f.each(figure)
	return all[len(all)-1], percentile(all, 50)
}

// steps takes one step of every reset.
func (f Figures) steps(step func(Took) time.Duration) (all []time.Duration) {
	for _, took := range f.Took {
		all = append(all, step(took))
	}
	return all
}

func whole(t Took) time.Duration { return t.Whole }

// percentile is the value that p of a hundred do not exceed (nearest rank); of none it is 0.
func percentile[T float64 | time.Duration](values []T, p int) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

// Print writes the table; docs/performance.md says what its rows mean.
func (f Figures) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name, format string, values ...any) {
		fmt.Fprintf(t, "%-46s\t"+format+"\t\n", append([]any{name}, values...)...)
	}
	f.rates(row)
	f.times(row)
	f.rest(row)
	return t.Flush()
}

type printRow func(name, format string, values ...any)

func (f Figures) rates(row printRow) {
	row(fmt.Sprintf("%d people, %d resets, %d at a time", f.People, f.resets(), f.AtATime), "best\tmedian")
	rate := func(name, format string, figure func(Round) float64) {
		best, median := f.best(figure)
		row(name, format+"\t"+format, best, median)
	}
	rate("complete resets a second", "%.0f", Round.resets)
	rate("the LDAP work alone, a second", "%.0f", Round.floor)
	rate("ratio of the two", "%.3f", Round.Ratio)
}

func (f Figures) times(row printRow) {
	row("", "")
	row("milliseconds", "p50\tp95\tp99")
	percentiles := func(name string, all []time.Duration) {
		row(name, "%.1f\t%.1f\t%.1f", ms(percentile(all, 50)), ms(percentile(all, 95)), ms(percentile(all, 99)))
	}
	for _, step := range []struct {
		name string
		of   func(Took) time.Duration
	}{
		{"answer to the address", func(t Took) time.Duration { return t.Address }},
		{"mail there after", func(t Took) time.Duration { return t.Mail }},
		{"answer to the code", func(t Took) time.Duration { return t.Code }},
		{"new password until done", func(t Took) time.Duration { return t.Password }},
		{"whole reset", whole},
	} {
		percentiles(step.name, f.steps(step.of))
	}
	percentiles("known address, mail and directory are slow", f.Slow.Known)
	percentiles("unknown address, mail and directory are slow", f.Slow.Unknown)
	percentiles("known address, the directory hangs", f.Dead.Known)
	percentiles("unknown address, the directory hangs", f.Dead.Unknown)
}

func (f Figures) rest(row printRow) {
	resets := float64(max(1, f.resets()))
	row("", "")
	row("for each reset, in ms of processor time", "user\tsystem\tboth")
	row("portal", "%.2f\t%.2f\t%.2f", ms(f.Spent.User)/resets, ms(f.Spent.System)/resets, ms(f.Spent.Portal())/resets)
	row("load", "\t\t%.2f", ms(f.Spent.Load)/resets)
	row("searches and writes in the directory", "%.2f\t%.2f", float64(f.Spent.Searches)/resets, float64(f.Spent.Writes)/resets)
	row("connections to the mail server, in all", "%d", f.Spent.Mail)
	row("", "")
	row("resident when idle, of it anonymous", "%.1f MB\t%.1f MB", mb(f.Idle.Resident), mb(f.Idle.Anonymous))
	row("resident under load, of it anonymous", "%.1f MB\t%.1f MB", mb(f.Loaded.Resident), mb(f.Loaded.Anonymous))
	row("start to first page, median", "%.0f ms", ms(percentile(f.Start, 50)))
	row("the same with the state of these resets", "%.0f ms", ms(percentile(f.StartAfter, 50)))
	row("program", "%.1f MB", mb(f.BinaryBytes))
	row("", "")
	row("bytes of a page", "HTML\tfiles\tboth")
	for _, p := range f.Pages {
		row(p.Path, "%d\t%d\t%d", p.HTML, p.Files, p.HTML+p.Files)
	}
}

// Table prints a line for each setting.
type Table []Figures

// Print writes it: of rates and ratios the best round and the median, of the portal's processor time user and system.
func (all Table) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "people\tservers\tat a time\tresets/s\tfloor/s\tratio\tCPU ms\tms p50\tp95\tresident\t  \n")
	for _, f := range all {
		resets := float64(max(1, f.resets()))
		rate, rateMedian := f.best(Round.resets)
		floor, floorMedian := f.best(Round.floor)
		ratio, ratioMedian := f.best(Round.Ratio)
		took := f.steps(whole)
		note := ""
		if f.Kind != OpenLDAP {
			note += "  " + string(f.Kind)
		}
		if f.FSync {
			note += "  disk sync"
		}
		note += "  " + f.Hash
		fmt.Fprintf(t, "%d\t%d\t%d\t%.0f %.0f\t%.0f %.0f\t%.3f %.3f\t%.2f+%.2f\t%.1f\t%.1f\t%.0f MB\t%s\n", f.People, 1+f.Replicas, f.AtATime,
			rate, rateMedian, floor, floorMedian, ratio, ratioMedian, ms(f.Spent.User)/resets, ms(f.Spent.System)/resets,
			ms(percentile(took, 50)), ms(percentile(took, 95)), mb(f.Loaded.Resident), note)
	}
	return t.Flush()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// mb counts in units of 10^6 bytes.
func mb(bytes int64) float64 { return float64(bytes) / 1e6 }
