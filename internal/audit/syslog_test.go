package audit_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/dirtest"
)

// collector is a syslog server: RFC 5425 with TLS, RFC 6587 without.
type collector struct {
	t        *testing.T
	address  string
	config   *tls.Config // nil: none
	listener net.Listener
	got      chan string // messages
	mu       sync.Mutex
	open     []net.Conn
}

// collect starts one; an address of "" is any.
func collect(t *testing.T, address string, config *tls.Config) *collector {
	t.Helper()
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{t: t, address: l.Addr().String(), config: config, listener: l, got: make(chan string, 10000)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if config != nil {
				conn = tls.Server(conn, config)
			}
			c.mu.Lock()
			c.open = append(c.open, conn)
			c.mu.Unlock()
			go c.read(conn)
		}
	}()
	t.Cleanup(c.stop)
	return c
}

// read takes frames: a length, a space, and as many bytes.
func (c *collector) read(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		length, err := in.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, " "))
		if err != nil {
			c.t.Errorf("a frame begins with %q", length)
			return
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		c.got <- string(message)
	}
}

// stop ends it, and every connection.
func (c *collector) stop() {
	_ = c.listener.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		_ = conn.Close()
	}
}

// next is the next message.
func (c *collector) next() string {
	c.t.Helper()
	select {
	case m := <-c.got:
		return m
	case <-time.After(10 * time.Second):
		c.t.Fatal("no message came")
		return ""
	}
}

// rfc5424 is a message with the parts that ours have: PRI, TIMESTAMP, HOSTNAME, PROCID, MSGID, MSG.
var rfc5424 = regexp.MustCompile(`^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ssprd (\d+) ([!-~]{1,32}) - (\{[ -~]*\})$`)

// told reads a message.
func told(t *testing.T, message string) (pri int, at time.Time, name string, e audit.Event) {
	t.Helper()
	m := rfc5424.FindStringSubmatch(message)
	if m == nil {
		t.Fatalf("no message of RFC 5424: %q", message)
	}
	pri, _ = strconv.Atoi(m[1])
	at, err := time.Parse(time.RFC3339Nano, m[2])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(m[6]), &e); err != nil {
		t.Fatalf("%v: %s", err, m[6])
	}
	return pri, at, m[5], e
}

// copied is a record with a copy, and its file and log.
type copied struct {
	*audit.Record
	syslog *audit.Syslog
	file   string
	log    *said
}

type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func copying(t *testing.T, room int, to audit.Config) *copied {
	t.Helper()
	c := &copied{file: filepath.Join(t.TempDir(), "audit.jsonl"), log: &said{}}
	var err error
	if c.Record, err = audit.Open(c.file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Record.Close() })
	c.syslog = audit.NewHastySyslog(slog.New(slog.NewTextHandler(c.log, nil)), room)
	c.CopyTo(c.syslog)
	c.turn(t, to)
	return c
}

func (c *copied) turn(t *testing.T, to audit.Config) {
	t.Helper()
	target, err := audit.NewTarget(to)
	if err != nil {
		t.Fatal(err)
	}
	c.syslog.Turn(target)
}

