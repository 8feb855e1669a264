package dirtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// provable is a directory that can say what became of a change whose answer was lost.
var provable = hook{"proof of what became of a password", func(f Fixture) bool { return !f.Unproven }}

// behindProxy is a directory whose servers the tests' proxy can stand before.
var behindProxy = hook{"servers that a proxy can stand before", func(f Fixture) bool {
	all := slices.Concat(f.Servers, f.Replicas)
	return len(all) > 0 && !slices.ContainsFunc(all, func(url string) bool { return !strings.HasPrefix(url, "ldaps://") })
}}

var serversPoints = []point{
	{name: "a reset is four requests, and one for each other server", run: fewRequests, needs: []hook{behindProxy}},
	{name: "a lost answer is found out", run: lostAnswer, needs: []hook{behindProxy, provable}},
	{name: "a lost request changes nothing", run: lostRequest, needs: []hook{behindProxy, provable}},
	{name: "the next server serves while the first is down", run: firstDown, needs: []hook{behindProxy}},
	{name: "the next server serves while the first hangs", run: firstHangs, needs: []hook{behindProxy}},
	{name: "a read-only server first in the list", run: readOnlyFirst, needs: []hook{
		{"ReadOnly", func(f Fixture) bool { return f.ReadOnly != "" }},
	}},
	{name: "a stopped server makes no failure of a change", run: replicaDown, needs: []hook{behindProxy}},
	{name: "a hanging server makes no failure of a change", run: replicaHangs, needs: []hook{behindProxy}},
}

// nobodyListens is the address of a server that refuses connections.
func nobodyListens(t *testing.T) string {
	t.Helper()
	ports, err := child.ReservePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("ldaps://127.0.0.1:%d", ports[0])
}

