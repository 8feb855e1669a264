package desktest

import (
	"crypto/rand"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/portaltest"
)

// R54, R55, R56: on OpenLDAP, where nobody has to agree to a dictated code, but for an agent's account.
func TestMatrix(t *testing.T) {
	t.Parallel()
	w := openPlain(t, startSlapd(t, "usagers", "elus"), "elus")
	w.run(t, roles)
	w.checkMails()
}

// R54, R55: the same where a second agent has to.
func TestMatrixApproval(t *testing.T) {
	t.Parallel()
	w := openPlain(t, startSlapd(t, "elus", "usagers"), "elus")
	w.run(t, roles)
	w.checkMails()
}

// R54, R55: on Active Directory, where the groups are members of others. What the rights are made of is the same there.
func TestMatrixSamba(t *testing.T) {
	t.Parallel()
	w := openPlain(t, startSamba(t), "agents-siege")
	w.run(t, slices.DeleteFunc(slices.Clone(roles), func(r role) bool {
		return !slices.Contains([]string{"none", "view", "everything", "everything elsewhere"}, r.name)
	}))
	w.checkMails()
}

// matrix is that of one population.
type matrix struct {
	*world
	here, there population
	unreached   map[string]who
	asker       *agent // who has made the requests to which all roles try to agree,
	other       *agent // and those about the agents' own accounts
	reader      *agent // who sees all that is asked for
	shared      []request
	reasons     map[string]string // of what was asked for, by card and act
}

// request is one that somebody has made.
type request struct {
	target string
	person who
	act    string
	reason string
	id     string
}

// cast are the people of one role: nobody's acts use up the limits of another's.
type cast struct {
	role
	agent  who
	people map[string]who
}

// run goes through the matrix of these roles.
func (w *world) run(t *testing.T, roles []role) {
	m := &matrix{world: w, here: w.first, there: w.second, reasons: map[string]string{}}
	m.prepare()
	for _, r := range roles {
		t.Run(r.name, func(t *testing.T) {
			w.t = t
			defer func(former *testing.T) { w.t = former }(t)
			m.role(m.cast(r))
		})
	}
	w.t = t
}

// member is somebody of a unit who is a member of these groups of a population.
func (m *matrix) member(of population, groups ...string) who {
	m.t.Helper()
	var dns []string
	for _, name := range groups {
		dns = append(dns, m.joinDN(of, name))
	}
	return m.person(m.here.unit, dns...)
}

func (m *matrix) prepare() {
	m.t.Helper()
	dn, err := m.addUnfiltered(m.here)
	m.must(err)
	m.unreached = map[string]who{stranger: m.person(m.there.unit), outsider: m.person(m.outside), unfiltered: m.named(dn)}
	elsewhere := m.agent(m.member(m.there, "leaders"))
	if r := elsewhere.get(card(m.there, m.unreached[stranger].id)); r.status != http.StatusOK { // and the record has an event of there
		m.t.Fatalf("the card of somebody there: %s", r.short())
	}
	m.asker, m.other, m.reader = m.agent(m.member(m.here, "leaders")), m.agent(m.member(m.here, "leaders")), m.agent(m.member(m.here, "leaders"))
	m.shared = []request{{target: "another agent", person: m.member(m.there, "viewers"), act: send}}
	if m.approval[m.here.name] {
		ordinary, locked, mute := m.person(m.here.unit), m.person(m.here.unit), m.person(m.here.unit)
		m.must(m.lock(locked.dn), m.replace(mute.dn, m.withoutA))
		m.shared = append(m.shared, request{target: "ordinary", person: ordinary, act: dictate}, request{target: "locked", person: locked, act: dictate},
			request{target: "without mail", person: mute, act: dictate})
	}
	for i := range m.shared {
		m.ask(m.asker, &m.shared[i])
	}
	m.events()
}

