package bench

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"text/tabwriter"
	"time"

	"ssprd/internal/dirtest"
)

// LongOptions say how much is done in one place.
type LongOptions struct {
	People int // who reset by turns, each again and again
	Resets int // complete ones, in tenths
	Begun  int // that nobody finishes
	Some   int // resets, and readings of a page, by which the cost of each is told
}

// StandardLong is what `make bench` does.
var StandardLong = LongOptions{People: 20_000, Resets: 100_000, Begun: 100_000, Some: 500}

// Long is what was measured in one place.
type Long struct {
	Name          string
	Fresh         Memory   // before anything
	After         []Memory // each tenth of the resets
	Full          Memory   // with the resets that nobody finishes
	Page, Reset   Cost     // before those were begun
	PageF, ResetF Cost     // with them
}

// Cost is that of one thing: half of them took no longer, and how many of them there were in a second.
type Cost struct {
	Median    time.Duration
	PerSecond float64
}

// RunLong makes as many resets as a large portal in a day or so, and leaves as many open, with the state in a file and in
// Redis: what grows with them would be seen. Whatever goes wrong fails the test at once.
func RunLong(t testing.TB, redis string, o LongOptions) (all []Long) {
	t.Helper()
	w := open(t, Options{People: o.People})
	for _, p := range []*place{w.place("a state file", "", 1), w.place("Redis", redis, 1)} {
		w.startPlace(p)
		all = append(all, w.long(p, o))
		p.stop()
	}
	return all
}

func (w *world) long(p *place, o LongOptions) Long {
	w.t.Helper()
	f := Long{Name: p.name, Fresh: w.memoryOf(p)}
	for range 10 {
		w.again(p, o.Resets/10)
		f.After = append(f.After, w.memoryOf(p))
	}
	f.Page, f.Reset = w.page(p, o.Some), w.again(p, o.Some)
	first := w.visitorOf(p)
	if _, err := first.begin("premier@exemple.fr"); err != nil {
		w.t.Fatal(err)
	}
	w.drive(o.Begun, func(i int) error {
		_, err := w.visitorOf(p).begin(fmt.Sprintf("inconnu%06d@exemple.fr", i))
		return err
	})
	f.Full = w.memoryOf(p)
	f.PageF, f.ResetF = w.page(p, o.Some), w.again(p, o.Some)
	if first.get("/fr/code"); first.err != nil {
		w.t.Fatalf("the first of the open resets is open no more: %v", first.err)
	}
	return f
}

// again lets the next n people reset, of whom everybody comes again and again: with another password, and long enough
// after the last time for the directory to tell the two changes apart.
func (w *world) again(p *place, n int) Cost {
	w.t.Helper()
	first := w.used
	w.used += n
	took := make([]time.Duration, n)
	perSecond := w.drive(n, func(i int) error {
		person := dirtest.Extra((first+i)%w.extra + 1)
		chosen := password(person) + fmt.Sprintf("-%d", (first+i)/w.extra)
		w.sink.Forget(person.Mail)
		one, err := w.visitorOf(p).reset(person.Mail, chosen, w.code)
		if took[i] = one.Whole; err == nil && i%max(1, n/sampled) == 0 {
			err = w.slapd.Bind(person.DN(w.slapd.BaseDN), chosen)
		}
		return err
	})
	return Cost{percentile(took, 50), perSecond}
}

// page reads the page of the code n times: that of a reset which is open.
func (w *world) page(p *place, n int) Cost {
	w.t.Helper()
	visitors := make([]*visitor, atATime)
	for i := range visitors {
		visitors[i] = w.visitorOf(p)
		if _, err := visitors[i].begin("personne@exemple.fr"); err != nil {
			w.t.Fatal(err)
		}
	}
	idle := make(chan *visitor, len(visitors))
	for _, v := range visitors {
		idle <- v
	}
	took := make([]time.Duration, n)
	perSecond := w.drive(n, func(i int) error {
		v := <-idle
		defer func() { idle <- v }()
		took[i] = v.clock(func() {
			if status, _, _ := v.do(http.MethodGet, "/fr/code", nil); v.err == nil && status != http.StatusOK {
				v.err = errors.New("the page of the code is not shown")
			}
		})
		return v.err
	})
	return Cost{percentile(took, 50), perSecond}
}

// PrintLong writes the table.
func PrintLong(out io.Writer, o LongOptions, all []Long) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-46s\t", fmt.Sprintf("%d resets, then %d that nobody finishes", o.Resets, o.Begun))
	for _, f := range all {
		fmt.Fprintf(t, "%s\t", f.Name)
	}
	fmt.Fprintln(t)
	row := func(name string, value func(Long) string) {
		fmt.Fprintf(t, "%-46s\t", name)
		for _, f := range all {
			fmt.Fprintf(t, "%s\t", value(f))
		}
		fmt.Fprintln(t)
	}
	memory := func(name string, of func(Long) Memory) {
		row(name, func(f Long) string { m := of(f); return fmt.Sprintf("%.1f (%.1f) MB", mb(m.Resident), mb(m.Anonymous)) })
	}
	memory("resident (of it anonymous), fresh", func(f Long) Memory { return f.Fresh })
	memory("after a tenth of the resets", func(f Long) Memory { return f.After[0] })
	memory("after half of them", func(f Long) Memory { return f.After[len(f.After)/2-1] })
	memory("after all", func(f Long) Memory { return f.After[len(f.After)-1] })
	memory("with the open ones", func(f Long) Memory { return f.Full })
	cost := func(name string, before, after func(Long) Cost) {
		row(name, func(f Long) string { return fmt.Sprintf("%.1f ms", ms(before(f).Median)) })
		row("the same with the open ones", func(f Long) string {
			return fmt.Sprintf("%.1f ms (%+.0f %%)", ms(after(f).Median), 100*(float64(after(f).Median)/float64(before(f).Median)-1))
		})
	}
	cost("the page of the code, median", func(f Long) Cost { return f.Page }, func(f Long) Cost { return f.PageF })
	cost("a whole reset, median", func(f Long) Cost { return f.Reset }, func(f Long) Cost { return f.ResetF })
	return t.Flush()
}
