package attack

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// slow is a TCP proxy that holds back what a server says, each packet for as long. It understands nothing of what runs
// through it.
type slow struct {
	listener net.Listener
	to       string
	delay    atomic.Int64
	work     sync.WaitGroup
}

func startSlow(t testing.TB, url string) *slow {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &slow{listener: listener, to: strings.TrimPrefix(url, "ldaps://")}
	p.work.Go(p.accept)
	t.Cleanup(func() { _ = listener.Close(); p.work.Wait() })
	return p
}

func (p *slow) url() string { return "ldaps://" + p.listener.Addr().String() }

// hold makes every packet from now on take so much longer.
func (p *slow) hold(d time.Duration) { p.delay.Store(int64(d)) }

func (p *slow) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		packets := make(chan packet, 1024)
		p.work.Go(func() { pass(server, client) })
		p.work.Go(func() { p.receive(server, packets) })
		p.work.Go(func() { deliver(client, server, packets) })
	}
}

// packet is something that is to arrive later.
type packet struct {
	due   time.Time
	bytes []byte
}

// receive reads what the server says.
func (p *slow) receive(server net.Conn, packets chan<- packet) {
	defer close(packets)
	for {
		b := make([]byte, 32<<10)
		n, err := server.Read(b)
		if err != nil {
			return
		}
		packets <- packet{time.Now().Add(time.Duration(p.delay.Load())), b[:n]}
	}
}

// deliver passes each packet on when it is due.
func deliver(client, server net.Conn, packets <-chan packet) {
	defer client.Close()
	for next := range packets {
		<-time.After(time.Until(next.due))
		if _, err := client.Write(next.bytes); err != nil {
			_ = server.Close() // ends receive
		}
	}
}

// pass hands on what the client says, at once.
func pass(server, client net.Conn) {
	defer server.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
	}
}
