package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/mail"
	"ssprd/internal/mail/mailtest"
)

const canary = "731902"

// writer renders what the tests look for; it fails for the population "broken".
type writer struct{}

func (writer) Render(m flow.Mail) (mail.Message, error) {
	if m.Population == "broken" {
		return mail.Message{}, errors.New("a template is missing for " + m.To)
	}
	return mail.Message{
		Subject: "Votre code de sécurité – " + m.Population,
		Text:    "Bonjour,\n\nvoici votre code :\n\n    " + m.Code.Reveal() + "\n\nÀ bientôt " + strings.Repeat("long ", 40) + "\n",
		HTML:    "<p>Voici votre code&nbsp;: <b>" + m.Code.Reveal() + "</b> é</p>\n",
	}, nil
}

// record is a log that tests read while it is written.
type record struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.changed)
	r.changed = make(chan struct{})
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// waitFor returns once the log has the text n times.
func (r *record) waitFor(t *testing.T, text string, n int) {
	t.Helper()
	deadline := time.After(child.Patience)
	for {
		r.mu.Lock()
		seen, changed := strings.Count(r.text.String(), text), r.changed
		r.mu.Unlock()
		if seen >= n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("the log does not say %q %d times:\n%s", text, n, r)
		}
	}
}

// open starts a queue with short pauses. At the end its log is searched for what must not be there (R57).
func open(t *testing.T, cfg mail.Config, opts ...mail.Option) (*mail.Queue, *record) {
	t.Helper()
	log := &record{changed: make(chan struct{})}
	opts = append([]mail.Option{mail.Pauses(time.Millisecond, 5*time.Millisecond)}, opts...)
	q, err := mail.Open(cfg, writer{}, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		q.Close(ctx)
		for _, secret := range []string{canary, "@example.org", "Canary-Mail-1"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log shows %q:\n%s", secret, log)
			}
		}
	})
	return q, log
}

func letter(t *testing.T, to string) flow.Mail {
	t.Helper()
	c, err := code.Parse(canary, len(canary))
	if err != nil {
		t.Fatal(err)
	}
	return flow.Mail{Kind: flow.CodeMail, To: to, Lang: "fr", Population: "usagers", Code: c, Lifetime: 10 * time.Minute,
		At: time.Now(), Until: time.Now().Add(time.Minute)}
}

func enqueue(t *testing.T, q *mail.Queue, m flow.Mail) {
	t.Helper()
	if err := q.Enqueue(m); err != nil {
		t.Fatal(err)
	}
}

func closeIn(t *testing.T, q *mail.Queue, d time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return q.Close(ctx)
}

var _ flow.Mailer = (*mail.Queue)(nil)

// R29, R30: the message as it arrives.
func TestDelivery(t *testing.T) {
	sink := mailtest.Start(t)
	q, log := open(t, sink.Config())
	enqueue(t, q, letter(t, "helene@example.org"))
	m := sink.WaitFor("helene@example.org")

	if m.Subject != "Votre code de sécurité – usagers" || !strings.Contains(m.Text, "\n    "+canary+"\n") || !strings.Contains(m.HTML, "<b>"+canary+"</b> é") {
		t.Errorf("the message reads %q, %q, %q", m.Subject, m.Text, m.HTML)
	}
	if m.From != "no-reply@portal.example.org" || len(m.To) != 1 {
		t.Errorf("the envelope says from %q to %q", m.From, m.To)
	}
	for header, want := range map[string]string{
		"To": "<helene@example.org>", "Auto-Submitted": "auto-generated", "Content-Language": "fr",
		"User-Agent": "", "X-Mailer": "", "Cc": "", "Bcc": "", "Mime-Version": "1.0",
	} {
		if got := strings.Join(m.Header[header], "|"); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if from, err := m.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Name != "Région Test" {
		t.Errorf("From: %v, %v", from, err)
	}
	if date, err := m.Header.Date(); err != nil || time.Since(date) > time.Minute {
		t.Errorf("Date: %v, %v", date, err)
	}
	if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@portal.example.org>") {
		t.Errorf("Message-ID: %s", id)
	}
	head, _, _ := strings.Cut(m.Raw, "\r\n\r\n")
	if strings.ContainsFunc(head, func(r rune) bool { return r > 126 }) || !strings.Contains(m.Raw, "quoted-printable") {
		t.Errorf("not RFC 2047 and quoted-printable:\n%s", m.Raw)
	}
	log.waitFor(t, "mail sent", 1)
}

