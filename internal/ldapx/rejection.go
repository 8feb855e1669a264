package ldapx

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// rejection is that of the service account by a server.
type rejection struct {
	err      error
	until    time.Time
	password string // of the password file, as it was then
}

// refusesAccount tells whether err is the refusal of the service account's bind, and not that of a server which cannot serve
// anybody at the moment.
func refusesAccount(err error) bool {
	return errors.Is(err, errBind) && !lost(err) && !ldap.IsErrorAnyOf(err, ldap.LDAPResultBusy, ldap.LDAPResultUnavailable,
		ldap.LDAPResultOther, ldap.LDAPResultServerDown, ldap.LDAPResultOperationsError, ldap.LDAPResultTimeLimitExceeded,
		ldap.LDAPResultAdminLimitExceeded)
}

// refusedFor is how long a server that has refused the service account is left alone, if the password does not change:
// every attempt may count there towards a lock-out of the account, and strangers make attempts by typing addresses (R62).
const refusedFor = 5 * time.Minute

// rejected is the last refusal of the service account, while to try again would be of no use.
func (s *server) rejected() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rejection.err == nil || !time.Now().Before(s.rejection.until) || stamp(s.config.BindPasswordFile) != s.rejection.password {
		s.rejection = rejection{}
		return nil
	}
	return s.rejection.err
}

// stamp tells one writing of a file from the next; "" if there is none.
func stamp(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}
