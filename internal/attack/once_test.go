package attack

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// R23: one right code is worth one change, however often, and however fast, the button is pressed.
func TestOnce(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: Some(20, 170)}).Run(t,
		Attack{"R23", "eight", "a new password posted eight times at once, over and over",
			func(s *Site) Outcome { return sameAtOnce(s, 8, Some(4, 80)) }},
		Attack{"R23", "twenty", "a new password posted twenty times at once, over and over",
			func(s *Site) Outcome { return sameAtOnce(s, 20, Some(4, 40)) }},
		Attack{"R23", "different", "twenty different passwords at once, over and over", differentAtOnce},
		Attack{"R23", "tabs", "the same from two tabs, of which one is at the code", twoTabs},
	)
}

// writes counts the directory's writes while something is done.
func (s *Site) writes(do func()) int {
	s.t.Helper()
	before, err := s.Slapd.Operations()
	if err != nil {
		s.t.Fatal(err)
	}
	do()
	after, err := s.Slapd.Operations()
	if err != nil {
		s.t.Fatal(err)
	}
	return after - before
}

// finish follows a change to its end.
func (b *Browser) finish() {
	b.site.t.Helper()
	b.site.await("the end of the change", func() bool { return b.Get("/en/wait").To() == "/en/done" })
}

// R23: eight successes of eight, 79 of 80 times, was netresearch's answer.
func sameAtOnce(s *Site, atOnce, again int) (o Outcome) {
	writes, done := 0, s.Audit("password.changed")
	for i := range again {
		p := s.Person()
		b := s.Verified(p)
		b.Get("/en/password")
		shot := b.Request(http.MethodPost, "/en/password", b.Form("/en/password", twice(NewPassword(i))...))
		writes += s.writes(func() {
			for to := range tally(s.Volley(slices.Repeat([]Request{shot}, atOnce))) {
				o.Want(to == "/en/done" || to == "/en/wait", "a post of the password leads to %s", to)
			}
			o.Tries += atOnce
			b.finish()
			s.Send(shot) // once more, when all is over
			o.Tries++
		})
		o.Want(s.Slapd.Bind(p.DN(s.Slapd.BaseDN), NewPassword(i)) == nil, "the new password is not good")
	}
	done = s.Audit("password.changed") - done
	o.Want(writes == again, "%d changes made %d writes", again, writes)
	o.Want(done == again, "%d changes made %d successes", again, done)
	o.Say("%d changes, %d writes, %d successes", again, writes, done)
	return o
}

// R23: of two passwords one is written, and it is the one that is told.
func differentAtOnce(s *Site) (o Outcome) {
	again, writes := Some(4, 40), 0
	for range again {
		p := s.Person()
		b := s.Verified(p)
		b.Get("/en/password")
		var shots []Request
		for i := range 20 {
			password := NewPassword(100 + i)
			shots = append(shots, b.Request(http.MethodPost, "/en/password", b.Form("/en/password", twice(password)...)))
		}
		o.Tries += len(shots)
		writes += s.writes(func() {
			s.Volley(shots)
			b.finish()
		})
		good := 0
		for i := range 20 {
			if s.Slapd.Bind(p.DN(s.Slapd.BaseDN), NewPassword(100+i)) == nil {
				good++
			}
		}
		o.Want(good == 1, "%d of 20 passwords are good", good)
	}
	o.Want(writes == again, "%d changes made %d writes", again, writes)
	o.Say("%d changes, %d writes, each time one of the passwords is good", again, writes)
	return o
}

// R21, R23: a second tab has the cookie of before the code; it is no visitor of this reset any more.
func twoTabs(s *Site) (o Outcome) {
	p := s.Person()
	b, code := s.begun(p)
	b.Get("/en/code")
	tab := b.Twin()
	b.Code(code)
	b.Get("/en/password")
	writes := s.writes(func() {
		late := tab.Post("/en/password", twice(NewPassword(7))...)
		o.Want(late.To() != "/en/done" && late.To() != "/en/wait", "the session of before the code leads to %s", late.To())
		again := tab.Code(code)
		o.Want(again.To() != "/en/password", "the session of before the code types it again and leads to %s", again.To())
	})
	o.Want(writes == 0, "the session of before the code has written")
	writes = s.writes(func() { b.Reset(NewPassword(8)) })
	o.Want(writes == 1, "the session of the code has written %d times", writes)
	back := fmt.Sprint(b.Get("/en/password").To(), b.Post("/en/password", twice(NewPassword(9))...).To())
	o.Want(s.Slapd.Bind(p.DN(s.Slapd.BaseDN), NewPassword(8)) == nil, "a post after the end has changed the password")
	o.Tries = 4
	o.Say("the older one writes nothing; back and again after the end: %s", back)
	return o
}
