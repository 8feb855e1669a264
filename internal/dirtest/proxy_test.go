package dirtest_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"

	"github.com/go-ldap/ldap/v3"
)

// through is a connection by the proxy, signed in as a person who may change nothing but the own password.
func through(t *testing.T, s *dirtest.Slapd, p *dirtest.Proxy) *ldap.Conn {
	t.Helper()
	conn, err := ldap.DialURL(p.URL(), ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots(t, s.CAFile)}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.Bind(dirtest.Camille.DN(s.BaseDN), dirtest.InitialPassword); err != nil {
		t.Fatal(err)
	}
	return conn
}

// setOwn is a request that shows whether it has arrived: the person's own password is replaced.
func setOwn(conn *ldap.Conn, s *dirtest.Slapd, password string) error {
	request := ldap.NewModifyRequest(dirtest.Camille.DN(s.BaseDN), nil)
	request.Replace("userPassword", []string{password})
	return conn.Modify(request)
}

func opens(s *dirtest.Slapd, password string) error {
	return s.Bind(dirtest.Camille.DN(s.BaseDN), password)
}

func read(conn *ldap.Conn, s *dirtest.Slapd) error {
	_, err := conn.Search(ldap.NewSearchRequest(dirtest.Camille.DN(s.BaseDN), ldap.ScopeBaseObject, ldap.NeverDerefAliases,
		0, 0, false, "(objectClass=*)", []string{"1.1"}, nil))
	return err
}

func TestProxyCountsRequests(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	proxy := dirtest.StartProxy(t, s.URL)
	conn := through(t, s, proxy)
	before := proxy.Requests()
	for range 3 {
		if err := read(conn, s); err != nil {
			t.Fatal(err)
		}
	}
	if n := proxy.Requests() - before; n != 3 {
		t.Errorf("%d requests counted, want 3", n)
	}
}

func TestProxyLoses(t *testing.T) {
	for name, c := range map[string]struct {
		lose    func(*dirtest.Proxy)
		arrives bool
	}{
		"an answer":          {func(p *dirtest.Proxy) { p.LoseAnswerTo(2) }, true},
		"a request":          {func(p *dirtest.Proxy) { p.LoseRequest(2) }, false},
		"only the last told": {func(p *dirtest.Proxy) { p.LoseRequest(1); p.LoseRequest(2) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
			proxy := dirtest.StartProxy(t, s.URL)
			conn, other := through(t, s, proxy), through(t, s, proxy)
			c.lose(proxy)
			if err := read(conn, s); err != nil {
				t.Fatalf("the request before: %v", err)
			}
			if err := setOwn(conn, s, "Merle-Noir-2026"); code(err) != ldap.ErrorNetwork {
				t.Errorf("%v, want a broken connection", err)
			}
			if err := opens(s, "Merle-Noir-2026"); (err == nil) != c.arrives {
				t.Errorf("the new password: %v", err)
			}
			if err := read(other, s); err != nil {
				t.Errorf("another connection: %v", err)
			}
		})
	}
}

func TestProxyHangs(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	proxy := dirtest.StartProxy(t, s.URL)
	conn := through(t, s, proxy)
	proxy.Hang()
	proxy.Hang()
	before := proxy.Requests()
	conn.SetTimeout(200 * time.Millisecond)
	if err := setOwn(conn, s, "Merle-Noir-2026"); err == nil {
		t.Error("a proxy that hangs answers")
	}
	if err := opens(s, dirtest.InitialPassword); err != nil || proxy.Requests() != before {
		t.Errorf("it has passed something on: %d requests, the old password: %v", proxy.Requests()-before, err)
	}
	silent, err := net.Dial("tcp", strings.TrimPrefix(proxy.URL(), "ldaps://"))
	if err != nil {
		t.Fatalf("it does not accept a connection: %v", err)
	}
	defer silent.Close()

	proxy.Resume()
	proxy.Resume()
	eventually(t, func() error { return opens(s, "Merle-Noir-2026") })
	secure := tls.Client(silent, &tls.Config{RootCAs: roots(t, s.CAFile), ServerName: "127.0.0.1"})
	if err := secure.Handshake(); err != nil {
		t.Errorf("the connection made meanwhile: %v", err)
	}
}

func TestProxyDelays(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	proxy := dirtest.StartProxy(t, s.URL)
	conn := through(t, s, proxy)
	const delay = 300 * time.Millisecond
	proxy.Delay(delay)
	began := time.Now()
	if err := read(conn, s); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < delay {
		t.Errorf("an answer that is held for %v came after %v", delay, took)
	}
}

// A test may leave a proxy as it is: with connections, silent, and slow.
func TestProxyEndsWithTheTest(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	ended := make(chan error, 1)
	t.Run("the test", func(t *testing.T) {
		proxy := dirtest.StartProxy(t, s.URL)
		conn := through(t, s, proxy)
		proxy.Delay(time.Hour)
		go func() { ended <- read(conn, s) }()
		held, err := net.Dial("tcp", strings.TrimPrefix(proxy.URL(), "ldaps://"))
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		proxy.Hang()
	})
	eventually(t, func() error {
		if len(ended) == 0 {
			return fmt.Errorf("a request is still waited for")
		}
		return nil
	})
}
