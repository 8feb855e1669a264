package ldapx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/secret"
	"ssprd/internal/want"
)

// errBind says that a server is there and does not let the service account in.
var errBind = errors.New("bind of the service account")

// errSilent says that a server is there, and hangs.
var errSilent = errors.New("no answer")

// errConfig says that nothing was tried: a file that the configuration names cannot be used.
var errConfig = errors.New("the configuration")

// errTLS says that a server is there, and that its certificate or its TLS is not to be trusted.
var errTLS = errors.New("TLS")

// keepAlive finds out within a minute that a firewall has silently forgotten an idle connection.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}

// dial opens a connection, and signs in as the service account.
func (c Config) dial(ctx context.Context, address string) (made *connection, err error) {
	err = c.connect(ctx, address, func(conn *ldap.Conn) (err error) {
		made, err = c.bind(conn)
		return err
	})
	return made, err
}

// connect opens a connection and hands it on to bind: TLS with the certificate checked for name, chain and dates, before any
// bind (R40). It is closed if bind fails. All of it together takes no longer than the time-out: go-ldap itself would wait for
// ever for a server that goes silent in the handshake of StartTLS.
func (c Config) connect(ctx context.Context, address string, bind func(*ldap.Conn) error) error {
	return c.connectWatched(ctx, address, func(tlsConfig *tls.Config, _ string) *tls.Config { return tlsConfig }, bind)
}

// connectWatched does so by a TLS configuration that watch may change: to see more, not to trust more.
func (c Config) connectWatched(ctx context.Context, address string, watch func(c *tls.Config, host string) *tls.Config, bind func(*ldap.Conn) error) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	tlsConfig, err := c.tls(u.Hostname())
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	tlsConfig = watch(tlsConfig, u.Hostname())
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	raw, err := (&net.Dialer{KeepAliveConfig: keepAlive}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port(u)))
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	raw = &bounded{Conn: raw, most: longestAnswer}
	kept := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, err := c.open(ctx, raw, u.Scheme, tlsConfig)
	if err == nil {
		err = bind(conn)
	}
	if !kept() { // it was closed from here, whatever the reading then says
		return fmt.Errorf("%w within %s: it accepts connections and does not answer", errSilent, c.Timeout)
	}
	if err != nil {
		_ = raw.Close()
	}
	return err
}

// port is the one that the address names, or that of its scheme (RFC 4516 section 2; 636 by custom).
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "ldaps":
		return "636"
	}
	return "389"
}

func (c Config) open(ctx context.Context, raw net.Conn, scheme string, tlsConfig *tls.Config) (*ldap.Conn, error) {
	if scheme == "ldaps" {
		secured := tls.Client(raw, tlsConfig)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", errTLS, err)
		}
		raw = secured
	}
	conn := ldap.NewConn(raw, scheme == "ldaps")
	conn.SetTimeout(c.Timeout) // without it a server that hangs is waited for for ever
	conn.Start()
	if scheme == "ldap" && c.StartTLS {
		if err := conn.StartTLS(tlsConfig); err != nil {
			return nil, fmt.Errorf("Start%w: %w", errTLS, err)
		}
	}
	return conn, nil
}

func (c Config) tls(host string) (*tls.Config, error) {
	roots, err := want.Pool(c.CAFile) // at each connection, so that a new CA needs no restart
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, RootCAs: roots}, nil
}

func (c Config) bind(conn *ldap.Conn) (*connection, error) {
	password, err := secret.ReadFile(c.BindPasswordFile)
	if err != nil {
		return nil, fmt.Errorf("%w: bind_password_file: %w", errConfig, err)
	}
	if err := conn.Bind(c.BindDN, password.Reveal()); err != nil {
		return nil, fmt.Errorf("%w (bind_dn, bind_password_file): %w", errBind, err)
	}
	return describe(conn)
}

// describe reads what the server can do from its root DSE.
func describe(conn *ldap.Conn) (*connection, error) {
	dse, err := rootDSE(conn)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, controls: dse.GetAttributeValues("supportedControl"), extensions: dse.GetAttributeValues("supportedExtension"),
		kind: kindOf(dse), since: time.Now()}, nil
}

// rootDSE reads what a server says of itself (RFC 4512 section 5.1): what describe looks at, and more.
func rootDSE(conn *ldap.Conn, more ...string) (*ldap.Entry, error) {
	attributes := append([]string{"supportedControl", "supportedExtension", "objectClass", "vendorName", "forestFunctionality"}, more...)
	found, err := conn.Search(baseRequest("", 0, "(objectClass=*)", attributes))
	if err != nil {
		return nil, fmt.Errorf("reading the root DSE: %w", err)
	}
	if len(found.Entries) != 1 {
		return nil, errors.New("reading the root DSE: no entry")
	}
	return found.Entries[0], nil
}

// kindOf tells what kind of directory a root DSE is of: slapd gives it a class of its own, 389 Directory Server a vendor, and
// a domain controller its functional levels (MS-ADTS section 3.1.1.3.2).
func kindOf(dse *ldap.Entry) string {
	switch vendor := dse.GetAttributeValue("vendorName"); {
	case slices.Contains(dse.GetAttributeValues("objectClass"), "OpenLDAProotDSE"):
		return OpenLDAP
	case dse.GetAttributeValue("forestFunctionality") != "":
		return ActiveDirectory
	case strings.Contains(vendor, "389") || strings.Contains(vendor, "Red Hat"):
		return DS389
	}
	return ""
}

// longestMessage bounds what a server can make us hold for one message: more than all that is asked of an entry, or of a
// root DSE.
const longestMessage = 8 << 20 // bytes

// longestAnswer bounds what a server can make us hold for one request: more than a page of the largest entries. Only a test, which
// need not send as much, changes it.
var longestAnswer int64 = 128 << 20 // bytes

var errTooLong = errors.New("the server sends more than any answer is long")

// bounded is a connection that ends where its server sends more than that after a request. go-ldap itself collects all that comes
// for a search, of which the size limit bounds entries alone: not their length, nor references to other servers.
type bounded struct {
	net.Conn
	most int64
	read atomic.Int64 // since something was last written
}

func (b *bounded) Write(p []byte) (int, error) {
	b.read.Store(0)
	return b.Conn.Write(p)
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.read.Add(int64(n)) > b.most {
		return 0, errTooLong
	}
	return n, err
}

func init() { ber.MaxPacketLengthBytes = longestMessage } // the library has no other way