// ask has somebody make a request.
func (m *matrix) ask(by *agent, q *request) {
	m.t.Helper()
	q.reason = "INC-" + rand.Text()[:8]
	if r := by.post(card(m.here, q.person.id)+"/"+q.act, order(q.reason)); r.to != "/en/requests" {
		m.t.Fatalf("a request for %s: %s", q.target, r.short())
	}
	q.id = m.waiting()[card(m.here, q.person.id)+" "+q.act]
	if q.id == "" {
		m.t.Fatalf("the request for %s waits for nobody", q.target)
	}
}

// waiting are the ids of the requests that wait, by person and act, as an agent's page offers them.
func (m *matrix) waiting() map[string]string { return m.reader.waiting() }

func (a *agent) waiting() map[string]string {
	all := map[string]string{}
	page := a.get("/en/requests").page()
	for n := range page.Descendants() {
		if n.DataAtom != atom.Article {
			continue
		}
		link := find(n, func(n *html.Node) bool { return n.DataAtom == atom.A })
		id := find(n, func(n *html.Node) bool { return attribute(n, "name") == "id" })
		if link == nil || id == nil {
			continue
		}
		for _, act := range acts {
			if strings.HasPrefix(text(n), portaltest.Sentences()["desk-act."+act]) {
				all[attribute(link, "href")+" "+act] = attribute(id, "value")
			}
		}
	}
	return all
}

func (m *matrix) cast(r role) cast {
	m.t.Helper()
	c := cast{role: r, people: map[string]who{}}
	for _, kind := range []string{"ordinary", "locked", "disabled", "protected", "without mail"} {
		c.people[kind] = m.person(m.here.unit)
	}
	c.people["another agent"] = m.member(m.there, "viewers")
	for _, kind := range []string{"locked", "disabled", "protected", "another agent"} {
		m.must(m.lock(c.people[kind].dn))
	}
	m.must(m.disable(c.people["disabled"].dn), m.protect(c.people["protected"].dn), m.replace(c.people["without mail"].dn, m.withoutA))
	c.agent = m.member(m.here, r.here...)
	for _, name := range r.elsewhere {
		m.must(m.join(m.joinDN(m.there, name), c.agent.dn))
	}
	c.people["oneself"], c.people["one's other"] = c.agent, m.person(m.here.unit)
	m.must(m.replace(c.people["one's other"].dn, m.withoutA, c.agent.Mail))
	for kind, x := range m.unreached {
		c.people[kind] = x
	}
	c.people[forged] = who{id: unnamed(c.people["ordinary"].id)}
	return c
}

// role goes through all that concerns one role.
func (m *matrix) role(c cast) {
	a, r := m.signIn(c.agent)
	if len(c.here)+len(c.elsewhere) == 0 {
		if a != nil || r.status != http.StatusUnprocessableEntity || !r.says("desk-sign-in.wrong") {
			m.t.Errorf("an agent of no group is let in: %s", r.short())
		}
		m.outdoors(c)
		return
	}
	if a == nil {
		m.t.Fatalf("not let in: %s", r.short())
	}
	m.events()
	for _, target := range targets {
		m.looks(c, a, target)
		for _, act := range acts {
			m.act(c, a, target, act)
		}
	}
	m.ownRequests(c, a)
	for _, target := range targets {
		m.approves(c, a, target)
	}
	m.audits(c, a)
}

// outdoors are all acts of somebody who is not signed in.
func (m *matrix) outdoors(c cast) {
	b := m.browser(m.desk)
	m.events()
	for _, target := range targets {
		x := c.people[target]
		before := m.snapshot(x.dn)
		for _, act := range acts {
			if r := b.post(card(m.here, x.id)+"/"+act, order("INC-1")); r.to != "/en/sign-in" {
				m.t.Errorf("%s, %s: %s", act, target, r.short())
			}
		}
		if r := b.get(card(m.here, x.id)); r.to != "/en/sign-in" {
			m.t.Errorf("the card of %s: %s", target, r.short())
		}
		if names := moved(before, m.snapshot(x.dn), nil); len(names) > 0 {
			m.t.Errorf("%s: %q have changed", target, names)
		}
	}
	for _, path := range []string{"/en/requests", "/en/record", "/en/record/export"} {
		if r := b.post(path, form("population", m.here.name, "id", "1", "answer", "agree")); r.to != "/en/sign-in" && r.status != http.StatusBadRequest {
			m.t.Errorf("%s: %s", path, r.short())
		}
	}
	if got := m.events(audit.Viewed, audit.Searched, audit.RecordRead); len(got) > 0 {
		m.t.Errorf("the record has %q", got)
	}
}

