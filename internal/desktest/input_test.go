package desktest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/portaltest"
)

// R53: what is sent is what nobody sends who works with the pages.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := open(t, startSlapd(t, "elus", "usagers"), "elus")
	for _, x := range []struct {
		name string
		test func(*world)
	}{
		{"texts that are filters", filters},
		{"forged ids", ids},
		{"forms of others", forms},
		{"the same again", again},
		{"two approvers at once", approvers},
		{"a code typed for another account", otherAccount},
		{"wrong codes", wrongCodes},
	} {
		t.Run(x.name, func(t *testing.T) {
			w.t = t
			w.events()
			x.test(w)
		})
	}
	w.t = t
	w.checkMails()
}

// leader is an agent who may do everything.
func (w *world) leader() *agent {
	w.t.Helper()
	return w.agent(w.person(w.first.unit, w.joinDN(w.first, "leaders")))
}

// somebody is one of the population.
func (w *world) somebody() who {
	w.t.Helper()
	return w.person(w.first.unit)
}

// count is how many of the events are of a kind.
func count(events []string, event string) (n int) {
	for _, e := range events {
		if strings.HasPrefix(e, event+" | ") {
			n++
		}
	}
	return n
}

// R8: nothing that is typed is a filter, and no field of the search leads elsewhere.
func filters(w *world) {
	a, x, elsewhere := w.leader(), w.somebody(), w.person(w.second.unit)
	find := func(f url.Values) reply {
		w.t.Helper()
		if r := a.post("/en/search", f); r.to != "/en/search" {
			w.t.Errorf("the search of %q: %s", f, r.short())
		}
		return a.get("/en/search")
	}
	if r := find(form("text", x.UID[:2])); !r.says("desk.results") || !strings.Contains(r.body, x.UID) { // it finds people
		w.t.Fatalf("the search of %q: %s", x.UID[:2], r.short())
	}
	for _, text := range []string{
		"*", "**", "q0*", "*" + x.UID, x.UID + "*", "(", ")", "((", ")(uid=*", x.UID + ")(uid=*", "*)(objectClass=*", "(|(uid=*))", `\2a`, `\2a\2a`, `q0\2a`,
		"&&", "||", "!!", "\x00\x00", x.UID + "\x00", `\00\00`, "q0\xff", strings.Repeat("q", 5_000), "a b c d e f g h", "../../" + x.UID, "<script>", "{{.}}",
	} {
		told := "desk.nobody"
		if utf8.RuneCountInString(text) < 2 {
			told = "desk.short"
		}
		if r := find(form("text", text)); r.status != http.StatusOK || !r.says(told) || strings.Contains(r.body, "<script>") {
			w.t.Errorf("the search of %.40q: %s", text, r.short())
		}
	}
	for field, values := range map[string][]string{
		"population": {w.second.name, "*", w.first.name + ")(uid=*", "agents-lycees", "nowhere"}, "from": {"1000000", "9223372036854775807", "200"},
	} {
		for _, value := range values {
			for _, text := range []string{x.UID, elsewhere.UID} {
				if r := find(form("text", text, field, value)); r.status != http.StatusOK || !r.says("desk.nobody") {
					w.t.Errorf("the search of %s with the %s %q: %s", text, field, value, r.short())
				}
			}
		}
	}
	for _, from := range []string{"-1", "-9223372036854775808", "x", "1e3"} { // which is from the beginning
		if r := find(form("text", x.UID, "from", from)); r.to != card(w.first, x.id) {
			w.t.Errorf("the search from %q on: %s", from, r.short())
		}
	}
}

