package faults

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// R62, R73, R45: what the portal needs is away, or silent, and comes back: nothing has to be restarted.
func TestOutages(t *testing.T) {
	alongside(t)
	Open(t, Setting{Instances: 1, Replica: true, People: Some(300, 3000)}).Run(t,
		Fault{"R73 R62", "mail", "the mail server is stopped for " + outage().String() + ", and started again", mailAway},
		Fault{"R62", "directory down", "the directory is stopped for " + outage().String() + ", and started again", directoryAway},
		Fault{"R62 R45", "directory silent", "the directory answers nothing for " + outage().String() + ", writes under way too", directorySilent},
	)
}

// outage is how long something is away.
func outage() time.Duration { return Lasting(5*time.Second, 2*time.Minute) }

// during breaks something under the hands of a crowd, looks at what it is like meanwhile, and mends it. All of the crowd,
// and some people more, must then come to an end.
func during(s *Site, breaks, meanwhile, mends func(*Outcome)) (o Outcome) {
	crowd := s.Crowd(people, outage())
	crowd.AwaitEnds(people)
	said := len(s.Instances[0].Log())
	o.UnderWay = crowd.UnderWay()
	breaks(&o)
	begin := time.Now()
	meanwhile(&o)
	pause(time.Until(begin.Add(outage())))
	mends(&o)
	lines := loud(s.Instances[0].Log()[said:])
	for _, i := range s.Instances {
		o.Want(i.AwaitReady(http.StatusOK, ""), "the portal is not ready again: %s", ready(i))
	}
	crowd.AwaitEnds(2 * people)
	o.Tally = crowd.Leave()
	o.Want(lines > 0, "the log says nothing of it")
	o.Want(lines <= flood(), "the log is flooded: %d lines of warnings and errors", lines)
	o.Say("%d lines in the log, ready again by itself; %s", lines, o.statuses())
	return o
}

// flood is more lines than an administrator wants to read of one cause.
func flood() int { return Some(100, 200) }

func ready(i *Instance) string {
	_, text := i.Ready()
	return strings.ReplaceAll(text, "\n", " ")
}

var loudLine = regexp.MustCompile(`(?m)level=(WARN|ERROR)`)

// loud is how many warnings and errors a log has.
func loud(log string) int { return len(loudLine.FindAllString(log, -1)) }

// unavailable wants the portal to say of a part that it is not available, and of every other that it is.
func unavailable(s *Site, o *Outcome, part string) {
	i := s.Instances[0]
	o.Want(i.AwaitReady(http.StatusServiceUnavailable, part+": not available"), "%s is away, and /readyz says %s", part, ready(i))
}

var moves = regexp.MustCompile(`value="[^"]*"|\d+\x{a0}(second|minute)s?|[0-9A-Z]{5}-[0-9A-Z]{5}`) // the last is the reference

// glance is what somebody reads who begins a reset: the page of the code, without what is another's each time.
func (s *Site) glance(address string) screen {
	p, _ := s.person()
	v := s.visitor(p, time.Now().Add(patience))
	defer v.client.CloseIdleConnections()
	page := v.post(v.get("/en/p/usagers"), "/en/p/usagers", map[string][]string{"address": {address}})
	page.body = moves.ReplaceAllString(strings.ReplaceAll(page.body, address, "ADDRESS"), "")
	return page
}

// alike wants everybody, known or not, to read meanwhile what they read before.
func alike(s *Site, o *Outcome, before screen) {
	p, _ := s.person()
	for _, address := range []string{p.Mail, "nobody@exemple.fr"} {
		if now := s.glance(address); now != before {
			o.Want(false, "%s reads something else than before: %d %s", address, now.status, now.path)
		}
	}
}

// usual is what everybody reads.
func usual(s *Site) screen {
	p, _ := s.person()
	return s.glance(p.Mail)
}

// R73, R62.
func mailAway(s *Site) Outcome {
	before := usual(s)
	o := during(s, func(*Outcome) { s.Sink.Stop() }, func(o *Outcome) {
		alike(s, o, before)
		unavailable(s, o, "mail")
	}, func(*Outcome) { s.Sink.Restart() })
	o.Want(o.Again+o.Unchanged == 0, "some have not changed their password at once")
	return o
}

// R62.
func directoryAway(s *Site) Outcome {
	before := usual(s)
	o := during(s, func(*Outcome) { s.Slapd.Stop() }, func(o *Outcome) {
		alike(s, o, before)
		unavailable(s, o, "directory region")
	}, func(*Outcome) { s.must(s.Slapd.Restart()) })
	o.Want(o.Unchanged == 0, "some were told that nothing was changed, and left")
	return o
}

// R62, R45: what was sent to it and not answered may have been done.
func directorySilent(s *Site) Outcome {
	before := usual(s)
	o := during(s, func(*Outcome) { s.must(s.Slapd.Pause()) }, func(o *Outcome) {
		alike(s, o, before)
		unavailable(s, o, "directory region")
	}, func(*Outcome) { s.must(s.Slapd.Resume()) })
	o.Want(o.Unchanged == 0, "some were told that nothing was changed, and left")
	return o
}
