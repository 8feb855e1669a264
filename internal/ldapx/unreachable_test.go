package ldapx

import (
	"errors"
	"fmt"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// What Active Directory and slapd say to a bind, and the word for the log.
func TestBindCode(t *testing.T) {
	for text, want := range map[string]string{
		"80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data 52e, v4563": "SERVICE_ACCOUNT_PASSWORD",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1": "SERVICE_ACCOUNT_LOCKED",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 532, v1db1": "SERVICE_ACCOUNT_PASSWORD_EXPIRED",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data fff, v1db1": "SERVICE_ACCOUNT",
		"": "SERVICE_ACCOUNT",
	} {
		err := fmt.Errorf("%w: %w", errBind, ldap.NewError(ldap.LDAPResultInvalidCredentials, errors.New(text)))
		if got := failureCode(err); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := failureCode(errors.New("connection refused")); got != "UNREACHABLE" {
		t.Errorf("a refused connection: %s", got)
	}
}
