package attack

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"
)

// R17: nobody's mailbox is flooded, and who tries learns nothing from it.
func TestMails(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 12, More: "code: {resend_after: 1s}\n"}).Run(t,
		Attack{"R17", "starts", "starts and resends for one address and for nobody's, from many clients", mailBombing},
		Attack{"R17", "volley", "starts for one address, all at once", mailVolley},
		Attack{"R17", "soon", "a resend at once, again and again", resendSoon},
	)
}

// start is the request that types an address.
func (b *Browser) start(address string) Request {
	return b.Request(http.MethodPost, "/en/p/usagers", "address="+url.QueryEscape(address))
}

// R17, R3.
func mailBombing(s *Site) (o Outcome) {
	p, nobody := s.Person(), s.Nobody()
	var known, unknown []*Browser
	type pair struct{ known, unknown Answer }
	var pairs []pair
	both := func(do func(b *Browser, typed string) Answer) {
		for i := range known {
			o.Tries += 2
			pairs = append(pairs, pair{do(known[i], p.Mail), do(unknown[i], nobody)})
		}
	}
	for range Some(30, 100) {
		known, unknown = append(known, s.Browser()), append(unknown, s.Browser())
	}
	both(func(b *Browser, typed string) Answer { return b.Do(b.start(typed)) })
	for range 2 {
		soon := time.Now().Add(1100 * time.Millisecond)
		both(func(b *Browser, _ string) Answer { return b.Get("/en/code") })
		pause(soon)
		both(func(b *Browser, _ string) Answer { return b.Resend() })
	}
	for _, both := range pairs {
		if got, want := both.known.Plain(p.Mail), both.unknown.Plain(nobody); got != want {
			o.Want(false, "the answers differ: %s", difference(got, want))
			break
		}
	}
	s.Settle()
	mails := len(s.Codes(p.Mail)) + s.mailsWithout(p.Mail)
	o.Want(mails <= 5, "%d mails came, 5 are allowed", mails)
	o.Want(mails > 0, "no mail came")
	o.Say("%d mails; the pages for nobody are the same", mails)
	return o
}

// R14, R17.
func mailVolley(s *Site) (o Outcome) {
	p := s.Person()
	var shots []Request
	for range 100 {
		shots = append(shots, s.Browser().start(p.Mail))
	}
	counts := tally(s.Volley(shots))
	o.Tries = len(shots)
	o.Want(counts["/en/code"] == len(shots), "they were told %v", counts)
	s.Settle()
	mails := len(s.Codes(p.Mail)) // a code that a newer one has overtaken need not be mailed any more
	o.Want(mails > 0 && mails <= 5, "%d mails came, 5 are allowed", mails)
	to := slices.Compact(slices.Sorted(slices.Values(s.Recipients(0))))
	o.Say("%d mails; all %d were told that a code is on its way", mails, len(shots))
	o.Want(!slices.Contains(to, ""), "a mail went to nobody")
	return o
}

// R17: with the pause of a second of this site; 60 seconds by default.
func resendSoon(s *Site) (o Outcome) {
	p := s.Person()
	b, _ := s.begun(p)
	start := time.Now()
	told := tally(s.Volley(slices.Repeat([]Request{b.resend()}, 40)))
	o.Tries = 40
	if time.Since(start) < time.Second { // else the machine was too slow for it to be soon
		o.Want(told["resend-soon"] == 40, "40 resends at once are told %v", told)
	}
	pause(start.Add(1100 * time.Millisecond))
	told = tally(s.Volley(slices.Repeat([]Request{b.resend()}, 40)))
	o.Tries += 40
	o.Want(told["/en/code?new"] == 1, "of 40 resends at once after the pause %d are taken", told["/en/code?new"])
	s.Mailed(p.Mail, 2)
	s.Settle()
	o.Want(len(s.Codes(p.Mail)) == 2, "%d mails came", len(s.Codes(p.Mail)))
	o.Say("none before the pause, one of 40 at once after it")
	return o
}

// resend is the request for another code.
func (b *Browser) resend() Request {
	b.reach("/en/code/resend", "/en/code")
	return b.Request(http.MethodPost, "/en/code/resend", b.Form("/en/code/resend"))
}
