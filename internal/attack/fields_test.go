package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/dirtest"
)

// R4, R5, R8: one address is typed, it names whom it names, and mail goes where the directory says.
func TestFields(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 40, More: "limits: {mails_per_account: 200/1h, starts_per_address: 10000/1m}\n"}).Run(t,
		Attack{"R5", "doubled", "two addresses, arrays, JSON, other types, other fields, at every form", oddForms},
		Attack{"R4 R29", "two", "two addresses, or a header, in the one field", twoAddresses},
		Attack{"R4", "alike", "Unicode look-alikes and other spellings of an address", lookAlikes},
		Attack{"R6", "joined", "an account whose identifier is somebody else's address", joinedAccount},
		Attack{"R8", "injection", "LDAP metacharacters and filters in the address", ldapInjection},
		Attack{"R29 R58", "lines", "line ends, control and terminal characters in every field and header", lineEnds},
	)
}

// body is a post that no page of the portal makes.
type body struct {
	name, query, contentType, text string
}

// oddBodies are bodies in which a field has a name and a value, and with it an other value.
func oddBodies(name, value, other, hidden string) []body {
	const form = "application/x-www-form-urlencoded"
	v, o := url.QueryEscape(value), url.QueryEscape(other)
	if hidden != "" {
		hidden = "&" + hidden
	}
	return []body{
		{"twice", "", form, name + "=" + v + "&" + name + "=" + o + hidden},
		{"twice the same", "", form, name + "=" + v + "&" + name + "=" + v + hidden},
		{"in query and body", "?" + name + "=" + o, form, name + "=" + v + hidden},
		{"an array", "", form, name + "[]=" + v + "&" + name + "[]=" + o + hidden},
		{"an array beside it", "", form, name + "=" + v + "&" + name + "[]=" + o + hidden},
		{"numbered", "", form, name + "[0]=" + v + "&" + name + "[1]=" + o + hidden},
		{"another field", "", form, name + "=" + v + "&admin=true" + hidden},
		{"by a semicolon", "", form, name + "=" + v + ";" + name + "=" + o + hidden},
		{"JSON as a form", "", form, `{"` + name + `": ["` + value + `", "` + other + `"]}`},
		{"JSON", "", "application/json", `{"` + name + `": ["` + value + `", "` + other + `"]}`},
		{"no type", "", "", name + "=" + v + hidden},
		{"text", "", "text/plain", name + "=" + v + hidden},
		{"XML", "", "application/xml", "<" + name + ">" + value + "</" + name + ">"},
		{"parts", "", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"" + name +
			"\"\r\n\r\n" + value + "\r\n--b--\r\n"},
		{"a broken escape", "", form, name + "=%zz" + hidden},
		{"an escape cut off", "", form, name + "=" + v + "%" + hidden},
	}
}

// R5: CVE-2023-7028.
func oddForms(s *Site) (o Outcome) {
	p, other := s.Person(), s.Person()
	mails := len(s.Sink.Messages())
	b, right := s.begun(s.Person())
	b.Get("/en/code")
	v := s.Verified(s.Person())
	v.Get("/en/password")
	writes := s.writes(func() {
		for _, form := range []struct {
			b                  *Browser
			path, name, value  string
			other, beside, end string
		}{
			{s.Browser(), "/en/p/usagers", "address", p.Mail, other.Mail, "", "/en/code"},
			{b, "/en/code", "code", right, "000000", "", "/en/password"},
			{v, "/en/password", "password", NewPassword(70), NewPassword(71), "confirm=" + NewPassword(70), "/en/done"},
		} {
			hidden := strings.Trim(form.b.Hidden(form.path).Encode()+"&"+form.beside, "&")
			for _, odd := range oddBodies(form.name, form.value, form.other, hidden) {
				o.Tries++
				rq := form.b.Request(http.MethodPost, form.path+odd.query, odd.text)
				rq.Header = slices.DeleteFunc(rq.Header, func(line string) bool {
					return strings.HasPrefix(line,
						"Content-T")
				})
				if odd.contentType != "" {
					rq.Header = append(rq.Header, "Content-Type: "+odd.contentType)
				}
				got := s.Send(rq)
				o.Want(got.Status == http.StatusBadRequest, "POST %s, %s: %s", form.path, odd.name, got.Told())
			}
		}
	})
	got := b.Code(right)
	o.Want(got.To() == "/en/password", "the right code after it: %s", got.Told())
	s.Settle()
	o.Want(writes == 0 && len(s.Sink.Messages()) == mails+4, "%d writes, %d mails", writes, len(s.Sink.Messages())-mails-4)
	o.Say("400 each time; no mail, no try, no write")
	return o
}