// looks holds what an agent sees: the card, what it offers, and who is found.
func (m *matrix) looks(c cast, a *agent, target string) {
	m.t.Helper()
	x, here := c.people[target], rights(c.here)
	want := outcome(here, view, target, false)
	m.events()
	r := a.get(card(m.here, x.id))
	var events []string
	if want != forbidden {
		events = []string{line(audit.Viewed, a.id, m.here.name, x.id, "", "")}
	}
	status := map[string]int{done: http.StatusOK, forbidden: http.StatusForbidden, nobody: http.StatusNotFound}[want]
	if got := m.events(audit.Viewed); r.status != status || !slices.Equal(got, events) {
		m.t.Errorf("the card of %s: %s; want %s; the record has %q, want %q", target, r.short(), want, got, events)
	}
	offers := map[string]string{}
	for _, act := range acts {
		if o := outcome(here, act, target, m.approval[m.here.name]); o != noRight && want == done {
			offers[act] = o
		}
	}
	if got := r.offers(); fmt.Sprint(got) != fmt.Sprint(offers) {
		m.t.Errorf("the card of %s offers %q, want %q", target, got, offers)
	}

	populations := []string{""}
	if target == "ordinary" || target == stranger {
		populations = []string{"", m.here.name, m.there.name}
	}
	for _, only := range populations {
		found := ""
		switch {
		case want == done && only != m.there.name:
			found = card(m.here, x.id)
		case target == stranger && slices.Contains(rights(c.elsewhere), view) && only != m.here.name:
			found = card(m.there, x.id)
		}
		text := x.Name() // no two have the same: it has a number
		if x.UID == "" {
			text = map[string]string{unfiltered: "Salle de réunion", forged: x.id}[target]
		}
		a.post("/en/search", form("text", text, "population", only))
		r := a.get("/en/search")
		if r.to != found || found == "" && (r.status != http.StatusOK || !r.says("desk.nobody")) {
			m.t.Errorf("the search for %s, only in %q: %s; want %q", target, only, r.short(), found)
		}
		if got := m.events(audit.Searched); len(got) != 1 || !strings.HasPrefix(got[0], audit.Searched+" | "+a.id+" | "+only) {
			m.t.Errorf("the search for %s: the record has %q", target, got)
		}
	}
}

// act asks for one, by the page where it is offered and by a form of no page where it is not; and for the same of another population.
func (m *matrix) act(c cast, a *agent, target, act string) {
	m.t.Helper()
	x := c.people[target]
	want := outcome(rights(c.here), act, target, m.approval[m.here.name])
	f := order("")
	if want == done || want == asked {
		f = a.offered(m.here, x, act)
	}
	m.try(a, m.here, target, x, act, want, f)
	kind := forged
	if target == stranger {
		kind = "ordinary"
	}
	m.try(a, m.there, target, x, act, outcome(rights(c.elsewhere), act, kind, m.approval[m.there.name]), order(""))
	if act == dictate {
		m.dictates(a, target, x, want)
	}
}

// dictates holds what the page shows that asks for the checks of the person's identity.
func (m *matrix) dictates(a *agent, target string, x who, want string) {
	m.t.Helper()
	status := http.StatusOK
	switch {
	case want == forbidden:
		status = http.StatusForbidden
	case reached[target] == nil:
		status = http.StatusNotFound
	case want == noRight:
		status = http.StatusForbidden
	}
	path := card(m.here, x.id) + "/" + dictate
	r := a.get(path)
	if asks := len(a.shown(r, path)) > 0; r.status != status || asks != (want == done || want == asked) || r.spoken() != "" {
		m.t.Errorf("the page for a code to dictate, of %s: %s; want %d", target, r.short(), status)
	}
}

