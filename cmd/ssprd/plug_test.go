package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// plug is a listener without a network: a fuzz test makes more connections than a machine has ports. The server behind it
// is the real one, and so is what it reads requests with.
type plug struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPlug() *plug { return &plug{conns: make(chan net.Conn), closed: make(chan struct{})} }

// dial is a connection from that address.
func (p *plug) dial(from string) net.Conn {
	here, there := net.Pipe()
	select {
	case p.conns <- plugged{there, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 40000))}:
	case <-p.closed:
		_ = there.Close()
	}
	return here
}

func (p *plug) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *plug) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *plug) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

type plugged struct {
	net.Conn
	from net.Addr
}

func (p plugged) RemoteAddr() net.Addr { return p.from }

// formType is how a browser sends a form.
const formType = "application/x-www-form-urlencoded"

// request is the bytes of a request. What is left out is as a browser has it.
type request struct {
	method, target, host, cookie, contentType string
	header                                    []string // further lines: name, value, by turns
	body                                      []byte
}

func (r request) bytes() []byte {
	var b bytes.Buffer
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", or(r.method, "GET"), r.target, or(r.host, ownHost))
	for i := 0; i+1 < len(r.header); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", r.header[i], r.header[i+1])
	}
	if r.cookie != "" {
		fmt.Fprintf(&b, "Cookie: %s\r\n", r.cookie)
	}
	if r.contentType != "" {
		fmt.Fprintf(&b, "Content-Type: %s\r\n", r.contentType)
	}
	if r.body != nil {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.body))
	}
	b.WriteString("\r\n")
	b.Write(r.body)
	return b.Bytes()
}

// line tells whether a text can stand in one line of a request: with a line break it would be another request.
func line(texts ...string) bool {
	for _, s := range texts {
		if strings.ContainsAny(s, "\r\n") {
			return false
		}
	}
	return true
}

// reply is an answer, read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

func readReply(conn io.Reader, method string) (reply, error) {
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return reply{}, fmt.Errorf("no answer: %w", err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return reply{}, fmt.Errorf("half an answer: %w", err)
	}
	return reply{answer.StatusCode, answer.Header, string(body)}, nil
}

// unread tells whether the server has refused what it could not read as a request: the portal has not seen it, and could
// not give the answer its headers. It names nothing of what was sent.
func (r reply) unread() bool {
	return r.header.Get("Date") == "" && r.header.Get("Content-Type") == "text/plain; charset=utf-8" && r.status >= 400
}
