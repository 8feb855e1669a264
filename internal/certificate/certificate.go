// Package certificate looks at what a server shows of itself in TLS, while a connection is made to it as any other of ours.
package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
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

// Own is what a server of ours will show, judged but for its authority, which only those who see it know to trust: where the
// machine does not, whatever of the chain has nothing above it stands for it. Of a chain that is good only the path that makes
// it so is told, for what browsers pass over harms nobody.
func Own(chain []*x509.Certificate, host string, now time.Time) Shown {
	if len(chain) == 0 {
		return Shown{Wrong: errNone}
	}
	tops, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range chain {
		if top(c, chain[1:]) {
			tops.AddCert(c)
		}
		between.AddCert(c)
	}
	var wrong error
	for _, roots := range []*x509.CertPool{nil, tops} { // nil for those of the machine
		var paths [][]*x509.Certificate
		paths, wrong = chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: host, Intermediates: between, CurrentTime: now,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
		if wrong == nil {
			return Shown{Chain: paths[0]}
		}
	}
	return Shown{Chain: chain, Wrong: wrong}
}

// top tells whether none of the others has signed a certificate, by their names: one of the right name with another key is
// what a browser finds as well.
func top(c *x509.Certificate, others []*x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) || !slices.ContainsFunc(others, func(o *x509.Certificate) bool {
		return bytes.Equal(o.RawSubject, c.RawIssuer)
	})
}
