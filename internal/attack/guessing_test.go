package attack

import (
	"net/http"
	"regexp"
	"testing"

	"ssprd/internal/dirtest"
)

// R16: who guesses a little on each of very many accounts is stopped, and somebody is told.
func TestGuessing(t *testing.T) {
	alongside(t)
	Open(t, Setting{People: 60, More: "limits: {failures_per_population: 20/10m}\n"}).Run(t,
		Attack{"R16", "spread", "two wrong codes on each of 60 addresses at once, from as many clients", guessingSpread},
	)
	Open(t, Setting{People: Some(110, 650)}).Run(t,
		Attack{"R15 R16", "alone", "one client alone that guesses on as many addresses as it can", guessingAlone},
	)
}

// begunOn is a browser for each of n addresses, by turns a person's and nobody's.
func (s *Site) begunOn(n int) (browsers []*Browser) {
	s.t.Helper()
	for i := range n {
		b, typed := s.Browser(), s.Nobody()
		if i%2 == 0 {
			typed = s.Person().Mail
		}
		b.Begin("usagers", typed)
		browsers = append(browsers, b)
	}
	return browsers
}

// R16.
func guessingSpread(s *Site) (o Outcome) {
	const allowed, addresses = 20, 60
	victim := s.Person()
	waiting, right := s.begun(victim)
	browsers := s.begunOn(addresses)
	compared := map[int]bool{}
	for range 2 {
		var shots []Request
		for _, b := range browsers {
			shots = append(shots, b.shots([]string{"000000"})...)
		}
		for i, a := range s.Volley(shots) {
			o.Tries++
			if told := a.Told(); told == "code-wrong" {
				compared[i] = true
			} else {
				o.Want(told == "limited", "a guess is told %s", told)
			}
		}
	}
	o.Want(len(compared) <= allowed, "guesses on %d addresses were compared, %d are allowed", len(compared), allowed)
	o.Want(len(compared) >= allowed, "guesses on %d addresses closed the population, it takes %d", len(compared), allowed)
	o.Want(waiting.Code(right).Told() == "limited", "codes of the population are still taken")
	other := s.Verified(dirtest.Helene).Get("/en/password")
	o.Want(other.Status == http.StatusOK, "another population is closed as well")
	alarm := regexp.MustCompile(`(?m)^.*level=ERROR.*guessing.*$`).FindString(s.Log())
	o.Want(alarm != "", "there is no alarm in the log")
	o.Say("%d addresses, then everybody is told to wait; an alarm; the other population goes on", len(compared))
	return o
}

// R15, R16: the limits of one client are reached long before those of everybody.
func guessingAlone(s *Site) (o Outcome) {
	alone, begun, compared := s.client(), 0, 0
	for range Some(60, 600) {
		b := s.Browser()
		b.From = alone
		o.Tries++
		if b.Begin("usagers", s.Person().Mail).To() != "/en/code" {
			continue
		}
		begun++
		for _, wrong := range s.wrongs("", 5) {
			if b.Code(wrong).Told() == "code-wrong" {
				compared++
			}
		}
	}
	o.Want(begun == 30, "one client began %d resets, 30 are allowed", begun)
	o.Want(s.Verified(s.Person()).Get("/en/password").Status == http.StatusOK, "nobody else can reset a password any more")
	o.Say("%d resets begun, %d guesses compared; everybody else goes on", begun, compared)
	return o
}
