package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"testing"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/demo"
	"ssprd/internal/limit"
	"ssprd/internal/web"
)

// world is the whole portal in this process, joined as serve joins it: over the directory and the mailbox of the demo, by
// real LDAP and SMTP, behind the server that strangers reach. It stands as in production, at a public address of https
// behind a proxy.
type world struct {
	handler http.Handler
	mailbox *demo.Mailbox
	plug    *plug
	audit   *os.File // read on from where it was read before
	torn    []byte   // what of it is no whole line yet
	people  int      // who have become visitors
}

// Where the portal of a world stands.
const (
	ownHost  = "motdepasse.example.org"
	proxies  = "192.0.2.0/24"
	proxy    = "192.0.2.7"    // one of them
	stranger = "198.51.100.9" // nobody's proxy
)

func openWorld(t testing.TB) *world { return openWorldOf(t, func(*config.Config) {}) }

// openWorldOf is openWorld with another configuration.
func openWorldOf(t testing.TB, change func(*config.Config)) *world {
	t.Helper()
	return openWorldLogging(t, slog.New(slog.DiscardHandler), change)
}

// openWorldLogging is openWorldOf with a log.
func openWorldLogging(t testing.TB, log *slog.Logger, change func(*config.Config)) *world {
	t.Helper()
	servers, err := demo.Start(t.TempDir(), log, demo.Options{HashRounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = servers.Close() })
	c := worldConfig(t, servers)
	change(c)
	p, err := open(c, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close(context.Background()) })
	life, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	w := &world{mailbox: servers.Mailbox, plug: newPlug()}
	if w.handler, err = web.New(life, p.portal(c, extras{})); err != nil {
		t.Fatal(err)
	}
	if w.audit, err = os.Open(c.Audit.File); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.audit.Close() })
	server := newServer(w.handler, log)
	go func() { _ = server.Serve(w.plug) }()
	t.Cleanup(func() { _ = server.Close() })
	return w
}

func worldConfig(t testing.TB, servers *demo.World) *config.Config {
	t.Helper()
	path, err := servers.WriteConfig("127.0.0.1:8080", "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Portal.PublicURL, c.Portal.LoginURL = "https://"+ownHost, "https://www.example.org/"
	c.Server.TrustedProxies = []string{proxies}
	unlimited(&c.Limits)
	return c
}

// unlimited sets every limit so high that one machine does not meet it.
func unlimited(c *limit.Config) {
	for _, rate := range reflect.ValueOf(c).Elem().Fields() {
		rate.Set(reflect.ValueOf(limit.Rate{Count: 1000, Per: time.Millisecond}))
	}
}

// configured are the addresses beyond the portal that its configuration names: no other may it lead to (R27).
var configured = []string{"https://www.example.org/", "https://assistance-lycees.example.org/mot-de-passe"}

// patience bounds what a test waits for. Only what hangs takes as long.
const patience = 10 * time.Second

// ask sends the bytes of one request to the server from an address, and gives the answer.
func (w *world) ask(t testing.TB, from, method string, raw []byte) reply {
	t.Helper()
	conn := w.plug.dial(from)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	go func() { _, _ = conn.Write(raw) }() // ends with the connection: an answer may come before all was read
	r, err := readReply(conn, method)
	if err != nil {
		t.Fatalf("%s: %.300q", err, raw)
	}
	return r
}

// get and post are what a page does.
func (w *world) get(t testing.TB, path, cookie string) reply {
	t.Helper()
	return w.ask(t, stranger, "GET", request{target: path, cookie: cookie}.bytes())
}

func (w *world) post(t testing.TB, path, cookie string, form url.Values) reply {
	t.Helper()
	return w.ask(t, stranger, "POST", request{
		method: "POST", target: path, cookie: cookie, contentType: formType, body: []byte(form.Encode()),
	}.bytes())
}

// started gives the clients of whom the audit record tells that they began a reset, since it was last asked.
func (w *world) started(t testing.TB) (clients []string) {
	t.Helper()
	raw, err := io.ReadAll(w.audit)
	if err != nil {
		t.Fatal(err)
	}
	raw = append(w.torn, raw...)
	whole := bytes.LastIndexByte(raw, '\n') + 1 // a line that is being written can be seen by half
	w.torn = bytes.Clone(raw[whole:])
	for line := range bytes.Lines(raw[:whole]) {
		var e struct{ Event, Client string }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Event == "reset.started" {
			clients = append(clients, e.Client)
		}
	}
	return clients
}
