package ldapx

import (
	"errors"
	"math"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/flow"
)

// What an answer to a change means for what is done next.
type outcome int

const (
	refused   outcome = iota // nothing was changed, and no other server would say otherwise
	elsewhere                // nothing was changed, as the answer itself says, and the next server is asked
	unknown                  // the answer does not say (80, 52, 3, …): the entry is read again
)

// verdict is what a server's answer to a change means: to the person (reason), to the log and the helpdesk (code), to an
// administrator (alarm: neither the password nor the entry is at fault, but rights or settings), and to us.
type verdict struct {
	outcome outcome
	reason  flow.Reason
	code    string
	alarm   bool
}

// readOnly is the code of a server that takes no changes.
const readOnly = "READ_ONLY"

var (
	policyRefused  = verdict{refused, flow.RefusedPolicy, "PWD_POLICY", false}
	tooSecret      = verdict{refused, flow.Unavailable, "CONFIG_TLS", true}
	readOnlyServer = verdict{elsewhere, flow.Unavailable, readOnly, true}
	collision      = verdict{refused, flow.Unavailable, "COLLISION", false}
	gone           = verdict{refused, flow.NotAllowed, "GONE", false}
	wrongKind      = verdict{refused, flow.NotAllowed, "WRONG_KIND", true}
	noPassword     = verdict{refused, flow.NotAllowed, "NO_PASSWORD_HERE", true}
	noPolicyHints  = verdict{refused, flow.Unavailable, "NO_POLICY_HINTS", true}
	noUnlock       = verdict{refused, flow.NotAllowed, "NO_UNLOCK", false}
	otherwise      = verdict{unknown, flow.Unavailable, "DIRECTORY_ERROR", true}
)

// byControl are the errors of the password policy control (draft-behera-ldap-password-policy-11 section 6.2). It is the
// most exact answer there is.
var byControl = map[controlled]verdict{
	{anyResult, 0}: policyRefused,                                                // passwordExpired, which says nothing of the new one
	{anyResult, 1}: {refused, flow.NotAllowed, "LOCKED_BY_ADMINISTRATOR", false}, // accountLocked
	{anyResult, 2}: {refused, flow.NotAllowed, "CHANGE_AFTER_RESET", true},       // the service account itself must change its password first
	{anyResult, 3}: {refused, flow.NotAllowed, "PWD_MOD_NOT_ALLOWED", true},      // pwdAllowUserChange
	{anyResult, 4}: {refused, flow.NotAllowed, "PWD_SAFE_MODIFY", true},          // pwdSafeModify makes every reset impossible
	{anyResult, 5}: {refused, flow.RefusedQuality, "PWD_QUALITY", false},
	{anyResult, 6}: {refused, flow.RefusedShort, "PWD_TOO_SHORT", false},
	{anyResult, 7}: {refused, flow.RefusedTooYoung, "PWD_TOO_YOUNG", false},
	{anyResult, 8}: {refused, flow.RefusedHistory, "PWD_IN_HISTORY", false},
	{anyResult, 9}: {refused, flow.RefusedLong, "PWD_TOO_LONG", false},

	// 389 Directory Server says passwordModNotAllowed where an ACI is missing, and where the server is read-only. After the
	// extended operation both look alike: the next server tells which it was.
	{ldap.LDAPResultInsufficientAccessRights, 3}: {elsewhere, flow.NotAllowed, "NO_RIGHT", true},
	{ldap.LDAPResultUnwillingToPerform, 3}:       readOnlyServer,
}

// controlled is an error of the control, and the result that came with it.
type controlled struct {
	result uint16
	err    int8
}

// anyResult is no result (RFC 4511 section 4.1.9: they end at 80, and those registered since far below).
const anyResult = math.MaxUint16

// byText are results whose meaning is in the text that comes with them. Only codes and fixed words are looked for, never
// sentences, which differ by version and language.
var byText = []struct {
	result uint16
	text   string // in lower case
	verdict
}{
	// Active Directory begins its text with a Win32 error of eight digits (MS-ERREF section 2.2).
	{ldap.LDAPResultUnwillingToPerform, "0000052d", policyRefused},                                              // ERROR_PASSWORD_RESTRICTION, of a reset
	{ldap.LDAPResultConstraintViolation, "0000052d", policyRefused},                                             // the same, of a change, and of a reset by Samba 4.17
	{ldap.LDAPResultUnwillingToPerform, "0000001f", tooSecret},                                                  // ERROR_GEN_FAILURE: not encrypted enough for unicodePwd
	{ldap.LDAPResultOperationsError, "000004dc", verdict{elsewhere, flow.Unavailable, "DIRECTORY_ERROR", true}}, // the connection is bound no more
	// slapd, of a follower without updateref and of a database under maintenance; 389 DS of a read-only backend.
	{ldap.LDAPResultUnwillingToPerform, "shadow context", readOnlyServer},
	{ldap.LDAPResultUnwillingToPerform, "operation restricted", readOnlyServer},
	{ldap.LDAPResultUnwillingToPerform, "gc port", readOnlyServer}, // of a global catalog, Microsoft's and Samba's
	{ldap.LDAPResultUnwillingToPerform, "global catalog", readOnlyServer},
	{ldap.LDAPResultUnwillingToPerform, "read-only", readOnlyServer},
	{ldap.LDAPResultUnwillingToPerform, "read only", readOnlyServer},
	// 389 DS, of the present password, without the control that it gives with a former one.
	{ldap.LDAPResultConstraintViolation, "in history", verdict{refused, flow.RefusedHistory, "PWD_IN_HISTORY", false}},
}

