package faults

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// Tests that wait do so side by side, more of them than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8")
	os.Exit(m.Run())
}

// upstream is an instance that is none: it answers its name, or does what it is told to.
type upstream struct {
	*httptest.Server
	name  string
	asked atomic.Int64
	does  atomic.Value // func(http.ResponseWriter, *http.Request)
	ready atomic.Int64 // the status of /readyz
}

func startUpstream(t *testing.T, p *Proxy, name string) *upstream {
	t.Helper()
	u := &upstream{name: name}
	u.ready.Store(http.StatusOK)
	operations := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(u.ready.Load())) }))
	t.Cleanup(operations.Close)
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.asked.Add(1)
		if does, ok := u.does.Load().(func(http.ResponseWriter, *http.Request)); ok && does != nil {
			does(w, r)
			return
		}
		fmt.Fprintf(w, "%s %s %s", u.name, r.Host, r.Header.Get("X-Forwarded-For"))
	}))
	t.Cleanup(u.Close)
	p.add(&Instance{address: u.Listener.Addr().String(), operations: operations.Listener.Addr().String()})
	return u
}

func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, _ := http.NewResponseController(w).Hijack()
	_ = conn.Close()
}

func cutInTheMiddle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "the first part")
	_ = http.NewResponseController(w).Flush()
	cut(w, nil)
}

func ask(t *testing.T, p *Proxy, method string) (status int, body string, err error) {
	t.Helper()
	rq, err := http.NewRequest(method, p.URL()+"/", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(rq)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// The proxy is fair, and no kinder than proxies are: it repeats nothing that may have been heard.
func TestProxy(t *testing.T) {
	p := startProxy(t)
	a := startUpstream(t, p, "a")
	startUpstream(t, p, "b")
	both := func(method string) (bodies []string) {
		t.Helper()
		for range 2 {
			status, body, err := ask(t, p, method)
			if err != nil {
				body = "cut: " + body
			}
			bodies = append(bodies, fmt.Sprint(status, " ", body))
		}
		return bodies
	}
	of := func(bodies []string, want string, n int) {
		t.Helper()
		if got := strings.Count(strings.Join(bodies, "\n"), want); got != n {
			t.Errorf("%q: %d with %q, want %d", bodies, got, want, n)
		}
	}
	bodies := both("GET")
	of(bodies, "200 a "+p.address+" 127.0.0.1", 1)
	of(bodies, "200 b "+p.address+" 127.0.0.1", 1)
	a.does.Store(cut)
	of(both("GET"), "200 b", 2)
	of(both("POST"), "502", 1)
	if n := len(p.Failures()); n != 1 || len(p.Failures()) != 0 {
		t.Errorf("%d failures were noted", n)
	}
	a.does.Store(cutInTheMiddle)
	bodies = both("GET")
	of(bodies, "cut: the first part", 1)
	of(bodies, "200 b", 1)
	a.does.Store((func(http.ResponseWriter, *http.Request))(nil))

	p.Heed(true)
	a.ready.Store(http.StatusServiceUnavailable)
	site := &Site{t: t}
	b := p.all[1].Instance
	site.await("the proxy to heed it", func() bool { return p.order("127.9.9.9")[0] == b && p.order("127.9.9.9")[0] == b })
	of(both("POST"), "200 b", 2)
	a.ready.Store(http.StatusOK)
	site.await("the proxy to heed it", func() bool { return p.order("127.9.9.9")[0] != b })
	a.Close() // and still says that it is ready
	of(both("POST"), "502", 1)
	p.Heed(false)
	of(both("POST"), "200 b", 2)
}

// What comes piece by piece is passed on piece by piece.
func TestProxyStreams(t *testing.T) {
	p := startProxy(t)
	u := startUpstream(t, p, "a")
	goOn := make(chan struct{})
	var once sync.Once
	defer once.Do(func() { close(goOn) })
	u.does.Store(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "one")
		_ = http.NewResponseController(w).Flush()
		<-goOn
		_, _ = io.WriteString(w, "two")
	})
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	read := func(until string) {
		t.Helper()
		var got []byte
		for b := make([]byte, 1); !strings.HasSuffix(string(got), until); got = append(got, b...) {
			if _, err := conn.Read(b); err != nil {
				t.Fatalf("%q and then %v", got, err)
			}
		}
	}
	read("one")
	once.Do(func() { close(goOn) })
	read("two")
}

// Whoever was told something else than what is in the directory is lost.
func TestVerify(t *testing.T) {
	s := &Site{t: t, Slapd: dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 1})}
	p := dirtest.Extra(1)
	for _, c := range []struct {
		name   string
		e      end
		chosen []string
		lost   bool
	}{
		{"unchanged", unchanged, nil, false},
		{"unchanged, after a try", unchanged, []string{"A"}, false},
		{"changed to what it was", changed, []string{dirtest.InitialPassword}, false},
		{"told changed", changed, []string{"A"}, true},
		{"told changed to the first of two", changed, []string{dirtest.InitialPassword, "B"}, true},
		{"told to begin anew", again, []string{"A"}, false},
		{"no end", none, nil, true},
	} {
		v := &Visitor{site: s, person: p, chosen: c.chosen}
		if got := v.verify(c.e); (got != "") != c.lost {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	if err := s.Slapd.Replace(p.DN(s.Slapd.BaseDN), "userPassword", "Autre-Mot-2026"); err != nil {
		t.Fatal(err)
	}
	for _, e := range []end{unchanged, changed, again} {
		v := &Visitor{site: s, person: p, chosen: []string{"A", "B"}}
		if v.verify(e) == "" {
			t.Errorf("%s, and the directory has a password that nobody chose: not lost", e)
		}
	}
}
