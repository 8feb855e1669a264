package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/config"
	"ssprd/internal/demo"
	"ssprd/internal/theme/themetest"
	"ssprd/internal/web"
)

// What the log says of a reload, in the end.
const (
	reloaded    = "the configuration was reloaded"
	notReloaded = "the configuration was not reloaded; the former one serves on"
)

// label is what the first page says of a population, and stands once in the configuration.
const label = "Je suis un usager des services de la Région"

// configure writes another configuration and has it reloaded; the end of what the log says of it is returned.
func (p *program) configure(t *testing.T, replace ...string) (said string) {
	t.Helper()
	themetest.Write(t, filepath.Dir(p.ConfigFile), filepath.Base(p.ConfigFile), replaced(t, read(t, p.ConfigFile), replace...))
	return p.reload(t)
}

func (p *program) reload(t *testing.T) (said string) {
	t.Helper()
	before := len(p.Output())
	if err := p.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	await(t, "the end of the reload", func() bool {
		said = p.Output()[before:]
		return strings.Contains(said, reloaded) || strings.Contains(said, notReloaded)
	})
	return said
}

// shows tells whether the first page has a text.
func (p *program) shows(t *testing.T, text string) bool {
	t.Helper()
	answer, page := get(t, http.DefaultClient, p.URL+"/fr/")
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the first page: %s", answer.Status)
	}
	return strings.Contains(page, text)
}

// R75: a good configuration is served after SIGHUP; what was begun before goes on in the same session, what pages of
// before name is still there, and the portal stays ready.
func TestReload(t *testing.T) {
	p := startProgram(t)
	await(t, "ready", func() bool { status, _ := p.readyz(t); return status == http.StatusOK })
	const address = "karim.haddad@mail.example"
	b := newBrowser(p.URL)
	b.do(t, http.MethodPost, "/fr/p/usagers", url.Values{"address": {address}})
	_, page := b.do(t, http.MethodGet, "/fr/code", nil)
	style := regexp.MustCompile(`href="(/static/[^"]+/portal\.css)"`).FindStringSubmatch(page)
	theme := t.TempDir()
	themetest.Write(t, theme, "theme.css", ":root { --accent: #7a1f5c; }")
	said := p.configure(t, label, "Je suis client", "languages: [fr, en]", "languages: [fr, en]\n  theme: "+theme, "audit:", "log: {level: debug}\naudit:")
	if !strings.Contains(said, reloaded) || !p.shows(t, "Je suis client") || p.shows(t, label) {
		t.Fatalf("%s", said)
	}
	if status, text := p.readyz(t); status != http.StatusOK {
		t.Errorf("after the reload: %d %s", status, text)
	}
	if answer, _ := get(t, http.DefaultClient, p.URL+style[1]); answer.StatusCode != http.StatusOK {
		t.Errorf("the style sheet of before: %s", answer.Status)
	}
	p.finish(t, b, address)
}

// R75: agents are shown the configuration of now too, and who is signed in stays so.
func TestReloadHelpdesk(t *testing.T) {
	p := startProgram(t)
	shows := func(text string) bool {
		t.Helper()
		answer, page := get(t, http.DefaultClient, p.Helpdesk+"/fr/sign-in")
		return answer.StatusCode == http.StatusOK && strings.Contains(page, text)
	}
	const before, after = "RÉGION Nouvelle-Aquitaine", "RÉGION Ailleurs"
	if !shows(before) {
		t.Fatal("the helpdesk does not answer")
	}
	agent := newBrowser(p.Helpdesk)
	agent.signIn(t, p)
	if said := p.configure(t, "organisation: "+before, "organisation: "+after); !strings.Contains(said, reloaded) || !shows(after) {
		t.Fatalf("%s", said)
	}
	if status, page := agent.do(t, http.MethodGet, "/fr/", nil); status != http.StatusOK || !strings.Contains(page, "Alex Martin") {
		t.Errorf("%d %s", status, page)
	}
}

// signIn lets the demo's agent of the helpdesk in.
func (b *browser) signIn(t *testing.T, p *program) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	b.do(t, http.MethodPost, "/fr/sign-in", url.Values{"name": {"amartin"}, "password": {demo.InitialPassword}})
	letter, err := p.servers.Mailbox.WaitFor(ctx, "alex.martin@region.example")
	if err != nil {
		t.Fatal(err)
	}
	b.do(t, http.MethodGet, "/fr/code", nil)
	if status, page := b.do(t, http.MethodPost, "/fr/code", url.Values{"code": {codeIn(letter.Text)}}); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, page)
	}
}

