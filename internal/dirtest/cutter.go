package dirtest

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Cutter is a TCP proxy that loses an answer: it lets the n-th request from now through, and when the server answers,
// closes both connections instead of passing the answer on. It understands nothing: what runs through it is TLS, of
// which each request is one record and one packet.
type Cutter struct {
	listener net.Listener
	to       string
	requests atomic.Int32 // that are still to come before the answer is lost; none is lost at 0 or below
	cutting  atomic.Bool
	work     sync.WaitGroup
}

// LoseAnswerTo makes the n-th request from now the one whose answer is lost.
func (c *Cutter) LoseAnswerTo(n int32) { c.requests.Store(n) }

func (c *Cutter) request() bool {
	if c.requests.Add(-1) == 0 {
		c.cutting.Store(true)
	}
	return false
}

func (c *Cutter) answer() bool { return c.cutting.CompareAndSwap(true, false) }

// StartCutter starts one before a server with an ldaps:// address. It ends with the test.
func StartCutter(t testing.TB, url string) *Cutter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Cutter{listener: listener, to: strings.TrimPrefix(url, "ldaps://")}
	c.work.Go(c.accept)
	t.Cleanup(func() { _ = listener.Close(); c.work.Wait() })
	return c
}

// URL is where to reach the server through it.
func (c *Cutter) URL() string { return "ldaps://" + c.listener.Addr().String() }

func (c *Cutter) accept() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		c.work.Go(func() { c.pass(server, client, c.request) })
		c.work.Go(func() { c.pass(client, server, c.answer) })
	}
}

// pass copies until either end closes, or cut says so.
func (c *Cutter) pass(to, from net.Conn, cut func() bool) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if err != nil || cut() {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}
