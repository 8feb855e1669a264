package dirtest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// resets are the two ways in which the service account replaces a password.
var resets = map[string]func(conn *ldap.Conn, dn, password string) error{
	"extended": func(conn *ldap.Conn, dn, password string) error {
		value := ber.NewSequence("PasswdModifyRequestValue")
		value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, dn, "userIdentity"))
		value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 2, password, "newPasswd"))
		request := ldap.NewExtendedRequest("1.3.6.1.4.1.4203.1.11.1", value)
		request.Controls = []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}
		_, err := conn.Extended(request)
		return err
	},
	"modify": func(conn *ldap.Conn, dn, password string) error {
		request := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlBeheraPasswordPolicy()})
		request.Replace("userPassword", []string{password})
		return conn.Modify(request)
	},
}

// reset replaces a password as the service account.
func reset(t *testing.T, s *dirtest.Server, way, dn, password string) error {
	t.Helper()
	return asService(t, s, func(conn *ldap.Conn) error { return resets[way](conn, dn, password) })
}

// ppolicyError is the error of the password policy control in an answer, or -1. go-ldap does not decode every one.
func ppolicyError(err error) int64 {
	var answer *ldap.Error
	if !errors.As(err, &answer) || answer.Packet == nil || len(answer.Packet.Children) < 3 {
		return -1
	}
	for _, control := range answer.Packet.Children[2].Children {
		value := ber.DecodePacket(control.Children[len(control.Children)-1].Data.Bytes())
		for _, choice := range value.Children {
			if choice.Tag == 1 {
				n, _ := ber.ParseInt64(choice.Data.Bytes())
				return n
			}
		}
	}
	return -1
}

// What slapd says of a reset that it does not make: the adapter lives by these.
func TestSlapdRefusals(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, MaxLength: 30, InHistory: 3, Extra: 20})
	next := 0
	fresh := func(become func(dn string) error) string {
		t.Helper()
		next++
		dn := dirtest.Extra(next).DN(s.BaseDN)
		if err := become(dn); err != nil {
			t.Fatal(err)
		}
		return dn
	}
	asItIs := func(string) error { return nil }
	given := func(policy string) func(string) error {
		return func(dn string) error { return s.GivePolicy(dn, policy) }
	}
	for way := range resets {
		for name, c := range map[string]struct {
			dn, password string
			code         uint16
			control      int64
			text         string
		}{
			"too short": {fresh(asItIs), "Merle-26", ldap.LDAPResultConstraintViolation, 6, "Password fails quality checking policy"},
			"too long":  {fresh(asItIs), "Merle-" + strings.Repeat("é", 13), ldap.LDAPResultConstraintViolation, 9, "Password fails quality checking policy"},
			"stored":    {fresh(asItIs), "{SSHA}MDEyMzQ1Njc4OTAxMjM=", ldap.LDAPResultConstraintViolation, 5, "Password fails quality checking policy"},
			"the same":  {fresh(asItIs), dirtest.InitialPassword, ldap.LDAPResultConstraintViolation, 8, "Password is not being changed from existing value"},
			"too young": {fresh(s.KeepPassword), "Merle-Noir-2026", ldap.LDAPResultConstraintViolation, 7, "Password is too young to change"},
			"pwdSafeModify": {
				fresh(given(dirtest.LastingPolicy)), "Merle-Noir-2026", ldap.LDAPResultInsufficientAccessRights, 4,
				"Must supply old password to be changed as well as new one",
			},
			"too short for its own policy": {fresh(given(dirtest.StrictPolicy)), "Merle-Noir-26", ldap.LDAPResultConstraintViolation, 6, "Password fails quality checking policy"},
			"no right":                     {dirtest.Outsider.DN(s.BaseDN), "Merle-Noir-2026", ldap.LDAPResultInsufficientAccessRights, -1, ""},
			"gone":                         {"cn=Personne,ou=usagers," + s.BaseDN, "Merle-Noir-2026", ldap.LDAPResultNoSuchObject, -1, ""},
		} {
			err := reset(t, &s.Server, way, c.dn, c.password)
			var answer *ldap.Error
			if !errors.As(err, &answer) || answer.ResultCode != c.code || ppolicyError(err) != c.control || answer.Err.Error() != c.text {
				t.Errorf("%s, by %s: %v, error %d of ppolicy; want result %d, %q, error %d", name, way, err, ppolicyError(err), c.code, c.text, c.control)
			}
		}
	}
}

