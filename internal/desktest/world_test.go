package desktest

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
)

// Tests that wait do so side by side, more of them than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "6")
	os.Exit(m.Run())
}

// world is a portal with a helpdesk, and what is around it.
type world struct {
	*place
	t      *testing.T
	sink   *mailtest.Sink
	serves *portaltest.Portal
	portal string // its URL
	desk   string // the helpdesk's
	audit  string // the file of the record
	read   int    // of that file so far, in bytes

	people   int
	browsers int
	approval map[string]bool     // by population
	labels   map[string]string   // of the populations, in English
	expected map[string][]string // the mails that are to have gone to an address
}

// who is a person, and what names the entry.
type who struct {
	dirtest.Person
	dn, id string
}

// open starts the portal, with `approval` for these populations.
func open(t *testing.T, p *place, approval ...string) *world {
	t.Helper()
	return openBy(t, portaltest.Serve, p, approval)
}

// openPlain is open without the race detector: the matrix asks one thing after the other, so that there is little to detect. What
// runs side by side is under the detector in the tests of bad input, on one kind of directory.
func openPlain(t *testing.T, p *place, approval ...string) *world {
	t.Helper()
	return openBy(t, portaltest.ServePlain, p, approval)
}

func openBy(t *testing.T, serve func(t testing.TB, url, config string) *portaltest.Portal, p *place, approval []string) *world {
	t.Helper()
	w := &world{place: p, t: t, sink: mailtest.Start(t), expected: map[string][]string{}, approval: map[string]bool{},
		labels: map[string]string{"usagers": "I use the Region", "elus": "I am an elected member", "agents-siege": "I work at the head office", "direction": "Direction"},
		audit:  filepath.Join(t.TempDir(), "audit.jsonl")}
	if err := p.addGroups(); err != nil {
		t.Fatal(err)
	}
	for _, name := range approval {
		w.approval[name] = true
	}
	address := portaltest.FreeAddress(t)
	w.desk = "http://" + address
	region := p.region
	region.Mail, region.Address, region.Audit = w.sink, portaltest.FreeAddress(t), w.audit
	region.More = p.more + w.section(address, approval)
	w.portal = region.URL()
	w.serves = serve(t, region.URL(), region.Config(t))
	return w
}

// section is the helpdesk's of the configuration.
func (w *world) section(address string, approval []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "helpdesk:\n  enabled: true\n  listen: %s\n  public_url: http://%s\n  directory: %s\n  base: %q\n  find_by: [%s]\n  approval: [%s]\n  roles:\n",
		address, address, w.directory, w.agentsBelow, w.findBy, strings.Join(approval, ", "))
	for _, of := range []population{w.first, w.second} {
		for _, g := range groups {
			fmt.Fprintf(&b, "    - {group: %q, populations: [%s], may: [%s]}\n", w.groupDN(of, g.name), of.name, strings.Join(g.may, ", "))
		}
	}
	return b.String()
}

// until waits for something.
func (w *world) until(what string, there func() bool) {
	w.t.Helper()
	w.await(what, 5*time.Millisecond, there)
}

