// Package bench measures the portal as its users meet it: the released program in a process of its own, real directories, a
// mail server, and people who fill in the pages, some at a time.
//
// A figure of resets a second says as much of the machine as of the program. So the same run measures the floor: the
// LDAP work of a reset alone, without pages, state or mail. Rounds of the two alternate, and what can be compared
// between machines is their ratio. Load, portal and directory share the processors; the load has an HTTP client and a mail
// server of its own, which cost a third of the libraries'.
//
// The helpdesk is measured without its pages, by BenchmarkDeskSearch and BenchmarkDeskCard: an agent's searches and cards among
// 100,000 people, beside what the directory alone takes for them.
//
// There are no figures of a run in which anything went wrong: a page that is not the expected one, a mail that did not
// come, a new password that does not sign in. What measures gives an error then, and Report prints nothing; a server that does
// not start fails the test. `make bench` runs it. Only tests import this package.
package bench

import (
	"fmt"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// Options say in what setting is measured, and how much is done.
type Options struct {
	Setting
	Amounts
	Starts int           // of the program, of which the median is taken
	Typed  int           // addresses that are typed while mail or directory are slow: half of them known, half not
	Settle time.Duration // how long the portal is left alone before its memory is read for the first time

	spoil, tamper func(*world) error // of tests: what makes the run go wrong, once the portal runs and after the last round
}

// Amounts are how much is done in each round: of the floor, and then resets.
type Amounts struct{ Rounds, Resets, Floor int }

// Standard is what `make bench` prints everything of.
var Standard = Options{
	Setting: Setting{Kind: OpenLDAP, People: 10_000, AtATime: 8},
	Amounts: Amounts{Rounds: 3, Resets: 2000, Floor: 1000}, Starts: 5, Typed: 200,
	Settle: 5 * time.Second,
}

// changed is how many people get a new password.
func (a Amounts) changed() int { return a.Rounds * (a.Resets + a.Floor) }

// Run measures everything in one setting.
func Run(t testing.TB, o Options) (f Figures, err error) {
	t.Helper()
	w := open(t, o.Setting, o.changed()+2*o.Typed+1) // the last one is the visitor whose pages are weighed
	if f.Start, err = w.starts(1 + o.Starts); err != nil {
		return f, err
	}
	f.Start = f.Start[1:] // the first one made the state file and the key: later starts are those of every day
	if err := w.measure(o, &f); err != nil {
		return f, err
	}
	if f.StartAfter, err = w.starts(o.Starts); err != nil {
		return f, err
	}
	relay := dirtest.StartRelay(t, w.dir.server().URL)
	p, err := w.startAt(w.configure(relay.URL(), portaltest.Region{Address: w.host}), w.host)
	if err != nil {
		return f, err
	}
	defer p.Stop()
	if f.Pages, err = w.weigh(); err == nil {
		f.Slow, f.Dead, err = w.slow(relay, o.Typed/2)
	}
	return f, err
}

// RunSettings measures the resets alone in some settings, each with a directory of its own, except that a domain controller,
// of which one runs on a machine, is there for all that follow each other.
func RunSettings(t testing.TB, all []Options) (figures Table, err error) {
	t.Helper()
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[0].Kind == Samba && all[n].Kind == Samba {
			n++
		}
		more, err := open(t, all[0].Setting, changed(all[:n])).measureAll(all[:n])
		if err != nil {
			return nil, err
		}
		figures, all = append(figures, more...), all[n:]
	}
	return figures, nil
}

// changed is how many people get a new password in some settings together.
func changed(all []Options) (n int) {
	for _, o := range all {
		n += o.changed()
	}
	return n
}

// measureAll measures some settings of one directory. Those with followers come last, for there they stay.
func (w *world) measureAll(all []Options) (figures Table, err error) {
	for _, o := range all {
		w.become(o.Setting)
		f := Figures{}
		if err := w.measure(o, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Setting, err)
		}
		figures = append(figures, f)
	}
	return figures, nil
}

