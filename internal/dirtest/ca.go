package dirtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority signs the certificates of test servers. The servers' own would not do: Samba makes one with a negative
// serial number, which crypto/x509 refuses.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	File string // its certificate, PEM
}

// NewAuthority makes an authority and writes its certificate to file.
func NewAuthority(file string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificate("Autorité de test")
	template.NotBefore, template.NotAfter = time.Now().Add(-week), time.Now().Add(week) // it is there for longer than any certificate by it
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("test authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("test authority: %w", err)
	}
	return &Authority{cert: cert, key: key, File: file}, writePEM(file, "CERTIFICATE", der, 0o644)
}

const week = 7 * 24 * time.Hour

// Issue writes a server's certificate and key. Without names it is for 127.0.0.1, ::1 and localhost; with names it is
// for those alone, so that a test can have a certificate of the wrong name.
func (a *Authority) Issue(certFile, keyFile string, names ...string) error {
	return a.issue(certFile, keyFile, serverCertificate(names))
}

// IssueExpired writes a certificate and key as Issue does, whose dates are over: it was good yesterday.
func (a *Authority) IssueExpired(certFile, keyFile string, names ...string) error {
	template := serverCertificate(names)
	template.NotBefore, template.NotAfter = time.Now().Add(-week/2), time.Now().Add(-time.Hour)
	return a.issue(certFile, keyFile, template)
}

func serverCertificate(names []string) *x509.Certificate {
	template := certificate("localhost")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = names
	if len(names) == 0 {
		template.DNSNames = []string{"localhost"}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	return template
}

func (a *Authority) issue(certFile, keyFile string, template *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("test certificate: %w", err)
	}
	if err := writePEM(certFile, "CERTIFICATE", der, 0o644); err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(keyFile, "PRIVATE KEY", private, 0o600) // Samba refuses a key that others can read
}

func certificate(commonName string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
}

func writePEM(file, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// issueIn makes a server certificate in a folder: cert.pem and key.pem.
func (a *Authority) issueIn(dir string, names ...string) error {
	return a.Issue(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), names...)
}
