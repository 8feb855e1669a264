package redisstate_test

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"ssprd/internal/redisstate"
	"ssprd/internal/redistest"
	"ssprd/internal/state"
)

// lossy is a way to a server on which a connection breaks when a test likes.
type lossy struct {
	net.Listener
	server atomic.Pointer[string]
	next   atomic.Pointer[loss]
}

// loss is what is lost next: the connection of a command breaks.
type loss struct {
	command string
	asked   bool   // after the server has answered
	between func() // before who has asked hears of it
}

func newLossy(t *testing.T) *lossy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return &lossy{Listener: l}
}

// serve lets the way lead to a server, until the listener is closed.
func (l *lossy) serve(server string) {
	l.server.Store(&server)
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go l.pass(conn)
	}
}

// pass passes one connection on: a command, and its answer.
func (l *lossy) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", *l.server.Load())
	if err != nil {
		return
	}
	defer server.Close()
	var lost atomic.Pointer[loss]
	go func() {
		defer client.Close()
		b := make([]byte, 1<<16)
		for {
			n, err := server.Read(b)
			if now := lost.Load(); now != nil && err == nil {
				now.between()
				return
			}
			if _, failed := client.Write(b[:n]); err != nil || failed != nil {
				return
			}
		}
	}()
	b := make([]byte, 1<<16)
	for {
		n, err := client.Read(b)
		if next := l.next.Load(); next != nil && bytes.Contains(b[:n], []byte(next.command)) && l.next.CompareAndSwap(next, nil) {
			if !next.asked {
				next.between()
				return
			}
			lost.Store(next)
		}
		if _, failed := server.Write(b[:n]); err != nil || failed != nil {
			return
		}
	}
}

// R14, R68: a change whose answer was lost on its way is made once, or fails; it is never made twice.
func TestLostAnswer(t *testing.T) {
	for name, options := range map[string][]string{
		"one server": nil,
		"a Cluster":  {"--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			way := newLossy(t)
			address := way.Addr().String()
			if options != nil {
				_, port, _ := net.SplitHostPort(address)
				options = append(options, "--cluster-announce-port", port)
			}
			server := redistest.Start(t, options...)
			go way.serve(server.Address)
			url := "redis://" + address
			if options != nil {
				ask(t, server.Address, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
				eventually(t, "the Cluster is there", func() bool {
					return field(askText(t, server.Address, "CLUSTER", "INFO"), "cluster_state") == "ok"
				})
				url += "?addr=" + address
			}
			losses(t, way, url)
		})
	}
}

func losses(t *testing.T, way *lossy, url string) {
	ours, other := renewing(t, url, key, time.Hour), renewing(t, url, key, time.Hour)
	for name, c := range map[string]struct {
		lost  loss
		fails bool
		want  int
	}{
		"the question":               {loss{"evalsha", false, func() {}}, false, 1},
		"the answer":                 {loss{"evalsha", true, func() {}}, false, 1},
		"the answer, and overtaken":  {loss{"evalsha", true, func() { _ = increment(t, other, "the answer, and overtaken") }}, true, 2},
		"the question, and a change": {loss{"evalsha", false, func() { _ = increment(t, other, "the question, and a change") }}, true, 1},
	} {
		must(t, increment(t, other, "x")) // the server knows the script
		way.next.Store(&c.lost)
		if err := increment(t, ours, name); (err != nil) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
		r, err := ours.Get(t.Context(), name)
		if err != nil || string(r.Data) != strconv.Itoa(c.want) {
			t.Errorf("%s: it has become %q, %v; want %d", name, r.Data, err, c.want)
		}
		if way.next.Load() != nil {
			t.Errorf("%s: nothing was lost", name)
		}
	}
	for _, asked := range []bool{false, true} {
		way.next.Store(&loss{"get", asked, func() {}})
		if _, err := ours.Get(t.Context(), "the answer"); err != nil {
			t.Errorf("a reading that was lost: %v", err)
		}
		if way.next.Load() != nil {
			t.Error("no reading was lost")
		}
	}
}

// R14: a question that was never sent is no lost one: whoever asked for a change knows that it was not made.
func TestUnsentIsNotLost(t *testing.T) {
	server, way := redistest.Start(t, "--requirepass", "Epreuve"), newLossy(t)
	go way.serve(server.Address)
	for command, want := range map[string]bool{"AUTH": false, "ping": true} { // of the connection, of the question
		way.next.Store(&loss{command, false, func() {}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		lost, err := redisstate.Lost(ctx, state.Config{URL: "redis://:Epreuve@" + way.Addr().String()})
		if err != nil || lost != want || way.next.Load() != nil {
			t.Errorf("%s does not arrive: lost %v, %v; want %v", command, lost, err, want)
		}
	}
}

// R62: a server that has given its place to another is asked no more, and nobody notices.
func TestPlaceGiven(t *testing.T) {
	first, second, way := redistest.Start(t), redistest.Start(t), newLossy(t)
	go way.serve(first.Address)
	s := renewing(t, "redis://"+way.Addr().String(), key, time.Hour)
	must(t, increment(t, s, "key"))
	way.server.Store(&second.Address)
	host, port, err := net.SplitHostPort(second.Address)
	must(t, err)
	ask(t, first.Address, "REPLICAOF", host, port)
	must(t, increment(t, s, "key"))
}

func increment(t *testing.T, s state.Store, key string) error {
	return s.Update(t.Context(), key, func(old []byte) (state.Record, error) {
		n, _ := strconv.Atoi(string(old))
		return state.Record{Data: []byte(strconv.Itoa(n + 1)), Expires: time.Now().Add(time.Hour)}, nil
	})
}
