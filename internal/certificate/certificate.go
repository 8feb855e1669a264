// Package certificate looks at what a server shows of itself in TLS, while a connection is made to it as any other of ours.
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// Shown is what a server has shown.
type Shown struct {
	Chain []*x509.Certificate // its own first; nil where it has shown none
	Wrong error               // why it is not trusted, of crypto/x509; nil where it is
}

// errNone is for a server that shows no certificate, which TLS allows and nothing of ours takes.
var errNone = errors.New("it has shown no certificate")

// Watch gives a configuration that trusts whom c does, and refuses whom c does, and has what the server shows written to
// Shown, which TLS itself tells of neither. host is the name or the address that the certificate has to be of.
func Watch(c *tls.Config, host string) (*tls.Config, *Shown) {
	shown := &Shown{}
	watched := c.Clone()
	watched.InsecureSkipVerify = true // for VerifyConnection, which does what is skipped
	watched.VerifyConnection = func(s tls.ConnectionState) error {
		shown.Chain = s.PeerCertificates
		shown.Wrong = verify(s.PeerCertificates, c.RootCAs, host)
		if shown.Wrong == nil {
			return nil
		}
		return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: shown.Wrong}
	}
	return watched, shown
}

// verify is what crypto/tls does by itself.
func verify(chain []*x509.Certificate, roots *x509.CertPool, host string) error {
	if len(chain) == 0 {
		return errNone
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: host, Intermediates: between})
	return err
}

// Until is when the first of the certificates that the server has shown expires; the zero time where it has shown none.
func (s Shown) Until() (end time.Time) {
	for _, c := range s.Chain {
		if end.IsZero() || c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	return end
}

// Names are those that the server's own certificate is for, addresses too.
func (s Shown) Names() (all []string) {
	if len(s.Chain) == 0 {
		return nil
	}
	all = append(all, s.Chain[0].DNSNames...)
	for _, ip := range s.Chain[0].IPAddresses {
		all = append(all, ip.String())
	}
	return all
}

// Own is what a server of ours will show, judged but for its authority, which only those who see it know to trust.
func Own(chain []*x509.Certificate, host string, now time.Time) Shown {
	s := Shown{Chain: chain}
	if len(chain) == 0 {
		s.Wrong = errNone
		return s
	}
	if now.Before(chain[0].NotBefore) || now.After(s.Until()) {
		s.Wrong = x509.CertificateInvalidError{Cert: chain[0], Reason: x509.Expired}
		return s
	}
	s.Wrong = chain[0].VerifyHostname(host)
	return s
}
