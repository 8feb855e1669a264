package attack

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// patience bounds one request: the portal has its own bounds, which are shorter.
const patience = 60 * time.Second

// Request is one as it goes over the wire.
type Request struct {
	Method, Target, Host string
	Header               []string // whole lines, in this order
	Body                 string
	From                 string // the address of this machine that it comes from; empty: 127.0.0.1
	To                   string // HOST:PORT; empty: the portal
}

func (r Request) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Target, r.Host)
	for _, line := range r.Header {
		b.WriteString(line + "\r\n")
	}
	if r.Body != "" || r.Method == http.MethodPost {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	b.WriteString("Connection: close\r\n\r\n" + r.Body)
	return b.Bytes()
}

// Answer is what came back. A status of 0 is none: the portal has closed the connection.
type Answer struct {
	Status int
	Head   string // the status line and the headers, as they came
	Header http.Header
	Body   string
	Took   time.Duration
}

// To is where a redirect leads.
func (a Answer) To() string { return a.Header.Get("Location") }

// dial connects to the portal from an address of the loopback network: each is another client to it.
func (s *Site) dial(from string) (net.Conn, error) { return s.dialTo(s.Address, from) }

func (s *Site) dialTo(to, from string) (net.Conn, error) {
	if from == "" {
		from = "127.0.0.1"
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	conn, err := dialer.Dial("tcp", to)
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(patience))
	}
	return conn, err
}

// Send sends one request and reads its answer.
func (s *Site) Send(rq Request) Answer {
	s.t.Helper()
	return s.Volley([]Request{rq})[0]
}

// Volley sends requests at once: each is sent up to its last byte, and only when all are there are the last bytes sent.
// Requests that are sent one after the other, however fast, meet a portal that has answered the first of them.
func (s *Site) Volley(requests []Request) []Answer {
	s.t.Helper()
	answers, errs := make([]Answer, len(requests)), make([]error, len(requests))
	var ready, all sync.WaitGroup
	now := make(chan struct{})
	ready.Add(len(requests))
	for i, rq := range requests {
		all.Go(func() { answers[i], errs[i] = s.shoot(rq, &ready, now) })
	}
	ready.Wait()
	close(now)
	all.Wait()
	for i, err := range errs {
		if err != nil {
			s.t.Fatalf("%s %s: %v", requests[i].Method, requests[i].Target, err)
		}
		s.note(answers[i])
	}
	return answers
}

func (s *Site) shoot(rq Request, ready *sync.WaitGroup, now <-chan struct{}) (Answer, error) {
	conn, err := s.dialTo(cmp.Or(rq.To, s.Address), rq.From)
	if err != nil {
		ready.Done()
		return Answer{}, err
	}
	defer conn.Close()
	text := rq.bytes()
	last := len(text) - 1
	_, err = conn.Write(text[:last])
	ready.Done()
	<-now
	start := time.Now()
	if err == nil {
		_, err = conn.Write(text[last:])
	}
	a, readErr := read(conn, rq.Method) // also what came before a write failed: an answer to what was too long
	a.Took = time.Since(start)
	if a.Status == 0 && readErr == nil {
		readErr = err
	}
	return a, readErr
}

// read reads an answer to the end of its connection; of an event stream, the first event.
func read(conn net.Conn, method string) (Answer, error) {
	raw, err := receive(conn)
	head, _, found := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !found {
		return Answer{}, err
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), &http.Request{Method: method})
	if err != nil {
		return Answer{}, fmt.Errorf("the answer %q: %w", head, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if isStream(raw) {
		err = nil // it has no end
	}
	return Answer{Status: response.StatusCode, Head: string(head), Header: response.Header, Body: string(body)}, err
}

func receive(conn net.Conn) (raw []byte, err error) {
	b := make([]byte, 32<<10)
	for {
		n, err := conn.Read(b)
		raw = append(raw, b[:n]...)
		switch {
		case err == io.EOF:
			return raw, nil
		case err != nil:
			return raw, err
		case isStream(raw) && bytes.Contains(raw, []byte("\n\n\r\n")): // the end of a chunk that ends an event
			return raw, nil
		}
	}
}

func isStream(raw []byte) bool { return bytes.Contains(raw, []byte("Content-Type: text/event-stream")) }

// headerNames are those of an answer, in their order.
func (a Answer) headerNames() (names []string) {
	for _, line := range strings.Split(a.Head, "\r\n")[1:] {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	return names
}