// R54: an id that is none of the population's is nobody's, however it is written.
func ids(w *world) {
	a, x, outside := w.leader(), w.somebody(), w.person(w.outside)
	before := w.snapshot(x.dn)
	for _, id := range []string{
		"*", "%2A", "%2a", x.id + "*", strings.ToUpper(x.id), "%20" + x.id, x.id + "%20", x.id[:8] + "*", ")(uid=*", "%29%28uid=%2A", "%00", x.id + "%00", "%5C2a", ".", "%2e%2e",
		x.id + "%2f..%2f" + outside.id, outside.id, url.PathEscape(x.dn), x.UID, x.Mail, "%ff%fe", strings.Repeat("a", 4_000), "%0d%0aSet-Cookie:%20a=b", "0", "-1",
	} {
		for _, r := range []reply{
			a.get("/en/p/" + w.first.name + "/" + id), a.post("/en/p/"+w.first.name+"/"+id+"/"+send, order("INC-1")),
			a.post("/en/p/"+w.first.name+"/"+id+"/"+unlock, order("INC-1")), a.post("/en/p/"+w.first.name+"/"+id+"/"+dictate, order("INC-1")),
		} {
			if r.status != http.StatusNotFound && r.status != http.StatusBadRequest || r.spoken() != "" {
				w.t.Errorf("the id %.60q: %s", id, r.short())
			}
		}
	}
	for _, of := range []string{"*", "nowhere", "agents-lycees", "support", "%2e", w.first.name + "%00", strings.ToUpper(w.first.name)} {
		for _, r := range []reply{a.get("/en/p/" + of + "/" + x.id), a.post("/en/p/"+of+"/"+x.id+"/"+send, order("INC-1"))} {
			if r.status != http.StatusNotFound && r.status != http.StatusForbidden {
				w.t.Errorf("the population %q: %s", of, r.short())
			}
		}
	}
	for _, act := range []string{view, approve, record, "set-password", "password", "mail", "*", ""} { // R53, R56: no act sets a password or an address
		if r := a.post(card(w.first, x.id)+"/"+act, order("INC-1")); r.status != http.StatusNotFound && r.status != http.StatusMethodNotAllowed {
			w.t.Errorf("the act %q: %s", act, r.short())
		}
	}
	if got := w.events(); count(got, audit.Acted)+count(got, audit.Asked)+count(got, audit.Issued) > 0 {
		w.t.Errorf("the record has %q", got)
	}
	if names := moved(before, w.snapshot(x.dn), nil); len(names) > 0 {
		w.t.Errorf("%q have changed", names)
	}
}

// R24: a form that is none of this session's pages does nothing.
func forms(w *world) {
	a, b, x := w.leader(), w.leader(), w.somebody()
	path := card(w.first, x.id) + "/" + send
	for what, token := range map[string]string{"none": "", "another session's": b.token, "a longer one": a.token + "x", "a shorter one": a.token[1:]} {
		f := order("INC-1")
		f.Set("form", token)
		if r := a.browser.post(path, f); r.to != "/en/" {
			w.t.Errorf("the token is %s: %s", what, r.short())
		}
	}
	for what, change := range map[string]func(url.Values){
		"a field that no form has": func(f url.Values) { f.Set("person", x.id) },
		"a field twice":            func(f url.Values) { f.Add("reason", "INC-2") },
		"the token twice":          func(f url.Values) { f["form"] = []string{a.token, a.token} },
	} {
		f := order("INC-1")
		f.Set("form", a.token)
		change(f)
		if r := a.browser.post(path, f); r.status != http.StatusBadRequest {
			w.t.Errorf("%s: %s", what, r.short())
		}
	}
	for what, f := range map[string]url.Values{
		"no-reason":    order(" \t"),
		"not-verified": form("reason", "INC-1", "once", "a page", "check-1", "on"),
	} {
		if r := a.post(card(w.first, x.id)+"/"+dictate, f); r.status != http.StatusUnprocessableEntity || !r.says("desk-refusal."+what) {
			w.t.Errorf("%s: %s", what, r.short())
		}
	}
	if r := a.post(path, order(strings.Repeat("x", 201))); r.status != http.StatusUnprocessableEntity || !r.says("desk-refusal.no-reason") {
		w.t.Errorf("a long reason: %s", r.short())
	}
	for _, f := range []url.Values{form("reason", "INC-1"), form("reason", "INC-1", "once", strings.Repeat("x", 65))} { // marks that no page has
		if r := a.post(path, f); r.to != card(w.first, x.id) {
			w.t.Errorf("an order of no page: %s", r.short())
		}
	}
	if r := a.get(path); r.to != card(w.first, x.id) { // a link does nothing
		w.t.Errorf("a link to an act: %s", r.short())
	}
	if got := w.events(); count(got, audit.Acted)+count(got, audit.Asked)+count(got, audit.Issued) > 0 {
		w.t.Errorf("the record has %q", got)
	}
}