// R29: TLS is verified, and nothing leaves without it.
func TestTLS(t *testing.T) {
	for _, c := range []struct {
		name    string
		option  mailtest.Option
		spoil   func(*mailtest.Sink, *mail.Config)
		problem string // empty: the message arrives
	}{
		{"STARTTLS", mailtest.StartTLS("127.0.0.1"), nil, ""},
		{"TLS at once", mailtest.TLS("127.0.0.1"), nil, ""},
		{"STARTTLS, unknown certificate", mailtest.StartTLS("127.0.0.1"), distrust, "certificate"},
		{"TLS, unknown certificate", mailtest.TLS("127.0.0.1"), distrust, "certificate"},
		{"STARTTLS, certificate of another", mailtest.StartTLS("other.example.org"), nil, "certificate"},
		{"TLS, certificate of another", mailtest.TLS("127.0.0.2"), nil, "certificate"},
		{"no STARTTLS offered", mailtest.StartTLS("127.0.0.1"), strip, "STARTTLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink := mailtest.Start(t, c.option)
			cfg := sink.Config()
			if c.spoil != nil {
				c.spoil(sink, &cfg)
			}
			q, log := open(t, cfg)
			enqueue(t, q, letter(t, "helene@example.org"))
			if c.problem == "" {
				sink.WaitFor("helene@example.org")
				return
			}
			log.waitFor(t, "mail not sent yet", 2)
			if len(sink.Messages()) > 0 || !strings.Contains(log.String(), c.problem) {
				t.Errorf("%d messages; the log says:\n%s", len(sink.Messages()), log)
			}
		})
	}
}

func distrust(_ *mailtest.Sink, c *mail.Config) { c.CAFile = "" }

func strip(s *mailtest.Sink, _ *mail.Config) {
	s.Stop()
	s.WithoutTLS()
	s.Restart()
}

