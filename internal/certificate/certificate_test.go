package certificate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/http/httptest"
	"testing"
	"time"

	"ssprd/internal/certificate"
)

// What is trusted by itself is trusted watched, and what is not is not; and what was shown is told in both cases.
func TestWatch(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	for name, c := range map[string]struct {
		roots *x509.CertPool
		host  string
		good  bool
	}{
		"trusted": {roots, "example.com", true}, "address": {roots, "127.0.0.1", true},
		"name": {roots, "other.example", false}, "authority": {x509.NewCertPool(), "example.com", false},
	} {
		config, shown := certificate.Watch(&tls.Config{RootCAs: c.roots, ServerName: c.host}, c.host)
		conn, err := tls.Dial("tcp", s.Listener.Addr().String(), config)
		if err == nil {
			_ = conn.Close()
		}
		var untrusted *tls.CertificateVerificationError
		if (err == nil) != c.good || (shown.Wrong == nil) != c.good || !c.good && !errors.As(err, &untrusted) {
			t.Errorf("%s: %v, %v", name, err, shown.Wrong)
		}
		if len(shown.Chain) != 1 || !shown.Until().After(time.Now()) || len(shown.Names()) == 0 {
			t.Errorf("%s: %+v", name, shown)
		}
	}
	if !(certificate.Shown{}).Until().IsZero() || (certificate.Shown{}).Names() != nil {
		t.Error("of nothing shown")
	}
}

// issued is a certificate and its key, by another of them or, where there is none, by itself.
type issued struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func issue(t *testing.T, name string, by *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: true,
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0)}
	if change != nil {
		change(c)
	}
	self := &issued{c, key}
	if by == nil {
		by = self
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.Certificate, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	if self.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return self
}

// What a server of ours shows is judged as by a browser that trusts its authority.
func TestOwn(t *testing.T) {
	const host = "motdepasse.example.org"
	over := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(-5, 0, 0), time.Now().AddDate(0, 0, -1)
	}
	early := func(c *x509.Certificate) { c.NotBefore = time.Now().AddDate(0, 0, 1) }
	server := func(by *issued, also func(*x509.Certificate)) *issued {
		return issue(t, "portail", by, func(c *x509.Certificate) {
			c.IsCA, c.DNSNames, c.ExtKeyUsage = false, []string{host}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			if also != nil {
				also(c)
			}
		})
	}
	root := issue(t, "racine", nil, nil)
	between := issue(t, "intermédiaire", root, nil)
	leaf := server(between, nil)
	late, soon := issue(t, "intermédiaire", root, over), issue(t, "intermédiaire", root, early)
	dates := func(err error) bool {
		var invalid x509.CertificateInvalidError
		return errors.As(err, &invalid) && invalid.Reason == x509.Expired
	}
	good := func(err error) bool { return err == nil }
	for name, c := range map[string]struct {
		chain []*issued
		host  string
		want  func(error) bool
	}{
		"alone":                        {[]*issued{leaf}, host, good},
		"with those above":             {[]*issued{leaf, between, root}, host, good},
		"in another order":             {[]*issued{leaf, root, between}, host, good},
		"signed by itself":             {[]*issued{server(nil, nil)}, host, good},
		"with one that nothing needs":  {[]*issued{leaf, between, issue(t, "ancienne", nil, over)}, host, good},
		"of another name":              {[]*issued{leaf, between}, "other.example", func(err error) bool { return errors.As(err, new(x509.HostnameError)) }},
		"expired":                      {[]*issued{server(between, over), between}, host, dates},
		"not yet valid":                {[]*issued{server(between, early), between}, host, dates},
		"by one that has expired":      {[]*issued{server(late, nil), late}, host, dates},
		"by one that is not valid yet": {[]*issued{server(soon, nil), soon, root}, host, dates},
		"by another key of this name":  {[]*issued{leaf, issue(t, "intermédiaire", root, nil)}, host, func(err error) bool { return errors.As(err, new(x509.UnknownAuthorityError)) }},
		"for clients": {[]*issued{server(between, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), between}, host,
			func(err error) bool {
				var invalid x509.CertificateInvalidError
				return errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage
			}},
		"none": {nil, host, func(err error) bool { return err != nil }},
	} {
		var chain []*x509.Certificate
		for _, one := range c.chain {
			chain = append(chain, one.Certificate)
		}
		shown := certificate.Own(chain, c.host, time.Now())
		if !c.want(shown.Wrong) {
			t.Errorf("%s: %v", name, shown.Wrong)
		}
		if shown.Wrong == nil && shown.Until().Before(time.Now()) {
			t.Errorf("%s: it is said to be good until %s", name, shown.Until())
		}
	}
}
