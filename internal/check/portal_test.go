package check

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/dirtest"
	"ssprd/internal/ldapx"
	"ssprd/internal/limit"
	"ssprd/internal/want"
	"ssprd/internal/web"
)

// sound is a configuration of whose settings there is nothing to say.
func sound() *config.Config {
	c := config.Defaults()
	c.Portal.PublicURL, c.Portal.LoginURL = "https://portal.region.example", "https://www.region.example/"
	c.Server.TrustedProxies = []string{"10.0.0.5/32", "fd00:1::/64"}
	return &c
}

// R60, R67: what a portal can run with and should not.
func TestSettings(t *testing.T) {
	mistake := []config.Mistake{{Source: "theme/theme.css", Line: 3, Want: "more contrast"}}
	for name, c := range map[string]struct {
		change func(*config.Config)
		theme  []config.Mistake
		want   []string
	}{
		"sound":       {func(*config.Config) {}, nil, []string{SettingsOK}},
		"theme":       {func(*config.Config) {}, mistake, []string{ThemeFault}},
		"no proxies":  {func(c *config.Config) { c.Server.TrustedProxies = nil }, nil, []string{ProxiesMissing}},
		"all proxies": {func(c *config.Config) { c.Server.TrustedProxies = []string{"10.0.0.0/8", "fd00::/7"} }, nil, []string{ProxiesWide, ProxiesWide}},
		"limits":      {func(c *config.Config) { c.Limits.FailuresPerAccount = limit.Rate{Count: 100, Per: time.Hour} }, nil, []string{LimitLoose}},
		"statement":   {func(c *config.Config) { c.Portal.Accessibility.Status = "full" }, nil, []string{StatementUnfounded, StatementUnfounded}},
		"links": {func(c *config.Config) {
			c.Portal.LoginURL = "http://www.region.example"
			c.Populations = []config.Population{{Link: &web.Link{URL: "http://a.example"}}, {Link: &web.Link{URL: "http://127.0.0.1/"}}}
		}, nil, []string{LinkClear, LinkClear}},
		"protected": {func(c *config.Config) {
			c.Directories = []ldapx.Config{{Name: "used"}, {Name: "guarded", Protected: []string{"(uid=admin)"}}, {Name: "agents"}}
			c.Populations = []config.Population{{Reset: &config.Reset{Directory: "used"}}, {Reset: &config.Reset{Directory: "guarded"}}, {Link: &web.Link{}}}
		}, nil, []string{ProtectedNone}},
		"operations": {func(c *config.Config) { c.Server.Operations = ":9090" }, nil, []string{OperationsExposed}},
		"none":       {func(c *config.Config) { c.Server.Operations = "" }, nil, []string{SettingsOK}},
	} {
		t.Run(name, func(t *testing.T) {
			all := sound()
			c.change(all)
			expect(t, tried(t, settings(all, Options{Theme: c.theme})), c.want...)
		})
	}
	found := tried(t, settings(sound(), Options{Theme: mistake}))
	if want := "warning  THEME_FAULT  reading theme/theme.css:3: more contrast. Do: "; !strings.HasPrefix(found[0].String(), want) {
		t.Error(found[0])
	}
}

// What ssprd init writes where it does not know better is known again wherever it stands; what only looks like it is not.
func TestPlaceholders(t *testing.T) {
	for value, is := range map[string]bool{
		"https://password.example.org": true, "https://password.example.org:8443/": true, "https://WWW.Example.COM./": true, "smtp://smtp.example.net:587": true,
		"Password reset <no-reply@example.org>": true, "example.org": true, "ou=people,dc=example,dc=org": true, "CN=ssprd,DC=Example, DC=com": true,
		"https://password.myexample.org": false, "https://password.my-example.org": false, "https://example.org.region.test": false, "https://example.organic": false,
		"ou=people,dc=example,dc=org,dc=region": false, "ou=usagers,dc=region,dc=example": false, "https://portal.region.example": false, "": false,
	} {
		c := config.Config{Populations: []config.Population{{Support: &web.Support{Mail: value}}}}
		var found []string
		if placeholders(&c, func(key, _ string) { found = append(found, key) }); (len(found) == 1 && found[0] == "populations[0].support.mail") != is {
			t.Errorf("%q: %q", value, found)
		}
	}
}

// certificates are files of one for these names, and of one that has expired.
func certificates(t *testing.T, names ...string) (authority *dirtest.Authority, good, expired web.TLS) {
	t.Helper()
	dir := t.TempDir()
	authority, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pair := func(name string) web.TLS {
		return web.TLS{CertificateFile: filepath.Join(dir, name+".pem"), KeyFile: filepath.Join(dir, name+".key")}
	}
	good, expired = pair("good"), pair("expired")
	if err := authority.Issue(good.CertificateFile, good.KeyFile, names...); err != nil {
		t.Fatal(err)
	}
	if err := authority.IssueExpired(expired.CertificateFile, expired.KeyFile, names...); err != nil {
		t.Fatal(err)
	}
	return authority, good, expired
}

