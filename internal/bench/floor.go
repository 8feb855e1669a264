package bench

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
)

// floor does for n people what a reset asks of the directory, and nothing else: find by mail, read by entryUUID, write
// (RFC 3062, with the ppolicy control), read back. One connection carries it all, as in the portal.
func (w *world) floor(n int) (perSecond float64) {
	w.t.Helper()
	conn, err := connect(w.slapd)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	people := w.people(n)
	perSecond = w.drive(n, func(i int) error { return change(conn, w.slapd.BaseDN, people[i]) })
	if err := signsIn(w.slapd, people[n-1]); err != nil {
		w.t.Fatal(err)
	}
	return perSecond
}

// connect signs in as the service account does.
func connect(s *dirtest.Slapd) (*ldap.Conn, error) {
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	conn, err := ldap.DialURL(s.URL, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots}))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(child.Patience)
	password, err := s.ServicePassword()
	if err == nil {
		err = conn.Bind(s.ServiceDN, password)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("sign-in of the service account: %w", err)
	}
	return conn, nil
}

// change is the LDAP work of one reset.
func change(conn *ldap.Conn, base string, p dirtest.Person) error {
	found, err := only(conn, base, "(mail="+p.Mail+")")
	if err != nil {
		return err
	}
	byID := "(entryUUID=" + found.GetAttributeValue("entryUUID") + ")"
	before, err := only(conn, base, byID)
	if err != nil {
		return err
	}
	if err := write(conn, before.DN, password(p)); err != nil {
		return fmt.Errorf("the change of %s: %w", before.DN, err)
	}
	after, err := only(conn, base, byID)
	if err == nil && after.GetAttributeValue("entryCSN") == before.GetAttributeValue("entryCSN") {
		err = errors.New("the change of " + before.DN + " cannot be read back")
	}
	return err
}

// only reads the one entry of a filter with what the portal needs of it.
func only(conn *ldap.Conn, base, filter string) (*ldap.Entry, error) {
	result, err := conn.Search(ldap.NewSearchRequest("ou=usagers,"+base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 0, false,
		"(&(objectClass=inetOrgPerson)"+filter+")", []string{"mail", "uid", "cn", "sn", "givenName", "displayName", "entryUUID", "entryCSN",
			"pwdChangedTime", "pwdAccountLockedTime", "pwdReset"}, nil))
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", filter, err)
	}
	if len(result.Entries) != 1 {
		return nil, fmt.Errorf("search %s: %d entries", filter, len(result.Entries))
	}
	return result.Entries[0], nil
}

// write is the extended operation of RFC 3062; go-ldap's own sends no control.
func write(conn *ldap.Conn, dn, password string) error {
	value := ber.NewSequence("PasswdModifyRequestValue")
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, dn, "userIdentity"))
	value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 2, password, "newPasswd"))
	request := ldap.NewExtendedRequest("1.3.6.1.4.1.4203.1.11.1", value)
	request.Controls = []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}
	_, err := conn.Extended(request)
	return err
}
