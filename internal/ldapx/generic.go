package ldapx

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// generic is how any other LDAPv3 server is asked: only by what RFC 4512, RFC 3062 and RFC 4519 promise. It reads no
// policies and knows no states of accounts: filter and protected say who may be reset.
type generic struct {
	id        string // the attribute that names an entry for good
	directory string // its name: what names an entry in one directory may name another in the next
}

func (g generic) idAttribute() string { return g.id }

// encodeID keeps text as it is, and any other octets in hexadecimal.
func (g generic) encodeID(raw []byte) string {
	if text := string(raw); utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl) {
		return strconv.Quote(g.directory) + text
	}
	return strconv.Quote(g.directory) + "\t" + hex.EncodeToString(raw)
}

func (g generic) idFilter(id string) (string, error) {
	text, own := strings.CutPrefix(id, strconv.Quote(g.directory))
	octets, binary := strings.CutPrefix(text, "\t")
	switch raw, err := hex.DecodeString(octets); {
	case !own || text == "" || binary && (err != nil || len(raw) == 0):
		return "", fmt.Errorf("not an id of directory %s: %q", g.directory, id)
	case binary:
		return escaped(raw), nil
	}
	return ldap.EscapeFilter(text), nil
}

func (generic) attributes() []string        { return []string{"modifyTimestamp"} }
func (generic) bars(entry, time.Time) []bar { return nil }

func (generic) rules(entry, rulebook) (policy.Demands, time.Time) {
	return policy.Demands{Others: true}, time.Time{}
}

func (generic) write(conn *connection, c Config, _ bool, e entry, password string) error {
	return writeUserPassword(conn, c.Write, e.DN, password)
}

// changed cannot say that the password was changed, since everything moves modifyTimestamp (RFC 4512 section 3.4.4). That
// nothing was changed it says of an entry that has lately not been changed at all: of a moment ago, another change in the
// same second would not show.
func (generic) changed(before, after entry) proof {
	at, ok := after.time("modifyTimestamp")
	if !ok || after.text("modifyTimestamp") != before.text("modifyTimestamp") || time.Since(at).Abs() < lately {
		return unproven
	}
	return unchanged
}

// lately is more than the clocks of servers that are kept right differ by.
const lately = 10 * time.Second

func (generic) mark(e entry) string { return e.text("modifyTimestamp") }
func (generic) reached(e entry, mark string) bool {
	at, ok := e.time("modifyTimestamp")
	written, known := generalizedTime(mark)
	return ok && known && !at.Before(written)
}
func (generic) mustChange(entry) bool        { return false }
func (generic) locked(entry, time.Time) bool { return false }

func (generic) card() []string              { return nil }
func (generic) times(entry, rulebook) times { return times{} }
func (generic) unlock(entry) (*ldap.ModifyRequest, error) {
	return nil, noUnlock.refusal(errors.New("what locks an account is not common to all servers"))
}