// R4, R29.
func twoAddresses(s *Site) (o Outcome) {
	p, other := s.Person(), s.Person()
	const evil = "eve@evil.example"
	mails := len(s.Sink.Messages())
	for _, second := range []string{evil, other.Mail} {
		for _, between := range []string{",", ", ", ";", " ", "\t", "\n", "\r\n", "\r\nBcc: ", "\r\nTo: ", "\nRCPT TO:",
			"\x00", "%0a", "|", "\u2028", ">,<", ")(mail=", "&address="} {
			for _, typed := range []string{p.Mail + between + second, second + between + p.Mail,
				"<" + p.Mail + between + second + ">"} {
				o.Tries++
				got := s.Browser().Begin("usagers", typed)
				o.Want(got.Status == http.StatusSeeOther || got.Status == http.StatusUnprocessableEntity, "%q is told %s",
					typed, got.Told())
			}
		}
	}
	s.Settle()
	o.Want(len(s.Sink.Messages()) == mails+2, "%d mails came, to %v", len(s.Sink.Messages())-mails-2, s.Recipients(mails))
	o.Say("no mail to anybody")
	return o
}

// alike are texts that some program takes for the address.
func alike(address string) (all []string) {
	local, domain, _ := strings.Cut(address, "@")
	for _, pair := range []string{"i ı", "i İ", "i í", "i і", "k K", "s ſ", "a а", "e е", "o о", "c ⅽ", "d ⅾ", "fi ﬁ",
		"ff ﬀ", "m ｍ", ". 。", ". ．", ". ․", "@ ＠", "e é", "l Ⅼ", "n ñ"} {
		letter, other, _ := strings.Cut(pair, " ")
		if strings.Contains(address, letter) {
			all = append(all, strings.Replace(address, letter, other, 1), strings.ReplaceAll(address, letter, other))
		}
	}
	wide := strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r - '!' + '！'
		}
		return r
	}, address)
	return append(all, wide, local+"+tag@"+domain, local+"@"+domain+".", local+"@"+domain+" .", local+"\u200b@"+domain,
		"\ufeff"+address, address+"\u00ad",
		address+"\u200e", "\u202e"+address, local+"\u0301@"+domain, `"`+local+`"@`+domain, local+"(x)@"+domain,
		"("+local+")"+address, "<"+address+">",
		"mailto:"+address, local+"@@"+domain, local+"@["+domain+"]", local+"@"+domain+":25",
		local+"%"+domain+"@evil.example", address+"@evil.example",
		"@evil.example:"+address, local+"@"+domain+"/", local+"@xn--"+domain, local+" @"+domain, strings.ToUpper(address),
		local+"@"+strings.ToUpper(domain))
}

// R4: CVE-2019-19844.
func lookAlikes(s *Site) (o Outcome) {
	mails := len(s.Sink.Messages())
	people := []dirtest.Person{s.Person(), dirtest.Camille}
	kim := s.Person()
	kim.Mail = "kim.officiel.sisk@exemple.fr"
	s.change(kim, "mail", kim.Mail)
	s.change(kim, "uid", kim.UID, kim.Mail) // which is compared as Unicode text, where mail is compared as ASCII
	stored := map[string]bool{}
	for _, p := range append(people, kim) {
		stored[p.Mail] = true
		for _, typed := range alike(p.Mail) {
			o.Tries++
			got := s.Browser().Begin("usagers", typed)
			o.Want(got.To() == "/en/code" || got.Status == http.StatusUnprocessableEntity, "%q is told %s", typed,
				got.Told())
		}
	}
	s.Settle()
	own, strangers := 0, 0
	for _, to := range s.Recipients(mails) {
		switch {
		case stored[to]:
			own++
		case !strings.HasPrefix(to, "p0"):
			strangers++
			o.Want(false, "a mail went to %q", to)
		}
	}
	o.Say("%d mails to the address on file, %d to the one typed", own, strangers)
	return o
}

// R6: whoever calls himself by somebody's address gets neither the mail nor a place in the list.
func joinedAccount(s *Site) (o Outcome) {
	victim, intruder := s.Person(), s.Person()
	s.change(intruder, "uid", intruder.UID, victim.Mail)
	mails := len(s.Sink.Messages())
	b, code := s.begun(victim)
	got := b.Code(code)
	o.Tries = 1
	o.Want(got.To() == "/en/password", "the victim's code leads to %s", got.Told())
	s.Settle()
	for _, to := range s.Recipients(mails) {
		o.Want(to != intruder.Mail, "a mail went to the intruder")
	}
	b.Reset(NewPassword(72))
	o.Want(s.Slapd.Bind(victim.DN(s.Slapd.BaseDN), NewPassword(72)) == nil, "the victim's password is not the new one")
	o.Want(s.Slapd.Bind(intruder.DN(s.Slapd.BaseDN), dirtest.InitialPassword) == nil, "the intruder's password has changed")
	o.Say("the mail, the code and the change are the victim's alone")
	return o
}

