package ldapx

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Well-known security identifiers (MS-DTYP section 2.4.2.4) of every account that has signed in.
const (
	everyone      = "S-1-1-0"
	authenticated = "S-1-5-11"
)

var errDescriptor = errors.New("not a security descriptor")

// Of an entry of an access control list (MS-DTYP sections 2.4.4.1 to 2.4.4.9, MS-ADTS section 5.1.3.2).
const (
	accessAllowed       = 0x00
	accessDenied        = 0x01
	accessAllowedObject = 0x05
	accessDeniedObject  = 0x06

	// Those with a condition, which the domain controller alone can judge.
	accessAllowedCallback       = 0x09
	accessDeniedCallback        = 0x0a
	accessAllowedCallbackObject = 0x0b
	accessDeniedCallbackObject  = 0x0c

	inheritOnly = 0x08 // it is for what is below, not for this object

	controlAccess = 0x00000100
	genericAll    = 0x10000000

	objectTypePresent    = 0x1
	inheritedTypePresent = 0x2
)

// granted tells whether a self-relative security descriptor (MS-DTYP section 2.4.6) gives one of these SIDs a control access
// right: the first entry of its list that says anything of it decides, as a domain controller does it. What a condition would
// decide is not told, nor anything of nobody.
func granted(descriptor []byte, sids []string, right string) Answer {
	list, err := accessEntries(descriptor)
	if err != nil || len(sids) == 0 {
		return Untold
	}
	refused := No
	for _, e := range list {
		if e.flags&inheritOnly != 0 || e.mask&(controlAccess|genericAll) == 0 || !slices.Contains(sids, e.sid) || e.object != "" && e.object != right {
			continue
		}
		switch e.kind {
		case accessAllowed, accessAllowedObject:
			return Yes
		case accessDenied, accessDeniedObject:
			return refused
		case accessDeniedCallback, accessDeniedCallbackObject:
			return Untold
		case accessAllowedCallback, accessAllowedCallbackObject:
			refused = Untold
		}
	}
	return refused
}

// accessEntry is one entry of an access control list.
type accessEntry struct {
	kind, flags byte
	mask        uint32
	object      string // the GUID of what it is about; "" for all
	sid         string // whom it is for
}

func accessEntries(descriptor []byte) ([]accessEntry, error) {
	if len(descriptor) < 20 {
		return nil, errDescriptor
	}
	at := uint64(binary.LittleEndian.Uint32(descriptor[16:]))
	if at == 0 || at+8 > uint64(len(descriptor)) { // none at all, which would let everybody do everything: not in a directory
		return nil, errDescriptor
	}
	list := descriptor[at:]
	count := binary.LittleEndian.Uint16(list[4:])
	rest := list[8:]
	var all []accessEntry
	for range count {
		if len(rest) < 8 {
			return nil, errDescriptor
		}
		size := int(binary.LittleEndian.Uint16(rest[2:]))
		if size < 8 || size > len(rest) {
			return nil, errDescriptor
		}
		if e, err := readAccess(rest[:size]); err == nil { // else one of another form, which grants nothing here
			all = append(all, e)
		}
		rest = rest[size:]
	}
	return all, nil
}

func readAccess(raw []byte) (e accessEntry, err error) {
	e.kind, e.flags, e.mask = raw[0], raw[1], binary.LittleEndian.Uint32(raw[4:])
	rest := raw[8:]
	switch e.kind {
	case accessAllowed, accessDenied, accessAllowedCallback, accessDeniedCallback:
	case accessAllowedObject, accessDeniedObject, accessAllowedCallbackObject, accessDeniedCallbackObject:
		if len(rest) < 4 {
			return e, errDescriptor
		}
		present := binary.LittleEndian.Uint32(rest)
		rest = rest[4:]
		if present&objectTypePresent != 0 {
			if len(rest) < 16 {
				return e, errDescriptor
			}
			e.object, rest = guid(rest[:16]), rest[16:]
		}
		if present&inheritedTypePresent != 0 {
			if len(rest) < 16 {
				return e, errDescriptor
			}
			rest = rest[16:]
		}
	default:
		return e, errDescriptor
	}
	e.sid, err = readSID(rest)
	return e, err
}

// guid is the text of a GUID, whose first three parts are little-endian (MS-DTYP section 2.3.4.2).
func guid(raw []byte) string {
	b := slices.Clone(raw)
	slices.Reverse(b[0:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	text := hex.EncodeToString(b)
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// readSID gives the text of a security identifier (MS-DTYP section 2.4.2.2).
func readSID(raw []byte) (string, error) {
	if len(raw) < 8 || len(raw) < 8+4*int(raw[1]) {
		return "", errDescriptor
	}
	var b strings.Builder
	fmt.Fprintf(&b, "S-%d-%d", raw[0], uint64(binary.BigEndian.Uint16(raw[2:]))<<32|uint64(binary.BigEndian.Uint32(raw[4:])))
	for at := 8; at < 8+4*int(raw[1]); at += 4 {
		fmt.Fprintf(&b, "-%d", binary.LittleEndian.Uint32(raw[at:]))
	}
	return b.String(), nil
}
