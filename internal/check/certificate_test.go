package check

import (
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"ssprd/internal/certificate"
)

func TestJudgeCertificate(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	days := func(from, until int) *x509.Certificate {
		return &x509.Certificate{DNSNames: []string{"mx.example.org"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)},
			NotBefore: now.AddDate(0, 0, from), NotAfter: now.AddDate(0, 0, until)}
	}
	good := days(-300, 65)
	for name, c := range map[string]struct {
		chain []*x509.Certificate
		wrong error
		want  string
		seen  string
	}{
		"good":                 {[]*x509.Certificate{good}, nil, MailTLSOK, "for mx.example.org, 192.0.2.1, issued by \"\", until 2026-08-05: 65 days left"},
		"soon":                 {[]*x509.Certificate{days(-345, 20)}, nil, MailTLSSoon, "20 days left"},
		"short by intention":   {[]*x509.Certificate{days(-4, 2)}, nil, MailTLSOK, "2 days left"},
		"short and not mended": {[]*x509.Certificate{days(-6, 1)}, nil, MailTLSSoon, "1 day left"},
		"the one above it":     {[]*x509.Certificate{good, days(-3000, 10)}, nil, MailTLSSoon, "10 days left"},
		"name":                 {[]*x509.Certificate{good}, x509.HostnameError{Certificate: good, Host: "mail"}, MailTLSName, "not mail ("},
		"expired":              {[]*x509.Certificate{days(-100, -3)}, x509.CertificateInvalidError{Reason: x509.Expired}, MailTLSDates, "3 days ago"},
		"authority":            {[]*x509.Certificate{good}, x509.UnknownAuthorityError{}, MailTLSChain, "unknown authority"},
		"none":                 {nil, errors.New("nothing"), MailTLSFailed, "none was shown"},
	} {
		f := mailTLS.judge("mail.server", "mail", certificate.Shown{Chain: c.chain, Wrong: c.wrong}, now)
		if f.Code != c.want || !strings.Contains(f.Seen, c.seen) {
			t.Errorf("%s: %s", name, f)
		}
	}
}
