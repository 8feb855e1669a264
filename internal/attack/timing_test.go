package attack

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// R2: no clock tells whether an address is somebody's, whatever the directory and the mail server do meanwhile. What is
// measured runs from the last byte of a request to the last of its answer, somebody's and nobody's by turns.
func TestTiming(t *testing.T) {
	const generous = "limits: {starts_per_population: 1000000/1m, starts_in_all: 1000000/1m, failures_per_population: 1000000/1m}\n"
	attacks := []Attack{
		{"R2", "quiet", "the time of address, code page and wrong code: somebody's and nobody's", timedQuietly},
		{"R2", "mail", "the same while every mail takes 3 s", timedWithSlowMail},
		{"R2", "directory", "the same while every answer of the directory takes 3 s", timedWithSlowDirectory},
		{"R2", "frozen", "the same while the directory answers nothing", timedWhileFrozen},
		{"R2", "queue", "the time of an address while the queue of searches is full", timedWithFullQueue},
	}
	if Full() {
		attacks = slices.Insert(attacks, 1, Attack{"R2", "hurry", "the time of the code page, asked for at once",
			timedInAHurry})
	}
	Open(t, Setting{People: Some(30, 200)*rounds*len(attacks) + 40, Timeout: "10s", More: generous}).Run(t, attacks...)
}

// timed is a step, and how long it took for somebody and for nobody.
type timed struct {
	name           string
	known, unknown []time.Duration
	longer         []float64 // by round
}

// visitor is one of those whose answers are timed.
type visitor struct {
	typed string
	known bool
	*Browser
}

// visitors are as many of somebody as of nobody, by turns; who comes first changes too.
func (s *Site) visitors() (all []*visitor) {
	s.t.Helper()
	for i := range 2 * Some(30, 200) {
		v := &visitor{typed: s.Nobody(), known: i%4 == 0 || i%4 == 3, Browser: s.Browser()}
		if v.known {
			v.typed = s.Person().Mail
		}
		all = append(all, v)
	}
	return all
}

// duel measures steps until each has a round within the band, or has been outside of it three times in a row. All
// visitors take a step before any takes the next, and where it is to be calm everybody's mail has come by then: the mail
// server is in this very process, and would else be at work for somebody while the next answer to somebody is measured.
func (s *Site) duel(o *Outcome, calm bool, names []string, do ...func(*visitor) time.Duration) {
	s.t.Helper()
	steps := make([]*timed, len(names))
	for i, name := range names {
		steps[i] = &timed{name: name}
	}
	for again := true; again; {
		again = false
		visitors := s.visitors()
		o.Tries += len(visitors)
		for i, step := range steps {
			step.known, step.unknown = nil, nil
			for _, v := range visitors {
				if took := do[i](v); v.known {
					step.known = append(step.known, took)
				} else {
					step.unknown = append(step.unknown, took)
				}
			}
			if calm {
				s.calm(visitors)
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

// calm waits for everybody's mail.
func (s *Site) calm(visitors []*visitor) {
	s.t.Helper()
	for _, v := range visitors {
		if v.known {
			s.Sink.WaitFor(v.typed)
		}
	}
}

func (s *Site) judge(o *Outcome, steps []*timed) {
	var words []string
	for _, step := range steps {
		known, unknown := Median(step.known), Median(step.unknown)
		last := step.longer[len(step.longer)-1]
		o.Want(!Apart(step.longer), "%s: %s for somebody, %s for nobody, longer in %.2f of the pairs, round after round",
			step.name, known, unknown, step.longer)
		words = append(words, fmt.Sprintf("%s %s/%s ms p %.2f", step.name, milliseconds(known), milliseconds(unknown), last))
	}
	o.Say("%s", strings.Join(words, ", "))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f", math.Round(float64(d.Microseconds())/100)/10)
}

// expect is the time of an answer that must tell something.
func (v *visitor) expect(told string, a Answer) time.Duration {
	v.site.t.Helper()
	if got := a.Told(); got != told {
		v.site.t.Fatalf("%s is told %s, want %s", v.typed, got, told)
	}
	return a.Took
}

func (v *visitor) types() time.Duration { return v.expect("/en/code", v.Do(v.start(v.typed))) }
func (v *visitor) looks() time.Duration { return v.expect("200", v.Get("/en/code")) }
func (v *visitor) tries() time.Duration {
	return v.expect("code-wrong", v.Post("/en/code", "code", "000000"))
}

func (s *Site) timedVisits() (o Outcome) {
	s.t.Helper()
	s.duel(&o, false, []string{"address", "page", "code"}, (*visitor).types, (*visitor).looks, (*visitor).tries)
	return o
}

// R2: the page asked for at once, while the portal is at work for whoever it is. What is at work here besides the portal
// is the same machine's directory and mail server, so that only many samples on an idle machine are worth something.
func timedInAHurry(s *Site) (o Outcome) {
	s.duel(&o, false, []string{"the page at once"}, func(v *visitor) time.Duration { v.types(); return v.looks() })
	return o
}

// R2: LTB took 171 ms for somebody and 12 for nobody, netresearch 52.8 and 1.6. Here all mails are waited for before the
// next step, so that nothing else goes on.
func timedQuietly(s *Site) (o Outcome) {
	s.duel(&o, true, []string{"address", "page", "code"}, (*visitor).types, (*visitor).looks, (*visitor).tries)
	return o
}

// R2.
func timedWithSlowMail(s *Site) Outcome {
	s.Sink.Delay(3 * time.Second)
	defer s.Sink.Delay(0)
	return s.timedVisits()
}

// R2.
func timedWithSlowDirectory(s *Site) Outcome {
	s.Settle()
	s.ldap.Delay(3 * time.Second)
	defer s.ldap.Delay(0)
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
	defer resume() // also where the test ends early
	s.fill()
	counts := map[string]int{}
	s.duel(&o, false, []string{"address"}, func(v *visitor) time.Duration {
		a := v.Do(v.start(v.typed))
		counts[a.Told()]++
		return a.Took
	})
	resume()
	s.await("room in the queue", func() bool { return s.Send(s.Browser().start(s.Nobody())).To() == "/en/code" })
	o.Want(counts["busy"] == o.Tries, "with the queue full addresses are told %v", counts)
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
