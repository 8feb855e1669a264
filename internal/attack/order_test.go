package attack

import (
	"net/http"
	"strings"
	"testing"

	"ssprd/internal/dirtest"
)

// R21, R22, R24: a step is reached by the step before it, by the visitor who has taken it, through its form.
func TestOrder(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 60}).Run(t,
		Attack{"R22", "skip", "every address by GET and POST, from every state of a reset", skippedSteps},
		Attack{"R22", "scope", "one's own right code, then somebody else's address in the same browser", scopedCode},
		Attack{"R22", "borrowed", "a form of one's own later step, posted into a reset without the code", borrowedForms},
		Attack{"R24", "formless", "every post without the hidden fields of its form, or with those of another",
			formlessPosts},
		Attack{"R24", "methods", "every address by every method but POST, the right values in the query",
			methodsThatChangeNothing},
		Attack{"R24", "foreign", "every post as another site's page would send it", crossOriginPosts},
		Attack{"R24 R30", "prefetch", "every address in the mails, opened as a mail scanner does", prefetchedMails},
		Attack{"R21", "fixation", "a cookie of the attacker's, chosen or of a session, given to somebody", fixedSessions},
		Attack{"R21", "renewed", "the cookie of before the code, after it", sessionOfBefore},
		Attack{"R21 R50", "gone", "the cookie of a reset that is over", sessionOfAfter},
		Attack{"R21", "cookies", "the cookies of new sessions", cookieShape},
	)
}

// route is an address, and what a form would send there.
type route struct {
	path   string
	values []string
}

func routes(right string) []route {
	return []route{
		{"/en/code", []string{"code", right}},
		{"/en/code/resend", nil},
		{"/en/account", []string{"account", "1"}},
		{"/en/password", twice(NewPassword(50))},
		{"/en/wait", nil},
		{"/en/wait/events", nil},
		{"/en/done", nil},
		{"/en/ended", nil},
		{"/en/cancel", nil},
	}
}

// situation is a browser whose reset is at a page, and the posts that lead on from there.
type situation struct {
	name, page string
	open       func() *Browser
	own        map[string]bool // posts that are the state's own
}

func (s *Site) situations() []situation {
	begun := func() *Browser { b, _ := s.begun(s.Person()); return b }
	return []situation{
		{"no reset", "/en/", s.Browser, nil},
		{"a code awaited", "/en/code", begun,
			map[string]bool{"/en/code": true, "/en/code/resend": true, "/en/cancel": true}},
		{"an account to pick", "/en/account", s.picking, map[string]bool{"/en/account": true, "/en/cancel": true}},
		{"a password to choose", "/en/password", func() *Browser { return s.Verified(s.Person()) },
			map[string]bool{"/en/password": true, "/en/cancel": true}},
		{"done", "/en/done", func() *Browser {
			b := s.Verified(s.Person())
			b.Password(NewPassword(40))
			b.finish()
			return b
		}, nil},
		{"cancelled", "/en/ended", func() *Browser { b := begun(); b.Cancel(); return b }, nil},
	}
}

// picking is a browser in which the code of two accounts' address was right.
func (s *Site) picking() *Browser {
	s.t.Helper()
	one, two := s.Person(), s.Person()
	s.change(two, "mail", one.Mail)
	return s.Verified(one)
}

// R22: CVE-2026-18963.
func skippedSteps(s *Site) (o Outcome) {
	for _, from := range s.situations() {
		b := from.open()
		writes := s.writes(func() {
			for _, r := range routes("000000") {
				if r.path == from.page {
					continue
				}
				o.Tries++
				got := b.Twin().Get(r.path)
				leads := got.To() == from.page || got.Status >= 400 ||
					strings.Contains(got.Body, "event: over\ndata: "+from.page+"\n") ||
					from.page == "/en/" && got.Status == http.StatusSeeOther && got.To() == "/en/"
				o.Want(leads, "from %s GET %s: %s", from.name, r.path, got.Told())
				if from.own[r.path] {
					continue
				}
				o.Tries++
				got = b.Twin().Post(r.path, r.values...)
				o.Want(got.To() == from.page || got.Status >= 400, "from %s POST %s: %s", from.name, r.path, got.Told())
			}
		})
		o.Want(writes == 0, "from %s there were %d writes", from.name, writes)
		o.Want(b.Get(from.page).Status == http.StatusOK, "%s is not where the reset stands any more", from.page)
	}
	o.Say("each leads to where the reset stands, or is refused; nothing written")
	return o
}