// await is until, which looks as often as that.
func (w *world) await(what string, every time.Duration, there func() bool) {
	w.t.Helper()
	deadline, again := time.After(child.Patience), time.NewTicker(every)
	defer again.Stop()
	for !there() {
		select {
		case <-again.C:
		case <-deadline:
			w.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// must ends the test where something cannot be prepared.
func (w *world) must(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

// person makes somebody in a unit, who is a member of these groups.
func (w *world) person(unit string, groups ...string) who {
	w.t.Helper()
	w.people++
	p := dirtest.Extra(w.people)
	p.Unit, p.UID = unit, fmt.Sprintf("q%05d", w.people)
	p.Mail, p.Private = p.UID+"@exemple.fr", p.UID+"@perso.example"
	if w.withoutA == "mail" {
		p.Private = p.Mail
	}
	w.must(w.add(p))
	x := w.named(p.DN(w.BaseDN))
	x.Person = p
	for _, group := range groups {
		w.must(w.join(group, x.dn))
	}
	return x
}

// named is the entry of a DN.
func (w *world) named(dn string) who {
	w.t.Helper()
	e, err := w.entry(dn)
	w.must(err)
	return who{dn: dn, id: w.id(e)}
}

// card is the address of somebody's page.
func card(of population, id string) string { return "/en/p/" + of.name + "/" + id }

// events are those that the record has had since it was asked last, and that tell of the helpdesk's doings but for what was looked at,
// each in a line: event, agent, population, account, reason, note.
func (w *world) events(also ...string) (all []string) {
	w.t.Helper()
	for _, e := range w.recorded() {
		told := []string{audit.Asked, audit.Agreed, audit.Declined, audit.Acted, audit.ActRefused, audit.Issued}
		if slices.Contains(append(told, also...), e.Event) {
			all = append(all, line(e.Event, e.Agent, e.Population, e.Account, e.Reason, e.Note))
		}
	}
	return all
}

func line(event, agent, population, account, reason, note string) string {
	return strings.Join([]string{event, agent, population, account, reason, note}, " | ")
}

// recorded is what the record has had since it was asked last. An event stands there before its request is answered.
func (w *world) recorded() (all []audit.Event) {
	w.t.Helper()
	f, err := os.Open(w.audit)
	w.must(err)
	defer f.Close()
	info, err := f.Stat()
	w.must(err)
	b := make([]byte, int(info.Size())-w.read)
	_, err = f.ReadAt(b, int64(w.read))
	w.must(err)
	whole := strings.LastIndexByte(string(b), '\n') + 1
	w.read += whole
	for text := range strings.Lines(string(b[:whole])) {
		var e audit.Event
		w.must(json.Unmarshal([]byte(text), &e))
		all = append(all, e)
	}
	return all
}

// snapshot is all that the directory has of somebody; nil for nobody.
func (w *world) snapshot(dn string) map[string][]string {
	w.t.Helper()
	if dn == "" {
		return nil
	}
	e, err := w.entry(dn)
	w.must(err)
	all := map[string][]string{}
	for _, a := range e.Attributes {
		all[a.Name] = a.Values
	}
	return all
}

// moved are the attributes that are different, but for these.
func moved(before, after map[string][]string, but []string) (names []string) {
	for _, all := range []map[string][]string{before, after} {
		for name := range all {
			if !slices.Equal(before[name], after[name]) && !slices.Contains(but, name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// codes are those of agents that were mailed to an address.
func (w *world) codes(to string) (all []string) {
	for _, m := range w.sink.MessagesTo(to) {
		if kind(m) == "code of an agent" {
			all = append(all, digits(short.FindString(m.Text)))
		}
	}
	return all
}

// expect says that a mail is to go out.
func (w *world) expect(to, what string) { w.expected[to] = append(w.expected[to], what) }

// kind is what a mail is.
func kind(m mailtest.Message) string {
	switch {
	case long.MatchString(m.Text):
		return "code"
	case short.MatchString(m.Text):
		return "code of an agent"
	}
	return "notice"
}

// checkMails holds that exactly those mails went out that were expected. What was asked for before two more sign-ins of somebody
// has gone out once their codes have: nothing else is still under way.
func (w *world) checkMails() {
	w.t.Helper()
	last := w.person(w.first.unit, w.joinDN(w.first, "viewers"))
	for range 2 {
		w.agent(last)
	}
	wanted, all := 0, map[string]bool{}
	for to, mails := range w.expected {
		wanted, all[to] = wanted+len(mails), true
	}
	w.until("the mails", func() bool { return len(w.sink.Messages()) >= wanted })
	got := map[string][]string{}
	for _, m := range w.sink.Messages() {
		got[m.To[0]], all[m.To[0]] = append(got[m.To[0]], kind(m)), true
	}
	for to := range all {
		slices.Sort(got[to])
		if want := slices.Sorted(slices.Values(w.expected[to])); !slices.Equal(got[to], want) {
			w.t.Errorf("mails to %s: %q, want %q", to, got[to], want)
		}
	}
}

// unnamed is an id that nobody has, of the form that those of the directory have.
func unnamed(id string) string {
	forged := []byte(id)
	for i, c := range forged {
		if c >= '0' && c <= '9' {
			forged[i] = '0' + '9' - c
		}
	}
	return string(forged)
}
