package deploytest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
)

// siteName is the host of the examples.
const siteName = "motdepasse.example.org"

// site is a portal behind the proxies of the examples.
type site struct {
	dir               string // with the files that the proxies read and write
	pages, operations string // the portal's addresses
	audit             string
	slapd, replica    *dirtest.Slapd
	sink              *mailtest.Sink
	roots             *x509.CertPool
}

// proxy is one that is known.
type proxy struct {
	name, program, file string
	replace             func(s *site, plain, secure string) []string // what stands in the example, and what is to stand there, by turns
	command             func(s *site, file string) []string
}

var proxies = []proxy{
	{"nginx", "nginx", "deploy/nginx/ssprd.conf", func(s *site, plain, secure string) []string {
		return []string{"listen 80;", "listen " + plain + ";", "listen 443 ssl", "listen " + secure + " ssl", "server 127.0.0.1:8080", "server " + s.pages,
			"/etc/ssl/motdepasse.pem", s.path("cert.pem"), "/etc/ssl/motdepasse.key", s.path("cert.key")}
	}, func(s *site, file string) []string {
		// As Debian's nginx.conf has it: answers are compressed where nobody says no.
		main := "daemon off; master_process off; pid nginx.pid; error_log stderr; events {} http { gzip on; gzip_proxied any; access_log off; " +
			"client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s; include " + file + "; }"
		return []string{"-p", s.dir, "-e", "stderr", "-c", s.file("nginx-main.conf", main)}
	}},
	{"haproxy", "haproxy", "deploy/haproxy/haproxy.cfg", func(s *site, plain, secure string) []string {
		_, port, _ := strings.Cut(s.operations, ":")
		return []string{"bind :80", "bind " + plain, "bind :443", "bind " + secure, "10.20.0.11:8080", s.pages, "10.20.0.12:8080", s.pages,
			"check port 9090", "check port " + port, "/etc/haproxy/motdepasse.pem", s.path("both.pem")}
	}, func(_ *site, file string) []string { return []string{"-db", "-f", file} }},
	{"apache", "apache2", "deploy/apache/ssprd.conf", func(s *site, plain, secure string) []string {
		return []string{"*:80>", plain + ">", "*:443>", secure + ">", "http://127.0.0.1:8080/", "http://" + s.pages + "/",
			"/etc/ssl/motdepasse.pem", s.path("cert.pem"), "/etc/ssl/motdepasse.key", s.path("cert.key")}
	}, func(s *site, file string) []string {
		var main strings.Builder
		for _, module := range []string{"mpm_event", "authz_core", "alias", "deflate", "filter", "env", "headers", "proxy", "proxy_http", "socache_shmcb", "ssl"} {
			fmt.Fprintf(&main, "LoadModule %s_module /usr/lib/apache2/modules/mod_%[1]s.so\n", module)
		}
		for _, address := range regexp.MustCompile(`<VirtualHost (\S+)>`).FindAllStringSubmatch(s.read(file), -1) {
			fmt.Fprintf(&main, "Listen %s\n", address[1])
		}
		// As Debian's deflate.conf has it.
		fmt.Fprintf(&main, "AddOutputFilterByType DEFLATE text/html\nUser www-data\nGroup www-data\nServerName localhost\nDocumentRoot %s\n"+
			"PidFile apache.pid\nErrorLog /dev/stderr\nInclude %s\n", s.dir, file)
		return []string{"-d", s.dir, "-f", s.file("apache-main.conf", main.String()), "-DFOREGROUND"}
	}},
}

// R15: each example of a proxy, run with other addresses and nothing else, leads a visitor through a whole reset: it hands their address
// on and not the one they forge, hands the portal's headers on and compresses no page, and does not hold the waiting page's
// events back.
func TestProxies(t *testing.T) {
	s := openSite(t)
	for i, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			dirtest.Need(t, p.program)
			plain, secure := portaltest.FreeAddress(t), portaltest.FreeAddress(t)
			process := p.start(t, s, plain, secure)
			v := s.visitor(t, secure, fmt.Sprintf("127.44.%d.1", i+1))
			if err := process.Await(func() error { _, err := v.client.Get(v.url("/en/")); return err }); err != nil {
				t.Fatal(err)
			}
			v.leadsToTLS(plain)
			v.reset(s, dirtest.Extra(i+1))
		})
	}
}

func openSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{dir: dir, pages: portaltest.FreeAddress(t), operations: portaltest.FreeAddress(t), audit: filepath.Join(dir, "audit.jsonl"),
		slapd: dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: len(proxies)}), sink: mailtest.Start(t)}
	s.replica = s.slapd.StartReplica(t)
	ca, err := dirtest.NewAuthority(s.path("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ca.Issue(s.path("cert.pem"), s.path("cert.key"), siteName); err != nil {
		t.Fatal(err)
	}
	s.file("both.pem", s.read(s.path("cert.pem"))+s.read(s.path("cert.key")))
	s.roots = x509.NewCertPool()
	s.roots.AppendCertsFromPEM([]byte(s.read(s.path("ca.pem"))))
	region := portaltest.Region{Slapd: s.slapd, Replica: s.replica, Mail: s.sink, Address: s.pages, Operations: s.operations,
		Origin: "https://" + siteName, Proxies: "127.0.0.1/32", Audit: s.audit}
	portaltest.ServeFile(t, region.URL(), siteName, s.file("config.yaml", region.Config(t)))
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) read(path string) string {
	b, _ := os.ReadFile(path) // an empty one is found out by whoever reads it
	return string(b)
}