// R22: what a right code has earned is not carried over to the next reset of the session.
func scopedCode(s *Site) (o Outcome) {
	own, victim := s.Person(), s.Person()
	b := s.Verified(own)
	b.Get("/en/password")
	form := b.Form("/en/password", twice(NewPassword(60))...)
	b.Begin("usagers", victim.Mail)
	writes := s.writes(func() {
		for _, path := range []string{"/en/password", "/en/account", "/en/wait", "/en/done"} {
			o.Tries++
			got := b.Get(path)
			o.Want(got.To() == "/en/code", "GET %s: %s", path, got.Told())
		}
		o.Tries++
		got := b.Do(b.Request(http.MethodPost, "/en/password", form))
		o.Want(got.To() == "/en/code" || got.Status >= 400, "the password form of one's own reset: %s", got.Told())
	})
	o.Want(writes == 0, "the directory was written to")
	o.Want(s.Slapd.Bind(victim.DN(s.Slapd.BaseDN), dirtest.InitialPassword) == nil, "the victim's password has changed")
	o.Say("each leads to the victim's code; nothing written")
	return o
}

// R22.
func borrowedForms(s *Site) (o Outcome) {
	mine := s.Verified(s.Person())
	mine.Get("/en/password")
	password := mine.Form("/en/password", twice(NewPassword(61))...)
	picking := s.picking()
	picking.Get("/en/account")
	account := picking.Form("/en/account", "account", "1")
	victim := s.Person()
	b, _ := s.begun(victim)
	writes := s.writes(func() {
		for path, form := range map[string]string{"/en/password": password, "/en/account": account} {
			o.Tries++
			got := b.Do(b.Request(http.MethodPost, path, form))
			o.Want(got.To() == "/en/code" || got.Status >= 400, "POST %s: %s", path, got.Told())
		}
	})
	o.Want(writes == 0, "the directory was written to")
	o.Say("led back to the code; nothing written")
	return o
}

// R24: the cookie alone moves nothing: a form is bound to its reset and its step.
func formlessPosts(s *Site) (o Outcome) {
	other, _ := s.begun(s.Person())
	other.Get("/en/code")
	foreign := s.Verified(s.Person())
	foreign.Get("/en/password")
	p := s.Person()
	b, right := s.begun(p)
	b.Get("/en/code")
	for name, twin := range map[string]*Browser{"without it": {}, "with another reset's": other,
		"with another step's": foreign} {
		for _, r := range []route{{"/en/code", []string{"code", right}}, {"/en/code/resend", nil}, {"/en/cancel", nil}} {
			o.Tries++
			form := twin.form(r.path, "/en/password", r.values...)
			got := b.Twin().Do(b.Request(http.MethodPost, r.path, form))
			o.Want(got.To() == "/en/code" || got.Status >= 400, "POST %s %s: %s", r.path, name, got.Told())
		}
	}
	o.Want(b.Code(right).To() == "/en/password", "the reset has been moved: the code is no good any more")
	b.Get("/en/password")
	writes := s.writes(func() {
		for name, twin := range map[string]*Browser{"without it": {}, "with another reset's": foreign,
			"with another step's": other} {
			for _, r := range []route{{"/en/password", twice(NewPassword(62))}, {"/en/cancel", nil}} {
				o.Tries++
				got := b.Twin().Do(b.Request(http.MethodPost, r.path, twin.form(r.path, "/en/code", r.values...)))
				o.Want(got.To() == "/en/password" || got.Status >= 400, "POST %s %s: %s", r.path, name, got.Told())
			}
		}
	})
	o.Want(writes == 0, "the directory was written to")
	o.Say("nothing moved, nothing written")
	return o
}

// form is Form with the hidden fields that the browser has for an address, or for another one.
func (b *Browser) form(path, orElse string, values ...string) string {
	hidden := b.Hidden(path)
	if len(hidden) == 0 {
		hidden = b.Hidden(orElse)
	}
	for i := 0; i+1 < len(values); i += 2 {
		hidden.Set(values[i], values[i+1])
	}
	return hidden.Encode()
}

// R24.
func methodsThatChangeNothing(s *Site) (o Outcome) {
	p := s.Person()
	b, right := s.begun(p)
	b.Get("/en/code")
	mails := len(s.Sink.Messages())
	writes := s.writes(func() {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"} {
			for _, r := range append(routes(right), route{"/en/p/usagers", []string{"address", p.Mail}}) {
				o.Tries++
				query := b.Form(r.path, r.values...)
				for _, body := range []string{"", query} {
					rq := b.Request(method, r.path+"?"+query, body)
					rq.Header = append(rq.Header, "Origin: "+s.Origin, "Content-Type: application/x-www-form-urlencoded",
						"X-HTTP-Method-Override: POST", "X-HTTP-Method: POST")
					got := b.Twin().Do(rq)
					o.Want(got.To() != "/en/password" && got.To() != "/en/ended", "%s %s: %s", method, r.path, got.Told())
				}
			}
		}
	})
	got := b.Code(right)
	o.Want(got.To() == "/en/password", "after it the right code is told %s", got.Told())
	s.Settle()
	o.Want(writes == 0 && len(s.Sink.Messages()) == mails+2, "there were %d writes and %d mails", writes,
		len(s.Sink.Messages())-mails-2)
	o.Say("nothing moved, no mail, no write; the code is good after it")
	return o
}