// byResult are the other results (RFC 4511 appendix A). What is not here says nothing of what was done: 80, 52, 11, 3, and
// those of servers that pass requests on to others.
var byResult = map[uint16]verdict{
	ldap.LDAPResultBusy:                         {elsewhere, flow.Unavailable, "BUSY", false}, // it says itself that it has done nothing
	ldap.LDAPResultReferral:                     readOnlyServer,
	ldap.LDAPResultStrongAuthRequired:           {refused, flow.Unavailable, "CONFIG_SIGNING", true},
	ldap.LDAPResultConfidentialityRequired:      tooSecret,
	ldap.LDAPResultUnavailableCriticalExtension: noPolicyHints,
	ldap.LDAPResultNoSuchObject:                 gone,
	// slapd, of two changes of one entry at the same moment, which collide in pwdHistory. Whether the entry is there still, the
	// next try finds out.
	ldap.LDAPResultNoSuchAttribute:          collision,
	ldap.LDAPResultAttributeOrValueExists:   collision,
	ldap.LDAPResultUndefinedAttributeType:   wrongKind,
	ldap.LDAPResultInvalidAttributeSyntax:   wrongKind,
	ldap.LDAPResultProtocolError:            wrongKind,
	ldap.LDAPResultObjectClassViolation:     noPassword,
	ldap.LDAPResultConstraintViolation:      policyRefused,
	ldap.LDAPResultUnwillingToPerform:       {refused, flow.NotAllowed, "UNWILLING", true},
	ldap.LDAPResultInsufficientAccessRights: {refused, flow.NotAllowed, "NO_RIGHT", true},
	ldap.LDAPResultAuthorizationDenied:      {refused, flow.NotAllowed, "NO_RIGHT", true},
}

// judge reads a server's answer to a change. It is the one place where results of writes are read; answers that did not
// come are none of its affair (lost).
func judge(err error) verdict {
	var answer *ldap.Error
	if !errors.As(err, &answer) {
		return otherwise
	}
	if n, ok := ppolicyError(err); ok {
		if v, ok := byControl[controlled{answer.ResultCode, n}]; ok {
			return v
		}
		if v, ok := byControl[controlled{anyResult, n}]; ok {
			return v
		}
	}
	text := ""
	if answer.Err != nil {
		text = strings.ToLower(answer.Err.Error())
	}
	for _, known := range byText {
		if known.result == answer.ResultCode && strings.Contains(text, known.text) {
			return known.verdict
		}
	}
	if v, ok := byResult[answer.ResultCode]; ok {
		return v
	}
	return otherwise
}

// refusal makes the flow's error of a verdict. err has the directory's own words, for the log alone.
func (v verdict) refusal(err error) *flow.RefusedError {
	return &flow.RefusedError{Reason: v.reason, Code: v.code, Alarm: v.alarm, Err: err}
}

// elsewhereError is an answer after which the next server is asked. Where there is none, it is what is told.
type elsewhereError struct {
	verdict
	err error
}

func (e *elsewhereError) Error() string { return e.err.Error() }
func (e *elsewhereError) Unwrap() error { return e.err }

// ineligible refuses an entry that may not be reset, for what it says of itself.
func ineligible(code string) error {
	return verdict{reason: flow.NotAllowed, code: code}.refusal(errors.New("the entry may not be reset"))
}

// ppolicyError reads the password policy control of an error's answer. go-ldap decodes the controls of successful
// answers only, and of this one not the error 9; those of an error are left in its packet, after the message's id and
// the operation (RFC 4511 section 4.1.1).
func ppolicyError(err error) (int8, bool) {
	var answer *ldap.Error
	if !errors.As(err, &answer) || answer.Packet == nil || len(answer.Packet.Children) < 3 {
		return 0, false
	}
	for _, control := range answer.Packet.Children[2].Children {
		if n := len(control.Children); n < 2 || control.Children[0].Data.String() != ldap.ControlTypeBeheraPasswordPolicy {
			continue
		}
		if n, ok := errorOf(control.Children[len(control.Children)-1].Data.Bytes()); ok {
			return n, true
		}
	}
	return 0, false
}

// errorOf reads PasswordPolicyResponseValue ::= SEQUENCE { warning [0] …, error [1] ENUMERATED }, of which both may lack.
func errorOf(value []byte) (int8, bool) {
	response, err := ber.DecodePacketErr(value)
	if err != nil {
		return 0, false
	}
	for _, field := range response.Children {
		if field.ClassType != ber.ClassContext || field.Tag != 1 {
			continue
		}
		n, err := ber.ParseInt64(field.Data.Bytes())
		return int8(n), err == nil && n >= 0 && n <= math.MaxInt8
	}
	return 0, false
}
