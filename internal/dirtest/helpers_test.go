package dirtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"testing"
	"time"

	"ssprd/internal/dirtest"

	"github.com/go-ldap/ldap/v3"
)

// eventually asks until there is no error, for as long as a busy machine may need.
func eventually(t *testing.T, ready func() error) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		err := ready()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func code(err error) uint16 {
	var answer *ldap.Error
	if errors.As(err, &answer) {
		return answer.ResultCode
	}
	if err != nil {
		return ldap.ErrorNetwork
	}
	return ldap.LDAPResultSuccess
}

func asService(t *testing.T, s *dirtest.Server, f func(*ldap.Conn) error) error {
	t.Helper()
	password, err := s.ServicePassword()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ldap.DialURL(s.URL, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots(t, s.CAFile)}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Bind(s.ServiceDN, password); err != nil {
		t.Fatal(err)
	}
	return f(conn)
}

func roots(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

// dnOf finds the only person who has that value.
func dnOf(t *testing.T, s *dirtest.Server, attribute, value string) string {
	t.Helper()
	dn, err := s.FindDN(attribute, value)
	if err != nil {
		t.Fatal(err)
	}
	return dn
}

// refusesClearText holds that the server's certificate is for that name and no address, and that it takes no bind before
// StartTLS.
func refusesClearText(t *testing.T, s *dirtest.Server, name string) {
	t.Helper()
	if _, err := ldap.DialURL(s.URL, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots(t, s.CAFile)})); err == nil {
		t.Error("the certificate is valid for the address")
	}
	conn, err := ldap.DialURL(s.PlainURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Bind(dirtest.Camille.DN(s.BaseDN), dirtest.InitialPassword)
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultConfidentialityRequired) {
		t.Errorf("a bind in clear text: %v", err)
	}
	if err := conn.StartTLS(&tls.Config{RootCAs: roots(t, s.CAFile), ServerName: name}); err != nil {
		t.Fatal(err)
	}
	if err := conn.Bind(dirtest.Camille.DN(s.BaseDN), dirtest.InitialPassword); err != nil {
		t.Errorf("a bind after StartTLS: %v", err)
	}
}
