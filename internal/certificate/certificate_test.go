package certificate_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
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
