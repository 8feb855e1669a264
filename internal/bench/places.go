package bench

import (
	"fmt"
	"io"
	"net/http"
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
	for i := range n {
		region := portaltest.Region{Slapd: w.slapd, Mail: w.sink, Address: portaltest.FreeAddress(w.t), Origin: w.url, State: state, Key: key, More: limits}
		file := filepath.Join(dir, fmt.Sprintf("config%d.yaml", i))
		if err := os.WriteFile(file, []byte(region.Config(w.t)), 0o600); err != nil {
			w.t.Fatal(err)
		}
		p.config, p.hosts = append(p.config, file), append(p.hosts, region.Address)
	}
	return p
}

// testKey is a key of tests: 32 bytes in hexadecimal.
const testKey = "7465737400000000000000000000000000000000000000000000000000000001"

func (w *world) startPlace(p *place) {
	w.t.Helper()
	p.instances = nil
	for i, config := range p.config {
		p.instances = append(p.instances, w.startAt(config, &rotating{hosts: p.hosts[i : i+1], through: w.transport}))
	}
}

func (p *place) stop() {
	for _, i := range p.instances {
		i.Stop()
	}
}

// visitor is a person whose requests reach the instances by turns.
func (w *world) visitorOf(p *place) *visitor {
	return newVisitor(w.url, &rotating{hosts: p.hosts, through: w.transport})
}

// rotating sends each request to the next of several hosts, under the name that the visitor knows. It is one person's, who
// asks for one thing at a time.
type rotating struct {
	hosts   []string
	n       int
	through http.RoundTripper
}

func (r *rotating) RoundTrip(request *http.Request) (*http.Response, error) {
	there := request.Clone(request.Context())
	there.Host = request.URL.Host
	there.URL.Host = r.hosts[r.n%len(r.hosts)]
	r.n++
	return r.through.RoundTrip(there)
}

func (w *world) processorTimeOf(p *place) (sum time.Duration) {
	w.t.Helper()
	for _, i := range p.instances {
		sum += w.counts(i).Portal
	}
	return sum
}

func (w *world) memoryOf(p *place) (sum Memory) {
	w.t.Helper()
	for _, i := range p.instances {
		m := w.memory(i)
		sum.Resident += m.Resident
		sum.Anonymous += m.Anonymous
	}
	return sum
}

// Places is what a run over several places has measured, round by round.
type Places struct {
	Names     []string
	Rounds    [][]Round         // of each place
	Processor [][]time.Duration // of the portal, for each reset, likewise
}

// PlacesOptions say how much is done in one place in one round.
type PlacesOptions struct{ People, Rounds, Resets, Floor int }

// StandardPlaces is what `make bench` does.
var StandardPlaces = PlacesOptions{People: 10_000, Rounds: 3, Resets: 1000, Floor: 600}

// RunPlaces measures one instance with a state file, one with Redis, and two with Redis between which each person's
// requests alternate, by turns and on the same machine. Whatever goes wrong fails the test at once.
func RunPlaces(t testing.TB, redis string, o PlacesOptions) (f Places) {
	t.Helper()
	w := open(t, Options{People: max(o.People, 3*o.Rounds*o.Resets+o.Rounds*o.Floor)})
	places := []*place{w.place("a state file", "", 1), w.place("Redis", redis, 1), w.place("Redis, two instances", redis, 2)}
	for _, p := range places {
		w.startPlace(p)
		defer p.stop()
		f.Names = append(f.Names, p.name)
	}
	f.Rounds, f.Processor = make([][]Round, len(places)), make([][]time.Duration, len(places))
	resets := 0
	for range o.Rounds {
		floor := w.floor(o.Floor)
		for i, p := range places {
			before := w.processorTimeOf(p)
			people := w.people(o.Resets)
			perSecond := w.drive(o.Resets, func(n int) error {
				_, err := w.visitorOf(p).reset(people[n].Mail, password(people[n]), w.code)
				return err
			})
			w.reset = append(w.reset, people...)
			resets += o.Resets
			f.Rounds[i] = append(f.Rounds[i], Round{Resets: perSecond, Floor: floor})
			f.Processor[i] = append(f.Processor[i], (w.processorTimeOf(p)-before)/time.Duration(o.Resets))
		}
	}
	for _, p := range places {
		p.stop() // delivers the mail that is still queued
	}
	w.verify(resets)
	return f
}

// Print writes the table.
func (f Places) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-46s\tbest\tmedian\tof the LDAP work\tbeside the file\tprocessor time\t\n", "complete resets a second")
	for i, name := range f.Names {
		own, first := Figures{Rounds: f.Rounds[i]}, Figures{Rounds: f.Rounds[0]}
		rates, ratios, base := own.each(func(r Round) float64 { return r.Resets }), own.each(Round.Ratio), first.each(Round.Ratio)
		fmt.Fprintf(t, "%-46s\t%.0f\t%.0f\t%.3f\t%+.0f %%\t%.2f ms\t\n", name, rates[len(rates)-1], percentile(rates, 50), percentile(ratios, 50),
			100*(percentile(ratios, 50)/percentile(base, 50)-1), ms(percentile(f.Processor[i], 50)))
	}
	return t.Flush()
}
