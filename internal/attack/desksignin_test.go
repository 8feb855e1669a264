package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// R54: who is no agent does not come in, and learns nothing of who is one. The directory is one that lets anybody in who has no
// password: as many are set up.
func TestDeskSignIn(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 12, Desk: true, Slapd: dirtest.SlapdOptions{TakesEmpty: true}}).Run(t,
		Attack{"R54", "empty", "sign-in with no password, spaces, NUL, to a directory that takes a bind without one", emptyPasswords},
		Attack{"R54", "strangers", "sign-in of people who are no agents, with their own right passwords", strangersAtDesk},
		Attack{"R54 R8", "injection", "LDAP metacharacters in an agent's name, with the right password", injectedAgents},
		Attack{"R54 R13", "guessed", "an agent's password guessed from many clients, and a name of nobody's", guessedAgents},
		Attack{"R54 R13", "spellings", "an agent's name in every spelling that a directory takes for it", spelledAgents},
		Attack{"R54 R15", "client", "one client that guesses at very many names", guessingAtManyNames},
		Attack{"R54 R14", "code", "wrong codes of an agent at once, then the right one", guessedAgentCodes},
		Attack{"R54 R11", "once", "an agent's right code twenty times at once, and in another session", agentCodeOnce},
		Attack{"R54 R21", "fixation", "a cookie of the attacker's, chosen or of a session, given to an agent", fixedAgents},
		Attack{"R54 R21", "stolen", "the cookie and the forms of an agent after the sign-out", stolenAgents},
		Attack{"R54 R21", "crossed", "a session of the helpdesk on the portal, and the reverse", crossedSessions},
		Attack{"R54 R1", "alike", "every kind of name, until no try is left", agentsAlike},
	)
}

// R54, R2: no clock tells who is an agent, nor who has been dictated a code.
func TestDeskTiming(t *testing.T) {
	const generous = "limits: {failures_per_population: 1000000/1m}\n"
	attacks := []Attack{
		{"R54 R2", "sign-in", "the time of a sign-in: an agent's, a colleague's and nobody's name", timedSignIns},
		{"R53 R2", "dictated", "the time of a dictated code: somebody's who has one, and nobody's", timedDictated},
	}
	Open(t, Setting{People: Some(30, 200)*rounds + 20, Desk: true, More: generous}).Run(t, attacks...)
}

// in tells whether a browser is let in, or as far as the code.
func (a Answer) in() bool { return a.To() == "/en/code" || a.To() == "/en/" }

// R54: RFC 4513 section 5.1.2.
func emptyPasswords(s *Site) (o Outcome) {
	for _, password := range []string{"", " ", "   ", "\x00", "\t", "\r\n", "\u00a0", "\x00\x00"} {
		a := s.Hire(leaders)
		conn, err := s.Slapd.Dial()
		s.must(err)
		s.must(conn.UnauthenticatedBind(a.DN(s.Slapd.BaseDN))) // or there would be nothing to find
		_ = conn.Close()
		for _, name := range []string{a.UID, a.Mail, "", " ", a.DN(s.Slapd.BaseDN), s.Slapd.ServiceDN, "\x00"} {
			o.Tries++
			b := s.Visit()
			got := b.Knock(name, password)
			o.Want(!got.in() && got.Status < 500, "%q with the password %q is told %s", name, password, got.DeskTold())
			o.Want(!b.Get("/en/").in() && b.Get("/en/").Status != http.StatusOK, "%q with the password %q is in", name, password)
		}
		o.Want(len(s.Sink.MessagesTo(a.Mail)) == 0, "a code was mailed after the password %q", password)
	}
	for _, form := range []string{"", "name=", "password="} {
		o.Tries++
		got := s.Send(s.Visit().Request(http.MethodPost, "/en/sign-in", form))
		o.Want(!got.in() && got.Status < 500, "the form %q is told %s", form, got.DeskTold())
	}
	o.Say("nobody is in, no code is mailed; slapd would have let each in")
	return o
}

