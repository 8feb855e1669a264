package demo

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
)

// What the directory itself demands of a password, as an overlay of ppolicy would.
const (
	minLength = 8 // bytes: pwdMinLength
	inHistory = 3 // passwords before the present one: pwdInHistory
)

// digest is what is kept of a password: PBKDF2 with SHA-256. The zero digest matches nothing.
type digest struct {
	Salt   []byte `json:"salt"`
	Rounds int    `json:"rounds"`
	Sum    []byte `json:"sum"`
}

// digestOf makes a digest that costs so many rounds to try.
func digestOf(password string, rounds int) (digest, error) {
	d := digest{Salt: make([]byte, 16), Rounds: rounds}
	_, _ = rand.Read(d.Salt) // it does not fail
	sum, err := pbkdf2.Key(sha256.New, password, d.Salt, rounds, sha256.Size)
	if err != nil {
		return digest{}, fmt.Errorf("digest of a password: %w", err)
	}
	d.Sum = sum
	return d, nil
}

func (d digest) matches(password string) bool {
	if len(d.Sum) == 0 {
		return false
	}
	sum, err := pbkdf2.Key(sha256.New, password, d.Salt, d.Rounds, len(d.Sum))
	return err == nil && subtle.ConstantTimeCompare(sum, d.Sum) == 1
}

// judge tells whether the policy lets e have the password: the codes are those of the password policy control.
func judge(e *entry, password string) ldapserver.Result {
	matches := func(d digest) bool { return d.matches(password) }
	switch {
	case len(password) < minLength:
		return ldapserver.Refused(ldap.BeheraPasswordTooShort, "Password fails quality checking policy")
	case matches(e.Password):
		return ldapserver.Refused(ldap.BeheraPasswordInHistory, "Password is not being changed from existing value")
	case slices.ContainsFunc(e.History, matches):
		return ldapserver.Refused(ldap.BeheraPasswordInHistory, "Password is in history of old passwords")
	}
	return ldapserver.Result{}
}

// withPassword is e after a change of its password at now. As slapd does, the change also ends a lock-out.
func (e *entry) withPassword(d digest, now time.Time) *entry {
	next := *e
	next.Changed, next.CSN, next.Locked = generalizedTime(now), csn(now), ""
	next.History = slices.Concat([]digest{e.Password}, e.History)
	next.History = next.History[:min(inHistory, len(next.History))]
	next.Password = d
	return &next
}