// R24.
func crossOriginPosts(s *Site) (o Outcome) {
	p := s.Person()
	b, right := s.begun(p)
	b.Get("/en/code")
	v := s.Verified(s.Person())
	v.Get("/en/password")
	mails := len(s.Sink.Messages())
	writes := s.writes(func() {
		for _, headers := range [][]string{
			{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}, {"Origin: null", "Sec-Fetch-Site: cross-site"},
			{"Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: same-site"}, {"Origin: https://evil.example"},
			{"Origin: null"},
			{"Origin: https://" + s.Address + ".evil.example"}, {"Origin: https://127.0.0.1"},
			{"Origin: " + s.Origin, "Sec-Fetch-Site: cross-site"},
		} {
			for _, post := range []struct {
				b *Browser
				route
			}{
				{b, route{"/en/p/usagers", []string{"address", p.Mail}}}, {b, route{"/en/code", []string{"code", right}}},
				{b, route{"/en/code/resend", nil}}, {b, route{"/en/cancel", nil}}, {v, route{"/en/cancel", nil}},
				{v, route{"/en/password", twice(NewPassword(63))}},
			} {
				o.Tries++
				rq := post.b.Request(http.MethodPost, post.path, post.b.Form(post.path, post.values...))
				rq.Header = append([]string{"Cookie: " + post.b.Cookie(),
					"Content-Type: application/x-www-form-urlencoded"}, headers...)
				got := s.Send(rq)
				o.Want(got.Status == http.StatusForbidden, "POST %s with %q: %s", post.path, headers, got.Told())
			}
		}
	})
	o.Want(b.Code(right).To() == "/en/password" && v.Get("/en/password").Status == http.StatusOK, "a reset has been moved")
	s.Settle()
	o.Want(writes == 0 && len(s.Sink.Messages()) == mails+2, "there were %d writes and %d mails", writes,
		len(s.Sink.Messages())-mails-2)
	o.Say("403 each time; nothing moved, no mail, no write")
	return o
}

// R24, R30: there is nothing in a mail that a scanner could open to any effect, and no address at all beside the code.
func prefetchedMails(s *Site) (o Outcome) {
	p := s.Person()
	s.Verified(p).Reset(NewPassword(64))
	b, right := s.begun(p)
	s.await("the mail after the change", func() bool { return len(s.Sink.Messages()) > 0 && s.mailsWithout(p.Mail) > 0 })
	for _, m := range s.Sink.Messages() {
		addresses := addressesIn(m.Text + " " + m.HTML)
		o.Want(len(addresses) == 0 || m.Code() == "", "the mail with the code has the address %v", addresses)
		for _, address := range addresses {
			o.Want(strings.HasPrefix(address, s.Origin), "a mail names %s", address)
			for _, method := range []string{"HEAD", "GET", "OPTIONS"} {
				o.Tries++
				path := "/" + strings.TrimPrefix(strings.TrimPrefix(address, s.Origin), "/")
				s.Send(Request{Method: method, Target: path, Host: s.Address})
			}
		}
	}
	o.Want(b.Code(right).To() == "/en/password", "the code is no good after it")
	o.Say("no address beside a code; the portal's own beside « changed », which moves nothing")
	return o
}

// mailsWithout counts the mails to an address that have no code.
func (s *Site) mailsWithout(to string) (n int) {
	for _, m := range s.Sink.Messages() {
		if strings.EqualFold(m.To[0], to) && m.Code() == "" {
			n++
		}
	}
	return n
}

func addressesIn(text string) (found []string) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n\t\"'<>()", r) }) {
		if i := strings.Index(word, "://"); i > 0 && !strings.Contains(word, "www.w3.org") {
			found = append(found, strings.TrimRight(word, ".,;"))
		}
	}
	return found
}