// finish goes on from the page of the code to the end.
func (p *program) finish(t *testing.T, b *browser, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	letter, err := p.servers.Mailbox.WaitFor(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	const password = "Marée-haute-47"
	b.do(t, http.MethodGet, "/fr/code", nil)
	b.do(t, http.MethodPost, "/fr/code", url.Values{"code": {codeIn(letter.Text)}})
	b.do(t, http.MethodGet, "/fr/password", nil)
	b.do(t, http.MethodPost, "/fr/password", url.Values{"password": {password}, "confirm": {password}})
	await(t, "the page of the end", func() bool {
		status, _ := b.do(t, http.MethodGet, "/fr/done", nil)
		return status == http.StatusOK
	})
}

// R75: what is wrong is told as check tells it, and nothing changes; nor where only a part of the new configuration cannot
// be had.
func TestReloadRefused(t *testing.T) {
	p := startProgram(t)
	dir := t.TempDir()
	themetest.Write(t, dir, "theme/templates/done.html", "{{define \"main\"}}{{.Nmae}}{{end}}")
	themetest.Write(t, dir, "list", "this is no list\n")
	good := read(t, p.ConfigFile)
	line := strings.Count(good[:strings.Index(good, "min_length: 8")], "\n") + 1
	for name, c := range map[string]struct{ from, to, want string }{
		"mistake":     {"min_length: 8", "min_lenght: 8", fmt.Sprintf("%s:%d: rules[0].min_lenght: unknown key", p.ConfigFile, line)},
		"theme":       {"languages: [fr, en]", "languages: [fr, en]\n  theme: " + dir + "/theme", "done.html:1: a DonePage has no Nmae"},
		"list":        {"min_length: 8", "breached_file: " + dir + "/list\n    min_length: 8", "rules[0].breached_file: "},
		"record":      {"audit: {file: ", "audit: {file: /dev/null/no, syslog: \"\"} #", "audit.file: "},
		"listen":      {"listen: ", "listen: 127.0.0.1:1 #", "server.listen: it was another one at the start"},
		"operations":  {"operations: ", "operations: 127.0.0.1:1 #", "server.operations: it was another one"},
		"state":       {"url: \"file:", "url: \"file:/x", "state.url: it was another one"},
		"helpdesk":    {"enabled: true", "enabled: false", "helpdesk.enabled: it was another one"},
		"its address": {"  enabled: true\n  listen: ", "  enabled: true\n  listen: 127.0.0.1:1 #", "helpdesk.listen: it was another one"},
		"log":         {"audit:", "log: {format: text}\naudit:", "log.format: it was another one"},
		"proxy":       {"operations: ", "trusted_proxies: [x]\n  operations: ", "server.trusted_proxies[0]: "},
		"certificate": {"operations: ", "tls: {certificate_file: /no, key_file: /no}\n  operations: ", "server.tls.certificate_file: "},
	} {
		t.Run(name, func(t *testing.T) {
			said := p.configure(t, label, "Je suis client", c.from, c.to)
			if !strings.Contains(said, notReloaded) || !strings.Contains(said, c.want) || strings.Contains(said, reloaded) {
				t.Errorf("%s", said)
			}
			if p.shows(t, "Je suis client") {
				t.Error("the new label is shown")
			}
			themetest.Write(t, filepath.Dir(p.ConfigFile), filepath.Base(p.ConfigFile), good)
		})
	}
	if said := p.reload(t); !strings.Contains(said, reloaded) {
		t.Errorf("the former configuration: %s", said)
	}
}

// R75: the audit record goes on in a new file once its own was renamed, as logrotate does; and where the configuration has a
// mistake since, all the same.
func TestReloadRotatesTheRecord(t *testing.T) {
	p := startProgram(t)
	file := regexp.MustCompile(`audit: \{file: "([^"]+)"`).FindStringSubmatch(read(t, p.ConfigFile))[1]
	begin := func() {
		newBrowser(p.URL).do(t, http.MethodPost, "/fr/p/usagers", url.Values{"address": {"nobody@mail.example"}})
		await(t, "the search", func() bool {
			return strings.HasSuffix(read(t, file), "\n") && strings.Contains(read(t, file), "code.nobody")
		})
	}
	begin()
	for _, c := range []struct{ from, to, want string }{{"", "", reloaded}, {"min_length: 8", "min_lenght: 8", notReloaded}} {
		if err := os.Rename(file, file+".1"); err != nil {
			t.Fatal(err)
		}
		before := read(t, file+".1")
		if said := p.configure(t, c.from, c.to); !strings.Contains(said, c.want) {
			t.Fatal(said)
		}
		begin()
		if read(t, file+".1") != before || strings.Count(read(t, file), "reset.started") != 1 {
			t.Errorf("%s: %s\n%s", c.want, read(t, file+".1"), read(t, file))
		}
	}
}

// R59, R75: a reload has the copy of the record go to the syslog server that the configuration names now.
func TestReloadTurnsSyslog(t *testing.T) {
	r, c := renewing(t, func(*config.Config) {})
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	c.Audit.Syslog = "syslog+tcp://" + server.Addr().String()
	r.reload()
	if err := r.audit.Record(t.Context(), audit.Event{Event: audit.Guessing}); err != nil {
		t.Fatal(err)
	}
	_ = server.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	got := make([]byte, 100)
	if _, err := io.ReadFull(conn, got); err != nil || !strings.Contains(string(got), " guessing.suspected - {") {
		t.Errorf("%q, %v", got, err)
	}
}

// renewing is a portal in the process, of which a test may change the configuration that it would load.
func renewing(t *testing.T, change func(*config.Config)) (*running, *config.Config) {
	t.Helper()
	_, c, first := joined(t)
	first.close(t.Context()) // its state is needed again
	change(c)
	p, err := open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	x := extras{reload: reload{load: func() (*config.Config, error) { next := *c; return &next, nil }, level: new(slog.LevelVar)}}
	r := newRunning(p, x)
	t.Cleanup(func() { r.close(context.Background()) })
	if err := p.serve(x); err != nil {
		t.Fatal(err)
	}
	return r, c
}

// selfSigned writes a certificate of that number, and its key.
func selfSigned(t *testing.T, dir string, number int64) web.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	themetest.Write(t, dir, "tls.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	themetest.Write(t, dir, "tls.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return web.TLS{CertificateFile: filepath.Join(dir, "tls.pem"), KeyFile: filepath.Join(dir, "tls.key")}
}

// R75: a renewed certificate is served without a restart.
func TestReloadCertificate(t *testing.T) {
	dir := t.TempDir()
	r, c := renewing(t, func(c *config.Config) { c.Server.TLS = selfSigned(t, dir, 1) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(r.answering(func(p *parts) http.Handler { return p.handler }), r.log)
	go func() { _ = r.serveOn(server, listener, c.Server.TLS) }()
	defer server.Close()
	for number := range int64(2) {
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true}) // which one it is is asked here
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != number+1 {
			t.Errorf("certificate %d, want %d", got, number+1)
		}
		_ = conn.Close()
		selfSigned(t, dir, 2)
		if err := r.renew(); err != nil {
			t.Fatal(err)
		}
	}
}

// R75: reloads leave nothing behind, nor do those that are refused: no connection to the directory (its other end is in this process too), no worker.
func TestReloadsLeakNothing(t *testing.T) {
	r, c := renewing(t, func(*config.Config) {})
	r.now.warm()
	r.now.warming.Wait()
	before := runtime.NumGoroutine()
	file := c.Audit.File
	for range 20 {
		c.Audit.File = file
		if err := r.renew(); err != nil {
			t.Fatal(err)
		}
		c.Audit.File = "/dev/null/no" // found last of all
		if err := r.renew(); err == nil {
			t.Fatal("a record that cannot be opened was taken")
		}
	}
	const few = 5 // to spare, for what comes and goes; one for each reload would be twenty
	await(t, "an end of what was before", func() bool { return runtime.NumGoroutine() <= before+few })
}

// R75: once the portal stops nothing is reloaded any more, and a request that still runs on the former parts finds them.
func TestReloadAndRequests(t *testing.T) {
	r, _ := renewing(t, func(*config.Config) {})
	former, _, done := r.hold()
	if err := r.renew(); err != nil || r.now == former {
		t.Fatal(err)
	}
	if n, err := former.flow.Reopen(t.Context(), "usagers", "camille.durand@mail.example"); n != 1 || err != nil {
		t.Errorf("by the former parts: %d %v", n, err)
	}
	done()
	r.former.Wait()
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	if err := r.renew(); !errors.Is(err, errStopping) {
		t.Errorf("while it stops: %v", err)
	}
}
