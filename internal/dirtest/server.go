package dirtest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/child"
)

// Server is what every directory of this package offers to a test. Its methods open a connection of their own each
// time, so that they work across a restart. Several goroutines may call them, except those that start and stop it.
type Server struct {
	URL                 string // ldaps://127.0.0.1:PORT
	PlainURL            string // ldap://127.0.0.1:PORT, which knows StartTLS and refuses a bind in clear text
	CAFile              string // who signed its certificate, PEM
	BaseDN              string
	ServiceDN           string // the service account: may replace people's passwords and read; no administrator
	ServicePasswordFile string

	adminDN, adminPassword string
	command                []string
	process                *child.Process
	certificateName        string // what the certificate says where it is not the address; empty: the address
	certificateExpired     bool   // then the package itself looks at it as if it were yesterday
}

// Bind tries a sign-in as dn over TLS. It gives the directory's error as it came.
func (s *Server) Bind(dn, password string) error {
	conn, err := s.Dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Bind(dn, password)
}

// SignsIn tells whether a password is dn's. An error means that the directory could not tell.
func (s *Server) SignsIn(dn, password string) (bool, error) {
	err := s.Bind(dn, password)
	if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		return false, nil
	}
	return err == nil, err
}

// Admin runs f on a connection signed in as the directory's administrator, for whom neither access rules nor, on
// OpenLDAP, password rules hold.
func (s *Server) Admin(f func(*ldap.Conn) error) error {
	conn, err := s.Dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Bind(s.adminDN, s.adminPassword); err != nil {
		return fmt.Errorf("bind as administrator: %w", err)
	}
	return f(conn)
}

// Administrator is who Admin signs in as, for programs that sign in by themselves.
func (s *Server) Administrator() (dn, password string) { return s.adminDN, s.adminPassword }

// Entry reads one entry as the administrator: the attributes named, or all of them and the operational ones.
func (s *Server) Entry(dn string, attributes ...string) (*ldap.Entry, error) {
	if len(attributes) == 0 {
		attributes = []string{"*", "+"}
	}
	var found *ldap.SearchResult
	err := s.Admin(func(c *ldap.Conn) (err error) {
		found, err = c.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", attributes, nil))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", dn, err)
	}
	if len(found.Entries) != 1 {
		return nil, fmt.Errorf("read %q: %d entries", dn, len(found.Entries))
	}
	return found.Entries[0], nil
}

// Modify changes an entry as the administrator.
func (s *Server) Modify(request *ldap.ModifyRequest) error {
	return s.Admin(func(c *ldap.Conn) error { return c.Modify(request) })
}

// Replace gives an attribute of an entry these values, or none, as the administrator.
func (s *Server) Replace(dn, attribute string, values ...string) error {
	request := ldap.NewModifyRequest(dn, nil)
	request.Replace(attribute, values)
	return s.Modify(request)
}

// AddValue adds one value to an attribute of an entry, as the administrator.
func (s *Server) AddValue(dn, attribute, value string) error {
	request := ldap.NewModifyRequest(dn, nil)
	request.Add(attribute, []string{value})
	return s.Modify(request)
}

// RemoveValue takes one value from an attribute of an entry, as the administrator.
func (s *Server) RemoveValue(dn, attribute, value string) error {
	request := ldap.NewModifyRequest(dn, nil)
	request.Delete(attribute, []string{value})
	return s.Modify(request)
}

// Add makes an entry: its attributes and their values by turns.
func (s *Server) Add(dn string, values ...string) error {
	request := ldap.NewAddRequest(dn, nil)
	for i := 0; i+1 < len(values); i += 2 {
		request.Attribute(values[i], []string{values[i+1]})
	}
	return s.Admin(func(conn *ldap.Conn) error { return conn.Add(request) })
}

// Delete removes an entry, as the administrator.
func (s *Server) Delete(dn string) error {
	return s.Admin(func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest(dn, nil)) })
}

// Move gives an entry another relative name ("cn=Autre Nom") and, where superior is not empty, another place, as the
// administrator.
func (s *Server) Move(dn, newRDN, superior string) error {
	return s.Admin(func(c *ldap.Conn) error { return c.ModifyDN(ldap.NewModifyDNRequest(dn, newRDN, true, superior)) })
}

// FindDN gives the distinguished name of the only entry below BaseDN that has this value, as the administrator sees it.
func (s *Server) FindDN(attribute, value string) (string, error) {
	var found *ldap.SearchResult
	err := s.Admin(func(c *ldap.Conn) (err error) {
		filter := fmt.Sprintf("(%s=%s)", attribute, ldap.EscapeFilter(value))
		found, err = c.Search(ldap.NewSearchRequest(s.BaseDN, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			filter, []string{"1.1"}, nil))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("find %s=%q: %w", attribute, value, err)
	}
	if len(found.Entries) != 1 {
		return "", fmt.Errorf("find %s=%q: %d entries", attribute, value, len(found.Entries))
	}
	return found.Entries[0].DN, nil
}

// ServicePassword reads the service account's password.
func (s *Server) ServicePassword() (string, error) {
	b, err := os.ReadFile(s.ServicePasswordFile)
	if err != nil {
		return "", err
	}
	return string(b[:len(b)-1]), nil
}

// Dial opens a connection over TLS, signed in as nobody.
func (s *Server) Dial() (*ldap.Conn, error) {
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + s.CAFile)
	}
	config := &tls.Config{RootCAs: roots, ServerName: s.certificateName}
	if s.certificateExpired {
		config.Time = func() time.Time { return time.Now().Add(-24 * time.Hour) }
	}
	conn, err := ldap.DialURL(s.URL, ldap.DialWithTLSDialer(config, &net.Dialer{Timeout: child.Patience}))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(child.Patience)
	return conn, nil
}

// writeSecret writes a password file as an administrator would: readable by its owner alone, ended by a line feed.
func writeSecret(file, secret string) error {
	return os.WriteFile(file, []byte(secret+"\n"), 0o600)
}

// Everything is all entries below BaseDN with all of their attributes, the operational ones too, as text: what must be the same
// after whoever changes nothing.
func (s *Server) Everything() (string, error) {
	var lines []string
	err := s.Admin(func(c *ldap.Conn) error {
		found, err := c.Search(ldap.NewSearchRequest(s.BaseDN, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"*", "+"}, nil))
		if err != nil {
			return err
		}
		for _, e := range found.Entries {
			for _, a := range e.Attributes {
				lines = append(lines, fmt.Sprintf("%s %s %q", e.DN, a.Name, a.Values))
			}
		}
		return nil
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n"), err
}
