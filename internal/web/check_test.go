package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ssprd/internal/want/wanttest"
	"ssprd/internal/web"
)

func validPortal() web.Portal {
	return web.Portal{
		PublicURL: "https://reset.example.org", LoginURL: "https://www.example.org/", Name: "Portal",
		Languages: []string{"fr", "en"}, Accessibility: web.Accessibility{Status: "none"},
	}
}

func TestPortalCheck(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		change func(*web.Portal)
		want   []string
	}{
		"fine": {func(*web.Portal) {}, nil},
		"all": {func(p *web.Portal) {
			p.Theme, p.LegalURL, p.Accessibility.Contact = dir, "https://www.example.org/legal", "a@example.org"
		}, nil},
		"nothing": {func(p *web.Portal) { *p = web.Portal{} }, []string{
			"public_url: missing", "login_url: missing", "name: missing", "languages: missing", "accessibility.status: missing"}},
		"theme":     {func(p *web.Portal) { p.Theme = filepath.Join(dir, "none") }, []string{"theme: "}},
		"legal":     {func(p *web.Portal) { p.LegalURL = "legal.html" }, []string{"legal_url: "}},
		"status":    {func(p *web.Portal) { p.Accessibility.Status = "yes" }, []string{`accessibility.status: "yes": wanted none, partial or full`}},
		"contact":   {func(p *web.Portal) { p.Accessibility.Contact = "help desk" }, []string{"accessibility.contact: "}},
		"languages": {func(p *web.Portal) { p.Languages = []string{"fr", "FR", "fr_FR", "", "fr", "fr-ca"} }, []string{"languages[1]: ", "languages[2]: ", "languages[3]: missing", `languages[4]: "fr": named twice`}},
	} {
		t.Run(name, func(t *testing.T) {
			p := validPortal()
			tt.change(&p)
			wanttest.Expect(t, p.Check, tt.want...)
		})
	}
}

// R26: one origin, over TLS but on this machine.
func TestPortalCheckPublicURL(t *testing.T) {
	for url, fine := range map[string]bool{
		"https://reset.example.org": true, "https://reset.example.org:8443/": true,
		"http://127.0.0.1:8080": true, "http://localhost:8080/": true, "http://[::1]:8080": true,
		"http://reset.example.org": false, "http://10.0.0.1": false, "https://reset.example.org/portal": false,
		"https://reset.example.org/?a=b": false, "https://reset.example.org/#a": false, "https://u:p@reset.example.org": false,
		"reset.example.org": false, "ftp://reset.example.org": false,
	} {
		p := validPortal()
		p.PublicURL = url
		if got := len(wanttest.Mistakes(p.Check)) == 0; got != fine {
			t.Errorf("%s: accepted is %t, want %t", url, got, fine)
		}
	}
}

func TestServerCheck(t *testing.T) {
	fine := web.Server{Listen: "127.0.0.1:8080", Operations: "127.0.0.1:9090", TrustedProxies: []string{"10.0.0.0/8"}}
	wanttest.Expect(t, fine.Check)
	wanttest.Expect(t, web.Server{}.Check, "listen: missing")
	// R61: operations never on the public listener.
	wanttest.Expect(t, web.Server{Listen: ":80", Operations: ":80"}.Check, `operations: ":80": wanted another address`)
	wanttest.Expect(t, web.Server{Listen: "127.0.0.1:0", Operations: "127.0.0.1:0"}.Check)
	wanttest.Expect(t, web.Server{Listen: ":1", Drain: time.Minute}.Check)
	wanttest.Expect(t, web.Server{Listen: ":1", Drain: -time.Second}.Check, "drain: -1s: wanted 0s to 1m")
	wanttest.Expect(t, web.Server{Listen: ":1", Drain: time.Hour}.Check, "drain: 1h: wanted 0s to 1m")
	fine.TrustedProxies = []string{"10.0.0.1", "10.0.0.0/8", "::/0"}
	wanttest.Expect(t, fine.Check, "trusted_proxies[0]: ", "trusted_proxies[2]: ")
}

