package ldapx_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// heard is an Observer that remembers, in words, what it is told.
type heard struct {
	mu   sync.Mutex
	said []string
}

func (h *heard) Answered(server string, o ldapx.Operation, took time.Duration, failed bool) {
	h.say("%s %s failed=%v", o, server, failed)
	if took <= 0 {
		h.say("it took %s", took)
	}
}

func (h *heard) Reached(server string, after time.Duration, arrived bool) {
	h.say("reached %s %v", server, arrived && after > 0)
}

func (h *heard) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = append(h.said, fmt.Sprintf(format, args...))
}

func (h *heard) forget(said string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = slices.DeleteFunc(h.said, func(s string) bool { return s == said })
}

// wants takes what was said, once each, and compares it.
func (h *heard) wants(t *testing.T, want ...string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	slices.Sort(h.said)
	slices.Sort(want)
	if got := slices.Compact(h.said); !slices.Equal(got, want) {
		t.Errorf("the observer was told %q, want %q", got, want)
	}
	h.said = nil
}

// An observer hears of every request by its server, and what became of it; a refused password is no server's failure. It hears
// when a change comes to a replica, and that it has not come to one that is away.
func TestObserver(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 12, Extra: 1})
	replica := s.StartReplica(t)
	c := config(ldapx.OpenLDAP, &s.Server)
	c.Replicas, c.Timeout = []string{replica.URL}, impatient
	d := open(t, c)
	h := &heard{}
	d.Observe(h)
	d.Warm(t.Context())
	h.wants(t, "bind "+s.URL+" failed=false", "bind "+replica.URL+" failed=false")

	p := d.Population(usagers)
	found, err := p.Find(t.Context(), dirtest.Extra(1).Mail)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	h.wants(t, "search "+s.URL+" failed=false")
	var refused *flow.RefusedError
	if _, err := p.SetPassword(t.Context(), found[0].ID, secret.New("Court-1")); !errors.As(err, &refused) {
		t.Errorf("a short password: %v", err)
	}
	h.wants(t, "search "+s.URL+" failed=false", "write "+s.URL+" failed=false")

	w, err := p.SetPassword(t.Context(), found[0].ID, secret.New("Une-Phrase-Assez-Longue-1"))
	if err != nil {
		t.Fatal(err)
	}
	h.wants(t, "search "+s.URL+" failed=false", "write "+s.URL+" failed=false")
	for range p.Reached(t.Context(), w) {
	}
	h.wants(t, "search "+replica.URL+" failed=false", "reached "+replica.URL+" true")

	replica.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for range p.Reached(ctx, w) {
		if n := d.Following()[replica.URL]; n > 1 {
			t.Errorf("%d changes are waited for", n)
		}
	}
	d.Close()                                          // waits for the last reading
	h.forget("search " + replica.URL + " failed=true") // heard where the connection did not see its end first
	h.wants(t, "bind "+replica.URL+" failed=true", "reached "+replica.URL+" false")
	if n := d.Following()[replica.URL]; n != 0 {
		t.Errorf("%d changes are still waited for", n)
	}
}

// R62: a server that is away is heard of as one that fails.
func TestObserverOfServerAway(t *testing.T) {
	c := config(ldapx.OpenLDAP, &dirtest.Server{URL: "ldap://127.0.0.1:1"})
	d := open(t, c)
	h := &heard{}
	d.Observe(h)
	if err := d.Health(t.Context()); err == nil {
		t.Error("nobody is there, and it is well")
	}
	h.wants(t, "bind ldap://127.0.0.1:1 failed=true")
}
