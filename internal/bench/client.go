package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// client is a person's browser as far as HTTP/1.1 goes (RFC 9112): it keeps cookies, and reads every answer to its end. It is
// as cheap as can be, for it shares the processors with what is measured: net/http's costs three times as much.
type client struct {
	authority string   // HOST:PORT that the person knows the portal by
	hosts     []string // HOST:PORT of the instances, which the requests reach by turns
	asked     int
	lines     *lines
	cookies   []cookie
}

type cookie struct{ name, value []byte }

// answer is what a browser needs of one besides its body.
type answer struct {
	status   int
	location string
}

// do makes one request. form is the body of a POST. read gets the body of the answer, and keeps nothing of it: it is in memory
// that the connection needs again.
func (c *client) do(method, path, form string, read func(a answer, body []byte), more ...string) (answer, error) {
	host := c.hosts[c.asked%len(c.hosts)]
	c.asked++
	l, err := c.lines.get(host)
	if err != nil {
		return answer{}, err
	}
	a, kept, err := c.on(l, method, path, form, more)
	if err != nil {
		_ = l.Close()
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	read(a, l.in)
	c.lines.put(l, kept)
	return a, nil
}

// on asks over one connection, and tells whether it can be kept.
func (c *client) on(l *line, method, path, form string, more []string) (a answer, kept bool, err error) {
	if _, err := l.Write(c.request(l.out[:0], method, path, form, more)); err != nil {
		return a, false, err
	}
	status, err := l.text()
	if err != nil {
		return a, false, err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 ")) || len(status) < len("HTTP/1.1 200") {
		return a, false, fmt.Errorf("no answer of HTTP/1.1: %q", status)
	}
	if a.status, err = strconv.Atoi(string(status[9:12])); err != nil {
		return a, false, err
	}
	length, chunked := 0, false
	kept = true
	for {
		name, value, err := l.header()
		if err != nil {
			return a, false, err
		}
		switch string(name) { // as Go's server writes them
		case "":
			return a, kept, l.body(length, chunked)
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return a, false, err
			}
		case "Transfer-Encoding":
			chunked = string(value) == "chunked"
		case "Connection":
			kept = string(value) != "close"
		case "Location":
			a.location = string(value)
		case "Set-Cookie":
			c.set(value)
		}
	}
}

// request writes one as browsers do.
func (c *client) request(b []byte, method, path, form string, more []string) []byte {
	line := func(parts ...string) {
		for _, part := range parts {
			b = append(b, part...)
		}
		b = append(b, "\r\n"...)
	}
	line(method, " ", path, " HTTP/1.1")
	line("Host: ", c.authority)
	line("User-Agent: bench")
	for _, header := range more {
		line(header)
	}
	for i, k := range c.cookies {
		b = append(b, map[bool]string{true: "Cookie: ", false: "; "}[i == 0]...)
		b = append(append(append(b, k.name...), '='), k.value...)
	}
	if len(c.cookies) > 0 {
		line()
	}
	if method == http.MethodPost {
		line("Content-Type: application/x-www-form-urlencoded")
		line("Origin: http://", c.authority)
		line("Sec-Fetch-Site: same-origin")
		line("Content-Length: ", strconv.Itoa(len(form)))
	}
	line()
	return append(b, form...)
}

// set keeps a cookie, or forgets it where its life is over (RFC 6265, 5.2.2).
func (c *client) set(value []byte) {
	pair, attributes, _ := bytes.Cut(value, []byte(";"))
	name, value, _ := bytes.Cut(pair, []byte("="))
	for i, k := range c.cookies {
		if bytes.Equal(k.name, name) {
			c.cookies = append(c.cookies[:i], c.cookies[i+1:]...)
			break
		}
	}
	if !bytes.Contains(attributes, []byte("Max-Age=0")) {
		c.cookies = append(c.cookies, cookie{bytes.Clone(name), bytes.Clone(value)})
	}
}

// lines are the connections that are kept, as browsers and proxies keep them.
type lines struct {
	mu   sync.Mutex
	idle map[string][]*line
}

// line is one of them.
type line struct {
	net.Conn
	host string
	r    *bufio.Reader
	out  [2048]byte
	in   []byte // the body of the last answer
	used time.Time
}

// The portal ends a connection that nobody has used for longer; who uses one at that moment loses a request.
const idles = 5 * time.Second

// get gives one that was used a moment ago, or a new one.
func (s *lines) get(host string) (*line, error) {
	now := time.Now()
	s.mu.Lock()
	var l *line
	if n := len(s.idle[host]); n > 0 {
		l, s.idle[host] = s.idle[host][n-1], s.idle[host][:n-1]
	}
	s.mu.Unlock()
	if l != nil && now.Sub(l.used) < idles {
		return l, l.SetDeadline(now.Add(patience))
	}
	if l != nil {
		_ = l.Close()
	}
	conn, err := net.DialTimeout("tcp", host, patience)
	if err != nil {
		return nil, err
	}
	return &line{Conn: conn, host: host, r: bufio.NewReaderSize(conn, 16<<10)}, conn.SetDeadline(now.Add(patience))
}

func (s *lines) put(l *line, keep bool) {
	if !keep {
		_ = l.Close()
		return
	}
	l.used = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle == nil {
		s.idle = map[string][]*line{}
	}
	s.idle[l.host] = append(s.idle[l.host], l)
}

// close ends those that nobody uses.
func (s *lines) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, idle := range s.idle {
		for _, l := range idle {
			_ = l.Close()
		}
	}
	s.idle = nil
}

// text is the next line, without its end. It is good until the next reading.
func (l *line) text() ([]byte, error) {
	text, err := l.r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(text, "\r\n"), nil
}

// header is the next one; its name is empty at their end.
func (l *line) header() (name, value []byte, err error) {
	text, err := l.text()
	if err != nil || len(text) == 0 {
		return nil, nil, err
	}
	name, value, ok := bytes.Cut(text, []byte(": "))
	if !ok {
		return nil, nil, fmt.Errorf("no header: %q", text)
	}
	return name, value, nil
}

// body reads a body, of a length or in chunks (RFC 9112, 7.1).
func (l *line) body(length int, chunked bool) error {
	l.in = l.in[:0]
	for chunked {
		size, err := l.text()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(size), 16, 31)
		if err != nil {
			return err
		}
		if err := l.more(int(n)); err != nil {
			return err
		}
		if end, err := l.text(); err != nil || len(end) > 0 {
			return errors.Join(err, errors.New("a chunk without its end"))
		}
		chunked = n > 0
	}
	return l.more(length)
}

// more reads the next n bytes of a body.
func (l *line) more(n int) error {
	at := len(l.in)
	l.in = slices.Grow(l.in, n)[:at+n]
	_, err := io.ReadFull(l.r, l.in[at:])
	return err
}