// R54.
func strangersAtDesk(s *Site) (o Outcome) {
	service, err := s.Slapd.ServicePassword()
	s.must(err)
	colleague, closed := s.Hire(), s.Hire(leaders)
	s.change(closed.Person, "pwdAccountLockedTime", "000001010000Z")
	for _, c := range []struct{ what, name, password string }{
		{"a person", dirtest.Camille.UID, dirtest.InitialPassword}, {"a person's address", dirtest.Camille.Mail, dirtest.InitialPassword},
		{"an elected member", dirtest.Helene.UID, dirtest.InitialPassword}, {"a protected person", dirtest.Protected.UID, dirtest.InitialPassword},
		{"somebody outside", dirtest.Outsider.UID, dirtest.InitialPassword},
		{"the service account", "ssprd", service}, {"its DN", s.Slapd.ServiceDN, service},
		{"a colleague without a role", colleague.UID, colleague.Password}, {"a colleague's DN", colleague.DN(s.Slapd.BaseDN), colleague.Password},
		{"an agent who was locked out for good", closed.UID, closed.Password},
	} {
		o.Tries++
		got := s.Visit().Knock(c.name, c.password)
		o.Want(got.DeskTold() == "wrong" && got.Status == http.StatusUnprocessableEntity, "%s is told %s", c.what, got.DeskTold())
	}
	o.Want(len(s.Sink.MessagesTo(closed.Mail))+len(s.Sink.MessagesTo(colleague.Mail)) == 0, "a code was mailed")
	o.Say("each is told that name or password are wrong")
	return o
}