// offered is the form of a page that offers an act.
func (a *agent) offered(of population, x who, act string) url.Values {
	a.w.t.Helper()
	page := card(of, x.id)
	if act == dictate {
		page += "/" + act
	}
	f := a.shown(a.get(page), card(of, x.id)+"/"+act)
	if f.Get("once") == "" || f.Get("form") != a.token {
		a.w.t.Errorf("the page %s has no form for %s: %q", page, act, f)
	}
	return f
}

// try sends the form of an act, and holds what comes of it.
func (m *matrix) try(a *agent, in population, target string, x who, act, want string, f url.Values) {
	m.t.Helper()
	before := m.snapshot(x.dn)
	m.events()
	reason := "INC-" + rand.Text()[:8]
	f.Set("reason", reason)
	path := card(in, x.id)
	m.reasons[path+" "+act] = reason
	r := a.post(path+"/"+act, f)
	what := fmt.Sprintf("%s, %s in %s", act, target, in.name)
	if there := in == m.here && reached[target] != nil || in == m.there && target == stranger; !is(r, path, act, want) &&
		(there || want != noRight || r.status != http.StatusNotFound) { // the page of a refusal is the card, of which there may be none
		m.t.Errorf("%s: %s; want %s", what, r.short(), want)
	}
	if want == done && act != dictate && !a.get(r.to).says("desk-done."+act) {
		m.t.Errorf("%s: the card does not tell that it is done", what)
	}
	if got, events := m.events(), recordOf(a, in, x, act, want, reason); !slices.Equal(got, events) {
		m.t.Errorf("%s: the record has %q, want %q", what, got, events)
	}
	m.mails(x, act, want)
	after := m.snapshot(x.dn)
	if want != done || act != unlock {
		if names := moved(before, after, nil); len(names) > 0 {
			m.t.Errorf("%s: %q of the entry have changed", what, names)
		}
		return
	}
	if names := moved(before, after, m.moves); len(names) > 0 {
		m.t.Errorf("%s: %q of the entry have changed too", what, names)
	}
	if locked, err := m.locked(x.dn); locked || err != nil {
		m.t.Errorf("%s: still locked: %t, %v", what, locked, err)
	}
}

// is tells whether an answer is what it is to be.
func is(r reply, path, act, want string) bool {
	switch want {
	case done:
		if act == dictate {
			return r.status == http.StatusOK && len(r.spoken()) == flow.AssistedDigits
		}
		return r.status == http.StatusSeeOther && r.to == path
	case asked:
		return r.status == http.StatusSeeOther && r.to == "/en/requests"
	case forbidden:
		return r.status == http.StatusForbidden && r.says("desk-error.403")
	case nobody:
		return r.status == http.StatusNotFound && r.says("desk-error.404")
	}
	return r.status == http.StatusUnprocessableEntity && r.refusal() == want
}

// refusal is why an act was not done, as the page of it says.
func (r reply) refusal() string {
	notice := find(r.page(), func(n *html.Node) bool { return attribute(n, "role") == "alert" })
	_, why := cannot(strings.TrimSpace(text(notice)))
	return why
}

// recordOf is what the record is to have of an act.
func recordOf(a *agent, in population, x who, act, want, reason string) []string {
	event := func(name, why string) string { return line(name, a.id, in.name, x.id, why, reason) }
	switch want {
	case done:
		if act == unlock {
			return []string{event(audit.Acted, act)}
		}
		return []string{event(audit.Acted, act), line(audit.Issued, "", in.name, x.id, "", "")}
	case asked:
		return []string{event(audit.Asked, act)}
	case forbidden:
		want = noRight
	}
	return []string{event(audit.ActRefused, want)}
}

// mails takes down which are to go out after an act.
func (m *matrix) mails(x who, act, want string) {
	if e := m.snapshot(x.dn)[m.withoutA]; want == done && len(e) > 0 {
		m.expect(e[0], "notice")
		if act == send {
			m.expect(e[0], "code")
		}
	}
}