// measure alternates the floor and the resets, so that both meet the same machine, with a portal of its own.
func (w *world) measure(o Options, f *Figures) error {
	f.Setting, f.BinaryBytes = o.Setting, w.size
	p, err := w.start()
	if err != nil {
		return err
	}
	defer p.Stop()
	time.Sleep(o.Settle)
	again := w.visitor(w.host) // nobody is the first visitor for ever
	if again.get("/fr/"); again.err != nil {
		return again.err
	}
	if f.Idle, err = memory(p); err != nil {
		return err
	}
	if o.spoil != nil {
		if err := o.spoil(w); err != nil {
			return err
		}
	}
	for range o.Rounds {
		if err := w.round(p, o, f); err != nil {
			return err
		}
	}
	p.Stop() // delivers the mail that is still queued
	if o.tamper != nil {
		if err := o.tamper(w); err != nil {
			return err
		}
	}
	return w.verify()
}

func (w *world) round(p *portal, o Options, f *Figures) error {
	floor, err := w.floor(o.AtATime, o.Floor)
	if err != nil {
		return err
	}
	before, err := w.counts(p)
	if err != nil {
		return err
	}
	perSecond, took, err := w.resets(o.AtATime, o.Resets, func() *visitor { return w.visitor(w.host) })
	if err != nil {
		return err
	}
	after, err := w.counts(p)
	if err != nil {
		return err
	}
	loaded, err := memory(p)
	f.Spent.add(after, before)
	f.Loaded = f.Loaded.orMore(loaded)
	f.Rounds = append(f.Rounds, Round{Resets: perSecond, Floor: floor})
	f.Took = append(f.Took, took...)
	return err
}

// resets lets n people reset their passwords, some at a time.
func (w *world) resets(atATime, n int, visitor func() *visitor) (perSecond float64, took []Took, err error) {
	people, err := w.people(n)
	if err != nil {
		return 0, nil, err
	}
	took = make([]Took, n)
	perSecond, err = drive(atATime, n, func(i int) (err error) {
		took[i], err = visitor().reset(people[i].Mail, password(people[i]), w.sink.code)
		return err
	})
	w.reset = append(w.reset, people...)
	return perSecond, took, err
}

// slow measures how long the answer to an address takes while each mail takes 600 ms and each answer of the directory 300,
// and while the directory answers nothing at all. Neither may show (R2).
func (w *world) slow(relay *dirtest.Relay, n int) (slow, dead Typed, err error) {
	w.sink.hold(600 * time.Millisecond)
	relay.Delay(300 * time.Millisecond)
	if slow, err = w.typed(n); err != nil {
		return slow, dead, err
	}
	w.sink.hold(0)
	relay.Delay(0)
	if err := w.dir.server().Pause(); err != nil {
		return slow, dead, err
	}
	if dead, err = w.typed(n / 2); err != nil {
		return slow, dead, err
	}
	return slow, dead, w.dir.server().Resume()
}

// typed lets known and unknown addresses be typed by turns.
func (w *world) typed(known int) (both Typed, err error) {
	people, err := w.people(known)
	if err != nil {
		return both, err
	}
	took := make([]time.Duration, 2*known)
	_, err = drive(w.AtATime, len(took), func(i int) (err error) {
		address := people[i/2].Mail
		if i%2 == 1 {
			address = fmt.Sprintf("inconnu%05d@exemple.fr", i)
		}
		took[i], err = w.visitor(w.host).begin(address)
		return err
	})
	for i := range people {
		both.Known = append(both.Known, took[2*i])
		both.Unknown = append(both.Unknown, took[2*i+1])
	}
	return both, err
}

// people gives n who have not been touched yet. Two changes of one entry within a second collide in slapd's history,
// and each person may get five mails an hour.
func (w *world) people(n int) ([]dirtest.Person, error) {
	if w.used+n > w.extra {
		return nil, fmt.Errorf("there are not enough people: %d of %d are used, %d more are wanted", w.used, w.extra, n)
	}
	people := make([]dirtest.Person, n)
	for i := range people {
		w.used++
		people[i] = w.dir.person(w.used)
	}
	return people, nil
}
