package demo

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// entry is one entry of the directory, as it is kept in people.json. It is never changed: a change makes another one,
// so that the replica may hold the old one for as long as it lags.
type entry struct {
	DN       string              `json:"dn"`
	UUID     string              `json:"entryUUID"`                // RFC 4530
	CSN      string              `json:"entryCSN"`                 // the stamp of the last change
	Changed  string              `json:"pwdChangedTime,omitempty"` // empty for a password that was loaded, as slapadd leaves it
	Locked   string              `json:"pwdAccountLockedTime,omitempty"`
	MemberOf []string            `json:"memberOf,omitempty"`
	Attrs    map[string][]string `json:"attributes"`
	Password digest              `json:"password,omitzero"`
	History  []digest            `json:"history,omitempty"` // the passwords before this one, the newest first

	name *ldap.DN // DN, parsed
}

// lockedForGood is what an administrator writes to close an account (slapo-ppolicy: pwdAccountLockedTime).
const lockedForGood = "000001010000Z"

func (e *entry) parse() error {
	dn, err := ldap.ParseDN(e.DN)
	if err != nil {
		return fmt.Errorf("entry %q: %w", e.DN, err)
	}
	e.name = dn
	return nil
}

// values gives the values of an attribute, operational ones included, whatever the case of its name. userPassword has
// none: nobody may read or search it.
func (e *entry) values(attribute string) []string {
	for name, v := range e.Attrs {
		if strings.EqualFold(name, attribute) {
			return v
		}
	}
	for name, v := range e.operational() {
		if strings.EqualFold(name, attribute) {
			return v
		}
	}
	return nil
}

func (e *entry) operational() map[string][]string {
	all := map[string][]string{"entryUUID": {e.UUID}, "entryCSN": {e.CSN}, "entryDN": {e.DN}, "memberOf": e.MemberOf}
	if e.Changed != "" {
		all["pwdChangedTime"] = []string{e.Changed}
	}
	if e.Locked != "" {
		all["pwdAccountLockedTime"] = []string{e.Locked}
	}
	maps.DeleteFunc(all, func(_ string, v []string) bool { return len(v) == 0 })
	return all
}

// shown gives what a search that asks for these attributes sees of the entry.
func (e *entry) shown(asked []string) *ldap.Entry {
	return ldap.NewEntry(e.DN, pick(e.Attrs, e.operational(), asked))
}

// pick chooses the attributes asked for: all user attributes by "*" or by asking for none, operational ones only by
// their names or "+" (RFC 4511 section 4.5.1.8, RFC 3673).
func pick(user, operational map[string][]string, asked []string) map[string][]string {
	out := map[string][]string{}
	for name, v := range user {
		if len(asked) == 0 || slices.Contains(asked, "*") || containsFold(asked, name) {
			out[name] = v
		}
	}
	for name, v := range operational {
		if slices.Contains(asked, "+") || containsFold(asked, name) {
			out[name] = v
		}
	}
	return out
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(v string) bool { return strings.EqualFold(v, s) })
}

// newUUID draws a version 4 UUID (RFC 9562 section 5.4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it does not fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// csn writes t as slapd stamps a change: comparable as text.
func csn(t time.Time) string { return t.UTC().Format("20060102150405.000000Z") + "#000000#000#000000" }

// generalizedTime writes t as LDAP does (RFC 4517 section 3.3.13).
func generalizedTime(t time.Time) string { return t.UTC().Format("20060102150405Z") }
