package dirtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// lockedForGood is the pwdAccountLockedTime by which an administrator locks an entry (slapo-ppolicy(5)).
const lockedForGood = "000001010000Z"

// generalizedTime is how ppolicy writes a time: to the second, in UTC.
const generalizedTime = "20060102150405Z"

// GivePolicy makes one of the policies hold for an entry, instead of PolicyDN.
func (s *Slapd) GivePolicy(dn, policy string) error {
	return s.Replace(dn, "pwdPolicySubentry", policy)
}

// LockOut locks a person out, as wrong passwords do. Who has another policy than LockingPolicy is never locked.
func (s *Slapd) LockOut(dn string) error {
	if err := s.GivePolicy(dn, LockingPolicy); err != nil {
		return err
	}
	for range ownPolicies["verrou"].MaxFailure {
		if err := s.Bind(dn, "Faux-2026"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			return fmt.Errorf("a wrong password of %q: %w", dn, err)
		}
	}
	if locked, err := s.LockedOut(dn); err != nil || !locked {
		return errors.Join(err, fmt.Errorf("%q is not locked out", dn))
	}
	return nil
}

// LockedOut tells whether wrong passwords keep the person out.
func (s *Slapd) LockedOut(dn string) (bool, error) {
	entry, err := s.Entry(dn, "pwdAccountLockedTime")
	if err != nil {
		return false, err
	}
	since := entry.GetAttributeValue("pwdAccountLockedTime")
	return since != "" && since != lockedForGood, nil
}

// ExpirePassword makes a person's password older than the policy allows.
func (s *Slapd) ExpirePassword(dn string) error {
	return errors.Join(s.GivePolicy(dn, ExpiringPolicy), s.changedAt(dn, time.Now().Add(-2*ownPolicies["perime"].MaxAge)))
}

// KeepPassword makes a person's password too young to be changed.
func (s *Slapd) KeepPassword(dn string) error {
	return errors.Join(s.GivePolicy(dn, YoungPolicy), s.changedAt(dn, time.Now()))
}

// changedAt says when the password was last changed. That attribute is the server's own: it takes the control "relax
// rules" (draft-zeilenga-ldap-relax) to write it.
func (s *Slapd) changedAt(dn string, when time.Time) error {
	const relax = "1.3.6.1.4.1.4203.666.5.12"
	request := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlString(relax, true, "")})
	request.Replace("pwdChangedTime", []string{when.UTC().Format(generalizedTime)})
	return s.Modify(request)
}
