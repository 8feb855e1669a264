package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
)

// readyz asks the portal once, as a supervisor does, and tells how long it took.
func (p *parts) readyz() (status int, text string, took time.Duration) {
	w, began := httptest.NewRecorder(), time.Now()
	newRunning(p, extras{}).operations().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return w.Code, w.Body.String(), time.Since(began)
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

// awaitUnready asks until the directory is said to be away; no other part may be.
func (p *parts) awaitUnready(t *testing.T) {
	t.Helper()
	await(t, "not available", func() bool {
		status, text, _ := p.readyz()
		bad := strings.Count(text, "not available")
		if bad > 1 || bad == 1 != (status == http.StatusServiceUnavailable) || !strings.Contains(text, "state: ok") {
			t.Fatalf("with the directory away: %d\n%s", status, text)
		}
		return strings.Contains(text, "directory region: not available")
	})
}

// R62: the health endpoint tells that a directory is away, and which one.
func TestReady(t *testing.T) {
	world, _, p := joined(t)
	const all = "audit: ok\ndirectory region: ok\nmail: ok\nstate: ok\n"
	await(t, "ready", func() bool { status, text, _ := p.readyz(); return status == http.StatusOK && text == all })
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	p.awaitUnready(t)
}

// R62: while the first server of a directory hangs and the next one answers, the portal is ready, at every moment of the
// fail-over; a probe never waits for it. With both of them hanging it is not, and that is the directory's fault alone.
func TestReadyThroughFailOver(t *testing.T) {
	a := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	b := a.StartReplica(t)
	_, c, first := joined(t)
	first.close(t.Context()) // its state is needed again
	d := ldapx.Defaults()
	d.Name, d.Kind, d.Servers, d.Timeout = c.Directories[0].Name, ldapx.OpenLDAP, []string{a.URL, b.URL}, 5*time.Second
	d.CAFile, d.BindDN, d.BindPasswordFile = a.CAFile, a.ServiceDN, a.ServicePasswordFile
	c.Directories[0] = d
	log := &lines{}
	p, err := open(c, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close(context.Background()) })
	await(t, "ready", func() bool { status, _, _ := p.readyz(); return status == http.StatusOK })

	pause(t, a)
	reached := "msg=\"connected to a directory server\" directory=" + d.Name + " server=" + b.URL
	await(t, "the next server", func() bool {
		p.mustBeReady(t)
		return strings.Contains(log.String(), reached)
	})
	p.mustBeReady(t)

	pause(t, b)
	p.awaitUnready(t)
	if err := a.Resume(); err != nil {
		t.Fatal(err)
	}
	await(t, "ready again", func() bool { status, _, _ := p.readyz(); return status == http.StatusOK })
}

// pause has a server hang until the end of the test at most: one that hangs cannot be stopped in good order.
func pause(t *testing.T, s *dirtest.Slapd) {
	t.Helper()
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Resume() })
}

// mustBeReady wants an answer before a server that hangs has had its time-out.
func (p *parts) mustBeReady(t *testing.T) {
	t.Helper()
	if status, text, took := p.readyz(); status != http.StatusOK || took > 4*time.Second {
		t.Fatalf("%d after %s\n%s", status, took, text)
	}
}

// A part is asked one question at a time, beside the others; until it has answered, what was known holds, for as long as
// the part may need and no longer.
func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHealth(slog.New(slog.DiscardHandler))
		var questions atomic.Int32
		answers := make(chan error)
		h.add("slow", 20*time.Second, func(context.Context) error { questions.Add(1); return <-answers })
		h.add("quick", localWithin, func(context.Context) error { return nil })
		told := func(want string) {
			t.Helper()
			began := time.Now()
			status, text := h.answer(t.Context())
			if (status == http.StatusOK) != (want == "ok") || text != "quick: ok\nslow: "+want+"\n" {
				t.Errorf("%d\n%s", status, text)
			}
			if took := time.Since(began); took > answerIn {
				t.Errorf("it took %s", took)
			}
		}
		told("not available") // nobody knows yet
		answers <- nil
		synctest.Wait()
		told("ok")
		time.Sleep(askAgain) // of the bubble, here and below: nobody waits
		for range 25 {       // answers, of 0.75 s each
			told("ok")
		}
		if n := questions.Load(); n != 2 {
			t.Errorf("%d questions", n)
		}
		time.Sleep(20 * time.Second)
		told("not available")
		answers <- nil
		synctest.Wait()
		told("ok")
		answers <- errors.New("gone")
		synctest.Wait()
		told("not available")
		h.stop()
		close(answers)
		h.wait()
	})
}

// R75: after a reload a part is as it was known before, until it has answered; one that is new was not asked yet.
func TestHealthAfterReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		former, next := newHealth(slog.New(slog.DiscardHandler)), newHealth(slog.New(slog.DiscardHandler))
		answers := make(chan error)
		slow := func(context.Context) error { return <-answers }
		former.add("slow", time.Minute, func(context.Context) error { return nil })
		former.answer(t.Context())
		next.add("slow", time.Minute, slow)
		next.expect(former)
		if status, text := next.answer(t.Context()); status != http.StatusOK {
			t.Errorf("%d %s", status, text)
		}
		answers <- errors.New("gone")
		synctest.Wait()
		if status, _ := next.answer(t.Context()); status == http.StatusOK {
			t.Error("it has answered, and what was known before holds on")
		}
		close(answers)
		for _, h := range []*health{former, next} {
			h.stop()
			h.wait()
		}
	})
}

// How long a directory may need follows its settings, within bounds.
func TestFailOver(t *testing.T) {
	for _, c := range []struct {
		servers int
		timeout time.Duration
		want    time.Duration
	}{{1, 5 * time.Second, 10 * time.Second}, {2, 5 * time.Second, 20 * time.Second}, {4, 10 * time.Second, longestFailOver}} {
		if got := failOver(ldapx.Config{Servers: make([]string, c.servers), Timeout: c.timeout}); got != c.want {
			t.Errorf("%d servers of %s: %s", c.servers, c.timeout, got)
		}
	}
}