// The password is read at each connection, so that it can be changed while the portal runs.
func TestAuth(t *testing.T) {
	for _, option := range []mailtest.Option{mailtest.StartTLS("127.0.0.1"), mailtest.TLS("127.0.0.1")} {
		sink := mailtest.Start(t, option, mailtest.Auth("ssprd", "Canary-Mail-1"))
		cfg := sink.Config()
		cfg.Username, cfg.PasswordFile = "ssprd", filepath.Join(t.TempDir(), "password")
		write(t, cfg.PasswordFile, "Canary-Mail-1-old\n")
		q, log := open(t, cfg)
		enqueue(t, q, letter(t, "helene@example.org"))
		log.waitFor(t, "mail not sent yet", 2)
		write(t, cfg.PasswordFile, "Canary-Mail-1\n")
		sink.WaitFor("helene@example.org")
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesMistakes(t *testing.T) {
	good := mail.Config{Server: "smtp+plain://127.0.0.1:25", From: "a@example.org"}
	for name, spoil := range map[string]func(*mail.Config){
		"no server":              func(c *mail.Config) { c.Server = "" },
		"another scheme":         func(c *mail.Config) { c.Server = "http://127.0.0.1" },
		"no host":                func(c *mail.Config) { c.Server = "smtp://" },
		"no TLS over a network":  func(c *mail.Config) { c.Server = "smtp+plain://mx.example.org:25" },
		"no sender":              func(c *mail.Config) { c.From = "" },
		"a sender of two lines":  func(c *mail.Config) { c.From = "a@example.org\r\nBcc: b@example.org" },
		"no file of roots":       func(c *mail.Config) { c.CAFile = filepath.Join(t.TempDir(), "none") },
		"a file without a root":  func(c *mail.Config) { c.CAFile = os.Args[0] },
		"a port that is no port": func(c *mail.Config) { c.Server = "smtp://mx.example.org:x" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := mail.Open(cfg, writer{}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: the queue opens", name)
		}
	}
}

// R73: an answer that it is not possible for now brings the message back.
func TestRetryAfterTemporaryRefusal(t *testing.T) {
	sink := mailtest.Start(t)
	sink.FailNext(451, 421, 450)
	q, log := open(t, sink.Config())
	enqueue(t, q, letter(t, "helene@example.org"))
	sink.WaitFor("helene@example.org")
	log.waitFor(t, "mail sent", 1)
	if got := log.String(); strings.Count(got, "mail not sent yet") != 3 || !strings.Contains(got, `"attempt":4`) || !strings.Contains(got, "451 4.1.1") {
		t.Errorf("the log says:\n%s", got)
	}
}

// R73: the server is down, comes back, and gets each message once.
func TestServerComesBack(t *testing.T) {
	sink := mailtest.Start(t)
	q, log := open(t, sink.Config())
	enqueue(t, q, letter(t, "before@example.org"))
	log.waitFor(t, "mail sent", 1) // else the answer is lost, and the message comes twice
	sink.Stop()
	for i := range 10 {
		enqueue(t, q, letter(t, fmt.Sprintf("p%d@example.org", i)))
	}
	log.waitFor(t, "mail not sent yet", 20)
	sink.Restart()
	for i := range 10 {
		sink.WaitFor(fmt.Sprintf("p%d@example.org", i))
	}
	if n := closeIn(t, q, 10*time.Second); n != 0 || len(sink.Messages()) != 11 {
		t.Errorf("%d given up, %d messages arrived", n, len(sink.Messages()))
	}
}

// R62: that the server is back is known before there is a letter for it: nobody may come before.
func TestHealthOfTheServer(t *testing.T) {
	sink := mailtest.Start(t)
	q, log := open(t, sink.Config(), mail.Pauses(30*time.Second))
	if err := q.Health(t.Context()); err != nil || sink.Connections() != 0 {
		t.Errorf("nothing is known, and it is tried: %v, %d connections", err, sink.Connections())
	}
	sink.Stop()
	enqueue(t, q, letter(t, "p@example.org"))
	log.waitFor(t, "mail not sent yet", 1)
	if q.Health(t.Context()) == nil {
		t.Error("it is away, and nobody knows")
	}
	sink.Restart()
	if err := q.Health(t.Context()); err != nil {
		t.Error(err)
	}
	n := sink.Connections()
	if err := q.Health(t.Context()); err != nil || sink.Connections() != n {
		t.Errorf("it is asked again while all is well: %v", err)
	}
	closeIn(t, q, 0)
}

// A message that waits for its next attempt holds nobody up.
func TestFreshMessagesOvertake(t *testing.T) {
	sink := mailtest.Start(t)
	sink.FailNext(451)
	q, log := open(t, sink.Config(), mail.Workers(1), mail.Pauses(30*time.Second))
	enqueue(t, q, letter(t, "late@example.org"))
	log.waitFor(t, "mail not sent yet", 1)
	enqueue(t, q, letter(t, "fresh@example.org"))
	sink.WaitFor("fresh@example.org")
	log.waitFor(t, "mail sent", 1)
	if n := closeIn(t, q, 0); n != 1 {
		t.Errorf("%d given up at once, want the one that waits", n)
	}
	if !strings.Contains(log.String(), "mail given up") {
		t.Errorf("the log does not say that one was given up:\n%s", log)
	}
}

func TestDropped(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*mailtest.Sink, *flow.Mail)
		log   string
	}{
		{"refused for good", func(s *mailtest.Sink, _ *flow.Mail) { s.FailNext(550) }, "mail dropped: refused"},
		{"too late", func(_ *mailtest.Sink, m *flow.Mail) { m.Until = time.Now() }, "mail dropped: too late"},
		{"without an end", func(_ *mailtest.Sink, m *flow.Mail) { m.Until = time.Time{} }, "mail dropped: too late"},
		{"too late for another attempt", func(s *mailtest.Sink, m *flow.Mail) { s.Stop(); m.Until = time.Now().Add(50 * time.Millisecond) }, "mail dropped: "},
		{"it cannot be rendered", func(_ *mailtest.Sink, m *flow.Mail) { m.Population = "broken" }, "mail dropped: it cannot be written"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink := mailtest.Start(t)
			q, log := open(t, sink.Config())
			m := letter(t, "helene@example.org")
			c.spoil(sink, &m)
			enqueue(t, q, m)
			log.waitFor(t, c.log, 1)
			if n := closeIn(t, q, 10*time.Second); n != 0 || len(sink.Messages()) != 0 {
				t.Errorf("%d still there, %d arrived", n, len(sink.Messages()))
			}
		})
	}
}

