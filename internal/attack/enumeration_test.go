package attack

import (
	"slices"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// R1, R3: whoever an address is, the portal says the same, byte for byte, from the first answer to the last.
func TestEnumeration(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 40, More: "code: {resend_after: 3s}\n"}).Run(t,
		Attack{"R1 R3", "tries", "every kind of address: start, wrong codes, resends, to the end", alikeWhenTried},
		Attack{"R1 R3", "cancelled", "every kind of address: cancel, and every page after it", alikeWhenCancelled},
	)
	Open(t, Setting{People: 10}).Run(t,
		Attack{"R3 R13", "limited", "every kind of address: new sessions, until no try is left", alikeWhenLimited},
	)
}

// kind is an address of one sort, and the browser that has typed it.
type kind struct {
	name, typed string
	mail        string // where codes go; empty: nowhere
	*Browser
}

// kinds are addresses of every sort, each in a new browser; the first is nobody's. Somebody's is another one each time.
func (s *Site) kinds() []*kind {
	s.t.Helper()
	known, mailless, spent, one, two := s.Person(), s.Person(), s.Person(), s.Person(), s.Person()
	s.change(mailless, "mail")
	s.change(one, "uid", one.UID, "homonyme"+one.UID)
	s.change(two, "uid", two.UID, "homonyme"+one.UID)
	for range 5 { // mails_per_account
		s.begun(spent)
	}
	kinds := []*kind{
		{name: "nobody's", typed: s.Nobody()},
		{name: "a person's", typed: known.Mail, mail: known.Mail},
		{name: "a person's in capitals", typed: upper(known.Mail), mail: known.Mail},
		{name: "a person's identifier", typed: known.UID, mail: known.Mail},
		{name: "of two accounts", typed: dirtest.Gestion.Mail},
		{name: "a protected person's", typed: dirtest.Protected.Mail},
		{name: "of an account locked for good", typed: dirtest.LockedForGood.Mail},
		{name: "of another population", typed: dirtest.Helene.Mail},
		{name: "outside of the units", typed: dirtest.Outsider.Mail},
		{name: "of a service account", typed: "ssprd"},
		{name: "of a person without mail", typed: mailless.UID},
		{name: "of two people by one identifier", typed: "homonyme" + one.UID},
		{name: "with no mail left", typed: spent.Mail},
	}
	for _, k := range kinds {
		k.Browser = s.Browser()
	}
	return kinds
}

func (s *Site) change(p dirtest.Person, attribute string, values ...string) {
	s.t.Helper()
	if err := s.Slapd.Replace(p.DN(s.Slapd.BaseDN), attribute, values...); err != nil {
		s.t.Fatal(err)
	}
}