// file writes one for a proxy, and gives its path.
func (s *site) file(name, text string) string {
	_ = os.WriteFile(s.path(name), []byte(text), 0o600)
	return s.path(name)
}

// start runs a proxy with its example.
func (p proxy) start(t *testing.T, s *site, plain, secure string) *child.Process {
	t.Helper()
	text := string(content(t, filepath.Join(portaltest.Root(), p.file)))
	replacements := p.replace(s, plain, secure)
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(text, replacements[i]) {
			t.Errorf("%s has no %q", p.file, replacements[i])
		}
	}
	file := s.file(p.name+".conf", strings.NewReplacer(replacements...).Replace(text))
	program, err := child.Run("sh", "-c", "PATH=$PATH:/usr/sbin command -v "+p.program)
	if err != nil {
		t.Fatal(err)
	}
	process, err := child.Start(strings.TrimSpace(program), p.command(s, file)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Stop)
	return process
}

// visitor is a browser of somebody behind a proxy, who says that they are somebody else.
type visitor struct {
	t       *testing.T
	client  *http.Client
	address string // where they come from
	page    string // the last one
}

// forged is where visitors say that they come from.
const forged = "198.51.100.7"

func (s *site) visitor(t *testing.T, proxy, address string) *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots}, DisableCompression: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, proxy)
		}}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, address: address, client: &http.Client{Jar: jar, Transport: transport, Timeout: child.Patience}}
}

func (v *visitor) url(path string) string { return "https://" + siteName + path }

// leadsToTLS asks without TLS.
func (v *visitor) leadsToTLS(address string) {
	v.t.Helper()
	rq, _ := http.NewRequest(http.MethodGet, "http://"+address+"/en/p/usagers", nil)
	rq.Host = siteName
	res, err := http.DefaultTransport.RoundTrip(rq)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusMovedPermanently || to != v.url("/en/p/usagers") {
		v.t.Errorf("without TLS: %s to %q", res.Status, to)
	}
}

// do sends what a browser sends, follows, and keeps the page.
func (v *visitor) do(method, path string, form url.Values) *http.Response {
	v.t.Helper()
	rq, err := http.NewRequest(method, v.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	rq.Header.Set("Accept-Encoding", "gzip")
	rq.Header.Set("X-Forwarded-For", forged)
	if method == http.MethodPost {
		rq.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rq.Header.Set("Origin", "https://"+siteName)
	}
	res, err := v.client.Do(rq)
	if err != nil {
		v.t.Fatal(err)
	}
	return res
}

// load takes a page, which is to be of that path.
func (v *visitor) load(res *http.Response, path string) {
	v.t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || res.Request.URL.Path != path {
		v.t.Fatalf("%s %s, want %s: %v: %s", res.Status, res.Request.URL.Path, path, err, b)
	}
	v.page = string(b)
	if got := res.Header["Strict-Transport-Security"]; len(got) != 1 {
		v.t.Errorf("Strict-Transport-Security: %q", got)
	}
	if got := res.Header.Get("Content-Encoding"); got != "" {
		v.t.Errorf("a page is compressed: %s", got)
	}
}

var token = regexp.MustCompile(`name="form" value="([^"]*)"`)

// post sends the form of the page.
func (v *visitor) post(path string, fields ...string) *http.Response {
	v.t.Helper()
	form := url.Values{}
	if match := token.FindStringSubmatch(v.page); match != nil {
		form.Set("form", html.UnescapeString(match[1]))
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.do(http.MethodPost, path, form)
}

// reset goes through all pages. The replica hangs until the first event of the waiting page has come through the proxy.
func (v *visitor) reset(s *site, p dirtest.Person) {
	v.t.Helper()
	v.load(v.do(http.MethodGet, "/en/p/usagers", nil), "/en/p/usagers")
	v.load(v.post("/en/p/usagers", "address", p.Mail), "/en/code")
	v.load(v.post("/en/code", "code", s.sink.WaitFor(p.Mail).Code()), "/en/password")
	if err := s.replica.Pause(); err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = s.replica.Resume() }() // before it is stopped
	const password = "Epreuve-Mouette-77777-Test"
	v.load(v.post("/en/password", "password", password, "confirm", password), "/en/wait")
	events := v.do(http.MethodGet, "/en/wait/events", nil)
	defer events.Body.Close()
	first := make([]byte, len("event: progress\n"))
	if _, err := io.ReadFull(events.Body, first); err != nil || string(first) != "event: progress\n" {
		v.t.Fatalf("the first event of the waiting page, while a server hangs: %v: %q", err, first)
	}
	if err := s.replica.Resume(); err != nil {
		v.t.Fatal(err)
	}
	rest, err := io.ReadAll(events.Body)
	if err != nil || !strings.Contains(string(rest), "event: over\ndata: /en/done") {
		v.t.Errorf("the events end with %v: %q", err, rest)
	}
	v.load(v.do(http.MethodGet, "/en/done", nil), "/en/done")
	v.recorded(s.read(s.audit))
}

// recorded looks for where the portal believes that this visitor has come from.
func (v *visitor) recorded(record string) {
	v.t.Helper()
	found := map[string]int{}
	for line := range strings.Lines(record) {
		var event struct{ Client string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			v.t.Errorf("%v: %s", err, line)
		}
		found[event.Client]++
	}
	if found[v.address] == 0 || found[forged] > 0 || found["127.0.0.1"] > 0 {
		v.t.Errorf("the portal's visitors come from %v, want %s", found, v.address)
	}
}
