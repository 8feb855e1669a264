package audit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"ssprd/internal/want"
)

// The schemes of `audit.syslog`: RFC 5425, and RFC 6587 (section 3.4.1) for a server on this machine.
const (
	overTLS = "syslog+tls"
	overTCP = "syslog+tcp"
)

// usualPort is where a server listens that names no port.
var usualPort = map[string]string{overTLS: "6514", overTCP: "601"}

// Target is a syslog server. Nothing in it changes.
type Target struct {
	address string
	tls     *tls.Config // nil: none
}

// NewTarget makes the one that a configuration names; nil where it names none. It does not connect: the error is one of the
// configuration.
func NewTarget(c Config) (*Target, error) {
	if c.Syslog == "" {
		return nil, nil
	}
	u, err := url.Parse(c.Syslog)
	if err != nil {
		return nil, fmt.Errorf("audit.syslog: %w", err)
	}
	port := u.Port()
	if port == "" {
		port = usualPort[u.Scheme]
	}
	t := &Target{address: net.JoinHostPort(u.Hostname(), port)}
	if u.Scheme == overTCP {
		return t, nil
	}
	roots, err := want.Pool(c.SyslogCAFile)
	if err != nil {
		return nil, fmt.Errorf("audit.syslog_ca_file: %w", err)
	}
	t.tls = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname(), RootCAs: roots}
	if c.SyslogCertificateFile != "" {
		own := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { // read anew each time: it may have been renewed
			pair, err := tls.LoadX509KeyPair(c.SyslogCertificateFile, c.SyslogKeyFile)
			return &pair, err
		}
		if _, err := own(nil); err != nil {
			return nil, fmt.Errorf("audit.syslog_certificate_file: %w", err)
		}
		t.tls.GetClientCertificate = own
	}
	return t, nil
}

// Try connects to the syslog server that c names, and hangs up. It sends nothing.
func Try(ctx context.Context, c Config) error {
	t, err := NewTarget(c)
	if err != nil || t == nil {
		return err
	}
	l, err := t.dial(ctx, ordinary)
	if err == nil {
		l.close()
	}
	return err
}

// link is a connection to a target.
type link struct {
	net.Conn
	target *Target
	over   chan error  // why the server has ended it
	keep   func() bool // ends that it is cut with its context
}

// dial connects. A server that wants another certificate than ours says so only after the handshake (TLS 1.3), so that a new
// connection is watched for a moment before anything is entrusted to it. When ctx ends, the connection is cut, whatever it is at.
func (t *Target) dial(ctx context.Context, p pace) (*link, error) {
	work := ctx
	ctx, cancel := context.WithTimeout(ctx, p.within)
	defer cancel()
	dial := (&net.Dialer{}).DialContext
	if t.tls != nil {
		dial = (&tls.Dialer{Config: t.tls}).DialContext
	}
	conn, err := dial(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	l := &link{Conn: conn, target: t, over: make(chan error, 1)}
	l.keep = context.AfterFunc(work, l.cut)
	go l.listen()
	if t.tls == nil {
		return l, nil
	}
	select {
	case err := <-l.over:
		l.close()
		return nil, err
	case <-time.After(p.settled):
		return l, nil
	case <-work.Done():
		l.close()
		return nil, work.Err()
	}
}

var errHungUp = errors.New("it was ended without a reason")

// listen waits for the end: a syslog server says nothing.
func (l *link) listen() {
	_, err := io.Copy(io.Discard, l.Conn)
	if err == nil {
		err = errHungUp
	}
	l.over <- err
}

// gone tells when the server has ended it; never where there is none.
func (l *link) gone() <-chan error {
	if l == nil {
		return nil
	}
	return l.over
}

func (l *link) write(frames []byte, within time.Duration) error {
	select {
	case err := <-l.over:
		return err
	default:
	}
	_ = l.SetWriteDeadline(time.Now().Add(within)) // else the write itself fails
	_, err := l.Write(frames)
	return err
}

func (l *link) close() {
	if l != nil {
		_ = l.Close()
		l.keep()
	}
}

// cut ends it without a farewell, for which TLS waits where the server does not read.
func (l *link) cut() {
	conn := l.Conn
	if over, ok := conn.(*tls.Conn); ok {
		conn = over.NetConn()
	}
	_ = conn.Close()
}

// appendASCII appends JSON with every character that is not ASCII escaped, which is the same JSON.
func appendASCII(to, json []byte) []byte {
	for i := 0; i < len(json); {
		if c := json[i]; c < utf8.RuneSelf {
			to = append(to, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(json[i:])
		for _, unit := range utf16.AppendRune(nil, r) {
			to = append(to, '\\', 'u', hex[unit>>12], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
		}
		i += size
	}
	return to
}

const hex = "0123456789abcdef"
