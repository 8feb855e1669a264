package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	smtplog "github.com/wneessen/go-mail/log"
	"github.com/wneessen/go-mail/smtp"

	"ssprd/internal/secret"
	"ssprd/internal/want"
)

// server is where messages are handed over, and how. Nothing in it changes.
type server struct {
	scheme, host, port string
	username           string
	passwordFile       string
	from               *mail.Address
	tls                *tls.Config
	timeout            time.Duration
	heard              smtplog.Logger // hears what is said, for Try; nil
}

// The schemes of Config.Server, with the ports that are meant where none is written (RFC 8314, RFC 6409).
var defaultPorts = map[string]string{"smtps": "465", "smtp": "587", "smtp+plain": "25"}

func newServer(cfg Config) (*server, error) {
	u, err := url.Parse(cfg.Server)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	port, known := defaultPorts[u.Scheme]
	if !known || u.Hostname() == "" {
		return nil, fmt.Errorf("server: %q is not smtps://, smtp:// or smtp+plain://HOST", cfg.Server)
	}
	if u.Scheme == "smtp+plain" && !want.Loopback(u.Hostname()) {
		return nil, fmt.Errorf("server: %q would leave the machine without TLS", cfg.Server)
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	roots, err := want.Pool(cfg.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	return &server{
		scheme: u.Scheme, host: u.Hostname(), port: cmp.Or(u.Port(), port),
		username: cfg.Username, passwordFile: cfg.PasswordFile, from: from,
		tls:     &tls.Config{ServerName: u.Hostname(), RootCAs: roots, MinVersion: tls.VersionTLS12},
		timeout: cmp.Or(cfg.Timeout, Defaults().Timeout),
	}, nil
}

// address is HOST:PORT.
func (s *server) address() string { return net.JoinHostPort(s.host, s.port) }

// client makes the dialer of one connection, which goes through dial.
func (s *server) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	port, err := strconv.Atoi(s.port)
	if err != nil {
		return nil, err
	}
	policy := gomail.NoTLS // for smtps, the dial has done it
	if s.scheme == "smtp" {
		policy = gomail.TLSMandatory
	}
	// One message needs four round trips: no NOOP before it, and no RSET after it, which DATA has done (RFC 5321, 3.3).
	options := []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(s.timeout), gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(s.tls), gomail.WithDialContextFunc(dial), gomail.WithoutNoop(), gomail.WithoutRset()}
	if s.username != "" {
		password, err := secret.ReadFile(s.passwordFile)
		if err != nil {
			return nil, fmt.Errorf("password_file: %w", err)
		}
		options = append(options, gomail.WithUsername(s.username), gomail.WithPassword(password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	if s.heard != nil {
		options = append(options, gomail.WithLogger(s.heard), gomail.WithDebugLog())
	}
	return gomail.NewClient(s.host, options...)
}

// link is one worker's connection; it is dialled when a message needs it and kept for the next.
type link struct {
	server *server
	conn   net.Conn // nil if there is none; else what client and smtp speak over
	client *gomail.Client
	smtp   *smtp.Client
	unbind func() bool // ends the watch of conn for a cancelled context
}

// send hands one message over. A kept connection that the server has cut meanwhile is no failure: a new one is made.
func (l *link) send(ctx context.Context, msg *gomail.Msg, ascii bool) error {
	kept := l.smtp != nil
	err := l.attempt(ctx, msg, ascii)
	if kept && wasCut(err) {
		err = l.attempt(ctx, msg, ascii)
	}
	return err
}

// attempt leaves no connection after an error: what state the other side is in is then anybody's guess.
func (l *link) attempt(ctx context.Context, msg *gomail.Msg, ascii bool) error {
	if l.smtp == nil {
		if err := l.dial(ctx); err != nil {
			l.drop()
			return fmt.Errorf("connect: %w", err)
		}
	}
	l.smtp.SkipSMTPUTF8(ascii)                      // which not every relay on the way understands
	err := l.client.SendWithSMTPClient(l.smtp, msg) // it gives the connection a new deadline first
	if err != nil {
		l.drop()
	}
	if msg.IsDelivered() {
		return nil
	}
	return err
}

func (l *link) dial(ctx context.Context) error {
	client, err := l.server.client(func(ctx2 context.Context, network, address string) (net.Conn, error) {
		conn, err := l.server.connect(ctx2, network, address)
		if err != nil {
			return nil, err
		}
		// go-mail loses the connection if the greeting fails, and does not hear of the context afterwards.
		l.conn, l.unbind = conn, context.AfterFunc(ctx, func() { _ = conn.Close() })
		return conn, nil
	})
	if err != nil {
		return err
	}
	l.client = client
	l.smtp, err = client.DialToSMTPClientWithContext(ctx)
	return err
}

// connect makes the TCP connection, and for smtps the TLS one, whose type tells go-mail that it may send a password.
func (s *server) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if s.scheme == "smtps" {
		return (&tls.Dialer{Config: s.tls}).DialContext(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// close says goodbye, if the server still listens.
func (l *link) close() {
	if l.smtp != nil {
		_ = l.smtp.UpdateDeadline(l.server.timeout)
		_ = l.smtp.Quit()
	}
	l.drop()
}

func (l *link) drop() {
	if l.conn != nil {
		l.unbind()
		_ = l.conn.Close()
	}
	l.conn, l.client, l.smtp, l.unbind = nil, nil, nil, nil
}

// wasCut tells whether err is that of a connection which had ended before the message was begun: no answer, or 421
// (RFC 5321, 3.8), to anything before the text.
func wasCut(err error) bool {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Reason {
	case gomail.ErrConnCheck, gomail.ErrSMTPMailFrom:
		return failed.ErrorCode() == 0 || failed.ErrorCode() == 421
	}
	return false
}

// permanent tells whether another attempt is useless: the server said so of this message, or it could not be written.
// What goes wrong before the message is offered (no connection, a wrong certificate, a refused password) is the
// server's or the administrator's matter and may be mended.
func permanent(err error) bool {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Reason {
	case gomail.ErrGetSender, gomail.ErrGetRcpts, gomail.ErrNoUnencoded:
		return true
	}
	return failed.ErrorCode() >= 500
}

var address = regexp.MustCompile(`[^\s<>"']+@[^\s<>"',]+`)

// forLog tells what happened without the address: of an answer its codes, since servers repeat the address, or the
// name in it, in the text.
func forLog(err error) string {
	var failed *gomail.SendError
	if errors.As(err, &failed) && failed.ErrorCode() != 0 {
		return fmt.Sprintf("%s: %d %s", failed.Reason, failed.ErrorCode(), failed.EnhancedStatusCode())
	}
	return address.ReplaceAllString(err.Error(), "[address]")
}
