package dirtest_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"

	"github.com/go-ldap/ldap/v3"
)

func TestSlapdHasPeopleWhoCanSignIn(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	for _, p := range []dirtest.Person{dirtest.Camille, dirtest.Jose, dirtest.Helene, dirtest.Protected} {
		if err := s.Bind(p.DN(s.BaseDN), dirtest.InitialPassword); err != nil {
			t.Errorf("%s: %v", p.UID, err)
		}
		if err := s.Bind(p.DN(s.BaseDN), "autre"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			t.Errorf("%s with a wrong password: %v", p.UID, err)
		}
	}
	for _, filter := range []struct {
		person dirtest.Person
		attr   string
		want   string
	}{
		{dirtest.Protected, "memberOf", "cn=administrateurs,ou=groupes," + s.BaseDN},
		{dirtest.LockedForGood, "pwdAccountLockedTime", "000001010000Z"},
		{dirtest.Jose, "displayName", "José Étienne-Lavaud"},
	} {
		entry, err := s.Entry(filter.person.DN(s.BaseDN), filter.attr)
		if err != nil {
			t.Fatal(err)
		}
		if got := entry.GetAttributeValue(filter.attr); got != filter.want {
			t.Errorf("%s of %s is %q, want %q", filter.attr, filter.person.UID, got, filter.want)
		}
	}
}

// R41: the service account replaces the people's passwords, and no others.
func TestSlapdServiceAccount(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	for _, c := range []struct {
		person dirtest.Person
		want   uint16
	}{
		{dirtest.Camille, ldap.LDAPResultSuccess},
		{dirtest.Helene, ldap.LDAPResultSuccess},
		{dirtest.Outsider, ldap.LDAPResultInsufficientAccessRights},
	} {
		err := asService(t, &s.Server, func(conn *ldap.Conn) error {
			_, err := conn.PasswordModify(ldap.NewPasswordModifyRequest(c.person.DN(s.BaseDN), "", "Merle-Noir-2026"))
			return err
		})
		if got := code(err); got != c.want {
			t.Errorf("%s: result %d (%v), want %d", c.person.UID, got, err, c.want)
		}
	}
	err := asService(t, &s.Server, func(conn *ldap.Conn) error {
		request := ldap.NewModifyRequest(dirtest.Camille.DN(s.BaseDN), nil)
		request.Replace("mail", []string{"autre@exemple.fr"})
		return conn.Modify(request)
	})
	if got := code(err); got != ldap.LDAPResultInsufficientAccessRights {
		t.Errorf("the service account changed an address: result %d", got)
	}
}

