package ldapx

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
)

// What is lost may have been done; what is not, has not been, or the server has said so itself. A write that was never
// sent must not be taken for one whose outcome nobody knows (R45).
func TestLost(t *testing.T) {
	answered := func(code uint16) error { return &ldap.Error{ResultCode: code, Err: errors.New("x")} }
	for _, c := range []struct {
		err        error
		lost, next bool // next: another server is asked instead
	}{
		{nil, false, false},
		{answered(ldap.ErrorNetwork), true, true},
		{io.EOF, true, true}, // go-ldap gives it as it came
		{answered(ldap.ErrorUnexpectedResponse), true, true},
		{&unreachableError{"ldaps://a", io.EOF}, false, false},
		{&unreachableError{"ldaps://a", context.DeadlineExceeded}, false, false},
		{answered(ldap.LDAPResultBusy), false, true},
		{answered(ldap.LDAPResultUnavailable), false, true},
		{answered(ldap.LDAPResultConstraintViolation), false, false},
		{answered(ldap.LDAPResultInsufficientAccessRights), false, false},
		{&flow.RefusedError{Reason: flow.NotAllowed, Code: "NO_POLICY_HINTS", Err: io.EOF}, false, false},
	} {
		if got := lost(c.err); got != c.lost {
			t.Errorf("lost(%v) = %v", c.err, got)
		}
		if got := unanswered(c.err); got != c.next {
			t.Errorf("unanswered(%v) = %v", c.err, got)
		}
	}
}
