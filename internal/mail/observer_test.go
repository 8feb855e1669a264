package mail_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/flow"
	"ssprd/internal/mail"
	"ssprd/internal/mail/mailtest"
)

// heard is an Observer that remembers what it is told.
type heard struct {
	mu   sync.Mutex
	said []string
}

func (h *heard) Attempted(server string, took time.Duration, failed bool) {
	h.say("%s failed=%v", server, failed || took <= 0)
}
func (h *heard) Settled(kind flow.MailKind, o mail.Outcome) { h.say("%s %s", kind, o) }

func (h *heard) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = append(h.said, fmt.Sprintf(format, args...))
}

// An observer hears of each attempt and of each letter's end; that one letter is refused is no failure of the server, and of
// one to nobody nothing is heard.
func TestObserver(t *testing.T) {
	sink := mailtest.Start(t)
	h := &heard{}
	q, log := open(t, sink.Config(), mail.Observed(h), mail.Workers(1))
	deliver := func(m flow.Mail, said string, want ...string) {
		t.Helper()
		enqueue(t, q, m)
		log.waitFor(t, said, 1)
		await(t, q)
		h.mu.Lock()
		defer h.mu.Unlock()
		for i := range want {
			want[i] = strings.Replace(want[i], "SERVER", q.Server(), 1)
		}
		if !slices.Equal(h.said, want) {
			t.Errorf("%s: the observer was told %q, want %q", said, h.said, want)
		}
		h.said = nil
	}
	m := letter(t, "helene@example.org")
	sink.FailNext(451)
	deliver(m, "mail sent", "SERVER failed=true", "SERVER failed=false", "code sent")
	sink.FailNext(550)
	deliver(m, "mail dropped: refused", "SERVER failed=false", "code refused")
	late := m
	late.Until = time.Now()
	deliver(late, "mail dropped: too late", "code late")
	nobody := late
	nobody.Nobody = true
	enqueue(t, q, nobody)
	broken := m
	broken.Kind, broken.Population = flow.ChangedMail, "broken"
	deliver(broken, "mail dropped: it cannot be written", "changed unwritable")
}

// await returns once nothing is left to deliver.
func await(t *testing.T, q *mail.Queue) {
	t.Helper()
	deadline := time.Now().Add(child.Patience)
	for q.Pending() > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("%d letters are still there", q.Pending())
		}
		time.Sleep(time.Millisecond)
	}
}