func TestSlapdPolicyHoldsForTheServiceAccount(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 3})
	for _, c := range []struct {
		password string
		want     uint16
	}{
		{"Court-26", ldap.LDAPResultConstraintViolation},
		{dirtest.InitialPassword, ldap.LDAPResultConstraintViolation},
		{"Merle-Noir-2026", ldap.LDAPResultSuccess},
	} {
		err := asService(t, &s.Server, func(conn *ldap.Conn) error {
			request := ldap.NewModifyRequest(dirtest.Camille.DN(s.BaseDN), nil)
			request.Replace("userPassword", []string{c.password})
			return conn.Modify(request)
		})
		if got := code(err); got != c.want {
			t.Errorf("%q: result %d, want %d", c.password, got, c.want)
		}
	}
	if err := s.Bind(dirtest.Camille.DN(s.BaseDN), "Merle-Noir-2026"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestSlapdCountsWrites(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	before := operations(t, s)
	for i := range 3 {
		if err := s.Replace(dirtest.Camille.DN(s.BaseDN), "description", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := operations(t, s) - before; n != 3 {
		t.Errorf("%d writes counted, want 3", n)
	}
}

func TestSlapdReplica(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	r := s.StartReplica(t)
	dn := dirtest.Camille.DN(s.BaseDN)
	description := func(value string) func() error {
		return func() error {
			entry, err := r.Entry(dn, "description")
			if err == nil && entry.GetAttributeValue("description") != value {
				err = fmt.Errorf("the follower has %q, not %q", entry.GetAttributeValue("description"), value)
			}
			return err
		}
	}

	change(t, s, dn, "un")
	eventually(t, description("un"))

	if err := r.Pause(); err != nil {
		t.Fatal(err)
	}
	change(t, s, dn, "deux")
	if answers(r) {
		t.Error("a paused server answers")
	}
	if err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	eventually(t, description("deux"))

	err := r.Replace(dn, "description", "trois")
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultReferral) {
		t.Errorf("a write to the follower: %v, want a referral", err)
	}
	if err := r.Bind(dn, dirtest.InitialPassword); err != nil {
		t.Errorf("a person signs in at the follower: %v", err)
	}
}

func TestSlapdStopAndRestart(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	dn := dirtest.Camille.DN(s.BaseDN)
	change(t, s, dn, "avant")
	s.Stop()
	if err := s.Bind(dn, dirtest.InitialPassword); !ldap.IsErrorWithCode(err, ldap.ErrorNetwork) {
		t.Errorf("a stopped server: %v", err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if entry, err := s.Entry(dn, "description"); err != nil || entry.GetAttributeValue("description") != "avant" {
		t.Errorf("after the restart: %v, %v", entry, err)
	}
	if err := s.Pause(); err != nil { // the clean-up has to end a paused server too
		t.Fatal(err)
	}
}

// R40: a certificate of another name is at hand, and a bind in clear text is refused by the server itself.
func TestSlapdCertificateAndClearText(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{CertificateNames: []string{"ldap.region.example"}})
	refusesClearText(t, &s.Server, "ldap.region.example")
}

func TestSlapdWithManyPeople(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: 10_000, Phones: true})
	last := dirtest.Extra(10_000)
	for attribute, value := range map[string]string{"mail": last.Mail, "telephoneNumber": last.Phone()} {
		if dn, err := s.FindDN(attribute, value); err != nil || dn != last.DN(s.BaseDN) {
			t.Errorf("the last one by %s is %q, %v", attribute, dn, err)
		}
	}
}

func TestSlapdOtherOptions(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MaxFailure: 2, SafeModify: true, FSync: true, MinAge: time.Hour})
	dn := dirtest.Camille.DN(s.BaseDN)
	for range 2 {
		if err := s.Bind(dn, "faux"); err == nil {
			t.Fatal("a wrong password is taken")
		}
	}
	if err := s.Bind(dn, dirtest.InitialPassword); err == nil {
		t.Error("two wrong binds do not lock the entry")
	}
	err := asService(t, &s.Server, func(conn *ldap.Conn) error {
		_, err := conn.PasswordModify(ldap.NewPasswordModifyRequest(dn, "", "Merle-Noir-2026"))
		return err
	})
	if err == nil {
		t.Error("pwdSafeModify lets a reset through")
	}
}

func operations(t *testing.T, s *dirtest.Slapd) int {
	t.Helper()
	n, err := s.Operations()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func change(t *testing.T, s *dirtest.Slapd, dn, description string) {
	t.Helper()
	if err := s.Replace(dn, "description", description); err != nil {
		t.Fatal(err)
	}
}

func answers(s *dirtest.Slapd) bool {
	done := make(chan error, 1)
	go func() { done <- s.Bind(s.ServiceDN, "faux") }()
	select {
	case err := <-done:
		return !ldap.IsErrorWithCode(err, ldap.ErrorNetwork)
	case <-time.After(200 * time.Millisecond):
		return false
	}
}

// R40: a certificate whose dates are over is at hand, and the package's own hands still reach the server.
func TestSlapdExpiredCertificate(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{CertificateExpired: true})
	_, err := ldap.DialURL(s.URL, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots(t, s.CAFile)}))
	if err == nil || !strings.Contains(err.Error(), "certificate has expired") {
		t.Errorf("the certificate: %v", err)
	}
	if err := s.Bind(dirtest.Camille.DN(s.BaseDN), dirtest.InitialPassword); err != nil {
		t.Error(err)
	}
}
