package dirtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

func TestAuthorityIssues(t *testing.T) {
	dir := t.TempDir()
	ca, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names     []string
		good, bad string
	}{
		{nil, "127.0.0.1", "ldap.region.example"},
		{nil, "localhost", "127.0.0.2"},
		{[]string{"ldap.region.example"}, "ldap.region.example", "127.0.0.1"},
	} {
		cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
		if err := ca.Issue(cert, key, c.names...); err != nil {
			t.Fatal(err)
		}
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots(t, ca.File), DNSName: c.good}); err != nil {
			t.Errorf("%v: %v", c.names, err)
		}
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots(t, ca.File), DNSName: c.bad}); err == nil {
			t.Errorf("%v: valid for %s", c.names, c.bad)
		}
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key's mode: %v, %v", info.Mode(), err)
		}
	}
}

func TestAuthorityIssuesExpired(t *testing.T) {
	dir := t.TempDir()
	ca, err := dirtest.NewAuthority(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := ca.IssueExpired(cert, key); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	for moment, want := range map[time.Time]bool{time.Now(): false, time.Now().Add(-24 * time.Hour): true} {
		options := x509.VerifyOptions{Roots: roots(t, ca.File), DNSName: "127.0.0.1", CurrentTime: moment}
		if _, err := pair.Leaf.Verify(options); (err == nil) != want {
			t.Errorf("at %s: %v", moment, err)
		}
	}
}
