package canary

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// cutter is a TCP proxy before the directory that loses an answer: when it is told to, it closes both sides of the
// connection instead of passing on the answer to the n-th request from then. What runs through it is TLS, of which each
// request is one record and one packet.
type cutter struct {
	listener net.Listener
	to       string
	requests atomic.Int32
	cutting  atomic.Bool
	work     sync.WaitGroup
}

func startCutter(t *testing.T, url string) *cutter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: listener, to: strings.TrimPrefix(url, "ldaps://")}
	c.work.Go(c.accept)
	t.Cleanup(func() { _ = listener.Close(); c.work.Wait() })
	return c
}

func (c *cutter) url() string { return "ldaps://" + c.listener.Addr().String() }

func (c *cutter) loseAnswerTo(n int32) { c.requests.Store(n) }

func (c *cutter) accept() {
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
		c.work.Go(func() {
			pass(server, client, func() bool {
				if c.requests.Add(-1) == 0 {
					c.cutting.Store(true)
				}
				return false
			})
		})
		c.work.Go(func() { pass(client, server, func() bool { return c.cutting.CompareAndSwap(true, false) }) })
	}
}

func pass(to, from net.Conn, cut func() bool) {
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