func (c *copied) record(t *testing.T, e audit.Event) {
	t.Helper()
	if err := c.Record.Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func (c *copied) close(within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	c.syslog.Close(ctx)
}

// pki is an authority, a server's certificate of it, and one of its own for a client.
type pki struct {
	ca, cert, key, clientCert, clientKey string
	pool                                 *x509.CertPool
	pair                                 tls.Certificate
}

func newPKI(t *testing.T) pki {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	p := pki{at("ca.pem"), at("cert.pem"), at("key.pem"), at("client.pem"), at("client.key"), x509.NewCertPool(), tls.Certificate{}}
	ca, err := dirtest.NewAuthority(p.ca)
	if err != nil {
		t.Fatal(err)
	}
	for _, issue := range []func() error{
		func() error { return ca.Issue(p.cert, p.key) }, func() error { return ca.Issue(p.clientCert, p.clientKey) },
		func() (err error) { p.pair, err = tls.LoadX509KeyPair(p.cert, p.key); return err },
	} {
		if err := issue(); err != nil {
			t.Fatal(err)
		}
	}
	pem, err := os.ReadFile(p.ca)
	if err != nil || !p.pool.AppendCertsFromPEM(pem) {
		t.Fatal(err)
	}
	return p
}

// R59: every event comes to the syslog server over TLS, as it stands in the record, in its order; also after the server was
// away, and what waits at the stop.
func TestSyslog(t *testing.T) {
	p := newPKI(t)
	config := &tls.Config{Certificates: []tls.Certificate{p.pair}}
	server := collect(t, "", config)
	to := audit.Config{Syslog: "syslog+tls://" + server.address, SyslogCAFile: p.ca}
	c := copying(t, 1000, to)
	began := time.Now().Add(-time.Second)
	for i, e := range []audit.Event{
		{Event: audit.Started, Ref: "K7204-QXAB9", Population: "usagers"},
		{Event: audit.Acted, Note: "l'été 🌞 \r\n\x1b[31m\x00 \u2028 <13>1 - \xff", Agent: "ï"},
		{Event: audit.Guessing},
	} {
		c.record(t, e)
		pri, at, name, got := told(t, server.next())
		if want := []int{86, 85, 81}[i]; pri != want || name != e.Event || at.Before(began) || at.After(time.Now()) || !got.Time.Truncate(time.Microsecond).Equal(at) {
			t.Errorf("PRI %d, wanted %d; MSGID %s; %s and %s", pri, want, name, at, got.Time)
		}
		e.Time, e.Note = got.Time, string([]rune(e.Note))
		if !reflect.DeepEqual(got, e) {
			t.Errorf("%+v\nwant %+v", got, e)
		}
	}

	server.stop()
	for i := range 300 {
		c.record(t, audit.Event{Event: audit.Typed, Ref: fmt.Sprint(i)})
	}
	until(t, func() bool { return strings.Contains(c.log.String(), "cannot be reached") })
	if n := strings.Count(c.log.String(), "cannot be reached"); n != 1 {
		t.Errorf("%d lines in the log of a server that is away: %s", n, c.log)
	}
	if err := c.Health(t.Context()); err != nil {
		t.Errorf("a syslog server that is away takes the portal out of service: %v", err)
	}
	server = collect(t, server.address, config)
	// What went into the connection before its end was known is lost, as syslog has it; what comes is in order and without a gap.
	first := server.number()
	for want := first + 1; want < 300; want++ {
		if got := server.number(); got != want {
			t.Fatalf("number %d, wanted %d", got, want)
		}
	}
	until(t, func() bool { return strings.Contains(c.log.String(), "takes the copy of the audit record again") })

	for i := range 500 {
		c.record(t, audit.Event{Event: audit.Typed, Ref: fmt.Sprint(i)})
	}
	c.close(10 * time.Second)
	for want := range 500 {
		if got := server.number(); got != want {
			t.Fatalf("number %d, wanted %d", got, want)
		}
	}
}

// number is the one that the next message has as its reference.
func (c *collector) number() int {
	c.t.Helper()
	_, _, _, e := told(c.t, c.next())
	n, err := strconv.Atoi(e.Ref)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// until waits for a fact.
func until(t *testing.T, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("it does not come")
		}
	}
}

// A server that takes nothing holds nothing up: what does not wait is counted, and the stop does not wait for it either.
func TestSyslogIsFull(t *testing.T) {
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // it accepts nobody
	if err != nil {
		t.Fatal(err)
	}
	address := deaf.Addr().String()
	_ = deaf.Close()
	c := copying(t, 10, audit.Config{Syslog: "syslog+tcp://" + address})
	for range 1000 {
		c.record(t, audit.Event{Event: audit.Started})
	}
	raw, err := os.ReadFile(c.file)
	if err != nil || bytes.Count(raw, []byte("\n")) != 1000 {
		t.Errorf("the record has %d lines of 1000: %v", bytes.Count(raw, []byte("\n")), err)
	}
	if n := strings.Count(c.log.String(), "are not copied by syslog: too many wait"); n != 1 {
		t.Errorf("%d lines in the log: %s", n, c.log)
	}
	began := time.Now()
	c.close(50 * time.Millisecond)
	if took := time.Since(began); took > 5*time.Second || !strings.Contains(c.log.String(), "were not copied by syslog before the stop") {
		t.Errorf("it took %s to stop: %s", took, c.log)
	}
}

