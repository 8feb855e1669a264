package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	kept        = 200     // messages in a mailbox
	messageSize = 1 << 20 // bytes of one message
)

// Mailbox is a mail server on loopback that takes every message and shows it to everybody.
type Mailbox struct {
	server   *smtp.Server
	listener net.Listener
	addr     string
	delay    time.Duration
	ctx      context.Context // ends with the server: a session's Data has no other
	stop     context.CancelFunc
	work     sync.WaitGroup

	mu       sync.Mutex
	messages []*received   // the oldest first
	more     chan struct{} // closed at the next message
}

// received is a message, and whether WaitFor has given it to somebody.
type received struct {
	Message
	taken bool
}

// StartMailbox serves SMTP on a free port of loopback until Close. Each message is taken delay late, as a slow mail
// server would.
func StartMailbox(log *slog.Logger, delay time.Duration) (*Mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mailbox of the demo: %w", err)
	}
	m := &Mailbox{listener: l, addr: l.Addr().String(), delay: delay, more: make(chan struct{})}
	m.ctx, m.stop = context.WithCancel(context.Background())
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	m.server.Domain, m.server.EnableSMTPUTF8 = "localhost", true
	m.server.MaxMessageBytes = messageSize
	m.server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	m.work.Go(func() {
		if err := m.server.Serve(l); err != nil {
			log.Error("mailbox of the demo", "error", err)
		}
	})
	return m, nil
}

// Addr is where the mailbox speaks SMTP: HOST:PORT.
func (m *Mailbox) Addr() string { return m.addr }

// Messages gives the last 200 messages, the newest first.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Message, 0, len(m.messages))
	for _, r := range slices.Backward(m.messages) {
		out = append(out, r.Message)
	}
	return out
}

// WaitFor gives the messages to one address in their order, each once: the oldest one that no call has given yet, as
// soon as there is one. It returns an error only when ctx ends.
func (m *Mailbox) WaitFor(ctx context.Context, to string) (Message, error) {
	for {
		msg, more, ok := m.take(to)
		if ok {
			return msg, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("no message to %s: %w", to, ctx.Err())
		}
	}
}

func (m *Mailbox) take(to string) (Message, <-chan struct{}, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.messages {
		if !r.taken && r.isTo(to) {
			r.taken = true
			return r.Message, nil, true
		}
	}
	return Message{}, m.more, false
}

func (m *Mailbox) add(msg Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, &received{Message: msg})
	if n := len(m.messages) - kept; n > 0 {
		m.messages = slices.Delete(m.messages, 0, n)
	}
	close(m.more)
	m.more = make(chan struct{})
}

// Close ends the server and waits for it. Messages that are being taken late are refused.
func (m *Mailbox) Close() error {
	m.stop()
	err := m.server.Close()
	_ = m.listener.Close() // the server does not know it yet if Serve has not begun, and would then wait for ever
	m.work.Wait()
	if errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// session is one SMTP conversation.
type session struct {
	box  *Mailbox
	from string
	to   []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	msg, err := parseMessage(raw, time.Now())
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "not a message"}
	}
	if s.box.delay > 0 && !sleep(s.box.ctx, s.box.delay) {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "closing"}
	}
	msg.From, msg.To = s.from, slices.Clone(s.to)
	s.box.add(msg)
	return nil
}

// isTo tells whether the message went to that address, whatever the case of its letters.
func (m Message) isTo(address string) bool {
	return slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
}