// R8.
func ldapInjection(s *Site) (o Outcome) {
	p := s.Person()
	mails := len(s.Sink.Messages())
	texts := []string{
		"*", "**", "*@exemple.fr", "p*", p.UID + "*", p.UID[:5] + "*", "*)(uid=*", "*)(|(uid=*", p.Mail + ")(uid=*",
		p.Mail + "*", p.Mail[:4] + "*", "*)(objectClass=*)", ")(cn=*))(|(cn=*",
		"a)(!(mail=b", "x)(|(mail=" + p.Mail, "(mail=" + p.Mail + ")", "(&(mail=" + p.Mail + "))", `\2a`,
		`\2a@exemple.fr`, `\70` + p.UID[1:], `p\30` + p.UID[2:], `\`, `\\`, `\zz`,
		"\x00", p.UID + "\x00", p.Mail + "\x00*", "\xff\xfe", p.UID + "\xff", "\xc0\xaa", "#" + fmt.Sprintf("%x", p.UID),
		"uid=" + p.UID, "uid=" + p.UID + ",ou=usagers,dc=region,dc=example",
		p.DN("dc=region,dc=example"), "ldap:///??sub?(uid=*)", "admin)(&)", "*)(&", "~=" + p.UID, ">=" + p.UID, "{0}",
		"%s", "${uid}", strings.Repeat("*", 254), strings.Repeat("(", 254), strings.Repeat("a", 255),
		strings.Repeat("é", 128), strings.Repeat("a", 30000),
	}
	for _, text := range texts {
		for _, population := range []string{"usagers", "elus"} {
			o.Tries++
			got := s.Browser().Begin(population, text)
			o.Want(got.To() == "/en/code" || got.Status == http.StatusUnprocessableEntity, "%.40q is told %s", text,
				got.Told())
		}
	}
	s.Settle()
	o.Want(len(s.Sink.Messages()) == mails+2, "%d mails came, to %v", len(s.Sink.Messages())-mails-2, s.Recipients(mails))
	o.Say("nobody is named by them; no mail, no error")
	return o
}

// R29, R58: nothing that was typed makes a line of its own in what the portal writes.
func lineEnds(s *Site) (o Outcome) {
	const mark = "INJECTED"
	b, _ := s.begun(s.Person())
	v := s.Verified(s.Person())
	for _, end := range []string{"\n", "\r\n", "\r", "\u2028", "\u0085", "\x1b[2K\x1b[1A", "\x00", "\x08\x08\x08", "\x7f",
		"\u202e"} {
		text := "a" + end + mark + ` level=ERROR {"event":"` + mark + `"}`
		for _, do := range []func(){
			func() { s.Browser().Begin("usagers", text) },
			func() { s.Browser().Begin("usagers", text+"@exemple.fr") },
			func() { s.Browser().Get("/en/p/" + url.PathEscape(text)) },
			func() { s.Browser().Get("/en/?" + url.QueryEscape(text) + "=" + url.QueryEscape(text)) },
			func() { b.Code(text) },
			func() { v.Password("Epreuve-" + text) },
			func() { v.Post("/en/account", "account", text) },
		} {
			o.Tries++
			do()
		}
		for _, header := range []string{"User-Agent", "Referer", "Accept-Language", "X-Forwarded-For", "X-Request-Id",
			"Cookie"} {
			o.Tries++
			rq := s.Browser().Request(http.MethodGet, "/", "")
			rq.Header = append(rq.Header, header+": "+strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ").Replace(text))
			s.Send(rq)
		}
	}
	for place, content := range s.places() {
		if place == "pages" || place == "state file" {
			continue
		}
		for _, line := range strings.FieldsFunc(content,
			func(r rune) bool { return strings.ContainsRune("\n\r\u2028\u0085\x1b\x00\b\x7f\u202e", r) }) {
			o.Want(!strings.HasPrefix(line, mark) && !strings.HasPrefix(line, "[1A"+mark),
				"a line of the %s begins with what was typed", place)
		}
	}
	o.Say("nothing of it stands at the start of a line, in log, audit or mails")
	return o
}