func TestOwnCertificate(t *testing.T) {
	_, good, expired := certificates(t, "portal.region.example")
	c := sound()
	c.Server.TLS = good
	expect(t, tried(t, settings(c, Options{})), SettingsOK, CertificateOK)
	c.Server.TLS = expired
	expect(t, tried(t, settings(c, Options{})), SettingsOK, CertificateDates)
	c.Server.TLS = good
	c.Helpdesk.Enabled, c.Helpdesk.PublicURL = true, "https://desk.region.example"
	expect(t, tried(t, settings(c, Options{})), SettingsOK, CertificateOK, CertificateName)
	c.Server.TLS = web.TLS{CertificateFile: good.CertificateFile, KeyFile: expired.KeyFile}
	expect(t, tried(t, settings(c, Options{})), SettingsOK, CertificateStrange)
}

// What an address shows of itself to this machine.
func TestPublicAddress(t *testing.T) {
	authority, good, expired := certificates(t)
	roots, err := want.Pool(authority.File)
	if err != nil {
		t.Fatal(err)
	}
	serve := func(own web.TLS) string {
		pair, err := tls.LoadX509KeyPair(own.CertificateFile, own.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		s.Config.ErrorLog = quiet()
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.URL
	}
	look := func(address string, codes ...string) {
		t.Helper()
		expect(t, publicAddress(t.Context(), "portal.public_url", address, roots), codes...)
	}
	_, foreign, _ := certificates(t)
	_, other, _ := certificates(t, "portal.region.example")
	look(serve(good), PublicTLSOK)
	look(serve(expired), PublicTLSDates)
	look(serve(foreign), PublicTLSChain)
	look(serve(other), PublicTLSName)
	look(strings.Replace(serve(good), "127.0.0.1", "no-such-host.invalid", 1), PublicUnresolved)
	plain := httptest.NewServer(http.NotFoundHandler())
	look(strings.Replace(plain.URL, "http:", "https:", 1), PublicTLSFailed)
	plain.Close()
	look(strings.Replace(plain.URL, "http:", "https:", 1), PublicUnseen)
	look("http://127.0.0.1:8080")
}

func TestOperations(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		text, want string
	}{
		"portal":  {http.StatusOK, "ok\n", PortalRuns},
		"another": {http.StatusOK, "<h1>welcome</h1>", PortalStrange},
		"refuses": {http.StatusNotFound, "ok\n", PortalStrange},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
				if rq.URL.Path != "/livez" {
					t.Error(rq.URL)
				}
				w.Header().Set("Server", "nginx")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.text))
			}))
			found := operations(t.Context(), s.Listener.Addr().String())
			if found.Code != c.want || found.Code == PortalStrange && found.Seen != fmt.Sprintf("%d %s nginx, and not the word of a portal", c.status, http.StatusText(c.status)) {
				t.Error(found)
			}
			s.Close()
			if found := operations(t.Context(), s.Listener.Addr().String()); found.Code != PortalDoesNotRun {
				t.Error(found)
			}
		})
	}
	other := scripted(t, nil, map[string]string{"GET": "220 mx"})
	_, port, err := net.SplitHostPort(other)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, []Finding{operations(t.Context(), ":"+port)}, PortalStrange)
}

// The addresses on which a portal listens: free, taken by itself as far as can be told, taken by another, and of no interface.
func TestListeners(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	alive := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }))
	defer alive.Close()
	strange := httptest.NewServer(http.NotFoundHandler())
	defer strange.Close()
	taken, runs := other.Addr().String(), alive.Listener.Addr().String()
	const free, elsewhere = "127.0.0.1:0", "192.0.2.1:8080"
	for _, c := range []struct {
		operations, pages, desk string
		want                    []string
	}{
		{free, free, free, []string{PortalDoesNotRun, ListenOK, ListenOK, ListenOK}},
		{free, taken, free, []string{PortalDoesNotRun, ListenOK, ListenTaken, ListenOK}},
		{free, taken, taken, []string{PortalDoesNotRun, ListenOK, ListenTaken, ListenTaken}},
		{runs, taken, "", []string{PortalRuns, ListenRunning}},
		{runs, elsewhere, "", []string{PortalRuns, ListenFailed}},
		{strange.Listener.Addr().String(), taken, "", []string{PortalStrange, ListenTaken}},
		{"", taken, "", []string{ListenUntold}},
		{"", free, elsewhere, []string{ListenOK, ListenFailed}},
		{"", "no-such-host.invalid:8080", "", []string{ListenFailed}},
	} {
		all := config.Defaults()
		all.Server.Operations, all.Server.Listen, all.Helpdesk.Enabled, all.Helpdesk.Listen = c.operations, c.pages, c.desk != "", c.desk
		expect(t, listeners(t.Context(), &all), c.want...)
	}
	if os.Geteuid() != 0 {
		expect(t, []Finding{listen(t.Context(), "server.listen", "127.0.0.1:1", ListenTaken)}, ListenDenied)
	}
}
