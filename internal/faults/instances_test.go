package faults

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// R68, R69: instances that share a Redis are one portal, and when one of them dies it is one still.
func TestInstances(t *testing.T) {
	alongside(t)
	Open(t, Setting{Instances: 2, Replica: true, People: Some(300, 1500)}).Run(t,
		Fault{"R68", "alternating", "nothing: each request of a visitor goes to the other of two instances", alternating},
		Fault{"R68", "watching", "a password is chosen on one instance, and the waiting page of the other is watched", watching},
		Fault{"R69", "killed", "two instances are killed by turns and started again, at random", func(s *Site) Outcome { return killedAtRandom(s, Some(6, 40), 69) }},
		Fault{"R68", "another key", "an instance with another key file is started beside them", anotherKey},
	)
}

// R69: a process is killed that has not come to the write yet, for the directory is silent.
func TestKilledBeforeWriting(t *testing.T) {
	alongside(t)
	Open(t, Setting{Instances: 2, People: 50}).Run(t,
		Fault{"R69", "before", "an instance is killed whose changes wait for a silent directory", func(s *Site) Outcome {
			return killedChanging(s, 4, s.Slapd.Pause, s.Slapd.Resume, false)
		}},
	)
}

// R69: a process is killed whose write is in the directory, before it knows: its person is told no more than that they can
// choose again.
func TestKilledWhileWriting(t *testing.T) {
	alongside(t)
	Open(t, Setting{Instances: 2, People: 50}).Run(t,
		Fault{"R69", "writing", "an instance is killed whose write is made, while the answer is on its way", func(s *Site) Outcome {
			slow := func() error { s.LDAP.Delay(700 * time.Millisecond); return nil }
			fast := func() error { s.LDAP.Delay(0); return nil }
			return killedChanging(s, 1, slow, fast, true) // of several, each would be at another moment of its change
		}},
	)
}

// R68.
func alternating(s *Site) (o Outcome) {
	crowd := s.Crowd(people, 0)
	crowd.AwaitEnds(Some(20, 300))
	o.UnderWay = crowd.UnderWay()
	o.Tally = crowd.Leave()
	o.Want(len(o.Failed) == 0, "%d requests failed: %s", len(o.Failed), strings.Join(o.Failed, "; "))
	o.Want(o.Again+o.Unchanged == 0, "some have not changed their password at once")
	o.Want(len(o.Answers) == 2, "the answers are %s", o.statuses())
	o.Say("%s", o.statuses())
	return o
}

// R68: what one instance does is seen on the page of the other as it happens.
func watching(s *Site) (o Outcome) {
	p, _ := s.person()
	v := s.visitor(p, time.Now().Add(patience))
	o.UnderWay = 1
	v.direct = s.Instances[0]
	page := v.reach("/en/password")
	s.must(s.Replica.Pause())
	v.chosen = []string{password(p, 1)}
	next := v.post(page, "/en/password", twice(v.last()))
	o.Want(next.path == "/en/wait", "while a replica hangs the password leads to %d %s", next.status, next.path)
	v.direct = s.Instances[1]
	led := make(chan string, 1)
	go func() { led <- v.events() }()
	s.await("the first event", func() bool { return v.progress.Load() > 0 })
	s.must(s.Replica.Resume())
	resumed := time.Now()
	to := <-led
	took := time.Since(resumed)
	o.Want(to == "/en/done", "the event stream of the other instance leads to %q", to)
	o.Want(took < 10*time.Second, "the other instance shows the end %s late", took)
	e := v.run()
	crowd := s.Crowd(0, 0)
	crowd.judge(v, e, v.verify(e))
	o.Tally = crowd.Leave()
	o.Want(o.Changed == 1, "the password was not changed")
	o.Say("the event stream of the other has shown %d events, and the end %.1f s after it came", v.progress.Load(), took.Seconds())
	return o
}

// R69: whoever is waiting on the other instance can choose again once the one that wrote is taken for dead, and the
// directory holds the old or the new password in between.
func killedChanging(s *Site, n int, breaks, mends func() error, written bool) (o Outcome) {
	var all []*Visitor
	var pages []screen
	for range n {
		p, _ := s.person()
		v := s.visitor(p, time.Now().Add(patience))
		v.direct = s.Instances[0]
		all, pages = append(all, v), append(pages, v.reach("/en/password"))
	}
	s.must(breaks())
	var posts sync.WaitGroup
	for k, v := range all {
		posts.Go(func() {
			v.chosen = []string{password(v.person, 1)}
			next := v.post(pages[k], "/en/password", twice(v.last()))
			if next.path != "/en/wait" {
				v.lie = fmt.Sprintf("while the directory hangs the password leads to %d %s", next.status, next.path)
			}
			v.direct = nil
		})
	}
	posts.Wait()
	o.UnderWay = len(all)
	if written {
		s.await("the writes", func() bool { return s.written(all) == n })
	}
	s.Instances[0].Kill()
	s.must(mends())
	for _, v := range all {
		fresh, err := s.has(v.person, v.last())
		s.must(err)
		old, err := s.has(v.person, dirtest.InitialPassword)
		s.must(err)
		o.Want(fresh != old, "%s has neither the old nor the new password", v.person.UID)
		o.Want(fresh == written, "%s has the new password: %t", v.person.UID, fresh)
	}
	crowd := s.Crowd(0, 0)
	interrupted := 0
	for _, v := range all {
		crowd.work.Go(func() { e := v.run(); crowd.judge(v, e, v.verify(e)) })
	}
	o.Tally = crowd.Leave()
	for _, v := range all {
		interrupted += len(v.chosen) - 1
	}
	s.Instances[0].Start()
	o.Want(o.Changed == len(all) && o.Again == 0, "%d of %d were changed", o.Changed, len(all))
	o.Want(interrupted > 0, "nobody was interrupted")
	o.Say("written: %t; %d told of the interruption on the other instance, where they chose again", written, interrupted)
	return o
}

// written is how many have the password they chose.
func (s *Site) written(all []*Visitor) (n int) {
	for _, v := range all {
		fresh, err := s.has(v.person, v.last())
		s.must(err)
		if fresh {
			n++
		}
	}
	return n
}

// R68: what it wrote the others could not read. It says so, and ends.
func anotherKey(s *Site) (o Outcome) {
	region := s.Instances[0].region
	region.Key = filepath.Join(s.t.TempDir(), "another.key")
	s.newKey(region.Key)
	i := s.newInstance(region)
	p, err := child.Start(portaltest.Program(s.t), "serve", "--config", i.file)
	s.must(err)
	defer p.Stop()
	select {
	case <-p.Exited():
	case <-time.After(child.Patience):
		o.Want(false, "it serves")
		return o
	}
	o.Want(p.ExitCode() > 0 && strings.Contains(p.Output(), "state.key_file"), "it has ended with %d and said %s", p.ExitCode(), p.Output())
	o.Say("it ends at once and names state.key_file")
	return o
}
