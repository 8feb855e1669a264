package dirtest

import (
	"fmt"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// hands change a directory's entries behind the back of what is tested. They know a person by the identifier.
type hands struct {
	server    *Server
	attribute string // which attribute the identifier is
}

// fixture has what is done alike on every server. person makes or gives the i-th person, from 1.
func (h hands) fixture(person func(t *testing.T, i int) Person) Fixture {
	next := 0
	return Fixture{
		Fresh: func(t *testing.T) Subject {
			t.Helper()
			next++
			return person(t, next).subject()
		},
		Bind: h.bind,
		Rename: func(id string) error {
			return h.with(id, func(dn string) error { return h.server.Move(dn, "cn="+ldap.EscapeDN("Renommée "+id), "") })
		},
		Become:           map[string]func(string) error{IsDeleted: h.remove},
		BreakConnections: h.server.Restart,
		Give: func(id, attribute string, values ...string) error {
			return h.with(id, func(dn string) error { return h.server.Replace(dn, attribute, values...) })
		},
		Join: func(id, group string) error { return h.joiner(group)(id) },
		Leave: func(id, group string) error {
			return h.with(id, func(dn string) error { return h.server.RemoveValue(group, "member", dn) })
		},
	}
}

// subject is the person as a fixture gives it.
func (p Person) subject() Subject {
	s := Subject{Typed: []string{p.Mail, p.UID}, Identifier: p.UID, Mail: p.Mail, Name: p.DisplayName()}
	if p.Private != "" {
		s.Mail = p.Private
	}
	return s
}

// with does something to the entry of a person, wherever it is by now.
func (h hands) with(identifier string, do func(dn string) error) error {
	dn, err := h.server.FindDN(h.attribute, identifier)
	if err != nil {
		return err
	}
	return do(dn)
}

func (h hands) bind(identifier, password string) error {
	return h.with(identifier, func(dn string) error { return h.server.Bind(dn, password) })
}

func (h hands) remove(identifier string) error {
	return h.with(identifier, h.server.Delete)
}

func (h hands) reader(attribute string) func(string) (string, error) {
	return func(identifier string) (value string, err error) {
		err = h.with(identifier, func(dn string) error {
			entry, err := h.server.Entry(dn, attribute)
			if err == nil {
				value = fmt.Sprint(entry.GetAttributeValues(attribute))
			}
			return err
		})
		return value, err
	}
}

// snapshot is all attributes of a person's entry, the operational ones too.
func (h hands) snapshot(identifier string) (map[string][]string, error) {
	all := map[string][]string{}
	err := h.with(identifier, func(dn string) error {
		entry, err := h.server.Entry(dn)
		if err == nil {
			for _, a := range entry.Attributes {
				all[a.Name] = a.Values
			}
		}
		return err
	})
	return all, err
}

// doer does something to the entry of a person.
func (h hands) doer(do func(dn string) error) func(string) error {
	return func(identifier string) error { return h.with(identifier, do) }
}

func (h hands) replacer(attribute, value string) func(string) error {
	return func(identifier string) error {
		return h.with(identifier, func(dn string) error { return h.server.Replace(dn, attribute, value) })
	}
}

func (h hands) mover(superior string) func(string) error {
	return func(identifier string) error {
		return h.with(identifier, func(dn string) error { return h.server.Move(dn, "cn="+ldap.EscapeDN("Partie "+identifier), superior) })
	}
}

func (h hands) joiner(group string) func(string) error {
	return func(identifier string) error {
		return h.with(identifier, func(dn string) error { return h.server.AddValue(group, "member", dn) })
	}
}