// ownRequests holds that nobody agrees to what they have asked for themselves.
func (m *matrix) ownRequests(c cast, a *agent) {
	m.t.Helper()
	waiting := m.waiting()
	for target, x := range c.people {
		for _, act := range acts {
			if outcome(rights(c.here), act, target, m.approval[m.here.name]) != asked {
				continue
			}
			id := waiting[card(m.here, x.id)+" "+act]
			if id == "" {
				m.t.Errorf("what was asked for %s, %s, waits for nobody", target, act)
			}
			if _, offered := a.waiting()[card(m.here, x.id)+" "+act]; offered {
				m.t.Errorf("%s, %s: one's own request is offered", act, target)
			}
			m.answer(a, m.here, request{target: target, person: x, id: id, reason: m.reasons[card(m.here, x.id)+" "+act]}, forbidden, slices.Contains(rights(c.here), approve))
		}
	}
}

// answer agrees to a request by a form of no page, and holds what comes of it. Of whom it is about the record tells where the agent is
// told that it is there.
func (m *matrix) answer(a *agent, in population, q request, want string, known bool) {
	m.t.Helper()
	m.events()
	r := a.post("/en/requests", form("population", in.name, "id", q.id, "answer", "agree"))
	got, why := m.events(), want
	ok := r.to == "/en/requests"
	if want == forbidden {
		ok, why = r.status == http.StatusForbidden && r.says("desk-error.403"), noRight
	} else {
		ok = ok && a.get(r.to).says("desk-refusal."+want)
	}
	about := request{}
	if known {
		about = q
	}
	if events := []string{line(audit.ActRefused, a.id, in.name, about.person.id, why, about.reason)}; !ok || !slices.Equal(got, events) {
		m.t.Errorf("an answer to the request for %s in %s: %s; want %s; the record has %q, want %q", q.target, in.name, r.short(), want, got, events)
	}
}

// approves holds whose requests an agent can agree to.
func (m *matrix) approves(c cast, a *agent, target string) {
	m.t.Helper()
	x := c.people[target]
	i := slices.IndexFunc(m.shared, func(q request) bool { return q.target == target })
	var q request
	switch {
	case target == "oneself":
		q = request{target: target, person: x, act: send}
		m.ask(m.other, &q)
	case target == "one's other" && m.approval[m.here.name]:
		q = request{target: target, person: x, act: dictate}
		m.ask(m.other, &q)
	case i >= 0:
		q = m.shared[i]
	default: // for whom nothing can be asked: by the person's own id, which is no request's
		want := "not-agreed"
		if !slices.Contains(rights(c.here), approve) {
			want = forbidden
		}
		m.answer(a, m.here, request{target: target, id: x.id}, want, false)
		return
	}
	key := card(m.here, q.person.id) + " " + q.act
	want := answered(rights(c.here), target)
	if _, offered := a.waiting()[key]; offered != (want == done) {
		m.t.Errorf("the request for %s is offered: %t; want %s", target, offered, want)
	}
	elsewhere := "not-agreed"
	if !slices.Contains(rights(c.elsewhere), approve) {
		elsewhere = forbidden
	}
	m.answer(a, m.there, q, elsewhere, false)
	if want == forbidden {
		m.answer(a, m.here, q, want, slices.Contains(rights(c.here), approve))
		if m.waiting()[key] != q.id {
			m.t.Errorf("the request for %s does not wait any more", target)
		}
		return
	}
	m.agreed(a, q)
}