// await asks until it is so, for as long as a busy machine may need.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(child.Patience)
	for !is() {
		select {
		case <-deadline:
			t.Fatal("it never came: " + what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// proxied is the fixture with proxies before all of its servers, in their order.
func proxied(t *testing.T, f Fixture) (Fixture, []*Proxy) {
	t.Helper()
	var proxies []*Proxy
	before := func(urls []string) []string {
		var through []string
		for _, url := range urls {
			p := StartProxy(t, url)
			proxies, through = append(proxies, p), append(through, p.URL())
		}
		return through
	}
	servers := before(f.Servers)
	return f.opened(t, Reach{Servers: servers, Replicas: before(f.Replicas)}), proxies
}

// Over connections that are kept: one search; a reading, the write and another reading; one reading of every other
// server. Each request of a directory that has them open costs the person its way there and back.
func fewRequests(t *testing.T, direct Fixture) {
	f, proxies := proxied(t, direct)
	for range f.directory.Reached(t.Context(), freshlyWritten(t, f)) { // connects to all, and reads what is kept
		continue
	}
	sum := func() (n int) {
		for _, p := range proxies {
			n += p.Requests()
		}
		return n
	}
	cost := func(what string, want int, do func()) {
		before := sum()
		do()
		if n := sum() - before; n != want {
			t.Errorf("%s: %d requests, want %d", what, n, want)
		}
	}
	var a flow.Account
	var w flow.Written
	s := f.Fresh(t)
	cost("the search", 1, func() { a = one(t, f, s) })
	cost("the change", 3, func() { w = written(t, f, a) })
	for range direct.directory.Reached(t.Context(), w) { // until the change has arrived, behind the proxies' backs
		continue
	}
	cost("the other servers", len(proxies)-1, func() {
		for range f.directory.Reached(t.Context(), w) {
			continue
		}
	})
}

// R45, R72: the answer to the write is lost. The change is found to have been made, and is not made again.
func lostAnswer(t *testing.T, f Fixture) {
	f, proxies := proxied(t, f)
	s := f.Fresh(t)
	a := one(t, f, s)
	before := writes(t, f)
	proxies[0].LoseAnswerTo(2) // the entry is read, then written
	w, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026"))
	if err != nil || w.ID != a.ID || w.Server == "" {
		t.Fatalf("written: %+v, %v", w, err)
	}
	if n := writes(t, f) - before; f.Writes != nil && n != 1 {
		t.Errorf("%d writes, want one", n)
	}
	changed(t, f, s, "Merle-Noir-2026")
}

// writes is how many the directory has counted; 0 if it does not count.
func writes(t *testing.T, f Fixture) int {
	t.Helper()
	if f.Writes == nil {
		return 0
	}
	n, err := f.Writes()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// R45: a write that never arrived is found not to have been made: the person may ask for it again.
func lostRequest(t *testing.T, f Fixture) {
	f, proxies := proxied(t, f)
	s := f.Fresh(t)
	a := one(t, f, s)
	untouched(t, f, s, func() {
		proxies[0].LoseRequest(2)
		_, err := f.directory.SetPassword(t.Context(), a.ID, secret.New("Merle-Noir-2026"))
		var refused *flow.RefusedError
		if err == nil || errors.As(err, &refused) || errors.Is(err, flow.ErrUnknownOutcome) {
			t.Errorf("%v; want an error that is no refusal, and no doubt", err)
		}
	})
	if err := f.Bind(s.Identifier, InitialPassword); err != nil {
		t.Errorf("the old password: %v", err)
	}
	written(t, f, a)
	changed(t, f, s, "Merle-Noir-2026")
}

// R71: a server that refuses connections costs nothing.
func firstDown(t *testing.T, f Fixture) {
	f = f.opened(t, Reach{Servers: []string{nobodyListens(t), f.Servers[0]}, Replicas: f.Replicas})
	s := f.Fresh(t)
	if w := written(t, f, one(t, f, s)); w.Server != f.Servers[0] {
		t.Errorf("written by %s, want %s", w.Server, f.Servers[0])
	}
	changed(t, f, s, "Merle-Noir-2026")
}

// R71: a server that hangs costs a time-out, at whatever step it begins to; once it answers again, it is the first again.
func firstHangs(t *testing.T, f Fixture) {
	first, second := StartProxy(t, f.Servers[0]), StartProxy(t, f.Servers[0])
	f = f.opened(t, Reach{Servers: []string{first.URL(), second.URL()}, Replicas: f.Replicas})
	s := f.Fresh(t)
	a := one(t, f, s)
	first.Hang()
	servedBy(t, f, s, second, func() flow.Account { return a })
	next := f.Fresh(t)
	servedBy(t, f, next, second, func() flow.Account { return one(t, f, next) })
	first.Resume()
	again := f.Fresh(t)
	await(t, "the first server is asked again", func() bool {
		before := second.Requests()
		one(t, f, again)
		return second.Requests() == before
	})
	servedBy(t, f, again, first, func() flow.Account { return one(t, f, again) })
}

// servedBy holds that a person's change is made through that proxy, and before anybody loses patience.
func servedBy(t *testing.T, f Fixture, s Subject, proxy *Proxy, find func() flow.Account) {
	t.Helper()
	began := time.Now()
	if w := written(t, f, find()); w.Server != proxy.URL() {
		t.Errorf("written by %s, want %s", w.Server, proxy.URL())
	}
	if took := time.Since(began); took > child.Patience/2 {
		t.Errorf("it took %s", took)
	}
	changed(t, f, s, "Merle-Noir-2026")
}

// A server that takes no writes is recognized by its answer, and the next one is asked.
func readOnlyFirst(t *testing.T, f Fixture) {
	f = f.opened(t, Reach{Servers: []string{f.ReadOnly, f.Servers[0]}})
	s := f.Fresh(t)
	var a flow.Account
	await(t, "the read-only server has the person", func() bool {
		accounts, err := f.directory.Find(t.Context(), s.Typed[0])
		if err != nil || len(accounts) != 1 {
			return false
		}
		a = accounts[0]
		return true
	})
	if w := written(t, f, a); w.Server != f.Servers[0] {
		t.Errorf("written by %s, want %s", w.Server, f.Servers[0])
	}
	changed(t, f, s, "Merle-Noir-2026")
}

func replicaDown(t *testing.T, f Fixture) {
	reachedWithout(t, f.opened(t, Reach{Servers: f.Servers, Replicas: append(slices.Clone(f.Replicas), nobodyListens(t))}))
}

func replicaHangs(t *testing.T, f Fixture) {
	proxy := StartProxy(t, f.Servers[0])
	f = f.opened(t, Reach{Servers: f.Servers, Replicas: append(slices.Clone(f.Replicas), proxy.URL())})
	proxy.Hang()
	reachedWithout(t, f)
}

// stubborn is for how long a server that never answers is watched: it is asked all that time, and never said to answer.
const stubborn = time.Second

// R48: the last server never answers. The change stays written, the others are told of, and that one is asked until the
// time is over.
func reachedWithout(t *testing.T, f Fixture) {
	s := f.Fresh(t)
	w := written(t, f, one(t, f, s))
	ctx, cancel := context.WithTimeout(t.Context(), child.Patience)
	defer cancel()
	p, others := progress{t: t, known: map[int]bool{}}, false
	for server := range f.directory.Reached(ctx, w) {
		p.take(server, f.servers())
		if !others && p.seen >= f.servers() && p.everywhere(f.servers()-1) {
			others = true
			time.AfterFunc(stubborn, cancel)
		}
	}
	if !others || ctx.Err() == nil || p.known[f.servers()-1] {
		t.Errorf("after %d words: %v of %d servers; want all but the last, and it asked until the end", p.seen, p.known, f.servers())
	}
	changed(t, f, s, "Merle-Noir-2026")
}