// R21: session fixation.
func fixedSessions(s *Site) (o Outcome) {
	attacker := s.Browser()
	attacker.Begin("usagers", s.Nobody())
	name, given, _ := strings.Cut(attacker.Cookie(), "=")
	for _, chosen := range []string{given, "chosen", strings.Repeat("A", 43), strings.Repeat("A", 4000), "%00",
		"../../etc/passwd", "\xff\xfe", "0"} {
		o.Tries++
		victim := s.Browser()
		victim.cookies[name] = chosen
		p := s.Person()
		victim.Begin("usagers", p.Mail)
		before := victim.cookies[name]
		o.Want(before != chosen, "the cookie %.20q was adopted", chosen)
		victim.Code(s.Mailed(p.Mail, 1))
		o.Want(victim.cookies[name] != before, "the cookie was not renewed by the code")
		thief := s.Browser()
		for _, cookie := range []string{chosen, before} {
			thief.cookies[name] = cookie
			got := thief.Get("/en/password")
			o.Want(got.Status != http.StatusOK, "with the cookie %.20q the password page opens", cookie)
		}
	}
	o.Say("none adopted; new at the address, new at the code")
	return o
}

// R21.
func sessionOfBefore(s *Site) (o Outcome) {
	p := s.Person()
	b, right := s.begun(p)
	b.Get("/en/code")
	before := b.Twin()
	b.Code(right)
	b.Get("/en/password")
	before.page = b.page // also with the form of the page that only the other can see
	for _, r := range routes(right) {
		o.Tries += 2
		got := before.Twin().Get(r.path)
		o.Want(got.Status != http.StatusOK || !strings.Contains(got.Body, "new-password"), "GET %s: the password page",
			r.path)
		got = before.Twin().Post(r.path, r.values...)
		o.Want(got.To() != "/en/password" && got.To() != "/en/done" && got.To() != "/en/wait", "POST %s: %s", r.path,
			got.Told())
	}
	o.Want(s.Slapd.Bind(p.DN(s.Slapd.BaseDN), dirtest.InitialPassword) == nil, "the password has changed")
	o.Want(b.Get("/en/password").Status == http.StatusOK, "the session of the code has lost its reset")
	o.Say("worth nothing; the session of the code is as it was")
	return o
}

// R21, R50: once the end was shown, nothing is left: a reload, the back button or a thief of the cookie sees the first page.
func sessionOfAfter(s *Site) (o Outcome) {
	for name, end := range map[string]func() (*Browser, string){
		"success": func() (*Browser, string) {
			b := s.Verified(s.Person())
			b.Password(NewPassword(65))
			b.finish()
			return b, "/en/done"
		},
		"a cancel": func() (*Browser, string) {
			b, _ := s.begun(s.Person())
			b.Cancel()
			return b, "/en/ended"
		},
		"too many tries": func() (*Browser, string) {
			p := s.Person()
			b, _ := s.begun(p)
			for _, wrong := range s.wrongs(p.Mail, 5) {
				b.Code(wrong)
			}
			return b, "/en/ended"
		},
	} {
		b, page := end()
		thief := b.Twin()
		shown := b.Get(page)
		o.Want(shown.Status == http.StatusOK, "after %s the end is not shown: %s", name, shown.Told())
		o.Want(shown.Header.Get("Clear-Site-Data") != "", "after %s the browser is not told to forget", name)
		for _, path := range []string{page, "/en/code", "/en/password", "/en/done", "/en/ended", "/en/wait"} {
			o.Tries += 2
			for who, got := range map[string]Answer{"a reload": b.Twin().Get(path), "the cookie": thief.Twin().Get(path)} {
				o.Want(got.To() == "/en/", "after %s %s of %s: %s", name, who, path, got.Told())
			}
		}
	}
	o.Say("every page leads to the first one")
	return o
}

// R21.
func cookieShape(s *Site) (o Outcome) {
	seen := map[string]bool{}
	for range 20 {
		o.Tries++
		b := s.Browser()
		a := b.Begin("usagers", s.Nobody())
		set := a.Header.Get("Set-Cookie")
		name, value, _ := strings.Cut(b.Cookie(), "=")
		for _, part := range []string{"__Host-", "; Path=/", "; HttpOnly", "; Secure", "; SameSite="} {
			o.Want(strings.Contains(set, part), "a cookie without %s: %s", part, set)
		}
		o.Want(!strings.Contains(set, "Domain=") && strings.HasPrefix(name, "__Host-"), "the cookie %s", set)
		o.Want(len(value) >= 22, "a session's token has %d characters, 128 bits take 22", len(value))
		seen[value] = true
	}
	o.Want(len(seen) == o.Tries, "%d sessions have %d tokens", o.Tries, len(seen))
	o.Say("all different, of 128 bits or more; __Host-, Secure, HttpOnly, SameSite")
	return o
}
