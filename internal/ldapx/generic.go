package ldapx

import (
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// generic is how any other LDAPv3 server is asked: only by what RFC 4512, RFC 3062 and RFC 4519 promise. It reads no
// policies and knows no states of accounts: filter and protected say who may be reset.
type generic struct{ id string }

func (g generic) idAttribute() string              { return g.id }
func (generic) encodeID(raw []byte) string         { return string(raw) }
func (generic) idFilter(id string) (string, error) { return ldap.EscapeFilter(id), nil }
func (generic) attributes() []string               { return []string{"modifyTimestamp"} }
func (generic) eligible(entry, time.Time) string   { return "" }

func (generic) rules(entry, rulebook) (policy.Demands, time.Time) {
	return policy.Demands{Others: true}, time.Time{}
}

func (generic) write(conn *connection, c Config, _ bool, e entry, password string) error {
	return writeUserPassword(conn, c.Write, e.DN, password)
}

// changed compares modifyTimestamp (RFC 4512 section 3.4.4), which every change of the entry moves, in whole seconds: a
// change in the same second as another is not seen by it.
func (generic) changed(before, after entry) bool {
	return after.text("modifyTimestamp") != before.text("modifyTimestamp")
}

func (generic) mark(e entry) string { return e.text("modifyTimestamp") }
func (generic) reached(e entry, mark string) bool {
	at, ok := e.time("modifyTimestamp")
	written, known := generalizedTime(mark)
	return ok && known && !at.Before(written)
}
func (generic) mustChange(entry) bool        { return false }
func (generic) locked(entry, time.Time) bool { return false }