// An act that is sent again, at once or later, is done once: a double click, a page that is reloaded.
func again(w *world) {
	a, x, locked := w.leader(), w.somebody(), w.somebody()
	w.must(w.lock(locked.dn))
	for _, o := range []struct {
		act    string
		person who
	}{{send, x}, {unlock, locked}} {
		page := card(w.first, o.person.id)
		f := a.offered(w.first, o.person, o.act)
		f.Set("reason", "INC-1")
		w.events()
		click := func() (reply, error) { return a.do(http.MethodPost, page+"/"+o.act, f) }
		for _, r := range append(w.atOnce(click, click, click), a.post(page+"/"+o.act, f), a.post(page+"/"+o.act, f)) {
			if r.to != page {
				w.t.Errorf("%s, sent again: %s", o.act, r.short())
			}
		}
		if got := w.events(); count(got, audit.Acted) != 1 {
			w.t.Errorf("%s, sent five times: the record has %q", o.act, got)
		}
		w.expect(o.person.Mail, "notice")
	}
	w.expect(x.Mail, "code")

	q, by := w.askedFor(a, w.somebody()), w.leader()
	if r := by.post("/en/requests", form("population", w.first.name, "id", q.id, "answer", "agree")); r.to != "/en/requests" {
		w.t.Fatalf("the answer: %s", r.short())
	}
	page := card(w.first, q.person.id)
	f := a.shown(a.get("/en/requests"), page+"/"+dictate)
	click := func() (reply, error) { return a.do(http.MethodPost, page+"/"+dictate, f) }
	other := order(q.reason) // another page, by another mark
	other.Set("request", q.id)
	other.Set("form", a.token)
	w.events()
	codes := 0
	for _, r := range w.atOnce(click, click, func() (reply, error) { return a.do(http.MethodPost, page+"/"+dictate, other) }) {
		if r.spoken() != "" {
			codes++
		}
	}
	if got := w.events(); codes != 1 || count(got, audit.Acted) != 1 || count(got, audit.Issued) != 1 {
		w.t.Errorf("what was agreed to gives %d codes; the record has %q", codes, got)
	}
	w.expect(q.person.Mail, "notice")
}

// askedFor is a request of an agent's for a code to dictate.
func (w *world) askedFor(a *agent, x who) request {
	w.t.Helper()
	m := &matrix{world: w, here: w.first, there: w.second, reader: w.leader()}
	q := request{target: "somebody", person: x, act: dictate}
	m.ask(a, &q)
	return q
}

// R55: of two who answer at once, one does.
func approvers(w *world) {
	a, agrees, declines := w.leader(), w.leader(), w.leader()
	q := w.askedFor(a, w.somebody())
	w.events()
	answer := func(by *agent, word string) func() (reply, error) {
		f := form("form", by.token, "population", w.first.name, "id", q.id, "answer", word)
		return func() (reply, error) { return by.do(http.MethodPost, "/en/requests", f) }
	}
	for _, r := range w.atOnce(answer(agrees, "agree"), answer(declines, "decline"), answer(agrees, "agree"), answer(declines, "decline")) {
		if r.to != "/en/requests" {
			w.t.Errorf("an answer: %s", r.short())
		}
	}
	got := w.events()
	if count(got, audit.ActRefused) != 3 || count(got, audit.Agreed)+count(got, audit.Declined) == 0 {
		w.t.Errorf("of four answers one counts: the record has %q", got)
	}
	page := a.get("/en/requests")
	accepted, rejected := page.says("desk-request.accepted"), page.says("desk-request.rejected")
	if accepted == rejected {
		w.t.Errorf("the request is agreed to: %t, and declined: %t", accepted, rejected)
	}
	f := order(q.reason)
	f.Set("request", q.id)
	r := a.post(card(w.first, q.person.id)+"/"+dictate, f)
	if (r.spoken() != "") != accepted {
		w.t.Errorf("it is agreed to: %t; and carried out: %s", accepted, r.short())
	}
	if accepted {
		w.expect(q.person.Mail, "notice")
	}
}

// dictated is a code for somebody, in a population where nobody has to agree.
func (w *world) dictated(x who) string {
	w.t.Helper()
	a := w.agent(w.person(w.second.unit, w.joinDN(w.second, "dictators")))
	r := a.post(card(w.second, x.id)+"/"+dictate, order("INC-1"))
	if len(r.spoken()) != flow.AssistedDigits {
		w.t.Fatalf("no code is dictated: %s", r.short())
	}
	w.expect(x.Mail, "notice")
	return r.spoken()
}

// redeem types a code on the portal, in a browser of its own.
func (w *world) redeem(of population, typed, code string) reply {
	w.t.Helper()
	b := w.browser(w.portal)
	path := "/en/p/" + of.name + "/support-code"
	b.get(path)
	return b.post(path, form("address", typed, "code", code))
}

// R12: a code of the helpdesk is for one account of one population.
func otherAccount(w *world) {
	x, y, elsewhere := w.person(w.second.unit), w.person(w.second.unit), w.person(w.first.unit)
	code := w.dictated(x)
	other := w.dictated(y)
	for what, r := range map[string]reply{
		"for another account":      w.redeem(w.second, y.UID, code),
		"for nobody":               w.redeem(w.second, "nobody.at.all", code),
		"in another population":    w.redeem(w.first, x.UID, code),
		"for somebody there":       w.redeem(w.first, elsewhere.UID, code),
		"another one, for another": w.redeem(w.second, x.Mail, other),
	} {
		if r.status != http.StatusUnprocessableEntity || !r.says("reason.assisted-wrong") {
			w.t.Errorf("a code typed %s: %s", what, r.short())
		}
	}
	if r := w.redeem(w.second, x.UID, code); r.to != "/en/password" {
		w.t.Errorf("a code typed for its own account: %s", r.short())
	}
	if r := w.redeem(w.second, x.UID, code); r.to != "" {
		w.t.Errorf("a code typed twice: %s", r.short())
	}
}

