package bench

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"text/tabwriter"
	"time"

	"ssprd/internal/portaltest"
)

// place is a portal of one or more instances, and where it keeps its state.
type place struct {
	name      string
	config    []string // of each instance
	hosts     []string // HOST:PORT of each
	instances []*portal
}

// place writes the configurations of n instances. state is state.url; empty for a file, which one instance alone has.
func (w *world) place(name, state string, n int) *place {
	w.t.Helper()
	p, dir := &place{name: name}, w.t.TempDir()
	key := filepath.Join(dir, "state.key")
	if state != "" {
		if err := os.WriteFile(key, []byte(testKey), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	for range n {
		host := portaltest.FreeAddress(w.t)
		p.hosts = append(p.hosts, host)
		p.config = append(p.config, w.configure(w.dir.server().URL,
			portaltest.Region{Address: host, Origin: "http://" + w.host, State: state, Key: key}))
	}
	return p
}

// testKey is a key of tests: 32 bytes in hexadecimal.
const testKey = "7465737400000000000000000000000000000000000000000000000000000001"

func (w *world) startPlace(p *place) error {
	p.instances = nil
	for i, config := range p.config {
		instance, err := w.startAt(config, p.hosts[i])
		if err != nil {
			return err
		}
		p.instances = append(p.instances, instance)
	}
	return nil
}

func (p *place) stop() {
	for _, i := range p.instances {
		i.Stop()
	}
}

func (p *place) processorTime() (sum time.Duration, err error) {
	for _, i := range p.instances {
		user, system, err := processorTime(i)
		if err != nil {
			return 0, err
		}
		sum += user + system
	}
	return sum, nil
}

func (p *place) memory() (sum Memory, err error) {
	for _, i := range p.instances {
		m, err := memory(i)
		if err != nil {
			return sum, err
		}
		sum.Resident += m.Resident
		sum.Anonymous += m.Anonymous
	}
	return sum, nil
}

// resetsAt lets n people reset at a place, and tells the portal's processor time for each.
func (w *world) resetsAt(p *place, n int) (perSecond float64, each time.Duration, err error) {
	before, err := p.processorTime()
	if err != nil {
		return 0, 0, err
	}
	perSecond, _, err = w.resets(w.AtATime, n, func() *visitor { return w.visitor(p.hosts...) })
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", p.name, err)
	}
	after, err := p.processorTime()
	return perSecond, (after - before) / time.Duration(n), err
}

// Places is what a run over several places has measured, round by round.
type Places struct {
	Names     []string
	Rounds    [][]Round         // of each place
	Processor [][]time.Duration // of the portal, for each reset, likewise
}

// StandardPlaces is what `make bench` does in each place.
var StandardPlaces = Options{Setting: Standard.Setting, Amounts: Amounts{Rounds: 3, Resets: 1000, Floor: 600}}

// RunPlaces measures one instance with a state file, one with Redis, and two with Redis between which each person's
// requests alternate, by turns and on the same machine.
func RunPlaces(t testing.TB, redis string, o Options) (f Places, err error) {
	t.Helper()
	w := open(t, o.Setting, 3*o.changed())
	places := []*place{w.place("a state file", "", 1), w.place("Redis", redis, 1), w.place("Redis, two instances", redis, 2)}
	for _, p := range places {
		if err := w.startPlace(p); err != nil {
			return f, err
		}
		defer p.stop()
		f.Names = append(f.Names, p.name)
	}
	f.Rounds, f.Processor = make([][]Round, len(places)), make([][]time.Duration, len(places))
	for range o.Rounds {
		floor, err := w.floor(o.AtATime, o.Floor)
		if err != nil {
			return f, err
		}
		for i, p := range places {
			perSecond, each, err := w.resetsAt(p, o.Resets)
			if err != nil {
				return f, err
			}
			f.Rounds[i] = append(f.Rounds[i], Round{Resets: perSecond, Floor: floor})
			f.Processor[i] = append(f.Processor[i], each)
		}
	}
	for _, p := range places {
		p.stop() // delivers the mail that is still queued
	}
	return f, w.verify()
}

// Print writes the table.
func (f Places) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-46s\tbest\tmedian\tof the LDAP work\tbeside the file\tprocessor time\t\n", "complete resets a second")
	for i, name := range f.Names {
		own, first := Figures{Rounds: f.Rounds[i]}, Figures{Rounds: f.Rounds[0]}
		best, median := own.best(Round.resets)
		_, ratio := own.best(Round.Ratio)
		_, base := first.best(Round.Ratio)
		fmt.Fprintf(t, "%-46s\t%.0f\t%.0f\t%.3f\t%+.0f %%\t%.2f ms\t\n", name, best, median, ratio, 100*(ratio/base-1), ms(percentile(f.Processor[i], 50)))
	}
	return t.Flush()
}
