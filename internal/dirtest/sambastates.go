package dirtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"ssprd/internal/child"

	"github.com/go-ldap/ldap/v3"
)

// Bits of msDS-User-Account-Control-Computed, which are those of userAccountControl (MS-ADTS 2.2.16).
const (
	computedLockedOut = 0x10
	computedExpired   = 0x800000
)

// LockOut locks a person out, as wrong passwords do. The domain asks for a lock-out only as long as that takes, so that
// nobody else gets one; what is locked stays so, until lockoutTime is set to 0.
func (s *Samba) LockOut(dn string) error {
	const wrong = 3
	if err := s.Replace(sambaBase, "lockoutThreshold", strconv.Itoa(wrong)); err != nil {
		return err
	}
	for range wrong {
		if err := s.Bind(dn, "Faux-2026"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			return fmt.Errorf("a wrong password of %q: %w", dn, err)
		}
	}
	if err := s.Replace(sambaBase, "lockoutThreshold", "0"); err != nil {
		return err
	}
	if locked, err := s.LockedOut(dn); err != nil || !locked {
		return errors.Join(err, fmt.Errorf("%q is not locked out", dn))
	}
	return nil
}

// LockedOut tells whether wrong passwords keep the person out.
func (s *Samba) LockedOut(dn string) (bool, error) { return s.computed(dn, computedLockedOut) }

// PasswordExpired tells whether the person's password is too old, or is to be changed at the next sign-in.
func (s *Samba) PasswordExpired(dn string) (bool, error) { return s.computed(dn, computedExpired) }

func (s *Samba) computed(dn string, bit int) (bool, error) {
	const attribute = "msDS-User-Account-Control-Computed"
	entry, err := s.Entry(dn, attribute)
	if err != nil {
		return false, err
	}
	control, err := strconv.Atoi(entry.GetAttributeValue(attribute))
	return control&bit != 0, err
}

// MustChange makes the directory ask the person for another password at the next sign-in.
func (s *Samba) MustChange(dn string) error { return s.Replace(dn, "pwdLastSet", "0") }

// ExpirePassword makes the password of the person with this sAMAccountName older than the domain allows. Over LDAP
// nobody can: pwdLastSet takes only 0 and -1, and no age below a day counts. So it is written into the database's file,
// below all that watches over it.
func (s *Samba) ExpirePassword(name string) error {
	const script = `
import sys, ldb, samba
partition, base, wanted, moment = sys.argv[1:]
database = samba.Ldb(partition)
person, = database.search(base=base, expression=wanted, attrs=["1.1"])
change = ldb.Message(person.dn)
change["pwdLastSet"] = ldb.MessageElement(moment, ldb.FLAG_MOD_REPLACE, "pwdLastSet")
database.modify(change)
`
	const interpreter = "/usr/bin/python3" // the one that samba-tool is run by: Samba's modules are there
	partition := filepath.Join(s.dir, "private", "sam.ldb.d", strings.ToUpper(sambaBase)+".ldb")
	_, err := child.Run(interpreter, "-c", script, partition, sambaBase,
		"(sAMAccountName="+ldap.EscapeFilter(name)+")", longPast)
	return err
}
