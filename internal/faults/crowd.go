package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ssprd/internal/dirtest"
)

// Tally is how resets ended.
type Tally struct {
	Changed   int
	Unchanged int // told that nothing was changed
	Again     int // told to begin anew; who then did so is counted by the end of that as well
	Lost      int
	Why       []string // they were lost
	Failed    []string // requests that failed before visitors' eyes
	Answers   map[int]int
	Changers  []dirtest.Person // whose password was changed once: each is owed one notice
}

// Crowd are people who reset their passwords, several at a time, each of whom is followed by another one.
type Crowd struct {
	site    *Site
	work    sync.WaitGroup
	leaving chan struct{}
	inside  atomic.Int64
	ended   atomic.Int64

	mu    sync.Mutex
	tally Tally
}

// Crowd lets so many people at a time come. faulty is how long what is broken will stay so.
func (s *Site) Crowd(n int, faulty time.Duration) *Crowd {
	c := &Crowd{site: s, leaving: make(chan struct{}), tally: Tally{Answers: map[int]int{}}}
	for range n {
		c.work.Go(func() { c.worker(faulty) })
	}
	return c
}

func (c *Crowd) worker(faulty time.Duration) {
	for {
		select {
		case <-c.leaving:
			return
		default:
		}
		p, ok := c.site.person()
		if !ok {
			c.judge(nil, none, "there are not enough people")
			return
		}
		v := c.site.visitor(p, time.Now().Add(faulty+patience))
		c.inside.Add(1)
		e := v.run()
		c.inside.Add(-1)
		c.judge(v, e, v.verify(e))
		c.ended.Add(1)
	}
}

// UnderWay is how many resets are going on.
func (c *Crowd) UnderWay() int { return int(c.inside.Load()) }

// Ended is how many have come to an end.
func (c *Crowd) Ended() int { return int(c.ended.Load()) }

// AwaitEnds waits until n more resets have come to an end.
func (c *Crowd) AwaitEnds(n int) {
	c.site.t.Helper()
	until := c.Ended() + n
	c.site.await(fmt.Sprintf("%d resets", n), func() bool { return c.Ended() >= until })
}

// Leave lets nobody else come, waits until everybody has come to an end, and tells how.
func (c *Crowd) Leave() Tally {
	close(c.leaving)
	c.work.Wait()
	return c.tally
}

// judge takes an end down; wrong says why it is none.
func (c *Crowd) judge(v *Visitor, e end, wrong string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.tally
	if v != nil {
		t.Again += v.again
		t.Failed = append(t.Failed, v.trouble...)
		for status, n := range v.answers {
			t.Answers[status] += n
		}
	}
	switch {
	case wrong != "":
		t.Lost++
		t.Why = append(t.Why, wrong)
	case e == changed:
		t.Changed++
		t.Changers = append(t.Changers, v.person)
	case e == unchanged:
		t.Unchanged++
	}
}

// verify holds what somebody was told against the directory; "" if it is so.
func (v *Visitor) verify(e end) string {
	if v.lie != "" {
		return v.lie
	}
	var wanted []string
	switch e {
	case none:
		return v.lost("no end was reached")
	case changed:
		wanted = []string{v.last()}
	case unchanged:
		wanted = append(wanted, v.had...)
		if v.had == nil {
			wanted = []string{dirtest.InitialPassword}
		}
	case again:
		wanted = append([]string{dirtest.InitialPassword}, v.chosen...)
	}
	for _, password := range wanted {
		has, err := v.site.has(v.person, password)
		if err != nil {
			return v.lost("the directory does not answer: " + err.Error())
		}
		if has {
			return ""
		}
	}
	return v.lost("told " + string(e) + ", and the directory has another password")
}

func (v *Visitor) lost(why string) string {
	return fmt.Sprintf("%s: %s (chosen: %q)\n%s", v.person.UID, why, v.chosen, strings.Join(v.trace, "\n"))
}

// statuses are the answers that the visitors got, in words.
func (t Tally) statuses() string {
	var words []string
	for _, status := range slices.Sorted(maps.Keys(t.Answers)) {
		words = append(words, fmt.Sprintf("%d×%d", t.Answers[status], status))
	}
	return strings.Join(words, " ")
}