// A server that is connected and does not read holds the stop up no longer than the stop allows: neither by the write that waits for
// it, nor by TLS, which would bid it farewell.
func TestSyslogStopsBesideASilentServer(t *testing.T) {
	p := newPKI(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{p.pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	shaken := make(chan net.Conn, 1)
	go func() {
		if conn, err := l.Accept(); err == nil {
			_ = conn.(*tls.Conn).Handshake()
			shaken <- conn
		}
	}()
	c := copying(t, 1000, audit.Config{Syslog: "syslog+tls://" + l.Addr().String(), SyslogCAFile: p.ca})
	for range 100 { // more than a system keeps for a connection: 6 MB, for « é » is escaped
		c.record(t, audit.Event{Event: audit.Acted, Note: strings.Repeat("é", 10<<10)})
	}
	defer (<-shaken).Close()
	began := time.Now()
	c.close(time.Second)
	if took := time.Since(began); took > 4*time.Second || !strings.Contains(c.log.String(), "were not copied by syslog before the stop") {
		t.Errorf("it took %s to stop: %s", took, c.log)
	}
}

// R75: another server takes what waits for the first; none ends the copy.
func TestSyslogTurns(t *testing.T) {
	gone := collect(t, "", nil)
	gone.stop()
	c := copying(t, 100, audit.Config{Syslog: "syslog+tcp://" + gone.address})
	c.record(t, audit.Event{Event: audit.Started, Ref: "1"})
	next := collect(t, "", nil)
	c.turn(t, audit.Config{Syslog: "syslog+tcp://" + next.address})
	c.record(t, audit.Event{Event: audit.Started, Ref: "2"})
	for _, want := range []int{1, 2} {
		if got := next.number(); got != want {
			t.Errorf("number %d, wanted %d", got, want)
		}
	}
	c.turn(t, audit.Config{})
	c.record(t, audit.Event{Event: audit.Started, Ref: "3"})
	c.turn(t, audit.Config{Syslog: "syslog+tcp://" + next.address})
	c.record(t, audit.Event{Event: audit.Started, Ref: "4"})
	if got := next.number(); got != 4 {
		t.Errorf("number %d, wanted 4", got)
	}
	c.close(10 * time.Second)
}

// R29: a server that cannot show who it is gets nothing; one that asks for our certificate is shown it, and where it wants
// another one nothing is lost in a connection that it is about to end.
func TestSyslogCertificates(t *testing.T) {
	p, other := newPKI(t), newPKI(t)
	asking := &tls.Config{Certificates: []tls.Certificate{p.pair}, ClientAuth: tls.RequireAnyClientCert}
	for name, tt := range map[string]struct {
		config *tls.Config
		change func(*audit.Config)
		trusts bool
	}{
		"a foreign authority": {&tls.Config{Certificates: []tls.Certificate{other.pair}}, func(*audit.Config) {}, false},
		"another name":        {&tls.Config{Certificates: []tls.Certificate{p.pair}}, func(c *audit.Config) { c.Syslog = strings.Replace(c.Syslog, "127.0.0.1", "127.0.0.2", 1) }, false},
		"it asks for ours":    {asking, func(c *audit.Config) { c.SyslogCertificateFile, c.SyslogKeyFile = p.clientCert, p.clientKey }, true},
		"and we have none":    {asking, func(*audit.Config) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := ""
			if name == "another name" {
				address = "127.0.0.2:0"
			}
			server := collect(t, address, tt.config)
			to := audit.Config{Syslog: "syslog+tls://" + server.address, SyslogCAFile: p.ca}
			tt.change(&to)
			c := copying(t, 100, to)
			c.record(t, audit.Event{Event: audit.Started, Ref: "1"})
			if tt.trusts {
				if got := server.number(); got != 1 {
					t.Errorf("number %d", got)
				}
				c.close(10 * time.Second)
				return
			}
			until(t, func() bool {
				return strings.Contains(c.log.String(), "cannot be reached") && strings.Contains(c.log.String(), "tls")
			})
			c.close(time.Millisecond)
			if len(server.got) > 0 || !strings.Contains(c.log.String(), "were not copied by syslog before the stop\" events=1") {
				t.Errorf("%d messages came: %s", len(server.got), c.log)
			}
		})
	}
}
