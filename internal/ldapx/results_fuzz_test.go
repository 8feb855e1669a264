package ldapx

import (
	"errors"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Whatever a server puts into the control of an answer, or in its place, is read without harm.
func FuzzPpolicyError(f *testing.F) {
	f.Add([]byte("\x30\x03\x81\x01\x08"), uint16(19), "Password is in history")
	f.Add([]byte("\x30\x08\xa0\x03\x80\x01\x05\x81\x01\x06"), uint16(19), "0000052D: SvcErr")
	f.Add([]byte("\x30\x03\x81\x01\xff"), uint16(53), "")
	f.Add([]byte("\x30\x84\xff\xff\xff\xff"), uint16(0), "")
	f.Fuzz(func(t *testing.T, value []byte, code uint16, text string) {
		control := ber.NewSequence("")
		control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, ldap.ControlTypeBeheraPasswordPolicy, ""))
		control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(value), ""))
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		list.AppendChild(control)
		message := ber.NewSequence("")
		message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
		message.AppendChild(ber.NewSequence(""))
		message.AppendChild(list)
		packet, err := ber.DecodePacketErr(message.Bytes())
		if err != nil {
			return // no answer at all
		}
		v := judge(&ldap.Error{ResultCode: code, Err: errors.New(text), Packet: packet})
		if v.code == "" || v.reason == "" {
			t.Errorf("%x, %d, %q: %+v", value, code, text, v)
		}
	})
}
