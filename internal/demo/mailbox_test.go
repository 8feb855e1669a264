package demo_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"ssprd/internal/child"
	"ssprd/internal/demo"
)

var discard = slog.New(slog.DiscardHandler)

func startMailbox(t *testing.T, delay time.Duration) *demo.Mailbox {
	t.Helper()
	m, err := demo.StartMailbox(discard, delay)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return m
}

func client(t *testing.T, m *demo.Mailbox) *gomail.Client {
	t.Helper()
	host, port, err := net.SplitHostPort(m.Addr())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	c, err := gomail.NewClient(host, gomail.WithPort(n), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithTimeout(child.Patience))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// letter is a message as the portal sends them: a text part and an HTML part.
func letter(t *testing.T, to, subject, text, html string) *gomail.Msg {
	t.Helper()
	m := gomail.NewMsg()
	if err := errors.Join(m.FromFormat("Région Nouvelle-Aquitaine", "ne-pas-repondre@example.org"), m.To(to)); err != nil {
		t.Fatal(err)
	}
	m.Subject(subject)
	m.SetDateWithValue(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	m.SetBodyString(gomail.TypeTextPlain, text)
	if html != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, html)
	}
	return m
}

func send(t *testing.T, m *demo.Mailbox, letters ...*gomail.Msg) {
	t.Helper()
	if err := client(t, m).DialAndSend(letters...); err != nil {
		t.Fatal(err)
	}
}

func TestMailboxReadsTheMessage(t *testing.T) {
	m := startMailbox(t, 0)
	send(t, m, letter(t, "camille.durand@mail.example", "Votre code de sécurité", "012 345\r\n\r\nValable 10 minutes – à bientôt.", "<p>012&nbsp;345</p>"))
	got := m.Messages()
	if len(got) != 1 {
		t.Fatalf("%d messages", len(got))
	}
	msg := got[0]
	if msg.Subject != "Votre code de sécurité" || msg.From != "ne-pas-repondre@example.org" || len(msg.To) != 1 || msg.To[0] != "camille.durand@mail.example" {
		t.Errorf("envelope %+v", msg)
	}
	if !strings.Contains(msg.Text, "012 345") || !strings.Contains(msg.Text, "– à bientôt.") {
		t.Errorf("text %q", msg.Text)
	}
	if !strings.Contains(msg.HTML, "012&nbsp;345") || !strings.Contains(msg.Raw, "Subject:") {
		t.Errorf("html %q, raw %q", msg.HTML, msg.Raw)
	}
	if !msg.Date.Equal(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)) {
		t.Errorf("date %v", msg.Date)
	}
}

func TestMailboxKeepsTheLast(t *testing.T) {
	m := startMailbox(t, 0)
	var letters []*gomail.Msg
	for i := range 203 {
		letters = append(letters, letter(t, "camille.durand@mail.example", fmt.Sprintf("n° %d", i), "x", ""))
	}
	send(t, m, letters...)
	got := m.Messages()
	if len(got) != 200 || got[0].Subject != "n° 202" || got[199].Subject != "n° 3" {
		t.Errorf("%d messages, from %q to %q", len(got), got[0].Subject, got[len(got)-1].Subject)
	}
}

func TestWaitFor(t *testing.T) {
	m := startMailbox(t, 0)
	ctx, cancel := context.WithTimeout(t.Context(), child.Patience)
	defer cancel()
	arrived := make(chan demo.Message, 1)
	go func() {
		msg, err := m.WaitFor(ctx, "Camille.Durand@mail.example")
		if err != nil {
			t.Error(err)
		}
		arrived <- msg
	}()
	send(t, m, letter(t, "autre@mail.example", "autre", "x", ""), letter(t, "camille.durand@mail.example", "premier", "x", ""))
	if msg := <-arrived; msg.Subject != "premier" {
		t.Errorf("got %q", msg.Subject)
	}
	send(t, m, letter(t, "camille.durand@mail.example", "second", "x", ""))
	if msg, err := m.WaitFor(ctx, "camille.durand@mail.example"); err != nil || msg.Subject != "second" {
		t.Errorf("got %q, %v: each message is given once", msg.Subject, err)
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, err := m.WaitFor(ended, "camille.durand@mail.example"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMailDelay(t *testing.T) {
	const delay = 150 * time.Millisecond
	m := startMailbox(t, delay)
	begun := time.Now()
	send(t, m, letter(t, "camille.durand@mail.example", "lent", "x", ""))
	if took := time.Since(begun); took < delay {
		t.Errorf("taken after %v", took)
	}
}

// Closing right after the start ends what has hardly begun, instead of waiting for it.
func TestMailboxClosesAtOnce(t *testing.T) {
	for range 50 {
		m, err := demo.StartMailbox(discard, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMailboxPage(t *testing.T) {
	m := startMailbox(t, 0)
	look := demo.Look{CSS: "/static/portal.css", Home: "/"}
	page := func(method, url string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		m.Page(look).ServeHTTP(w, httptest.NewRequest(method, url, nil))
		return w
	}
	if body := page("GET", demo.MailboxPath).Body.String(); !strings.Contains(body, "Boîte aux lettres de démonstration") || !strings.Contains(body, "Aucun message") {
		t.Errorf("empty: %s", body)
	}
	send(t, m,
		letter(t, "camille.durand@mail.example", "premier", "ligne 1\r\nligne 2\r\n\r\n<script>alert(1)</script>", "<p>x</p>"),
		letter(t, "autre@mail.example", "second", "x", ""))

	all := page("GET", demo.MailboxPath)
	body := all.Body.String()
	if i, j := strings.Index(body, "second"), strings.Index(body, "premier"); i < 0 || j < i {
		t.Error("not the newest first")
	}
	if !strings.Contains(body, "<p>ligne 1<br>ligne 2</p>") || strings.Contains(body, "<script") {
		t.Errorf("text of a message: %s", body)
	}
	if !strings.Contains(body, `<link rel="stylesheet" href="/static/portal.css">`) {
		t.Error("no style sheet of the portal")
	}
	checkStrict(t, all)

	one := page("GET", demo.MailboxPath+"?to=Camille.Durand@mail.example").Body.String()
	if !strings.Contains(one, "premier") || strings.Contains(one, "second") {
		t.Errorf("?to= shows %s", one)
	}
	if w := page("POST", demo.MailboxPath); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("POST: %d", w.Code)
	}
}

// checkStrict holds R25 for the demo's own pages: no-store, and nothing that its own policy would forbid.
func checkStrict(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	h := w.Header()
	if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", h)
	}
	for _, inline := range []string{"<script", "<style", "style=", "onclick", "http-equiv"} {
		if strings.Contains(w.Body.String(), inline) {
			t.Errorf("the page has %s", inline)
		}
	}
}
