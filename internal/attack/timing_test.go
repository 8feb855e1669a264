package attack

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// R2: no clock tells whether an address is somebody's, whatever the directory and the mail server do meanwhile. What is
// measured runs from the last byte of a request to the last of its answer, somebody's and nobody's by turns.
func TestTiming(t *testing.T) {
	const generous = "limits: {starts_per_population: 1000000/1m, failures_per_population: 1000000/1m}\n"
	Open(t, Setting{People: Some(30, 200)*rounds*5 + 40, Timeout: "10s", More: generous}).Run(t,
		Attack{"R2", "quiet", "the time of address, code page and wrong code: somebody's and nobody's", timedQuietly},
		Attack{"R2", "mail", "the same while every mail takes 3 s", timedWithSlowMail},
		Attack{"R2", "directory", "the same while every answer of the directory takes 3 s", timedWithSlowDirectory},
		Attack{"R2", "frozen", "the same while the directory answers nothing", timedWhileFrozen},
		Attack{"R2", "queue", "the time of an address while the queue of searches is full", timedWithFullQueue},
	)
}

// timed is a step, and how long it took for somebody and for nobody.
type timed struct {
	name           string
	known, unknown []time.Duration
	longer         []float64 // by round
}

// duel measures steps by turns until each has a round within the band, or has been outside of it three times in a row.
func (s *Site) duel(o *Outcome, names []string, sample func(typed string) []time.Duration) {
	s.t.Helper()
	steps := make([]*timed, len(names))
	for i, name := range names {
		steps[i] = &timed{name: name}
	}
	for again := true; again; {
		again = false
		for _, step := range steps {
			step.known, step.unknown = nil, nil
		}
		for i := range Some(30, 200) {
			for turn := range 2 {
				known := (i+turn)%2 == 0 // who comes first changes too
				typed := s.Nobody()
				if known {
					typed = s.Person().Mail
				}
				o.Tries++
				for j, took := range sample(typed) {
					if known {
						steps[j].known = append(steps[j].known, took)
					} else {
						steps[j].unknown = append(steps[j].unknown, took)
					}
				}
			}
		}
		for _, step := range steps {
			longer := Longer(step.known, step.unknown)
			step.longer = append(step.longer, longer)
			again = again || !Within(longer) && len(step.longer) < rounds
		}
	}
	s.judge(o, steps)
}

func (s *Site) judge(o *Outcome, steps []*timed) {
	var words []string
	for _, step := range steps {
		known, unknown := Median(step.known), Median(step.unknown)
		last := step.longer[len(step.longer)-1]
		o.Want(!Apart(step.longer), "%s: %s for somebody, %s for nobody, longer in %.2f of the pairs, round after round", step.name, known, unknown, step.longer)
		words = append(words, fmt.Sprintf("%s %s/%s ms p %.2f", step.name, milliseconds(known), milliseconds(unknown), last))
	}
	o.Say("%s", strings.Join(words, ", "))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f", math.Round(float64(d.Microseconds())/100)/10)
}

// visit is one visitor who types an address, looks at the code page, and types a wrong code.
func (s *Site) visit(typed string) []time.Duration {
	s.t.Helper()
	b := s.Browser()
	address := b.Do(b.start(typed))
	page := b.Get("/en/code")
	code := b.Post("/en/code", "code", "000000")
	if address.To() != "/en/code" || page.Status != http.StatusOK || code.Told() != "code-wrong" {
		s.t.Fatalf("%s: %s, %s, %s", typed, address.Told(), page.Told(), code.Told())
	}
	return []time.Duration{address.Took, page.Took, code.Took}
}

func (s *Site) timedVisits() (o Outcome) {
	s.t.Helper()
	s.duel(&o, []string{"address", "page", "code"}, s.visit)
	return o
}

// R2: LTB took 171 ms for somebody and 12 for nobody, netresearch 52.8 and 1.6.
func timedQuietly(s *Site) Outcome { return s.timedVisits() }

// R2.
func timedWithSlowMail(s *Site) Outcome {
	s.Sink.Delay(3 * time.Second)
	defer s.Sink.Delay(0)
	return s.timedVisits()
}

// R2.
func timedWithSlowDirectory(s *Site) Outcome {
	s.Settle()
	s.ldap.hold(3 * time.Second)
	defer s.ldap.hold(0)
	return s.timedVisits()
}

// R2.
func timedWhileFrozen(s *Site) Outcome {
	s.Settle()
	s.must(s.Slapd.Pause())
	defer func() { s.must(s.Slapd.Resume()) }()
	return s.timedVisits()
}

// R1, R2: who cannot be searched for is told so whoever it is, at the same speed.
func timedWithFullQueue(s *Site) (o Outcome) {
	s.Settle()
	s.must(s.Slapd.Pause())
	resume := sync.OnceFunc(func() { s.must(s.Slapd.Resume()) })
	defer resume()
	s.fill()
	counts := map[string]int{}
	s.duel(&o, []string{"address"}, func(typed string) []time.Duration {
		b := s.Browser()
		a := b.Do(b.start(typed))
		counts[a.Told()]++
		return []time.Duration{a.Took}
	})
	o.Want(counts["busy"] == o.Tries, "with the queue full addresses are told %v", counts)
	resume()
	return o
}

// fill starts resets until there is no room for one more.
func (s *Site) fill() {
	s.t.Helper()
	var shots []Request
	for range 600 {
		shots = append(shots, s.Browser().start(s.Nobody()))
	}
	busy := 0
	for range 5 {
		for i := 0; i < len(shots); i += 100 {
			busy += tally(s.Volley(shots[i : i+100]))["busy"]
		}
		if busy > 0 {
			return
		}
	}
	s.t.Fatal("the queue is not full after 3,000 starts")
}
