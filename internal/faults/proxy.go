package faults

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy is what stands before several instances, as administrators set one up: each request over a connection of its
// own, to the next instance than the one before of the same visitor; to another one where none answers the call. A GET is
// asked again where the connection broke before a byte of the answer came; a POST is not, for it may have been heard.
// When it heeds readiness, it asks one instance of those that say they are ready, and relies on that.
type Proxy struct {
	server    *httptest.Server
	address   string // HOST:PORT, by which visitors know the portal
	transport *http.Transport

	mu       sync.Mutex
	all      []*backend
	turn     map[string]int // by visitor's address, whose turn it is
	visitors int
	heed     bool
	failures []string // answers of its own: the portal was not there for them
}

// backend is an instance as the proxy sees it.
type backend struct {
	*Instance
	down bool // says that it is not ready
}

func startProxy(t testing.TB) *Proxy {
	t.Helper()
	p := &Proxy{turn: map[string]int{}, transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true,
		DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext}}
	p.server = httptest.NewServer(p)
	p.address = p.server.Listener.Addr().String()
	done := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() { p.watch(done) })
	t.Cleanup(func() { close(done); work.Wait(); p.server.CloseClientConnections(); p.server.Close() })
	return p
}

// URL is the portal's origin.
func (p *Proxy) URL() string { return "http://" + p.address }

func (p *Proxy) add(i *Instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, &backend{Instance: i})
}

// Heed makes it ask only instances that are ready, or any.
func (p *Proxy) Heed(heed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heed = heed
}

// heeds tells whether it has an instance for ready.
func (p *Proxy) heeds(i *Instance) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.all, func(b *backend) bool { return b.Instance == i && !b.down })
}

// watch asks every instance for its readiness, as often as a proxy may.
func (p *Proxy) watch(done <-chan struct{}) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		all, heed := append([]*backend(nil), p.all...), p.heed
		p.mu.Unlock()
		for _, b := range all {
			if !heed {
				continue
			}
			status, _ := b.Ready()
			p.mu.Lock()
			b.down = status != http.StatusOK
			p.mu.Unlock()
		}
	}
}

// order are the instances to ask for a visitor, the one whose turn it is first.
func (p *Proxy) order(visitor string) (order []*Instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.turn[visitor]; !known {
		p.visitors++
		p.turn[visitor] = p.visitors
	}
	p.turn[visitor]++
	for k := range p.all {
		b := p.all[(p.turn[visitor]+k)%len(p.all)]
		if p.heed && !b.down {
			return []*Instance{b.Instance}
		}
		if !p.heed {
			order = append(order, b.Instance)
		}
	}
	return order
}

// ServeHTTP hands a request on, and the answer back as it comes.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the visitor has gone
	}
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	answer, err := p.ask(r, client, body)
	if err != nil {
		if r.Context().Err() == nil {
			p.fail(r, err)
		}
		http.Error(w, "no answer from the portal", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	if err := stream(w, answer.Body); err != nil {
		if r.Context().Err() == nil {
			p.fail(r, err)
		}
		panic(http.ErrAbortHandler) // the visitor is to see that the answer is not whole
	}
}

// ask asks one instance after the other until one answers.
func (p *Proxy) ask(r *http.Request, client string, body []byte) (*http.Response, error) {
	err := errors.New("no instance is ready")
	for _, i := range p.order(client) {
		var answer *http.Response
		var heard bool
		if answer, heard, err = p.one(i, r, client, body); err == nil {
			return answer, nil
		}
		var call *net.OpError
		unheard := errors.As(err, &call) && call.Op == "dial"
		if !unheard && (r.Method != http.MethodGet || heard) {
			return nil, err
		}
	}
	return nil, err
}

// one asks an instance; heard tells whether a byte of an answer came.
func (p *Proxy) one(i *Instance, r *http.Request, client string, body []byte) (answer *http.Response, heard bool, err error) {
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotFirstResponseByte: func() { heard = true }})
	out, err := http.NewRequestWithContext(ctx, r.Method, "http://"+i.address+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	out.Header, out.Host = r.Header.Clone(), r.Host
	out.Header.Set("X-Forwarded-For", client)
	answer, err = p.transport.RoundTrip(out)
	return answer, heard, err
}

// stream passes on what comes when it comes: an event stream is one answer that lasts.
func stream(w http.ResponseWriter, from io.Reader) error {
	out, b := http.NewResponseController(w), make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if _, err := w.Write(b[:n]); err != nil {
				return nil // the visitor has gone
			}
			_ = out.Flush()
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// fail notes a request that the portal did not answer.
func (p *Proxy) fail(r *http.Request, err error) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		return // a browser opens the next by itself
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = append(p.failures, r.Method+" "+r.URL.Path+": "+err.Error())
}

// Failures are the requests that the portal did not answer, in words, since the last time it was asked.
func (p *Proxy) Failures() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.failures
	p.failures = nil
	return all
}