// A policy of the entry's own is told by name, one that holds for everybody is not; both can be read.
func TestSlapdTellsPolicies(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10})
	if err := s.GivePolicy(dirtest.Camille.DN(s.BaseDN), dirtest.StrictPolicy); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dn, attribute, want string }{
		{dirtest.Camille.DN(s.BaseDN), "pwdPolicySubentry", dirtest.StrictPolicy},
		{dirtest.Jose.DN(s.BaseDN), "pwdPolicySubentry", ""},
		{dirtest.StrictPolicy, "pwdMinLength", "14"},
		{dirtest.StrictPolicy, "pwdMaxLength", "40"},
		{s.PolicyDN, "pwdMinLength", "10"},
	} {
		err := asService(t, &s.Server, func(conn *ldap.Conn) error {
			found, err := conn.Search(ldap.NewSearchRequest(c.dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
				"(objectClass=*)", []string{c.attribute}, nil))
			if err == nil && found.Entries[0].GetAttributeValue(c.attribute) != c.want {
				err = fmt.Errorf("%q, want %q", found.Entries[0].GetAttributeValue(c.attribute), c.want)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s of %s: %v", c.attribute, c.dn, err)
		}
	}
}

// Whom slapd itself keeps out, and whether a reset lets them in again.
func TestSlapdStates(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{InHistory: 3, Extra: 20})
	set := func(attribute, value string) func(string) error {
		return func(dn string) error { return s.Replace(dn, attribute, value) }
	}
	next := 0
	for way := range resets {
		for name, c := range map[string]struct {
			become func(dn string) error
			opens  bool // after a reset
		}{
			"locked out":      {s.LockOut, true},
			"expired":         {s.ExpirePassword, true},
			"locked for good": {set("pwdAccountLockedTime", "000001010000Z"), true}, // so the adapter has to refuse it
			"ended":           {set("pwdEndTime", "20200101000000Z"), false},
			"not yet begun":   {set("pwdStartTime", "20990101000000Z"), false},
		} {
			next++
			dn := dirtest.Extra(next).DN(s.BaseDN)
			if err := c.become(dn); err != nil {
				t.Fatal(err)
			}
			if err := s.Bind(dn, dirtest.InitialPassword); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
				t.Errorf("%s: a sign-in: %v", name, err)
			}
			if err := reset(t, &s.Server, way, dn, "Merle-Noir-2026"); err != nil {
				t.Errorf("%s: a reset by %s: %v", name, way, err)
			}
			if err := s.Bind(dn, "Merle-Noir-2026"); (err == nil) != c.opens {
				t.Errorf("%s: a sign-in after the reset by %s: %v", name, way, err)
			}
			if locked, err := s.LockedOut(dn); err != nil || locked {
				t.Errorf("%s: locked out after the reset by %s: %v, %v", name, way, locked, err)
			}
		}
	}
}

// A wrong password locks only those who have the policy for it.
func TestSlapdLocksNobodyElse(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	dn := dirtest.Camille.DN(s.BaseDN)
	for range 10 {
		if err := s.Bind(dn, "Faux-2026"); err == nil {
			t.Fatal("a wrong password is taken")
		}
	}
	if err := s.Bind(dn, dirtest.InitialPassword); err != nil {
		t.Error(err)
	}
	entry, err := s.Entry(dn, "pwdFailureTime", "pwdAccountLockedTime")
	if err != nil || len(entry.Attributes) > 0 {
		t.Errorf("ppolicy notes the failures: %v, %v", entry, err)
	}
}

