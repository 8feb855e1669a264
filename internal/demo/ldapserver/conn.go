package ldapserver

import (
	"bufio"
	"errors"
	"fmt"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// PasswordModifyOID names the extended operation of RFC 3062.
const PasswordModifyOID = "1.3.6.1.4.1.4203.1.11.1"

// errUnbind ends a connection as its client wished (RFC 4511 section 4.3).
var errUnbind = errors.New("unbind")

// conn is one connection: who it is bound as, and where answers go.
type conn struct {
	backend Backend
	w       *bufio.Writer
	who     string
}

// handle answers one message. An error ends the connection.
func (c *conn) handle(p *ber.Packet) error {
	m, err := readMessage(p)
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	switch m.op.Tag {
	case ldap.ApplicationUnbindRequest:
		return errUnbind
	case ldap.ApplicationAbandonRequest:
		return nil // what it would abandon is already answered: requests are served in order
	}
	if m.unknownCritical {
		return c.answer(m, Result{Code: ldap.LDAPResultUnavailableCriticalExtension, Message: "critical extension is not recognized"})
	}
	r, err := c.do(m)
	if err != nil {
		return fmt.Errorf("operation %d: %w", m.op.Tag, err)
	}
	return c.answer(m, r)
}

// do carries one operation out. An error says that the request was not what RFC 4511 describes.
func (c *conn) do(m message) (Result, error) {
	switch m.op.Tag {
	case ldap.ApplicationBindRequest:
		return c.bind(m)
	case ldap.ApplicationSearchRequest:
		return c.search(m)
	case ldap.ApplicationModifyRequest:
		q, err := readModify(m.op)
		if err != nil {
			return Result{}, err
		}
		return c.backend.Modify(c.who, q), nil
	case ldap.ApplicationExtendedRequest:
		return c.extended(m)
	}
	return Result{Code: ldap.LDAPResultUnwillingToPerform, Message: "operation not offered"}, nil
}

// bind changes who the connection is; a bind that fails leaves it nobody (RFC 4511 section 4.2.1).
func (c *conn) bind(m message) (Result, error) {
	b, err := readBind(m.op)
	if err != nil {
		return Result{}, err
	}
	c.who = ""
	if !b.simple {
		return Result{Code: ldap.LDAPResultAuthMethodNotSupported, Message: "only simple binds"}, nil
	}
	r := c.backend.Bind(b.dn, b.password)
	if r.Code == ldap.LDAPResultSuccess {
		c.who = b.dn
	}
	return r, nil
}

func (c *conn) search(m message) (Result, error) {
	q, err := readQuery(m.op)
	if err != nil {
		return Result{}, err
	}
	entries, r := c.backend.Search(c.who, q)
	for _, e := range entries {
		if _, err := c.w.Write(entryPacket(m.id, e, q.TypesOnly).Bytes()); err != nil {
			return Result{}, err
		}
	}
	return r, nil
}

func (c *conn) extended(m message) (Result, error) {
	name, value, err := readExtended(m.op)
	if err != nil {
		return Result{}, err
	}
	if name != PasswordModifyOID {
		return Result{Code: ldap.LDAPResultProtocolError, Message: "unsupported extended operation"}, nil
	}
	q, err := readPasswordModify(value)
	if err != nil {
		return Result{Code: ldap.LDAPResultProtocolError, Message: "not a password modify request"}, nil
	}
	return c.backend.PasswordModify(c.who, q), nil
}

// answer sends what the operation of m ended with, and everything before it.
func (c *conn) answer(m message, r Result) error {
	if _, err := c.w.Write(resultPacket(m, r).Bytes()); err != nil {
		return err
	}
	return c.w.Flush()
}
