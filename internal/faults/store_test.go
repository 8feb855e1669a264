package faults

import (
	"net/http"
	"testing"
	"time"
)

// R62, R68: the store of all instances is away. Nothing is answered that could not be counted.
func TestStoreAway(t *testing.T) {
	alongside(t)
	Open(t, Setting{Instances: 2, People: Some(300, 3000)}).Run(t,
		Fault{"R62 R13", "redis down", "Redis is stopped for " + outage().String() + ", and started with nothing in it", redisDown},
		Fault{"R62 R13", "redis silent", "Redis answers nothing for " + outage().String() + ", and goes on with what it had", redisSilent},
	)
}

// storeAway looks at what people are told, who cannot be counted.
func storeAway(s *Site, breaks, mends func()) (o Outcome, k stuck) {
	crowd := s.Crowd(people, outage())
	crowd.AwaitEnds(people)
	k = s.stuck()
	o.UnderWay = crowd.UnderWay()
	said := len(s.Instances[0].Log())
	breaks()
	begin := time.Now()
	unavailable(s, &o, "state")
	k.refused(&o)
	pause(time.Until(begin.Add(outage())))
	mends()
	lines := loud(s.Instances[0].Log()[said:])
	for _, i := range s.Instances {
		o.Want(i.AwaitReady(http.StatusOK, ""), "the portal is not ready again: %s", ready(i))
	}
	crowd.AwaitEnds(2 * people)
	o.Tally = crowd.Leave()
	o.Say("no code compared; %d lines in the log of one; ready again by itself; %s", lines, o.statuses())
	return o, k
}

// R62, R13: what was in it is gone, and with it every reset: they are begun anew.
func redisDown(s *Site) Outcome {
	o, k := storeAway(s, s.Redis.Stop, func() { s.must(s.Redis.Restart()) })
	o.Want(o.Unchanged == 0, "some were told that nothing was changed, and left")
	k.beginAnew(&o)
	return o
}

// R62, R13.
func redisSilent(s *Site) Outcome {
	o, k := storeAway(s, func() { s.must(s.Redis.Pause()) }, func() { s.must(s.Redis.Resume()) })
	o.Want(o.Unchanged == 0, "some were told that nothing was changed, and left")
	k.goOn(&o)
	return o
}