// agreed has an agent agree to a request, after which nobody carries it out but whoever has asked, once.
func (m *matrix) agreed(a *agent, q request) {
	m.t.Helper()
	path := card(m.here, q.person.id)
	carryOut := func(by *agent) reply {
		m.events()
		f := order("another reason")
		f.Set("request", q.id)
		return by.post(path+"/"+q.act, f)
	}
	notAgreed := func(when string, by *agent) {
		m.t.Helper()
		r, got := carryOut(by), m.events()
		want := []string{line(audit.ActRefused, by.id, m.here.name, q.person.id, "not-agreed", "another reason")}
		if r.to != "/en/requests" || !by.get(r.to).says("desk-refusal.not-agreed") || !slices.Equal(got, want) {
			m.t.Errorf("the request for %s is carried out %s: %s; the record has %q", q.target, when, r.short(), got)
		}
	}
	notAgreed("before", m.asker)
	m.events()
	f := a.shown(a.get("/en/requests"), "/en/requests") // of the first request
	f.Set("id", q.id)
	f.Set("answer", "agree")
	r, got := a.post("/en/requests", f), m.events()
	if want := []string{line(audit.Agreed, a.id, m.here.name, q.person.id, q.act, q.reason)}; r.to != "/en/requests" || !slices.Equal(got, want) {
		m.t.Errorf("the answer to the request for %s: %s; the record has %q, want %q", q.target, r.short(), got, want)
	}
	notAgreed("by who has agreed", a)
	before := m.snapshot(q.person.dn)
	r, got = carryOut(m.asker), m.events()
	if !is(r, path, q.act, done) || !slices.Equal(got, recordOf(m.asker, m.here, q.person, q.act, done, q.reason)) {
		m.t.Errorf("the request for %s is carried out: %s; the record has %q", q.target, r.short(), got)
	}
	m.mails(q.person, q.act, done)
	if names := moved(before, m.snapshot(q.person.dn), nil); len(names) > 0 {
		m.t.Errorf("the request for %s: %q of the entry have changed", q.target, names)
	}
	notAgreed("twice", m.asker)
}

// audits holds what of the record an agent sees, and takes away.
func (m *matrix) audits(c cast, a *agent) {
	m.t.Helper()
	here, there := slices.Contains(rights(c.here), record), slices.Contains(rights(c.elsewhere), record)
	if r := a.get("/en/record"); (r.status == http.StatusOK) != (here || there) {
		m.t.Errorf("the page of the record: %s", r.short())
	}
	for _, only := range []string{"", m.here.name, m.there.name} {
		var of []string
		for _, p := range []struct {
			name string
			may  bool
		}{{m.here.name, here}, {m.there.name, there}} {
			if p.may && (only == "" || only == p.name) {
				of = append(of, p.name)
			}
		}
		status := http.StatusForbidden
		if len(of) > 0 {
			status = http.StatusOK
		}
		for path, purpose := range map[string]string{"/en/record": "search", "/en/record/export": "export"} {
			m.events()
			r := a.post(path, form("population", only))
			var events []string
			if len(of) > 0 {
				events = []string{line(audit.RecordRead, a.id, "", "", purpose, strings.Join(of, " "))}
			}
			if got := m.events(audit.RecordRead); r.status != status || !slices.Equal(got, events) {
				m.t.Errorf("%s, of %q: %s; want %d; the record has %q", path, only, r.short(), status, got)
			}
			m.tells(path+" of "+only, r, here, there)
		}
	}
}

// tells holds that a table of events has some, and none of a population that is not the agent's.
func (m *matrix) tells(what string, r reply, here, there bool) {
	m.t.Helper()
	if r.status != http.StatusOK {
		return
	}
	if rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.body, "\ufeff"))).ReadAll(); err == nil && len(rows) > 0 && rows[0][0] == "time" {
		mine := 0
		for _, row := range rows[1:] {
			population, account := row[4], row[6]
			allowed := population == "" && account == "" || population == m.here.name && here || population == m.there.name && there
			if !allowed {
				m.t.Errorf("%s has the row %q", what, row)
			} else if population != "" {
				mine++
			}
		}
		if mine == 0 {
			m.t.Errorf("%s has no event at all", what)
		}
		return
	}
	if strings.Contains(what, "export") {
		m.t.Errorf("%s is no table: %.300s", what, r.body)
	}
	for of, allowed := range map[string]bool{m.here.name: here, m.there.name: there} {
		table := find(r.page(), func(n *html.Node) bool { return n.DataAtom == atom.Tbody })
		if !allowed && strings.Contains(text(table), m.labels[of]) || table == nil {
			m.t.Errorf("%s has events of %s: %.300s", what, of, text(table))
		}
	}
}