// R12, R13: five wrong codes end the right one too.
func wrongCodes(w *world) {
	x := w.person(w.second.unit)
	code := w.dictated(x)
	for i := range 5 {
		wrong := fmt.Sprintf("%015d", i)
		if r := w.redeem(w.second, x.UID, wrong); r.status != http.StatusUnprocessableEntity || !r.says("reason.assisted-wrong") {
			w.t.Errorf("wrong code %d: %s", i+1, r.short())
		}
	}
	if r := w.redeem(w.second, x.UID, code); r.to != "" || !r.says("reason.assisted-wrong") {
		w.t.Errorf("the right code after five wrong ones: %s", r.short())
	}
	if r := w.redeem(w.second, x.UID, w.dictated(x)); r.to != "/en/password" {
		w.t.Errorf("the code of another call: %s", r.short())
	}
}

// R54: whoever is taken out of the group while signed in is out within a minute, however busy, and does nothing any more.
func TestOutOfTheGroup(t *testing.T) {
	t.Parallel()
	w := open(t, startSlapd(t, "elus", "usagers"), "elus")
	a, x := w.leader(), w.somebody()
	if r := a.get(card(w.first, x.id)); r.status != http.StatusOK {
		t.Fatal(r.short())
	}
	w.must(w.leave(w.joinDN(w.first, "leaders"), a.dn))
	left := time.Now()
	w.events()
	w.await("the end of the session", time.Second/5, func() bool { return a.get("/en/requests").to == "/en/sign-in" })
	if took := time.Since(left); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	if r := a.post(card(w.first, x.id)+"/"+send, order("INC-1")); r.to != "/en/sign-in" {
		t.Errorf("an act after it: %s", r.short())
	}
	if got := w.events(audit.AgentLeft); !slices.Equal(got, []string{line(audit.AgentLeft, a.id, "", "", "", "")}) {
		t.Errorf("the record has %q", got)
	}
	if again, r := w.signIn(a.who); again != nil || !r.says("desk-sign-in.wrong") {
		t.Errorf("let in again: %s", r.short())
	}
	w.checkMails()
}

// R55: what another agent was asked, or has agreed to, is of no use a quarter of an hour later; nor is a session that nobody has used.
func TestExpired(t *testing.T) {
	t.Parallel()
	w := open(t, startSlapd(t, "elus", "usagers"), "elus")
	a, by := w.leader(), w.leader()
	agreed, waiting := w.askedFor(a, w.somebody()), w.askedFor(a, w.somebody())
	if r := by.post("/en/requests", form("population", w.first.name, "id", agreed.id, "answer", "agree")); r.to != "/en/requests" {
		t.Fatalf("the answer: %s", r.short())
	}
	w.serves.Stop()
	portaltest.ServeShifted(t, 15*time.Minute, w.portal, strings.TrimPrefix(w.portal, "http://"), w.serves.ConfigFile)
	if r := a.get("/en/requests"); r.to != "/en/sign-in" || !a.get(r.to).says("desk.ended") {
		t.Errorf("the session goes on: %s", r.short())
	}
	a, by = w.agent(a.who), w.agent(by.who)
	if r := a.get("/en/requests"); !r.says("desk.none-mine") {
		t.Errorf("what was asked for is there still: %s", r.short())
	}
	if len(by.waiting()) > 0 {
		t.Errorf("%q wait", by.waiting())
	}
	w.events()
	for what, answer := range map[string]func() reply{
		"carried out": func() reply {
			f := order(agreed.reason)
			f.Set("request", agreed.id)
			return a.post(card(w.first, agreed.person.id)+"/"+dictate, f)
		},
		"agreed to": func() reply {
			return by.post("/en/requests", form("population", w.first.name, "id", waiting.id, "answer", "agree"))
		},
	} {
		if r := answer(); r.to != "/en/requests" {
			t.Errorf("%s: %s", what, r.short())
		}
	}
	for _, x := range []*agent{a, by} {
		if !x.get("/en/requests").says("desk-refusal.not-agreed") {
			t.Errorf("%s is not told", x.UID)
		}
	}
	if got := w.events(); len(got) != 2 || count(got, audit.ActRefused) != 2 {
		t.Errorf("the record has %q", got)
	}
	w.checkMails()
}
