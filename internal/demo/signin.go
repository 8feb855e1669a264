package demo

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// patience bounds one connection and one request of the sign-in page.
const patience = 5 * time.Second

// signIn is what the servers say to an identifier and a password.
type signIn struct {
	Name     string // of the account that the first server accepted; empty if there is none
	Accepted []bool // by server
}

// trySignIn finds the accounts of an identifier or address on the primary and binds as each with the password, over
// LDAP as any application of the Region would. Several accounts may share an address: the first that fits is meant.
func (d *Directory) trySignIn(identifier, password string) (signIn, error) {
	if identifier == "" || password == "" {
		return signIn{}, nil // a bind without a password proves nothing (RFC 4513 section 5.1.2)
	}
	people, err := d.find(identifier)
	if err != nil {
		return signIn{}, err
	}
	for _, p := range people {
		s := signIn{Name: p.GetAttributeValue("displayName")}
		for _, url := range []string{d.Primary(), d.Replica()} {
			ok, err := d.accepts(url, p.DN, password)
			if err != nil {
				return signIn{}, err
			}
			s.Accepted = append(s.Accepted, ok)
		}
		if s.Accepted[0] {
			return s, nil
		}
	}
	return signIn{}, nil
}

func (d *Directory) find(identifier string) ([]*ldap.Entry, error) {
	c, err := d.dial(d.Primary())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	password, err := os.ReadFile(d.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("password of the service account: %w", err)
	}
	if err := c.Bind(d.BindDN, string(password)); err != nil {
		return nil, fmt.Errorf("bind of the service account: %w", err)
	}
	typed := ldap.EscapeFilter(identifier)
	found, err := c.Search(ldap.NewSearchRequest(suffix, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
		"(|(mail="+typed+")(uid="+typed+"))", []string{"displayName"}, nil))
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found.Entries, nil
}

// accepts tells whether the server takes the password; a refusal is no error.
func (d *Directory) accepts(url, dn, password string) (bool, error) {
	c, err := d.dial(url)
	if err != nil {
		return false, err
	}
	defer c.Close()
	err = c.Bind(dn, password)
	if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		return false, nil
	}
	return err == nil, err
}

func (d *Directory) dial(url string) (*ldap.Conn, error) {
	ca, err := os.ReadFile(d.CAFile)
	if err != nil {
		return nil, fmt.Errorf("CA file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("CA file: no certificate in " + d.CAFile)
	}
	c, err := ldap.DialURL(url, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots}), ldap.DialWithDialer(&net.Dialer{Timeout: patience}))
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", url, err)
	}
	c.SetTimeout(patience)
	return c, nil
}
