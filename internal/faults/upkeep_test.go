package faults

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
)

// R74, R75: instances are replaced and reconfigured under people's hands, and nobody notices.
func TestUpkeep(t *testing.T) {
	alongside(t)
	Open(t, Setting{Instances: 2, People: Some(1500, 3000), Drain: "5s"}).Run(t,
		Fault{"R74", "restarts", "SIGTERM to one instance after the other, each started again, under load", rolling},
		Fault{"R75", "reloads", "SIGHUP by turns, with a good configuration and a broken one, under load", reloads},
	)
}

// unnoticed wants a crowd to have noticed nothing.
func unnoticed(s *Site, o *Outcome) {
	failures := s.proxy.Failures()
	o.Want(len(failures) == 0, "the portal was not there for %d requests: %s", len(failures), strings.Join(failures, "; "))
	o.Want(len(o.Failed) == 0, "%d requests failed: %s", len(o.Failed), strings.Join(o.Failed, "; "))
	o.Want(o.Again+o.Unchanged == 0, "some have not changed their password at once")
}

// R74: with a proxy that heeds readiness.
func rolling(s *Site) (o Outcome) {
	s.proxy.Heed(true)
	defer s.proxy.Heed(false)
	s.proxy.Failures()
	crowd := s.Crowd(people, time.Minute)
	crowd.AwaitEnds(people)
	o.UnderWay = people
	rounds := Some(2, 10)
	var longest time.Duration
	for range rounds {
		for _, i := range s.Instances {
			o.UnderWay = min(o.UnderWay, crowd.UnderWay())
			longest = max(longest, i.Terminate())
			i.Start()
			o.Want(i.AwaitReady(http.StatusOK, ""), "a new instance is not ready: %s", ready(i))
			s.await("the proxy to know of the new instance", func() bool { return s.proxy.heeds(i) })
			crowd.AwaitEnds(people / 2)
		}
	}
	o.Tally = crowd.Leave()
	unnoticed(s, &o)
	wrong := func() int {
		return len(slices.DeleteFunc(slices.Clone(o.Changers), func(p dirtest.Person) bool { return s.notices(p) == 1 }))
	}
	told := s.comes(child.Patience, func() bool { return wrong() == 0 })
	o.Want(told, "%d notices of a change were not sent, or twice", wrong())
	o.Say("%d restarts of at most %.1f s; no request failed, %d notices sent; %s", rounds*len(s.Instances), longest.Seconds(), len(o.Changers), o.statuses())
	return o
}

// R75: a good configuration shows on the pages; a broken one is reported, and the former one serves on.
func reloads(s *Site) (o Outcome) {
	s.proxy.Failures()
	crowd := s.Crowd(people, time.Minute)
	crowd.AwaitEnds(people)
	o.UnderWay = people
	rounds := Some(3, 20)
	for round := range rounds {
		for _, i := range s.Instances {
			o.UnderWay = min(o.UnderWay, crowd.UnderWay())
			i.reloads(&o, fmt.Sprintf("Le portail numéro %d", round))
		}
	}
	crowd.AwaitEnds(people)
	o.Tally = crowd.Leave()
	unnoticed(s, &o)
	o.Say("%d reloads, and as many refused and reported; no request failed; %s", rounds*len(s.Instances), o.statuses())
	return o
}

// reloads gives an instance a good configuration, in which the portal has another name, and then a broken one.
func (i *Instance) reloads(o *Outcome, name string) {
	good := named(i.Configuration(), name)
	i.Configure(good)
	i.Reload()
	o.Want(i.site.comes(child.Patience, func() bool { return i.shows(name) }), "a good configuration is not read: %s", name)
	said := len(i.Log())
	i.Configure(named(good, "Un portail cassé") + "\nunknown: {key: 1}\n")
	i.Reload()
	o.Want(i.site.comes(child.Patience, func() bool { return strings.Contains(i.Log()[said:], "level=ERROR") }), "a broken configuration is not reported")
	o.Want(i.shows(name), "with a broken configuration the former one does not serve on")
	i.Configure(good)
}

var nameLine = regexp.MustCompile(`(?m)^  name: .*$`)

// named is a configuration with another name of the portal.
func named(text, name string) string { return nameLine.ReplaceAllString(text, "  name: "+name) }

// shows tells whether the first page of an instance has a text.
func (i *Instance) shows(text string) bool {
	v := i.site.visitor(dirtest.Extra(0), time.Now().Add(patience)) // who resets nothing
	defer v.client.CloseIdleConnections()
	v.direct = i
	return strings.Contains(v.get("/en/").body, text)
}