// pwdMustChange holds for a reset by who has `manage` alone; with `write` a reset is that change.
func TestSlapdMustChange(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MustChange: true})
	for _, c := range []struct {
		name   string
		become func(dn string) error
		person dirtest.Person
		want   string
	}{
		{"write", func(string) error { return nil }, dirtest.Camille, ""},
		{"write, told to change", func(dn string) error { return s.Replace(dn, "pwdReset", "TRUE") }, dirtest.Jose, ""},
		{"manage", func(dn string) error { return s.GivePolicy(dn, dirtest.ForcedPolicy) }, dirtest.Fatou, "TRUE"},
	} {
		dn := c.person.DN(s.BaseDN)
		if err := errors.Join(c.become(dn), reset(t, &s.Server, "extended", dn, "Merle-Noir-2026")); err != nil {
			t.Fatal(err)
		}
		if entry, err := s.Entry(dn, "pwdReset"); err != nil || entry.GetAttributeValue("pwdReset") != c.want {
			t.Errorf("%s: pwdReset is %q, %v; want %q", c.name, entry.GetAttributeValue("pwdReset"), err, c.want)
		}
	}
}

// A lock-out that only a follower knows of ends as well, once the reset has arrived there.
func TestSlapdResetEndsLockOutOfFollower(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	dn := dirtest.Camille.DN(s.BaseDN)
	if err := s.GivePolicy(dn, dirtest.LockingPolicy); err != nil {
		t.Fatal(err)
	}
	r := s.StartReplica(t)
	for range 3 {
		if err := r.Bind(dn, "Faux-2026"); err == nil {
			t.Fatal("a wrong password is taken")
		}
	}
	there, here := locked(t, r, dn), locked(t, s, dn)
	if !there || here {
		t.Errorf("locked out at the follower: %v, at the provider: %v", there, here)
	}
	if err := reset(t, &s.Server, "extended", dn, "Merle-Noir-2026"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { return r.Bind(dn, "Merle-Noir-2026") })
}

func locked(t *testing.T, s *dirtest.Slapd, dn string) bool {
	t.Helper()
	yes, err := s.LockedOut(dn)
	if err != nil {
		t.Fatal(err)
	}
	return yes
}

func TestSlapdReadOnly(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	r := s.StartReadOnly(t)
	for way := range resets {
		err := reset(t, &r.Server, way, dirtest.Camille.DN(s.BaseDN), "Merle-Noir-2026")
		if code(err) != ldap.LDAPResultUnwillingToPerform || !strings.Contains(err.Error(), "shadow context; no update referral") {
			t.Errorf("a write by %s: %v", way, err)
		}
	}
	change(t, s, dirtest.Camille.DN(s.BaseDN), "un")
	eventually(t, func() error {
		entry, err := r.Entry(dirtest.Camille.DN(s.BaseDN), "description")
		if err == nil && entry.GetAttributeValue("description") != "un" {
			err = errors.New("it does not follow")
		}
		return err
	})
}

// pwdChangedTime is exact to the second: two changes within one differ in entryCSN alone.
func TestSlapdTimeOfChange(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	dn := dirtest.Camille.DN(s.BaseDN)
	if err := reset(t, &s.Server, "extended", dn, "Merle-Noir-2026"); err != nil {
		t.Fatal(err)
	}
	entry, err := s.Entry(dn, "pwdChangedTime")
	if err != nil {
		t.Fatal(err)
	}
	if when, err := time.Parse("20060102150405Z", entry.GetAttributeValue("pwdChangedTime")); err != nil || time.Since(when) > time.Minute {
		t.Errorf("pwdChangedTime is %q", entry.GetAttributeValue("pwdChangedTime"))
	}
}
