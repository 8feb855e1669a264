package ldapx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/secret"
)

// connection is a bound connection and what the server at its other end says it can do.
type connection struct {
	*ldap.Conn
	controls   []string // supportedControl of the root DSE
	extensions []string // supportedExtension
}

func (c *connection) hasControl(oid string) bool   { return slices.Contains(c.controls, oid) }
func (c *connection) hasExtension(oid string) bool { return slices.Contains(c.extensions, oid) }

// keepAlive finds out within a minute that a firewall has silently forgotten an idle connection.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}

// dial opens a connection: TLS with the certificate checked for name, chain and dates, before any bind (R40).
func (c Config) dial(address string) (*connection, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	tlsConfig, err := c.tls(u.Hostname())
	if err != nil {
		return nil, err
	}
	conn, err := ldap.DialURL(address, ldap.DialWithTLSConfig(tlsConfig),
		ldap.DialWithDialer(&net.Dialer{Timeout: c.Timeout, KeepAliveConfig: keepAlive}))
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	conn.SetTimeout(c.Timeout) // without it a server that hangs is waited for for ever
	bound, err := c.bind(conn, u.Scheme, tlsConfig)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return bound, nil
}

func (c Config) tls(host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if c.CAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(c.CAFile) // at each connection, so that a new CA needs no restart
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file: no certificate in %s", c.CAFile)
	}
	return config, nil
}

func (c Config) bind(conn *ldap.Conn, scheme string, tlsConfig *tls.Config) (*connection, error) {
	if scheme == "ldap" && c.StartTLS {
		if err := conn.StartTLS(tlsConfig); err != nil {
			return nil, fmt.Errorf("StartTLS: %w", err)
		}
	}
	password, err := secret.ReadFile(c.BindPasswordFile)
	if err != nil {
		return nil, fmt.Errorf("bind_password_file: %w", err)
	}
	if err := conn.Bind(c.BindDN, password.Reveal()); err != nil {
		return nil, fmt.Errorf("bind of the service account: %w", err)
	}
	return describe(conn)
}

// describe reads what the server can do from its root DSE (RFC 4512 section 5.1).
func describe(conn *ldap.Conn) (*connection, error) {
	found, err := conn.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false,
		"(objectClass=*)", []string{"supportedControl", "supportedExtension"}, nil))
	if err != nil {
		return nil, fmt.Errorf("reading the root DSE: %w", err)
	}
	if len(found.Entries) != 1 {
		return nil, errors.New("reading the root DSE: no entry")
	}
	dse := found.Entries[0]
	return &connection{conn, dse.GetAttributeValues("supportedControl"), dse.GetAttributeValues("supportedExtension")}, nil
}
