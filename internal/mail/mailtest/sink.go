// Package mailtest is a mail server for tests: it speaks real SMTP on a loopback port, keeps what it gets, and fails
// when it is told to.
package mailtest

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"ssprd/internal/child"
	"ssprd/internal/mail"
)

// Sink is the server. Its methods may be called by many goroutines at once.
type Sink struct {
	t              testing.TB
	address        string
	scheme         string
	tls            *certificate // nil: none is spoken
	user, password string

	mu       sync.Mutex
	server   *smtp.Server // nil while stopped
	listener net.Listener
	open     map[net.Conn]bool
	accepted int
	fail     []int
	delay    time.Duration
	got      []Message
	to       map[string][]int // by recipient, which of them are for it
	changed  chan struct{}    // closed and made anew at each change
}

// Option is a habit of the server.
type Option func(*Sink)

// StartTLS lets the server offer STARTTLS, with a certificate for host.
func StartTLS(host string) Option {
	return func(s *Sink) { s.scheme, s.tls = "smtp", newCertificate(s.t, host) }
}

// TLS lets the server speak TLS from the first byte, with a certificate for host.
func TLS(host string) Option {
	return func(s *Sink) { s.scheme, s.tls = "smtps", newCertificate(s.t, host) }
}

// Auth lets the server take mail only from user.
func Auth(user, password string) Option {
	return func(s *Sink) { s.user, s.password = user, password }
}

// Start starts a server without TLS on a port of its own of 127.0.0.1; it is stopped at the end of the test.
func Start(t testing.TB, opts ...Option) *Sink {
	t.Helper()
	ports, err := child.ReservePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	s := &Sink{t: t, address: fmt.Sprintf("127.0.0.1:%d", ports[0]), scheme: "smtp+plain", open: make(map[net.Conn]bool),
		to: make(map[string][]int), changed: make(chan struct{})}
	for _, opt := range opts {
		opt(s)
	}
	s.Restart()
	t.Cleanup(s.Stop)
	return s
}

// URL is the server as Config.Server names it.
func (s *Sink) URL() string { return s.scheme + "://" + s.address }

// Config is that of a client which trusts the server.
func (s *Sink) Config() mail.Config {
	c := mail.Config{Server: s.URL(), From: "Région Test <no-reply@portal.example.org>", Timeout: 5 * time.Second}
	if s.tls != nil {
		c.CAFile = s.tls.file
	}
	return c
}

// Restart starts a stopped server on the port it had.
func (s *Sink) Restart() {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatalf("the mail server does not start: %v", err)
	}
	server := smtp.NewServer(backend{s})
	server.Domain, server.AllowInsecureAuth, server.EnableSMTPUTF8 = "mx.example.org", s.scheme == "smtp+plain", true
	server.ErrorLog = discard{}
	listener = counting{listener, s}
	switch s.scheme {
	case "smtp":
		if s.tls != nil {
			server.TLSConfig = s.tls.config
		}
	case "smtps":
		listener = s.tls.listen(listener)
	}
	s.mu.Lock()
	s.server, s.listener = server, listener
	s.mu.Unlock()
	go func() { _ = server.Serve(listener) }()
}

// WithoutTLS takes the offer of STARTTLS away, as somebody in the middle would do. It holds from the next Restart on.
func (s *Sink) WithoutTLS() { s.tls = nil }

// Stop closes the port and every connection. A server that is stopped stays so.
func (s *Sink) Stop() {
	s.mu.Lock()
	server, listener := s.server, s.listener
	s.server = nil
	s.mu.Unlock()
	if server != nil {
		_ = server.Close()
		_ = listener.Close() // the server does not know it before Serve has begun
	}
	s.Cut()
}

// Cut closes every connection there is, as a server does with those that idle.
func (s *Sink) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		_ = conn.Close()
	}
}

// FailNext gives these codes as answers to the next recipients, one each.
func (s *Sink) FailNext(codes ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = append(s.fail, codes...)
}

// Delay holds back the answer to each message for so long.
func (s *Sink) Delay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = d
}

// Messages are those received so far, in order.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// MessagesTo are those to one address.
func (s *Sink) MessagesTo(to string) (all []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.to[to] {
		all = append(all, s.got[i])
	}
	return all
}

// Forget empties what has come for an address, of which Messages keeps an empty one: a test that lasts would keep it all.
func (s *Sink) Forget(to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.to[to] {
		s.got[i] = Message{}
	}
	delete(s.to, to)
}

// Connections is how many were accepted so far.
func (s *Sink) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// WaitFor returns the first message to an address once it has arrived; it fails the test if none does.
func (s *Sink) WaitFor(to string) Message {
	s.t.Helper()
	var found Message
	s.until("a message to "+to, func() bool {
		if len(s.to[to]) > 0 {
			found = s.got[s.to[to][0]]
		}
		return len(s.to[to]) > 0
	})
	return found
}

// WaitForClosed returns once the client has ended all its connections.
func (s *Sink) WaitForClosed() {
	s.t.Helper()
	s.until("every connection closed", func() bool { return len(s.open) == 0 })
}

// WaitForConnections returns once n have been accepted.
func (s *Sink) WaitForConnections(n int) {
	s.t.Helper()
	s.until("a connection", func() bool { return s.accepted >= n })
}

// until waits until f is true of the server's state, under its lock.
func (s *Sink) until(what string, f func() bool) {
	s.t.Helper()
	deadline := time.After(child.Patience)
	for {
		s.mu.Lock()
		ok, changed := f(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("the mail server waited in vain for %s", what)
		}
	}
}

// keep takes a message in; the caller holds the lock.
func (s *Sink) keep(m Message) {
	for _, to := range m.To {
		s.to[to] = append(s.to[to], len(s.got))
	}
	s.got = append(s.got, m)
}

// change alters the state and wakes those who wait for it.
func (s *Sink) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}
