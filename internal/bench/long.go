package bench

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"text/tabwriter"
	"time"
)

// LongOptions say how much is done in one place.
type LongOptions struct {
	People int // who reset by turns, each again and again
	Resets int // complete ones, in tenths
}

// StandardLong is what `make bench` does.
var StandardLong = LongOptions{People: 20_000, Resets: 100_000}

// Long is what was measured in one place.
type Long struct {
	Name  string
	Fresh Memory   // before anything
	After []Memory // each tenth of the resets
}

// RunLong makes as many resets as a large portal in a day or so, with the state in a file and in Redis: what grows with them
// would be seen.
func RunLong(t testing.TB, redis string, o LongOptions) (all []Long, err error) {
	t.Helper()
	w := open(t, Setting{Kind: OpenLDAP, People: o.People, AtATime: Standard.AtATime}, 0)
	for _, p := range []*place{w.place("a state file", "", 1), w.place("Redis", redis, 1)} {
		if err := w.startPlace(p); err != nil {
			return nil, err
		}
		f, err := w.long(p, o)
		p.stop() // delivers the mail that is still queued
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		all = append(all, f)
	}
	if codes, notices, _ := w.sink.counts(); codes != w.used || notices != w.used {
		return nil, fmt.Errorf("%d mails with a code and %d notices for %d resets, one of each for each was due", codes, notices, w.used)
	}
	return all, nil
}

func (w *world) long(p *place, o LongOptions) (f Long, err error) {
	f.Name = p.name
	if f.Fresh, err = p.memory(); err != nil {
		return f, err
	}
	for range 10 {
		if err := w.again(p, o.Resets/10); err != nil {
			return f, err
		}
		m, err := p.memory()
		if err != nil {
			return f, err
		}
		f.After = append(f.After, m)
	}
	return f, nil
}

// again lets the next n people reset, of whom everybody comes again and again: with another password, and long enough
// after the last time for the directory to tell the two changes apart.
func (w *world) again(p *place, n int) error {
	first := w.used
	w.used += n
	_, err := drive(w.AtATime, n, func(i int) error {
		person := w.dir.person((first+i)%w.extra + 1)
		chosen := password(person) + fmt.Sprintf("-%d", (first+i)/w.extra)
		_, err := w.visitor(p.hosts...).reset(person.Mail, chosen, w.sink.code)
		if err == nil && i%max(1, n/sampled) == 0 {
			err = w.dir.server().Bind(person.DN(w.dir.server().BaseDN), chosen)
		}
		return err
	})
	return err
}

// PrintLong writes the table.
func PrintLong(out io.Writer, o LongOptions, all []Long) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-46s\t", fmt.Sprintf("%d resets, resident (of it anonymous)", o.Resets))
	for _, f := range all {
		fmt.Fprintf(t, "%s\t", f.Name)
	}
	fmt.Fprintln(t)
	row := func(name string, of func(Long) Memory) {
		fmt.Fprintf(t, "%-46s\t", name)
		for _, f := range all {
			m := of(f)
			fmt.Fprintf(t, "%.1f (%.1f) MB\t", mb(m.Resident), mb(m.Anonymous))
		}
		fmt.Fprintln(t)
	}
	row("fresh", func(f Long) Memory { return f.Fresh })
	for _, tenth := range []int{1, 2, 5, 8, 10} {
		row(fmt.Sprintf("after %d", o.Resets/10*tenth), func(f Long) Memory { return f.After[tenth-1] })
	}
	return t.Flush()
}

// OpenOptions say how much is done beside resets that nobody finishes.
type OpenOptions struct {
	Amounts     // of each of the two portals
	Begun   int // that nobody finishes
}

// StandardOpen is what `make bench` does.
var StandardOpen = OpenOptions{Amounts{Rounds: 5, Resets: 500}, 100_000}

// RunOpen measures a reset, and the page of the code, with many open resets beside none: two portals over one directory, by
// turns.
func RunOpen(t testing.TB, o OpenOptions) (c Comparison, err error) {
	t.Helper()
	w := open(t, Standard.Setting, 2*o.changed())
	none, many := w.place("no other reset is open", "", 1), w.place(fmt.Sprintf("%d are open", o.Begun), "", 1)
	for _, p := range []*place{none, many} {
		if err := w.startPlace(p); err != nil {
			return c, err
		}
		defer p.stop()
	}
	first := w.visitor(many.hosts...)
	if _, err := first.begin("premier@exemple.fr"); err != nil {
		return c, err
	}
	_, err = drive(w.AtATime, o.Begun, func(i int) error {
		return w.begin(many, fmt.Sprintf("inconnu%06d@exemple.fr", i))
	})
	if err != nil {
		return c, err
	}
	if c, err = compare(o.Amounts, subject{w, none}, subject{w, many}); err != nil {
		return c, err
	}
	if first.get("/fr/code"); first.err != nil {
		return c, fmt.Errorf("the first of the open resets is open no more: %w", first.err)
	}
	none.stop()
	many.stop()
	return c, w.verify()
}

// begin types an address, and again while the portal has as many searches to make as it takes on: who does nothing but begin is
// faster than a directory.
func (w *world) begin(p *place, address string) error {
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, err := w.visitor(p.hosts...).begin(address)
		if refused, ok := err.(unexpected); !ok || refused.status != http.StatusUnprocessableEntity || time.Now().After(until) {
			return err
		}
	}
}

// page reads the page of the code n times, that of a reset which is open, and tells the portal's processor time for each.
func (w *world) page(p *place, n int) (each time.Duration, err error) {
	v := w.visitor(p.hosts...)
	if _, err := v.begin("personne@exemple.fr"); err != nil {
		return 0, err
	}
	before, err := p.processorTime()
	if err != nil {
		return 0, err
	}
	for range n {
		if a, _ := v.page(http.MethodGet, "/fr/code", ""); v.err != nil || a.status != http.StatusOK {
			return 0, fmt.Errorf("the page of the code: %d, %w", a.status, v.err)
		}
	}
	after, err := p.processorTime()
	return (after - before) / time.Duration(n), err
}