func TestServerCheckTLS(t *testing.T) {
	dir := t.TempDir()
	a, b := pair(t, dir, "a"), pair(t, dir, "b")
	for name, tt := range map[string]struct {
		tls  web.TLS
		want []string
	}{
		"none":             {web.TLS{}, nil},
		"a pair":           {a, nil},
		"no key":           {web.TLS{CertificateFile: a.CertificateFile}, []string{"tls.key_file: missing"}},
		"no certificate":   {web.TLS{KeyFile: a.KeyFile}, []string{"tls.certificate_file: missing"}},
		"another's key":    {web.TLS{CertificateFile: a.CertificateFile, KeyFile: b.KeyFile}, []string{"tls.key_file: wanted the key of certificate_file"}},
		"the key twice":    {web.TLS{CertificateFile: a.KeyFile, KeyFile: a.KeyFile}, []string{"tls.certificate_file: "}},
		"neither is there": {web.TLS{CertificateFile: dir + "/x", KeyFile: dir + "/y"}, []string{"tls.certificate_file: ", "tls.key_file: "}},
	} {
		t.Run(name, func(t *testing.T) {
			wanttest.Expect(t, web.Server{Listen: ":1", Operations: ":2", TLS: tt.tls}.Check, tt.want...)
		})
	}
	// R60: a key that everybody can read is refused.
	if err := os.Chmod(a.KeyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	wanttest.Expect(t, web.Server{Listen: ":1", Operations: ":2", TLS: a}.Check, "tls.key_file: ")
}

// pair writes a certificate and its key.
func pair(t *testing.T, dir, name string) web.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := web.TLS{CertificateFile: filepath.Join(dir, name+".pem"), KeyFile: filepath.Join(dir, name+".key")}
	for path, block := range map[string]*pem.Block{
		files.CertificateFile: {Type: "CERTIFICATE", Bytes: certificate},
		files.KeyFile:         {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestTextCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		text web.Text
		want []string
	}{
		"both":          {web.Text{"fr": "Bonjour", "en": "Hello"}, nil},
		"one for every": {web.Text{"": "Hello"}, nil},
		"one and every": {web.Text{"": "Hello", "fr": "Bonjour"}, nil},
		"another":       {web.Text{"": "Hello", "de": "Hallo"}, nil},
		"none":          {nil, []string{": missing: wanted a text in fr, en"}},
		"half":          {web.Text{"en": "Hello"}, []string{": missing: wanted a text in fr, or"}},
		"blank":         {web.Text{"fr": " ", "en": "Hello"}, []string{": missing: wanted a text in fr, or"}},
		"no language":   {web.Text{"": "Hello", "e n": "Hello"}, []string{"e n: "}},
	} {
		t.Run(name, func(t *testing.T) {
			wanttest.Expect(t, func(report func(key, want string)) { tt.text.Check([]string{"fr", "en"}, report) }, tt.want...)
		})
	}
}

func TestLinkAndSupportCheck(t *testing.T) {
	wanttest.Expect(t, web.Link{URL: "https://www.example.org/password"}.Check)
	wanttest.Expect(t, web.Link{}.Check, "url: missing")
	wanttest.Expect(t, web.Link{URL: "javascript:alert(1)"}.Check, "url: ")
	for name, tt := range map[string]struct {
		support web.Support
		want    []string
	}{
		"a phone":                   {web.Support{Phone: "05 00 00 00 00"}, nil},
		"in French":                 {web.Support{Text: web.Text{"fr": "Bonjour"}}, nil},
		"nothing":                   {web.Support{}, []string{": missing"}},
		"not in the first language": {web.Support{Text: web.Text{"en": "Hello"}}, []string{"text: missing: wanted a text in fr"}},
		"all wrong":                 {web.Support{Mail: "x", URL: "x"}, []string{"mail: ", "url: "}},
	} {
		t.Run(name, func(t *testing.T) {
			wanttest.Expect(t, func(report func(key, want string)) { tt.support.Check([]string{"fr", "en"}, report) }, tt.want...)
		})
	}
}
