package dirtest

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy is a TCP proxy before a server, by which a test has the network it needs: one that loses a request or an answer,
// that is slow, or that is silent. It understands nothing: what runs through it is TLS, of which, on a connection that
// is kept and that has one request at a time, each request is one record and one packet.
type Proxy struct {
	listener net.Listener
	to       string
	open     context.Context // until the test's end
	work     sync.WaitGroup

	mu       sync.Mutex
	answer   int32         // requests until the one whose answer is lost; none is lost at 0 or below
	request  int32         // requests until the one that is lost itself, likewise
	delay    time.Duration // of each answer
	passed   int           // requests so far
	resuming chan struct{} // closed while nothing is held
}

// StartProxy starts one before a server with an ldaps:// address. It ends with the test, and so do its connections.
func StartProxy(t testing.TB, url string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open, end := context.WithCancel(context.Background())
	p := &Proxy{listener: listener, to: strings.TrimPrefix(url, "ldaps://"), open: open, resuming: make(chan struct{})}
	close(p.resuming)
	p.work.Go(p.accept)
	t.Cleanup(func() { end(); _ = listener.Close(); p.work.Wait() })
	return p
}

// URL is where to reach the server through it.
func (p *Proxy) URL() string { return "ldaps://" + p.listener.Addr().String() }

// LoseAnswerTo lets the n-th request from now through, and when the server answers it, closes both connections instead
// of passing the answer on.
func (p *Proxy) LoseAnswerTo(n int32) { p.set(func() { p.answer = n }) }

// LoseRequest closes both connections instead of passing the n-th request from now on.
func (p *Proxy) LoseRequest(n int32) { p.set(func() { p.request = n }) }

// Delay holds each answer for that long from now on: those of a handshake too.
func (p *Proxy) Delay(d time.Duration) { p.set(func() { p.delay = d }) }

// Hang makes it pass nothing on, either way, not even that an end has closed, until Resume. It still accepts connections.
func (p *Proxy) Hang() {
	p.set(func() {
		if isClosed(p.resuming) {
			p.resuming = make(chan struct{})
		}
	})
}

// Resume ends Hang: what was held goes on its way, even if who sent it has given up since.
func (p *Proxy) Resume() {
	p.set(func() {
		if !isClosed(p.resuming) {
			close(p.resuming)
		}
	})
}

// Requests is how many packets of clients were passed on so far. Between two moments in which nobody connects or
// disconnects, that is the number of requests.
func (p *Proxy) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.join(client) })
	}
}

// join is one connection, from its acceptance until both ends are closed.
func (p *Proxy) join(client net.Conn) {
	defer client.Close()
	if !p.released(p.open) {
		return
	}
	server, err := new(net.Dialer).DialContext(p.open, "tcp", p.to)
	if err != nil {
		return
	}
	l := &link{proxy: p}
	ctx, end := context.WithCancel(p.open)
	var both sync.WaitGroup
	both.Go(func() { defer end(); l.pass(ctx, server, client, l.toServer) })
	both.Go(func() { defer end(); l.pass(ctx, client, server, l.toClient) })
	<-ctx.Done()
	_, _ = client.Close(), server.Close()
	both.Wait()
}

// released waits while the proxy hangs. It is false if ctx ended before.
func (p *Proxy) released(ctx context.Context) bool {
	for {
		p.mu.Lock()
		resuming := p.resuming
		p.mu.Unlock()
		if isClosed(resuming) {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-resuming:
		}
	}
}

// link is a client's connection together with the one to the server that belongs to it.
type link struct {
	proxy *Proxy
	cut   bool // instead of the next answer; guarded by the proxy's mutex
}

// pass copies until either end closes, or may says that what was read must not go on.
func (l *link) pass(ctx context.Context, to, from net.Conn, may func(context.Context) bool) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			l.proxy.released(ctx)
			return
		}
		if !may(ctx) {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// toServer tells whether a request may go on, and counts it.
func (l *link) toServer(ctx context.Context) bool {
	p := l.proxy
	if !p.released(ctx) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer--
	p.request--
	if p.request == 0 {
		return false
	}
	l.cut = l.cut || p.answer == 0
	p.passed++
	return true
}

// toClient tells whether an answer may go on, once it has been held for as long as it has to be.
func (l *link) toClient(ctx context.Context) bool {
	p := l.proxy
	p.mu.Lock()
	delay, cut := p.delay, l.cut
	p.mu.Unlock()
	if delay > 0 {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(delay):
		}
	}
	return p.released(ctx) && !cut
}
