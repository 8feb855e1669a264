package dirtest

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Relay stands before a server, and is as far away as it is told: what the server says arrives so much later, however much of it
// is on its way. It understands nothing: TLS passes through it. Proxy.Delay holds one answer after the other instead.
type Relay struct {
	listener net.Listener
	to       string
	delay    atomic.Int64 // of what the server says
	open     context.Context
	work     sync.WaitGroup
}

// StartRelay starts one before a server with an ldaps:// address. It ends with the test.
func StartRelay(t testing.TB, url string) *Relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open, end := context.WithCancel(context.Background())
	r := &Relay{listener: listener, to: strings.TrimPrefix(url, "ldaps://"), open: open}
	r.work.Go(r.accept)
	t.Cleanup(func() { end(); _ = listener.Close(); r.work.Wait() })
	return r
}

// URL is where to reach the server through it.
func (r *Relay) URL() string { return "ldaps://" + r.listener.Addr().String() }

// Delay has what the server says from now on arrive so much later.
func (r *Relay) Delay(d time.Duration) { r.delay.Store(int64(d)) }

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.work.Go(func() { r.join(client) })
	}
}

// join is one connection, from its acceptance until either end is closed.
func (r *Relay) join(client net.Conn) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(r.open, "tcp", r.to)
	if err != nil {
		return
	}
	ctx, end := context.WithCancel(r.open)
	said := make(chan said, 1024)
	var parts sync.WaitGroup
	parts.Go(func() { defer end(); pass(server, client) })
	parts.Go(func() { defer end(); r.listen(ctx, server, said) })
	parts.Go(func() { defer end(); tell(ctx, client, said) })
	<-ctx.Done()
	_, _ = client.Close(), server.Close()
	parts.Wait()
}

func pass(to, from net.Conn) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// said is what the server said, and when it arrives.
type said struct {
	text []byte
	at   time.Time
}

func (r *Relay) listen(ctx context.Context, server net.Conn, all chan<- said) {
	for {
		b := make([]byte, 16<<10)
		n, err := server.Read(b)
		if err != nil {
			return
		}
		select {
		case all <- said{b[:n], time.Now().Add(time.Duration(r.delay.Load()))}:
		case <-ctx.Done():
			return
		}
	}
}

func tell(ctx context.Context, client net.Conn, all <-chan said) {
	for {
		select {
		case s := <-all:
			select {
			case <-time.After(time.Until(s.at)):
			case <-ctx.Done():
				return
			}
			if _, err := client.Write(s.text); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
