package faults

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"ssprd/internal/child"
)

// R68: instances share no clock, and theirs differ by seconds: nobody notices.
func TestClocks(t *testing.T) {
	alongside(t)
	clocks := []time.Duration{0, 5 * time.Second, -4 * time.Second}[:Some(2, 3)]
	Open(t, Setting{Instances: len(clocks), Clocks: clocks, People: Some(100, 1500)}).Run(t,
		Fault{"R68", "clocks", "the clocks of the instances differ by seconds", differingClocks},
		Fault{"R11 R68", "begun twice", "somebody begins where the clock is ahead, and at once again where it is behind", begunTwice},
	)
}

// R68.
func differingClocks(s *Site) Outcome {
	o := alternating(s)
	for _, i := range s.Instances {
		told := strings.Contains(i.Log(), "the clock of this machine differs")
		behind := strings.Contains(i.Log(), `that of the shared state's" by=-`)
		o.Want(told == (i.clock != 0) && behind == (i.clock < 0), "a clock that is off by %s is told: %t; as behind: %t", i.clock, told, behind)
	}
	o.Say("the log of each that differs says so at its start; %s", o.statuses())
	return o
}

// R11, R68: of two codes the one that was asked for last is good, whatever the clocks of those that drew them.
func begunTwice(s *Site) (o Outcome) {
	const pairs = 5
	for range pairs {
		p, _ := s.person()
		v := s.visitor(p, time.Now().Add(patience))
		v.direct = s.Instances[1]
		v.reach("/en/code")
		s.await("the first code", func() bool { return len(s.codes(p)) == 1 })
		v.direct = s.Instances[0]
		next := v.address(v.get("/en/p/usagers"))
		o.Want(next.path == "/en/code", "the second time the address leads to %d %s", next.status, next.path)
		second := s.comes(child.Patience, func() bool { return len(s.codes(p)) == 2 })
		o.Want(second, "the second code was not sent")
		if !second {
			continue
		}
		a := v.post(next, "/en/code", url.Values{"code": {s.codes(p)[1]}})
		o.Want(a.path == "/en/password", "the second code leads to %d %s", a.status, a.path)
	}
	o.UnderWay = pairs
	o.Say("the second code came, and was the one that is good, each time")
	return o
}
