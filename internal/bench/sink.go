package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
)

// sink is a mail server as cheap as can be, for the same reason as client: it speaks SMTP (RFC 5321) on a loopback port,
// looks for the code in the first line of each mail, where a telephone shows it, and keeps nothing else.
type sink struct {
	listener net.Listener
	work     sync.WaitGroup

	mu       sync.Mutex
	open     map[net.Conn]bool
	boxes    map[string]*box // of the codes, by address
	codes    int             // mails that have one
	others   int             // the notices
	accepted int             // connections
	delay    time.Duration   // of the answer to a mail
	lost     map[bool]int    // how many mails from now on are taken, and are gone: with a code, and notices
	patience time.Duration   // with a mail that does not come
}

// box is where the code for one address comes.
type box struct {
	code string
	came chan struct{} // closed once it is there
}

func startSink(t testing.TB) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{listener: listener, open: map[net.Conn]bool{}, boxes: map[string]*box{}, lost: map[bool]int{}, patience: patience}
	s.work.Go(s.accept)
	t.Cleanup(s.stop)
	return s
}

// URL is the server as mail.server names it.
func (s *sink) URL() string { return "smtp+plain://" + s.listener.Addr().String() }

func (s *sink) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.set(func() { s.accepted++; s.open[conn] = true })
		s.work.Go(func() {
			_ = s.serve(conn)
			_ = conn.Close()
			s.set(func() { delete(s.open, conn) })
		})
	}
}

func (s *sink) stop() {
	_ = s.listener.Close()
	s.set(func() {
		for conn := range s.open {
			_ = conn.Close()
		}
	})
	s.work.Wait()
}

func (s *sink) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// hold holds back the answer to each mail for so long.
func (s *sink) hold(d time.Duration) { s.set(func() { s.delay = d }) }

// lose takes the next n mails with a code, or notices, and keeps none of them.
func (s *sink) lose(withCode bool, n int) { s.set(func() { s.lost[withCode] = n }) }

// counts are the mails with a code and those without, and the connections.
func (s *sink) counts() (codes, others, accepted int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codes, s.others, s.accepted
}

// code waits for the mail to an address, and gives the code in it, once.
func (s *sink) code(to string) (string, error) {
	b := s.box(to)
	timeout := time.NewTimer(s.patience)
	defer timeout.Stop()
	select {
	case <-b.came:
		s.set(func() { delete(s.boxes, to) })
		return b.code, nil
	case <-timeout.C:
		return "", errors.New("no mail with a code has come to " + to)
	}
}

func (s *sink) box(to string) *box {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.boxOf(to)
}

func (s *sink) boxOf(to string) *box {
	b := s.boxes[to]
	if b == nil {
		b = &box{came: make(chan struct{})}
		s.boxes[to] = b
	}
	return b
}

// serve speaks with one client until that says goodbye.
func (s *sink) serve(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, 8<<10)
	say := func(text string) error { _, err := conn.Write([]byte(text + "\r\n")); return err }
	if err := say("220 mx.example.org ESMTP"); err != nil {
		return err
	}
	to := ""
	for {
		command, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		reply := "250 2.0.0 Ok"
		verb, rest, _ := strings.Cut(strings.TrimRight(string(command), "\r\n"), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			reply = "250-mx.example.org\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8"
		case "HELO", "MAIL", "RSET", "NOOP":
		case "RCPT":
			_, rest, _ = strings.Cut(rest, "<")
			to, _, _ = strings.Cut(rest, ">")
		case "DATA":
			if err := say("354 Go ahead"); err != nil {
				return err
			}
			line, err := firstLine(r)
			if err != nil {
				return err
			}
			s.take(to, digits(line))
		case "QUIT":
			return say("221 2.0.0 Bye")
		default:
			reply = "500 5.5.1 " + verb + "?"
		}
		if err := say(reply); err != nil {
			return err
		}
	}
}

// take takes a mail in.
func (s *sink) take(to, code string) {
	s.mu.Lock()
	delay := s.delay
	s.mu.Unlock()
	time.Sleep(delay) // as a slow server does; nobody's test waits for it
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.lost[code != ""] > 0:
		s.lost[code != ""]--
	case code == "":
		s.others++
	default:
		s.codes++
		b := s.boxOf(to)
		if b.code == "" {
			b.code = code
			close(b.came)
		}
	}
}

// firstLine reads a mail to its end, and gives the first line of its text: what follows the headers, and those of the first
// part. Digits, spaces and letters of it stand there as they are (RFC 2045, 6.7).
func firstLine(r *bufio.Reader) (first string, err error) {
	headers := true
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return "", fmt.Errorf("a mail without an end: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 1 && line[0] == '.':
			return first, nil
		case len(line) == 0:
			headers = false
		case !headers && bytes.HasPrefix(line, []byte("--")):
			headers = true
		case !headers && first == "":
			first = string(line)
		}
	}
}

// digits are those that a line begins with, groups of them put together. A space that is not ASCII stands there as bytes in
// hexadecimal, as in "482=C2=A0915".
func digits(line string) string {
	line = strings.ReplaceAll(line, "=C2=A0", "")
	end := strings.IndexFunc(line, unicode.IsLetter)
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, line[:max(end, 0)])
}