func upper(address string) string {
	b := []byte(address)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// script is one that every kind goes through, side by side.
type script struct {
	o     *Outcome
	kinds []*kind
	steps int
}

// step does the same for every kind, and compares the answers with the one for nobody. It returns what that one tells.
func (c *script) step(name string, do func(*kind) Answer) string {
	var first Answer
	var plain string
	for i, k := range c.kinds {
		a := do(k)
		c.o.Tries++
		if i == 0 {
			first, plain = a, a.Plain(k.typed)
		} else if got := a.Plain(k.typed); got != plain {
			c.o.Want(false, "%s, the address %s: %s", name, k.name, difference(got, plain))
		}
	}
	c.steps++
	return first.Told()
}

// want does a step that must tell something.
func (c *script) want(told, name string, do func(*kind) Answer) {
	if got := c.step(name, do); got != told {
		c.o.Want(false, "%s: nobody is told %s, want %s", name, got, told)
	}
}

func (c *script) begin() {
	c.want("200", "the address page", func(k *kind) Answer { return k.Get("/en/p/usagers") })
	c.want("/en/code", "the address", func(k *kind) Answer { return k.Post("/en/p/usagers", "address", k.typed) })
	c.want("200", "the code page", func(k *kind) Answer { return k.Get("/en/code") })
}

func wrongCode(k *kind) Answer { return k.Code(k.site.Wrong(k.mail)) }

func get(path string) func(*kind) Answer { return func(k *kind) Answer { return k.Get(path) } }

func (c *script) outcome() Outcome {
	if len(c.o.Broke) == 0 {
		c.o.Say("%d kinds of addresses, %d steps: the same bytes but for tokens and times", len(c.kinds), c.steps)
	}
	return *c.o
}

// R1, R3, R17.
func alikeWhenTried(s *Site) Outcome {
	c := script{o: &Outcome{}, kinds: s.kinds()}
	c.begin()
	soon := time.Now().Add(3100 * time.Millisecond)
	c.want("resend-soon", "a resend too soon", func(k *kind) Answer { return k.Resend() })
	c.want("code-wrong", "a first wrong code", wrongCode)
	c.want("code-short", "a short code", func(k *kind) Answer { return k.Code("12") })
	c.want("code-long", "a long code", func(k *kind) Answer { return k.Code("1234567890") })
	c.want("code-not-digits", "letters", func(k *kind) Answer { return k.Code("abcdef") })
	c.want("200", "the code page again", get("/en/code"))
	pause(soon)
	c.want("/en/code?new", "a resend", func(k *kind) Answer { return k.Resend() })
	c.want("200", "its page", get("/en/code?new"))
	c.want("code-wrong", "a second wrong code", wrongCode)
	c.want("code-wrong", "a third wrong code", wrongCode)
	c.want("/en/code", "the password page", get("/en/password"))
	c.want("/en/code", "the accounts", get("/en/account"))
	c.want("code-wrong", "a fourth wrong code", wrongCode)
	c.want("/en/ended", "a fifth wrong code", wrongCode)
	c.want("200", "the end", get("/en/ended"))
	c.step("the end again", get("/en/ended"))
	c.step("the code page after the end", get("/en/code"))
	return c.outcome()
}

// R1, R3, R10.
func alikeWhenExpired(s *Site) Outcome {
	c := script{o: &Outcome{}, kinds: s.kinds()}
	c.begin()
	expired := time.Now().Add(8100 * time.Millisecond)
	for _, k := range c.kinds {
		if k.mail == k.typed {
			s.Mailed(k.mail, 1)
		}
	}
	pause(expired)
	c.want("code-expired", "the code page when it has expired", get("/en/code"))
	c.want("code-expired", "a code when it has expired", wrongCode)
	c.want("/en/code?new", "a second code", func(k *kind) Answer { return k.Resend() })
	soon := time.Now().Add(1200 * time.Millisecond)
	pause(soon)
	c.want("/en/code?new", "a third code", func(k *kind) Answer { return k.Resend() })
	soon = time.Now().Add(1200 * time.Millisecond)
	pause(soon)
	c.want("resend-often", "a fourth code", func(k *kind) Answer { return k.Resend() })
	pause(soon.Add(15 * time.Second)) // twice the life of the last code
	c.step("the code page when all is over", get("/en/code"))
	c.step("a code when all is over", func(k *kind) Answer { return k.Post("/en/code", "code", "123456") })
	c.step("the end", get("/en/ended"))
	return c.outcome()
}

// R1, R3, R21.
func alikeWhenCancelled(s *Site) Outcome {
	c := script{o: &Outcome{}, kinds: s.kinds()}
	c.begin()
	c.want("/en/ended", "cancel", func(k *kind) Answer { return k.Cancel() })
	for _, path := range []string{"/en/ended", "/en/ended", "/en/code", "/en/account", "/en/password", "/en/wait",
		"/en/wait/events", "/en/done", "/en/cancel"} {
		c.step("after the cancel, "+path, get(path))
	}
	c.step("a wrong code after the cancel", func(k *kind) Answer { return k.Post("/en/code", "code", "123456") })
	return c.outcome()
}

// R3, R13: no session, and no new code, gives more tries; nobody's address runs out of them as a person's does.
func alikeWhenLimited(s *Site) Outcome {
	c := script{o: &Outcome{}, kinds: slices.DeleteFunc(s.kinds(),
		func(k *kind) bool { // what is the same person's is counted together
			return k.name == "a person's in capitals" || k.name == "a person's identifier"
		})}
	compared, told := 0, "code-wrong"
	for told == "code-wrong" && compared < 20 {
		c.begin()
		for range 4 {
			if told = c.step("a wrong code in the next session", wrongCode); told != "code-wrong" {
				break
			}
			compared++
		}
		for _, k := range c.kinds {
			k.Browser = s.Browser()
		}
	}
	c.o.Want(compared == 10 && told == "limited", "%d tries were compared, and the last answer is %s", compared, told)
	return c.outcome()
}
