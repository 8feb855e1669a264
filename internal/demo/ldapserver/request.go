package ldapserver

import (
	"errors"
	"fmt"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Query is a search (RFC 4511 section 4.5.1).
type Query struct {
	Base       string
	Scope      int         // ldap.ScopeBaseObject, ScopeSingleLevel, ScopeWholeSubtree
	SizeLimit  int         // 0 for none
	TypesOnly  bool        // names of attributes without their values
	Filter     *ber.Packet // as ldap.CompileFilter makes it
	Attributes []string    // none for all user attributes
}

// Modify is a change of an entry (RFC 4511 section 4.6).
type Modify struct {
	DN      string
	Changes []ldap.Change
}

// PasswordModify is a change of a password (RFC 3062 section 2). What the request leaves out is empty.
type PasswordModify struct {
	DN, Old, New string
}

// message is the envelope of a request (RFC 4511 section 4.1.1).
type message struct {
	id              int64
	op              *ber.Packet
	policy          bool // the request carries the password policy control
	unknownCritical bool // the request carries a critical control that is not known here
}

func readMessage(p *ber.Packet) (message, error) {
	f := fieldsOf(p)
	m := message{id: f.number(), op: f.next()}
	if f.err != nil {
		return message{}, f.err
	}
	if m.op.ClassType != ber.ClassApplication {
		return message{}, errors.New("no operation")
	}
	if len(f.left) > 0 {
		m.readControls(f.next())
	}
	return m, f.err
}

// readControls looks for the one control there is (RFC 4511 section 4.1.11).
func (m *message) readControls(list *ber.Packet) {
	for _, c := range list.Children {
		f := fieldsOf(c)
		switch oid := f.text(); {
		case oid == ldap.ControlTypeBeheraPasswordPolicy:
			m.policy = true
		case len(f.left) > 0 && f.left[0].Tag == ber.TagBoolean && f.flag():
			m.unknownCritical = true
		}
	}
}

type bind struct {
	dn, password string
	simple       bool
}

func readBind(op *ber.Packet) (bind, error) {
	f := fieldsOf(op)
	version, dn, auth := f.number(), f.text(), f.next()
	if f.err != nil {
		return bind{}, f.err
	}
	if version != 3 {
		return bind{}, fmt.Errorf("version %d", version)
	}
	return bind{dn: dn, password: auth.Data.String(), simple: auth.Tag == 0}, nil
}

func readQuery(op *ber.Packet) (Query, error) {
	f := fieldsOf(op)
	q := Query{Base: f.text(), Scope: int(f.number())}
	f.next() // how to follow aliases: there are none
	q.SizeLimit = int(f.number())
	f.next() // the time limit: nothing here takes a second
	q.TypesOnly, q.Filter = f.flag(), f.next()
	for _, a := range f.next().Children {
		q.Attributes = append(q.Attributes, a.Data.String())
	}
	return q, f.err
}

func readModify(op *ber.Packet) (Modify, error) {
	f := fieldsOf(op)
	m := Modify{DN: f.text()}
	for _, c := range f.next().Children {
		change, err := readChange(c)
		if err != nil {
			return Modify{}, err
		}
		m.Changes = append(m.Changes, change)
	}
	return m, f.err
}

func readChange(p *ber.Packet) (ldap.Change, error) {
	f := fieldsOf(p)
	kind := f.number()
	a := fieldsOf(f.next())
	change := ldap.Change{Operation: uint(kind), Modification: ldap.PartialAttribute{Type: a.text()}}
	for _, v := range a.next().Children {
		change.Modification.Vals = append(change.Modification.Vals, v.Data.String())
	}
	return change, errors.Join(f.err, a.err)
}

// readExtended gives the name and the value of an extended request: [0] and, if there is one, [1].
func readExtended(op *ber.Packet) (name string, value []byte, err error) {
	f := fieldsOf(op)
	name = f.text()
	if len(f.left) > 0 {
		value = f.next().Data.Bytes()
	}
	return name, value, f.err
}

// readPasswordModify reads PasswdModifyRequestValue: three optional strings, told apart by their tags.
func readPasswordModify(value []byte) (PasswordModify, error) {
	p, err := ber.DecodePacketErr(value)
	if err != nil {
		return PasswordModify{}, err
	}
	var m PasswordModify
	for _, c := range p.Children {
		switch c.Tag {
		case 0:
			m.DN = c.Data.String()
		case 1:
			m.Old = c.Data.String()
		case 2:
			m.New = c.Data.String()
		}
	}
	return m, nil
}
