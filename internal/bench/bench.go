// Package bench measures the portal as its users meet it: the released program in a process of its own, a real slapd
// with 10,000 people, a mail server, and people who fill in the pages, eight at a time.
//
// A figure of resets a second says as much of the machine as of the program. So the same run measures the floor: the
// LDAP work of a reset alone, without pages, state or mail. Rounds of the two alternate, and what can be compared
// between machines is their ratio. Load, portal and directory share the processors.
//
// The helpdesk is measured without its pages, by BenchmarkDeskSearch and BenchmarkDeskCard: an agent's searches and cards among
// 100,000 people, beside what the directory alone takes for them.
//
// There are no figures of a run in which anything went wrong: a page that is not the expected one, a mail that did not
// come, a new password that does not sign in. BenchmarkResets prints them; `make bench` runs it. Only tests import this
// package.
package bench

import (
	"fmt"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// Options say how much is done.
type Options struct {
	People int // in the directory; more if the work needs more, for each person is changed once
	Rounds int // of the floor and then resets
	Resets int // in a round
	Floor  int // how often the LDAP work alone is done in a round
	Starts int // of the program, of which the median is taken
	Typed  int // addresses that are typed while mail or directory are slow: half of them known, half not
}

// Standard is what `make bench` does.
var Standard = Options{People: 10_000, Rounds: 3, Resets: 2000, Floor: 1000, Starts: 5, Typed: 200}

// changed is how many people get a new password or a code: the last one is the visitor whose pages are weighed.
func (o Options) changed() int { return o.Rounds*(o.Resets+o.Floor) + o.Typed + 1 }

// Run measures. Whatever goes wrong fails the test at once.
func Run(t testing.TB, o Options) Figures {
	t.Helper()
	w := open(t, o)
	f := Figures{People: w.extra, BinaryBytes: w.size}
	w.start().Stop() // makes the state file and the key: later starts are those of every day
	f.Start = w.starts(o.Starts)
	p := w.start()
	f.Idle = w.memory(p)
	w.rounds(p, o, &f)
	p.Stop() // delivers the mail that is still queued
	w.verify(f.resets())
	f.StartAfter = w.starts(o.Starts)

	p = w.start()
	f.Pages = w.weigh()
	w.slow(o.Typed/2, &f)
	p.Stop()
	return f
}

// rounds alternates the floor and the resets, so that both meet the same machine.
func (w *world) rounds(p *portal, o Options, f *Figures) {
	w.t.Helper()
	for range o.Rounds {
		floor := w.floor(o.Floor)
		before := w.counts(p)
		perSecond, took := w.resets(o.Resets)
		f.Spent.add(w.counts(p), before)
		f.Loaded = f.Loaded.orMore(w.memory(p))
		f.Rounds = append(f.Rounds, Round{Resets: perSecond, Floor: floor})
		f.Took = append(f.Took, took...)
	}
}

// resets lets n people reset their passwords.
func (w *world) resets(n int) (perSecond float64, took []Took) {
	w.t.Helper()
	people := w.people(n)
	took = make([]Took, n)
	perSecond = w.drive(n, func(i int) (err error) {
		took[i], err = newVisitor(w.url, w.transport).reset(people[i].Mail, password(people[i]), w.code)
		return err
	})
	w.reset = append(w.reset, people...)
	return perSecond, took
}

// slow measures how long the answer to an address takes while mails take 600 ms each, and while the directory answers
// nothing at all. Neither may show (R2).
func (w *world) slow(n int, f *Figures) {
	w.t.Helper()
	w.sink.Delay(600 * time.Millisecond)
	f.SlowMail = w.typed(n)
	w.sink.Delay(0)
	if err := w.slapd.Pause(); err != nil {
		w.t.Fatal(err)
	}
	f.DeadDirectory = w.typed(n / 2)
	if err := w.slapd.Resume(); err != nil {
		w.t.Fatal(err)
	}
}

// typed lets known and unknown addresses be typed by turns.
func (w *world) typed(known int) Typed {
	w.t.Helper()
	people := w.people(known)
	took := make([]time.Duration, 2*known)
	w.drive(len(took), func(i int) (err error) {
		address := people[i/2].Mail
		if i%2 == 1 {
			address = fmt.Sprintf("inconnu%05d@exemple.fr", i)
		}
		took[i], err = newVisitor(w.url, w.transport).begin(address)
		return err
	})
	var both Typed
	for i := range people {
		both.Known = append(both.Known, took[2*i])
		both.Unknown = append(both.Unknown, took[2*i+1])
	}
	return both
}

// people gives n who have not been touched yet. Two changes of one entry within a second collide in slapd's history,
// and each person may get five mails an hour.
func (w *world) people(n int) []dirtest.Person {
	w.t.Helper()
	if w.used+n > w.extra {
		w.t.Fatalf("there are not enough people: %d of %d are used, %d more are wanted", w.used, w.extra, n)
	}
	people := make([]dirtest.Person, n)
	for i := range people {
		w.used++
		people[i] = dirtest.Extra(w.used)
	}
	return people
}
