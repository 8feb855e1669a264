package ldapx

import (
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
)

func refusal(reason flow.Reason, code string, err error) error {
	return &flow.RefusedError{Reason: reason, Code: code, Err: err}
}

// fault is a refusal that an administrator has to do something about.
func fault(reason flow.Reason, code string, err error) error {
	return &flow.RefusedError{Reason: reason, Code: code, Alarm: true, Err: err}
}

// ppolicyRefusals are the errors of the password policy control (draft-behera-ldap-password-policy section 6.2).
var ppolicyRefusals = map[int8]struct {
	reason flow.Reason
	code   string
}{
	2: {flow.NotAllowed, "CHANGE_AFTER_RESET"}, // the service account itself must change its password first
	3: {flow.NotAllowed, "PWD_MOD_NOT_ALLOWED"},
	4: {flow.NotAllowed, "PWD_SAFE_MODIFY"}, // pwdSafeModify makes every reset impossible
	5: {flow.RefusedQuality, "PWD_QUALITY"},
	6: {flow.RefusedShort, "PWD_TOO_SHORT"},
	7: {flow.RefusedTooYoung, "PWD_TOO_YOUNG"},
	8: {flow.RefusedHistory, "PWD_IN_HISTORY"},
	9: {flow.RefusedLong, "PWD_TOO_LONG"},
}

// translate makes of a server's answer to a change what the flow knows. It is the one place where result codes of
// writes are read; a lost answer never comes here.
func translate(err error) error {
	if n, ok := ppolicyError(err); ok {
		if known, ok := ppolicyRefusals[n]; ok {
			return &flow.RefusedError{Reason: known.reason, Code: known.code, Alarm: known.reason == flow.NotAllowed, Err: err}
		}
	}
	var answer *ldap.Error
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.ResultCode {
	case ldap.LDAPResultConstraintViolation:
		return refusal(flow.RefusedPolicy, "PWD_POLICY", err)
	case ldap.LDAPResultUnwillingToPerform:
		if strings.Contains(answer.Err.Error(), "0000052D") { // ERROR_PASSWORD_RESTRICTION: Active Directory says no more
			return refusal(flow.RefusedPolicy, "PWD_POLICY", err)
		}
		return fault(flow.NotAllowed, "UNWILLING", err)
	case ldap.LDAPResultInsufficientAccessRights:
		return fault(flow.NotAllowed, "NO_RIGHT", err)
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultNoSuchAttribute:
		return refusal(flow.NotAllowed, "GONE", err)
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		return fault(flow.Unavailable, "CONFIG_TLS", err)
	case ldap.LDAPResultUnavailableCriticalExtension:
		return fault(flow.Unavailable, "NO_POLICY_HINTS", err)
	}
	return err
}

// ppolicyError reads the password policy control of an error's answer. go-ldap decodes the controls of successful
// answers only; those of an error are left in its packet, after the message's id and the operation.
func ppolicyError(err error) (int8, bool) {
	var answer *ldap.Error
	if !errors.As(err, &answer) || answer.Packet == nil || len(answer.Packet.Children) < 3 {
		return 0, false
	}
	for _, child := range answer.Packet.Children[2].Children {
		control, err := ldap.DecodeControl(child)
		if err != nil {
			continue
		}
		if policy, ok := control.(*ldap.ControlBeheraPasswordPolicy); ok && policy.Error >= 0 {
			return policy.Error, true
		}
	}
	return 0, false
}