// R8, R54.
func injectedAgents(s *Site) (o Outcome) {
	a := s.Hire(leaders)
	for _, name := range []string{
		"*", a.UID + "*", "*" + a.UID, a.UID[:5] + "*", ")(cn=*", "*)(uid=*", a.UID + ")(uid=*", a.UID + ")(|(uid=*", "x)(|(uid=" + a.UID,
		"(uid=" + a.UID + ")", `\2a`, `\61` + a.UID[1:], `a\67` + a.UID[2:], `\`, "\x00", a.UID + "\x00", "\x00" + a.UID, a.UID + "\xff", "uid=" + a.UID,
		a.DN(s.Slapd.BaseDN), "cn=" + a.Name(), a.Name(), "#" + fmt.Sprintf("%x", a.UID), "ldap:///??sub?(uid=*)", "*)(&", "{0}", "%s", "~=" + a.UID,
		a.UID + "\r\nBcc: eve@evil.example", a.UID + "," + agentsBase, strings.Repeat("*", 254), strings.Repeat("(", 300), strings.Repeat("a", 30000),
	} {
		o.Tries++
		got := s.Visit().Knock(name, a.Password)
		o.Want(got.DeskTold() == "wrong", "%.40q is told %s", name, got.DeskTold())
	}
	o.Want(s.Hire().Knock(a.UID, a.Password).To() == "/en/code", "the name itself is not let in")
	o.Say("each is told that name or password are wrong")
	return o
}

// R13, R54: ten tries an hour for a name, whoever tries, and whether it is somebody's.
func guessedAgents(s *Site) (o Outcome) {
	a, another := s.Hire(leaders), s.Hire(leaders)
	told := map[string]map[string]int{}
	for kind, name := range map[string]string{"an agent's": a.UID, "nobody's": "personne-du-tout"} {
		told[kind] = map[string]int{}
		for i := range Some(14, 60) {
			o.Tries++
			told[kind][s.Visit().Knock(name, fmt.Sprintf("Faux-%05d-Essai", i)).DeskTold()]++
		}
		o.Want(told[kind]["wrong"] == 10 && len(told[kind]) == 2, "%s name is told %v, ten tries are allowed", kind, told[kind])
	}
	var shots []Request
	for i := range Some(20, 100) {
		b := s.Visit()
		b.Get("/en/sign-in")
		shots = append(shots, b.Request(http.MethodPost, "/en/sign-in", b.Form("/en/sign-in", "name", another.UID, "password", fmt.Sprintf("Salve-%05d-Essai", i))))
	}
	volley := deskTally(s.Volley(shots))
	o.Tries += len(shots)
	o.Want(volley["wrong"] == 10, "of %d at once %v", len(shots), volley)
	got := s.Visit().Knock(a.UID, a.Password)
	o.Want(got.Status == http.StatusTooManyRequests && got.DeskTold() == "limited", "after it the right password is told %s", got.DeskTold())
	s.SignedIn(leaders)
	o.Want(s.Slapd.Bind(a.DN(s.Slapd.BaseDN), a.Password) == nil, "the directory has locked the agent out")
	o.Say("ten compared for a name, somebody's or not; others sign in")
	return o
}

// R13, R54: a directory compares as Unicode text, in which one name has very many spellings; none is to have tries of its own.
func spelledAgents(s *Site) (o Outcome) {
	const each = 8 // fewer than the tries of a name, which would hide who is let in
	spellings := func(i int) (*Agent, []string) {
		a := s.Hire(leaders)
		a.UID = fmt.Sprintf("kim.officiel.sisk%03d", i)
		a.Mail = a.UID + "@agence.example"
		s.change(a.Person, "uid", a.UID, a.Mail) // which is compared as Unicode text, where mail is compared as ASCII
		s.change(a.Person, "mail", a.Mail)
		return a, append(alike(a.Mail), strings.Replace(a.UID, "s", "s\u00ad", 1), strings.Replace(a.UID, "ffi", "\ufb03", 1), "ｋ"+a.UID[1:], a.UID+"  ",
			strings.Replace(a.UID, "s", "s\u200b", 1))
	}
	a, all := spellings(0)
	for i := range all {
		if i > 0 && i%each == 0 {
			a, all = spellings(i)
		}
		if o.Tries++; i%each == 0 {
			o.Want(s.Visit().Knock(a.UID, a.Password).in(), "the name itself is not let in")
		}
		got, plain := s.Visit().Knock(all[i], a.Password), strings.ToLower(strings.TrimSpace(all[i]))
		o.Want(!got.in() || plain == a.UID || plain == a.Mail, "as %+q the agent is told %s", all[i], got.DeskTold())
	}
	o.Say("let in by the name itself, and its capitals; by no look-alike")
	return o
}

// R15, R54.
func guessingAtManyNames(s *Site) (o Outcome) {
	from, told := s.client(), map[string]int{}
	for i := range Some(40, 300) {
		o.Tries++
		b := s.Visit()
		b.From = from
		told[b.Knock(fmt.Sprintf("nom%05d", i), "Faux-mot-de-passe-1").DeskTold()]++
	}
	o.Want(told["wrong"] == 30 && told["limited"] == o.Tries-30, "one client is told %v, thirty tries are allowed", told)
	s.SignedIn(helpers)
	o.Say("30 compared, then told to wait; others sign in")
	return o
}

// R14, R54.
func guessedAgentCodes(s *Site) (o Outcome) {
	for i := range Some(3, 20) {
		a := s.Hire(leaders)
		right := a.AtCode()
		for _, none := range []string{"", "12", "abcdef", strings.Repeat("1", 4000)} {
			o.Tries++
			o.Want(a.Post("/en/code", "code", none).DeskTold() == "form", "the code %.10q is not told to be none", none)
		}
		wrong := s.agentWrongs(right, 20)
		var shots []Request
		for _, code := range wrong {
			shots = append(shots, a.Request(http.MethodPost, "/en/code", a.Form("/en/code", "code", code)))
		}
		if i > 0 {
			told := deskTally(s.Volley(shots))
			o.Want(told["code"] == 4, "of 20 wrong codes at once %d were compared as wrong before the last, 4 should be: %v", told["code"], told)
		} else {
			for n, shot := range shots[:5] {
				got := a.Take(s.Send(shot))
				o.Want(n < 4 && got.DeskTold() == "code" || n == 4 && got.To() == "/en/sign-in", "the wrong code %d is told %s", n+1, got.DeskTold())
			}
			o.Want(strings.Contains(a.Get("/en/sign-in").Body, "of no use any more"), "it is not said why")
		}
		o.Tries += len(shots)
		late := a.Twin().Send("/en/code", a.Hidden("/en/code"))
		o.Want(!late.in() || late.To() != "/en/", "a session with too many wrong codes is in")
		got := a.Post("/en/code", "code", right)
		o.Want(got.To() != "/en/" && a.Get("/en/").Status != http.StatusOK, "the right code is taken after five wrong ones: %s", got.DeskTold())
	}
	o.Say("five compared, then the password is asked for again; the right code came too late")
	return o
}

// agentWrongs are codes that the right one is not.
func (s *Site) agentWrongs(right string, n int) []string {
	return slices.DeleteFunc(s.wrongs("", n+1), func(code string) bool { return code == right })[:n]
}

// R11, R54.
func agentCodeOnce(s *Site) (o Outcome) {
	a := s.Hire(leaders)
	right := a.AtCode()
	before := a.Twin()
	other := s.Hire(leaders)
	if other.AtCode() == right { // once in a million
		return agentCodeOnce(s)
	}
	got := other.Post("/en/code", "code", right)
	o.Want(got.DeskTold() == "code", "another agent's code is told %s", got.DeskTold())
	taken := 0
	for _, got := range s.Volley(repeated(a.Request(http.MethodPost, "/en/code", a.Form("/en/code", "code", right)), 20)) {
		if got.To() == "/en/" {
			taken++
			a.Take(got)
		}
	}
	o.Tries = 22
	o.Want(taken == 1, "of twenty posts of the right code at once %d were taken", taken)
	o.Want(a.Get("/en/").Status == http.StatusOK, "who has typed it is not in")
	got = before.Post("/en/code", "code", right)
	o.Want(got.To() != "/en/" && before.Get("/en/").Status != http.StatusOK, "the session of before takes it a second time: %s", got.DeskTold())
	o.Say("20 at once: 1 taken; never again, and in no other session")
	return o
}

const deskCookie = "__Host-ssprd-desk"

// R21, R54.
func fixedAgents(s *Site) (o Outcome) {
	spare := s.Hire(leaders)
	spare.AtCode()
	for _, chosen := range []string{spare.cookies[deskCookie], "chosen", strings.Repeat("A", 43), strings.Repeat("A", 4000), "%00", "../../etc/passwd", "\xff\xfe", "0"} {
		o.Tries++
		a := s.Hire(leaders)
		a.cookies[deskCookie] = chosen
		code := a.AtCode()
		atCode := a.cookies[deskCookie]
		o.Want(atCode != chosen, "the cookie %.20q was adopted", chosen)
		got := a.Post("/en/code", "code", code)
		open := a.cookies[deskCookie]
		o.Want(got.To() == "/en/" && open != atCode && a.Get("/en/").Status == http.StatusOK, "the cookie was not renewed by the code, or is not good")
		set := got.Header.Get("Set-Cookie")
		for _, part := range []string{deskCookie + "=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Strict"} {
			o.Want(strings.Contains(set, part), "a cookie without %s: %s", part, set)
		}
		o.Want(!strings.Contains(set, "Domain=") && len(open) >= 22, "the cookie %s", set)
		thief := s.Visit()
		for _, cookie := range []string{chosen, atCode} {
			thief.cookies[deskCookie] = cookie
			for _, path := range []string{"/en/", "/en/search", "/en/requests", "/en/record"} {
				o.Want(thief.Twin().Get(path).To() == "/en/sign-in", "with the cookie %.20q %s is shown", cookie, path)
			}
		}
	}
	o.Say("none adopted; new at the password, new at the code, the former ones dead")
	return o
}

// R21, R54.
func stolenAgents(s *Site) (o Outcome) {
	p := s.Person()
	for name, agent := range map[string]*Agent{"signed in": s.SignedIn(leaders), "at the code": s.Hire(leaders)} {
		order, card := agent.Hidden("/en/code"), "/en/p/usagers/x"
		if name == "at the code" {
			agent.AtCode()
			order = agent.Hidden("/en/code")
		} else {
			card = agent.Find(p)
			order = agent.Order(card, "dictate-code", "volé")
		}
		thief := agent.Twin()
		o.Want(agent.Post("/en/sign-out").To() == "/en/sign-in", "%s: the sign-out leads elsewhere", name)
		for _, path := range []string{"/en/", "/en/search", "/en/code", "/en/requests", "/en/record", card, card + "/dictate-code"} {
			o.Tries++
			got := thief.Twin().Get(path)
			o.Want(got.To() == "/en/sign-in", "%s, after the sign-out: %s: %s", name, path, got.DeskTold())
		}
		for _, path := range []string{card + "/dictate-code", "/en/code", "/en/extend", "/en/search"} {
			o.Tries++
			got := thief.Twin().Send(path, order)
			o.Want(got.To() == "/en/sign-in" || got.Status == http.StatusBadRequest, "%s, after the sign-out: POST %s: %s", name, path, got.DeskTold())
		}
	}
	o.Want(len(s.Sink.MessagesTo(p.Mail)) == 0, "something was done for somebody")
	o.Say("each leads to the sign-in; nothing done")
	return o
}

// R21, R54: cookies know no ports, so that a browser on one machine may send each to both.
func crossedSessions(s *Site) (o Outcome) {
	a, p := s.SignedIn(leaders), s.Person()
	card := a.Find(p)
	visitor := s.Verified(s.Person())
	const portalCookie = "__Host-ssprd"
	o.Want(len(visitor.cookies) == 1 && visitor.cookies[portalCookie] != "" && len(a.cookies) == 1, "the cookies are %v and %v", visitor.Cookie(), a.Cookie())
	for _, name := range []string{portalCookie, deskCookie} {
		b := s.Browser()
		b.cookies[name] = a.cookies[deskCookie]
		for _, path := range []string{"/en/password", "/en/code", "/en/account", "/en/wait", "/en/done"} {
			o.Tries++
			got := b.Twin().Get(path)
			o.Want(got.To() == "/en/", "the helpdesk's session as %s on the portal: %s: %s", name, path, got.Told())
		}
		b = s.Visit()
		b.cookies[name] = visitor.cookies[portalCookie]
		for _, path := range []string{"/en/", "/en/search", "/en/requests", "/en/record", card} {
			o.Tries++
			got := b.Twin().Get(path)
			o.Want(got.To() == "/en/sign-in", "the portal's session as %s at the helpdesk: %s: %s", name, path, got.DeskTold())
		}
	}
	o.Want(a.Get("/en/").Status == http.StatusOK && visitor.Get("/en/password").Status == http.StatusOK, "a session was lost by it")
	o.Say("worth nothing there, under either name")
	return o
}

// R1, R3, R54: whoever a name is, its wrong passwords are answered by the same bytes.
func agentsAlike(s *Site) Outcome {
	closed, mailless := s.Hire(leaders), s.Hire(leaders)
	s.change(closed.Person, "pwdAccountLockedTime", "000001010000Z")
	s.change(mailless.Person, "mail")
	colleague := s.Hire()
	const wrong = "Faux-mot-de-passe-1"
	passwords := map[string]string{colleague.UID: colleague.Password, closed.UID: closed.Password, mailless.UID: mailless.Password,
		dirtest.Bernard.UID: dirtest.InitialPassword}
	c := script{o: &Outcome{}, kinds: []*kind{
		{name: "nobody's", typed: s.Nobody()}, {name: "an agent's", typed: s.Hire(leaders).UID}, {name: "an agent's address", typed: s.Hire(leaders).Mail},
		{name: "an agent's in capitals", typed: upper(s.Hire(helpers).UID)}, {name: "of a colleague without a role", typed: s.Hire().UID},
		{name: "of such a one, with the right password", typed: colleague.UID}, {name: "of an agent who is locked", typed: closed.UID},
		{name: "of an agent without an address", typed: mailless.UID}, {name: "a person's, with the right password", typed: dirtest.Bernard.UID},
		{name: "of an agent in the middle of signing in", typed: func() string { a := s.Hire(leaders); a.AtCode(); s.Visit(); return a.Mail }()},
	}}
	for range 11 {
		for _, k := range c.kinds {
			k.Browser = s.Visit()
		}
		c.step("the sign-in", get("/en/sign-in"))
		c.step("a password", func(k *kind) Answer {
			password, has := passwords[k.typed]
			if !has {
				password = wrong
			}
			return k.Knock(k.typed, password)
		})
		c.step("the first page after it", get("/en/"))
		c.step("the page of the code after it", get("/en/code"))
	}
	return c.outcome()
}

// compare measures two steps, of somebody's and of nobody's, until they lie within the band or are apart.
func (s *Site) compare(o *Outcome, names []string, sample func(step, i int) (known, unknown Answer)) {
	s.t.Helper()
	steps := make([]*timed, len(names))
	for i, name := range names {
		steps[i] = &timed{name: name}
	}
	for again := true; again; {
		again = false
		for n, step := range steps {
			if len(step.longer) > 0 && Within(step.longer[len(step.longer)-1]) {
				continue
			}
			step.known, step.unknown = nil, nil
			for i := range Some(30, 200) {
				o.Tries += 2
				known, unknown := sample(n, i)
				step.known, step.unknown = append(step.known, known.Took), append(step.unknown, unknown.Took)
			}
			longer := Longer(step.known, step.unknown)
			step.longer = append(step.longer, longer)
			again = again || !Within(longer) && len(step.longer) < rounds
		}
	}
	s.judge(o, steps)
}

// R2, R54: a wrong password of an agent, of a colleague without a role, and of nobody.
func timedSignIns(s *Site) (o Outcome) {
	s.compare(&o, []string{"agent", "colleague"}, func(step, i int) (known, unknown Answer) {
		a := s.Hire([][]string{{leaders}, nil}[step]...)
		one, other := s.Visit(), s.Visit()
		one.Get("/en/sign-in")
		other.Get("/en/sign-in")
		ask := func() { known = one.Knock(a.UID, "Faux-mot-de-passe-1") }
		if i%2 == 0 {
			ask()
		}
		unknown = other.Knock(fmt.Sprintf("nomme%05d", s.agents), "Faux-mot-de-passe-1")
		if i%2 == 1 {
			ask()
		}
		if known.DeskTold() != "wrong" || unknown.DeskTold() != "wrong" {
			s.t.Fatalf("they are told %s and %s", known.DeskTold(), unknown.DeskTold())
		}
		return known, unknown
	})
	return o
}

// R2, R53.
func timedDictated(s *Site) (o Outcome) {
	var agent *Agent
	left := 0
	s.compare(&o, []string{"a dictated code"}, func(_, i int) (known, unknown Answer) {
		if left == 0 {
			agent, left = s.SignedIn(helpers), 20
		}
		left--
		p := s.Person()
		agent.Dictate(p)
		s.await("the notice", func() bool { return len(s.Sink.MessagesTo(p.Mail)) > 0 }) // its mail is work of this machine
		ask := func() { _, known = s.Redeem("usagers", p.UID, "000000000000000") }
		if i%2 == 0 {
			ask()
		}
		_, unknown = s.Redeem("usagers", fmt.Sprintf("q%05d", s.people), "000000000000000")
		if i%2 == 1 {
			ask()
		}
		if known.Told() != "assisted-wrong" || unknown.Told() != "assisted-wrong" {
			s.t.Fatalf("they are told %s and %s", known.Told(), unknown.Told())
		}
		return known, unknown
	})
	return o
}

// R54: an agent whose role, or account, is taken away is out within a minute.
func TestDeskLeft(t *testing.T) {
	alongside(t) // most of it is waiting
	Open(t, Setting{People: 4, Desk: true}).Run(t,
		Attack{"R54", "left", "agents taken out of the group, disabled, deleted, while signed in", agentsWhoLeft})
}

func agentsWhoLeft(s *Site) (o Outcome) {
	p := s.Person()
	removed, disabled, deleted, stays := s.SignedIn(leaders), s.SignedIn(leaders), s.SignedIn(leaders), s.SignedIn(leaders)
	orders, card := map[*Agent]Request{}, stays.Find(p)
	for _, a := range []*Agent{removed, disabled, deleted} {
		orders[a] = a.Request(http.MethodPost, card+"/dictate-code", a.Order(a.Find(p), "dictate-code", "parti").Encode())
	}
	s.must(s.Slapd.RemoveValue(leaders, "member", removed.DN(s.Slapd.BaseDN)))
	s.change(disabled.Person, "pwdAccountLockedTime", "000001010000Z")
	s.must(s.Slapd.Delete(deleted.DN(s.Slapd.BaseDN)))
	minute := time.Now().Add(time.Minute)
	for name, a := range map[string]*Agent{"taken out of the group": removed, "disabled": disabled, "deleted": deleted} {
		for !time.Now().After(minute) && a.Get("/en/").To() != "/en/sign-in" {
			o.Tries++
			pause(time.Now().Add(time.Second))
		}
		o.Want(a.Get("/en/").To() == "/en/sign-in", "the agent who was %s is still in after a minute", name)
		o.Want(s.Send(orders[a]).To() == "/en/sign-in", "the agent who was %s still acts", name)
	}
	o.Want(stays.Get("/en/").Status == http.StatusOK, "another agent is out too")
	o.Want(len(s.Sink.MessagesTo(p.Mail)) == 0, "something was done")
	o.Say("out within the minute; the others go on")
	return o
}
