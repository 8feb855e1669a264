package ldapx

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	operator = "S-1-5-21-1-2-3-1105"
	helpdesk = "S-1-5-21-1-2-3-1106"
)

// ace is one entry of a list, as a test writes it.
type ace struct {
	kind, flags byte
	mask        uint32
	object      string
	inherited   bool // it names a class too
	sid         string
}

func (a ace) bytes() []byte {
	var b []byte
	switch a.kind {
	case accessAllowedObject, accessDeniedObject, accessAllowedCallbackObject, accessDeniedCallbackObject:
		var present uint32
		if a.object != "" {
			present |= objectTypePresent
		}
		if a.inherited {
			present |= inheritedTypePresent
		}
		b = binary.LittleEndian.AppendUint32(b, present)
		if a.object != "" {
			b = append(b, guidBytes(a.object)...)
		}
		if a.inherited {
			b = append(b, make([]byte, 16)...)
		}
	}
	b = append(b, sidBytes(a.sid)...)
	head := binary.LittleEndian.AppendUint16([]byte{a.kind, a.flags}, uint16(8+len(b)))
	return append(binary.LittleEndian.AppendUint32(head, a.mask), b...)
}

func guidBytes(text string) []byte {
	raw, _ := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	slices.Reverse(raw[0:4])
	slices.Reverse(raw[4:6])
	slices.Reverse(raw[6:8])
	return raw
}

func sidBytes(text string) []byte {
	parts := strings.Split(text, "-")[2:]
	b := []byte{1, byte(len(parts) - 1), 0, 0, 0, 0, 0}
	for i, part := range parts {
		n, _ := strconv.ParseUint(part, 10, 32)
		if i == 0 {
			b = append(b, byte(n))
			continue
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// descriptor is a self-relative security descriptor of a list alone.
func descriptor(list ...ace) []byte {
	var entries []byte
	for _, a := range list {
		entries = append(entries, a.bytes()...)
	}
	b := append([]byte{1, 0, 4, 0x80}, make([]byte, 12)...)
	b = binary.LittleEndian.AppendUint32(b, 20)
	b = append(b, 4, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(8+len(entries)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(list)))
	return append(append(b, 0, 0), entries...)
}

// The first entry that says anything of the right, to the account or to a group of its, decides.
func TestGranted(t *testing.T) {
	const other = "ab721a53-1e2f-11d0-9819-00aa0040529b" // Change Password
	for name, c := range map[string]struct {
		list []ace
		want Answer
	}{
		"the right":            {[]ace{{accessAllowedObject, 0, controlAccess, resetPassword, false, operator}}, Yes},
		"of users":             {[]ace{{accessAllowedObject, 0x10, controlAccess, resetPassword, true, operator}}, Yes},
		"by a group":           {[]ace{{accessAllowedObject, 0, controlAccess, resetPassword, false, helpdesk}}, Yes},
		"all rights":           {[]ace{{accessAllowed, 0, controlAccess, "", false, operator}}, Yes},
		"full control":         {[]ace{{accessAllowed, 0, 0xf01ff, "", false, operator}}, Yes},
		"generic":              {[]ace{{accessAllowed, 0, genericAll, "", false, operator}}, Yes},
		"nothing":              {nil, No},
		"another right":        {[]ace{{accessAllowedObject, 0, controlAccess, other, false, operator}}, No},
		"another one's":        {[]ace{{accessAllowedObject, 0, controlAccess, resetPassword, false, "S-1-5-21-1-2-3-1107"}}, No},
		"reading":              {[]ace{{accessAllowed, 0, 0x20094, "", false, operator}}, No},
		"for what is below":    {[]ace{{accessAllowedObject, inheritOnly, controlAccess, resetPassword, false, operator}}, No},
		"denied first":         {[]ace{{accessDenied, 0, controlAccess, "", false, helpdesk}, {accessAllowedObject, 0, controlAccess, resetPassword, false, operator}}, No},
		"denied later":         {[]ace{{accessAllowedObject, 0, controlAccess, resetPassword, false, operator}, {accessDenied, 0, controlAccess, "", false, helpdesk}}, Yes},
		"another denied first": {[]ace{{accessDeniedObject, 0, controlAccess, other, false, operator}, {accessAllowed, 0, controlAccess, "", false, operator}}, Yes},
		"after an odd entry":   {[]ace{{0x11, 0, controlAccess, "", false, operator}, {accessAllowed, 0, controlAccess, "", false, operator}}, Yes},
		"denied perhaps":       {[]ace{{accessDeniedCallback, 0, controlAccess, "", false, helpdesk}, {accessAllowed, 0, controlAccess, "", false, operator}}, Untold},
		"denied perhaps, by object": {[]ace{{accessDeniedCallbackObject, 0, controlAccess, resetPassword, true, operator},
			{accessAllowed, 0, controlAccess, "", false, operator}}, Untold},
		"another perhaps denied": {[]ace{{accessDeniedCallbackObject, 0, controlAccess, other, false, operator}, {accessAllowed, 0, controlAccess, "", false, operator}}, Yes},
		"granted perhaps":        {[]ace{{accessAllowedCallbackObject, 0, controlAccess, resetPassword, false, operator}}, Untold},
		"perhaps, then denied":   {[]ace{{accessAllowedCallback, 0, controlAccess, "", false, operator}, {accessDenied, 0, controlAccess, "", false, operator}}, Untold},
		"perhaps, then granted":  {[]ace{{accessAllowedCallback, 0, controlAccess, "", false, operator}, {accessAllowed, 0, controlAccess, "", false, helpdesk}}, Yes},
	} {
		if got := granted(descriptor(c.list...), []string{everyone, operator, helpdesk}, resetPassword); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if got := granted(descriptor(ace{accessAllowed, 0, genericAll, "", false, operator}), nil, resetPassword); got != Untold {
		t.Errorf("of an account whose groups are not told: %d", got)
	}
	if got := guid(guidBytes(resetPassword)); got != resetPassword {
		t.Error(got)
	}
}

// Whatever a server sends, it is read to its end at most, and what is no descriptor grants nothing.
func TestGrantedOfAnything(t *testing.T) {
	whole := descriptor(ace{accessDeniedObject, 0, controlAccess, unexpirePassword, true, helpdesk}, ace{accessAllowedObject, 0, controlAccess, resetPassword, false, operator})
	for end := range whole {
		if got := granted(whole[:end], []string{operator}, resetPassword); got == Yes {
			t.Errorf("the first %d bytes of %d grant it", end, len(whole))
		}
	}
	for at := range whole {
		for _, b := range []byte{0, 1, 0x7f, 0xff} {
			odd := slices.Clone(whole)
			odd[at] = b
			_ = granted(odd, []string{operator}, resetPassword)
		}
	}
	for _, raw := range [][]byte{nil, {1}, {1, 255, 0, 0, 0, 0, 0, 5}, make([]byte, 7)} {
		if text, err := readSID(raw); err == nil {
			t.Errorf("%x: %s", raw, text)
		}
	}
	if text, err := readSID(sidBytes(operator)); err != nil || text != operator {
		t.Error(fmt.Sprint(text, err))
	}
}