// R4, R29: whatever stands in the directory, there is one recipient and no header of another's making.
func TestInjection(t *testing.T) {
	sink := mailtest.Start(t)
	q, log := open(t, sink.Config())
	bad := []string{
		"", "helene", "@", "a@example.org,b@example.org", "a@example.org b@example.org", "a@example.org;b@example.org",
		"a@example.org\r\nBcc: b@example.org", "a@example.org\n", "\ra@example.org", "a\x00@example.org",
		"a@example.org> SIZE=1", "a@example.org>\r\nRCPT TO:<b@example.org", "Helene <a@example.org>", "<a@example.org>",
		"group: a@example.org, b@example.org;", "a@example.org (comment)", "\"a\r\nb\"@example.org", "a@exa\tmple.org",
	}
	for _, to := range bad {
		enqueue(t, q, letter(t, to))
	}
	m := letter(t, "subject@example.org")
	m.Population = "x\r\nBcc: b@elsewhere.example"
	enqueue(t, q, m)
	m = letter(t, "lang@example.org")
	m.Lang = "fr\r\nBcc: b@example.org"
	enqueue(t, q, m)
	log.waitFor(t, "mail dropped: it cannot be written", len(bad)+2)
	if got := sink.Messages(); len(got) != 0 {
		t.Errorf("%d messages arrived, the first to %q", len(got), got[0].To)
	}
}

// R29: the same for any text at all.
func FuzzRecipient(f *testing.F) {
	for _, s := range []string{"a@example.org", "a@example.org\r\nBcc: b@example.org", "\"a b\"@example.org", "é@example.org", "a@[127.0.0.1]",
		"a@example.org\nBcc: b@example.org", "a@example.org\r\n\r\nb", "a@example.org\r\n.\r\nMAIL FROM:<b@example.org>", "a@example.org> NOTIFY=NEVER", "a\x00@example.org",
		"a@example.org,b@example.org", "A <a@example.org>", "=?utf-8?q?a=0d=0aBcc:_b?=@example.org", "a@example.org\u2028Bcc: b@example.org", "a@example.org\u0085",
		"\"a\\\r\nBcc: b\"@example.org", "a@exa\u3002mple", "\uff41@example.org", "k\u212a@example.org", "\xff@example.org", "@example.org:a@example.org",
		"a%b@example.org", "a!b@example.org", strings.Repeat("a", 998) + "@example.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw, err := mail.Compose(letter(t, s), netmail.Address{Address: "no-reply@portal.example.org"}, writer{})
		if err != nil {
			return
		}
		m, err := netmail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		to, err := m.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != s {
			t.Errorf("To %q became %v, %v", s, to, err)
		}
		if len(m.Header) != 9 || m.Header.Get("Bcc") != "" {
			t.Errorf("%q makes the headers %v", s, m.Header)
		}
	})
}

