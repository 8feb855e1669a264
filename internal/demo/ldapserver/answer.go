package ldapserver

import (
	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Result is what an operation ends with (LDAPResult, RFC 4511 section 4.1.9). The zero value is success.
type Result struct {
	Code    uint16
	Matched string // of noSuchObject: the last name on the way that exists
	Message string // for people who read logs

	// Policy is one of the errors of the password policy control (ldap.BeheraPasswordTooShort and its like), told
	// only to clients that sent the control. It is meant where PolicyKnown is set: 0 is an error as well.
	Policy      int8
	PolicyKnown bool
}

// Refused is the result of a password that the policy refuses.
func Refused(policy int8, message string) Result {
	return Result{Code: ldap.LDAPResultConstraintViolation, Message: message, Policy: policy, PolicyKnown: true}
}

// answers gives the tag of an operation's answer. Requests that are none of these have answers one above themselves.
var answers = map[ber.Tag]ber.Tag{
	ldap.ApplicationSearchRequest:   ldap.ApplicationSearchResultDone,
	ldap.ApplicationExtendedRequest: ldap.ApplicationExtendedResponse,
}

func answerTag(op ber.Tag) ber.Tag {
	if t, ok := answers[op]; ok {
		return t
	}
	return op + 1
}

func resultPacket(m message, r Result) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, answerTag(m.op.Tag), nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, r.Code, ""))
	op.AppendChild(octets(r.Matched))
	op.AppendChild(octets(r.Message))
	p := envelope(m.id, op)
	if m.policy && r.PolicyKnown {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		list.AppendChild(policyControl(r.Policy))
		p.AppendChild(list)
	}
	return p
}

// policyControl is PasswordPolicyResponseValue with its [1] error (draft-behera-ldap-password-policy section 6.2).
func policyControl(code int8) *ber.Packet {
	value := ber.NewSequence("")
	value.AppendChild(ber.NewInteger(ber.ClassContext, ber.TypePrimitive, 1, code, ""))
	control := ber.NewSequence("")
	control.AppendChild(octets(ldap.ControlTypeBeheraPasswordPolicy))
	control.AppendChild(octets(string(value.Bytes())))
	return control
}

func entryPacket(id int64, e *ldap.Entry, typesOnly bool) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(octets(e.DN))
	list := ber.NewSequence("")
	for _, a := range e.Attributes {
		values := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for i := 0; i < len(a.Values) && !typesOnly; i++ {
			values.AppendChild(octets(a.Values[i]))
		}
		attribute := ber.NewSequence("")
		attribute.AppendChild(octets(a.Name))
		attribute.AppendChild(values)
		list.AppendChild(attribute)
	}
	op.AppendChild(list)
	return envelope(id, op)
}

func envelope(id int64, op *ber.Packet) *ber.Packet {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	return p
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}
