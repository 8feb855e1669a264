package attack

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// R20, R62: what fails, fails for everybody alike, and no failure reaches an account.
func TestFailures(t *testing.T) {
	alongside(t)
	const generous = "code: {resend_after: 1s}\n" +
		"limits: {failures_per_account: 100000/1h, failures_per_population: 100000/1m, mails_per_account: 100000/1h}\n"
	Open(t, Setting{People: 8, Slapd: dirtest.SlapdOptions{MaxFailure: 5, MinLength: 10, InHistory: 3},
		More: generous}).Run(t,
		Attack{"R20", "untouched", "failures of every kind on one account, its entry read before and after", untouchedEntry},
	)
	Open(t, Setting{People: 20, More: "code: {resend_after: 60s}\n"}).Run(t,
		Attack{"R62 R1", "mail", "starts and codes of somebody and nobody while the mail server is down", alikeWithoutMail},
		Attack{"R62 R1", "frozen", "the same while the directory answers nothing", alikeWhileFrozen},
		Attack{"R62 R1", "directory", "the same while the directory is down", alikeWithoutDirectory},
	)
}

// dump is an entry with everything that the directory keeps of it.
func (s *Site) dump(p dirtest.Person) string {
	s.t.Helper()
	entry, err := s.Slapd.Entry(p.DN(s.Slapd.BaseDN))
	if err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for _, a := range entry.Attributes {
		values := slices.Sorted(slices.Values(a.Values))
		lines = append(lines, fmt.Sprintf("%s: %q", a.Name, values))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// R20: PWM counted a failed attempt as a bad bind, so that a stranger could lock an account.
func untouchedEntry(s *Site) (o Outcome) {
	p := s.Person()
	before := s.dump(p)
	for range Some(8, 200) {
		b := s.Browser()
		b.Begin("usagers", p.Mail)
		for _, wrong := range s.wrongs(p.Mail, 4) {
			b.Code(wrong)
		}
		b.Resend()
		b.Cancel()
		o.Tries += 6
	}
	s.Settle()
	after := s.dump(p)
	o.Want(after == before, "the entry has changed: %s", difference(after, before))
	o.Want(strings.Contains(before, "userPassword") && strings.Contains(before, "entryCSN"),
		"the entry was not read whole: %s", before)
	p = s.Person() // a hundred wrong codes in a row close an account to resets
	before = s.dump(p)
	verified := s.Verified(p)
	for _, bad := range []string{"", "a", "motdepasse", strings.Repeat("a", 4000), "sans chiffre Majuscule",
		"Un\x00Deux3456789", "\xff\xff"} {
		verified.Password(bad)
		o.Tries++
	}
	verified.Cancel()
	after = s.dump(p)
	o.Want(after == before, "refused passwords have changed the entry: %s", difference(after, before))
	o.Want(s.Slapd.Bind(p.DN(s.Slapd.BaseDN), dirtest.InitialPassword) == nil, "the old password is not good any more")
	o.Say("every attribute is the same, operational ones too; the old password signs in")
	return o
}

// alikeDuring compares what everybody is told while something is broken.
func alikeDuring(s *Site, breaks, mends func()) Outcome {
	var known []*kind
	for _, k := range s.kinds() {
		if k.name != "with no mail left" {
			known = append(known, k)
		}
	}
	c := script{o: &Outcome{}, kinds: known}
	breaks()
	start := time.Now()
	c.begin()
	c.want("code-wrong", "a wrong code", func(k *kind) Answer { return k.Code("000000") })
	c.want("resend-soon", "a resend", func(k *kind) Answer { return k.Resend() })
	c.want("code-wrong", "another wrong code", func(k *kind) Answer { return k.Code("000001") })
	c.want("/en/ended", "cancel", func(k *kind) Answer { return k.Cancel() })
	took := time.Since(start)
	mends()
	p := s.Person()
	b := s.Browser()
	b.Begin("usagers", p.Mail)
	got := b.Code(s.Mailed(p.Mail, 1))
	c.o.Want(took < 30*time.Second, "%d answers took %s", c.o.Tries, took) // a start of Authelia's took 10 s
	c.o.Want(got.To() == "/en/password", "when all is well again the right code is told %s", got.Told())
	o := c.outcome()
	if len(o.Broke) == 0 {
		o.Say("%d kinds of addresses, %d steps in %.1f s: the same bytes; when it is back the mail comes", len(c.kinds),
			c.steps, took.Seconds())
	}
	return o
}

// R62, R1: a failing mail server answered differently for known and unknown people in Authelia.
func alikeWithoutMail(s *Site) Outcome { return alikeDuring(s, s.Sink.Stop, s.Sink.Restart) }

// R62, R1.
func alikeWhileFrozen(s *Site) Outcome {
	return alikeDuring(s, func() { s.must(s.Slapd.Pause()) }, func() { s.must(s.Slapd.Resume()) })
}

// R62, R1.
func alikeWithoutDirectory(s *Site) Outcome {
	return alikeDuring(s, s.Slapd.Stop, func() { s.must(s.Slapd.Restart()) })
}