func TestFull(t *testing.T) {
	sink := mailtest.Start(t)
	sink.Stop()
	q, _ := open(t, sink.Config(), mail.Room(3))
	for range 3 {
		enqueue(t, q, letter(t, "helene@example.org"))
	}
	if err := q.Enqueue(letter(t, "one-more@example.org")); !errors.Is(err, mail.ErrFull) {
		t.Errorf("one more gives %v", err)
	}
	if n := closeIn(t, q, 0); n != 3 {
		t.Errorf("%d given up, want 3", n)
	}
	if err := q.Enqueue(letter(t, "helene@example.org")); !errors.Is(err, mail.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if n := q.Close(context.Background()); n != 0 {
		t.Errorf("the second Close gives up %d", n)
	}
}

// R74: what is in the queue is sent before the end.
func TestCloseDrains(t *testing.T) {
	sink := mailtest.Start(t)
	sink.Delay(time.Millisecond)
	sink.FailNext(451, 451)
	q, _ := open(t, sink.Config())
	for i := range 30 {
		enqueue(t, q, letter(t, fmt.Sprintf("p%d@example.org", i)))
	}
	if n := closeIn(t, q, 10*time.Second); n != 0 || len(sink.Messages()) != 30 {
		t.Errorf("%d given up, %d arrived", n, len(sink.Messages()))
	}
	sink.WaitForClosed()
}

// R74: a server that does not answer does not keep the portal from ending.
func TestCloseInterruptsASlowServer(t *testing.T) {
	sink := mailtest.Start(t)
	sink.Delay(time.Hour)
	cfg := sink.Config()
	cfg.Timeout = child.Patience
	q, _ := open(t, cfg)
	enqueue(t, q, letter(t, "helene@example.org"))
	sink.WaitForConnections(1)
	begin := time.Now()
	if n := closeIn(t, q, 50*time.Millisecond); n != 1 || time.Since(begin) > child.Patience/2 {
		t.Errorf("%d given up after %s", n, time.Since(begin))
	}
}

// R71 for mail: a kept connection serves many messages, and one that the server has cut costs no attempt.
func TestKeptConnection(t *testing.T) {
	sink := mailtest.Start(t)
	q, log := open(t, sink.Config(), mail.Workers(1))
	for i := range 5 {
		enqueue(t, q, letter(t, fmt.Sprintf("p%d@example.org", i)))
	}
	sink.WaitFor("p4@example.org")
	if n := sink.Connections(); n != 1 {
		t.Errorf("5 messages took %d connections", n)
	}
	log.waitFor(t, "mail sent", 5)
	sink.Cut()
	enqueue(t, q, letter(t, "after@example.org"))
	sink.WaitFor("after@example.org")
	log.waitFor(t, "mail sent", 6)
	if n := sink.Connections(); n != 2 || strings.Contains(log.String(), "not sent yet") {
		t.Errorf("%d connections; the log says:\n%s", n, log)
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	sink := mailtest.Start(t)
	q, _ := open(t, sink.Config(), mail.Workers(1), mail.Idle(10*time.Millisecond))
	enqueue(t, q, letter(t, "helene@example.org"))
	sink.WaitFor("helene@example.org")
	sink.WaitForClosed()
	enqueue(t, q, letter(t, "again@example.org"))
	sink.WaitFor("again@example.org")
	if n := sink.Connections(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// Two attempts of one message have the same number, so that a mailbox can tell a duplicate.
func TestMessageIDStays(t *testing.T) {
	first, second := mail.ComposeTwice(letter(t, "helene@example.org"), netmail.Address{Address: "no-reply@portal.example.org"}, writer{})
	id := func(raw string) string {
		m, err := netmail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		return m.Header.Get("Message-Id") + m.Header.Get("Date")
	}
	if id(first) != id(second) {
		t.Errorf("%s, then %s", id(first), id(second))
	}
}

// R2: a letter to nobody is written, and nothing of it reaches the server or the log.
func TestNobody(t *testing.T) {
	sink := mailtest.Start(t)
	q, _ := open(t, mail.Config{Server: sink.URL(), From: "a@b.example"})
	m := letter(t, "")
	m.Nobody = true
	enqueue(t, q, m)
	if n := closeIn(t, q, time.Minute); n != 0 || len(sink.Messages()) != 0 {
		t.Errorf("%d given up, %d sent", n, len(sink.Messages()))
	}
}

// R49: the last places of a full queue are for the notices, which nobody asks for again.
func TestRoomForNotices(t *testing.T) {
	sink := mailtest.Start(t)
	sink.Stop()
	q, _ := open(t, mail.Config{Server: sink.URL(), From: "a@b.example"}, mail.Room(10))
	for i := range 10 {
		if err := q.Enqueue(letter(t, "c@d.example")); (err == nil) != (i < 8) {
			t.Errorf("code %d: %v", i+1, err)
		}
	}
	for i := range 3 {
		m := letter(t, "c@d.example")
		m.Kind = flow.ChangedMail
		if err := q.Enqueue(m); (err == nil) != (i < 2) {
			t.Errorf("notice %d: %v", i+1, err)
		}
	}
}

// R75: what was found out of the former server is not held against the new one.
func TestReconfigureKnowsNothing(t *testing.T) {
	former, next := mailtest.Start(t), mailtest.Start(t)
	q, log := open(t, former.Config(), mail.Pauses(30*time.Second))
	former.Stop()
	enqueue(t, q, letter(t, "waiting@example.org"))
	log.waitFor(t, "mail not sent yet", 1)
	if q.Health(t.Context()) == nil {
		t.Error("the former one is away, and nobody knows")
	}
	setup, err := mail.NewSetup(next.Config(), writer{})
	if err != nil {
		t.Fatal(err)
	}
	q.Reconfigure(setup)
	if err := q.Health(t.Context()); err != nil || next.Connections() != 0 {
		t.Errorf("%v, %d connections: nothing is known of the new one", err, next.Connections())
	}
	if n := closeIn(t, q, 0); n != 1 {
		t.Errorf("%d letters were given up", n)
	}
}

// R75: letters that wait go out by the new settings, over no connection to the former server; nothing that it says later
// is taken for a word of the new one.
func TestReconfigure(t *testing.T) {
	former, next := mailtest.Start(t), mailtest.Start(t)
	q, log := open(t, former.Config(), mail.Workers(1))
	enqueue(t, q, letter(t, "first@example.org"))
	former.WaitFor("first@example.org")
	former.FailNext(451, 451, 451, 451)
	enqueue(t, q, letter(t, "waiting@example.org"))
	log.waitFor(t, "mail not sent yet", 1)
	cfg := next.Config()
	cfg.From = "New <new@example.org>"
	setup, err := mail.NewSetup(cfg, writer{})
	if err != nil {
		t.Fatal(err)
	}
	q.Reconfigure(setup)
	if got := next.WaitFor("waiting@example.org"); got.From != "new@example.org" {
		t.Errorf("from %q", got.From)
	}
	enqueue(t, q, letter(t, "after@example.org"))
	next.WaitFor("after@example.org")
	former.WaitForClosed()
	if n := len(former.Messages()); n != 1 || q.Health(t.Context()) != nil {
		t.Errorf("%d at the former server, %v", n, q.Health(t.Context()))
	}
	cfg.Server = "nowhere"
	if _, err := mail.NewSetup(cfg, writer{}); err == nil {
		t.Error("a server that is none, and no error")
	}
}
