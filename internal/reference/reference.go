// Package reference makes the numbers by which what a visitor sees, what the log says and what the audit record has are
// brought together. A reset has one, which its person may read to the helpdesk, and each HTTP request has one, whoever makes
// it. Both are carried by the context of the work, from the request through the queues to the last line that it causes.
// Neither comes from a client: what a stranger chose would stand in the log beside other people's lines, and mix them up.
package reference

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// readable is the alphabet of Crockford's base 32: no letter in it is taken for a figure or for another letter.
const readable = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var readAloud = base32.NewEncoding(readable).WithPadding(base32.NoPadding)

// half is how many letters and figures stand on each side of the hyphen, and needed how many bytes both are made of.
const (
	half   = 5
	needed = 7
)

// Of is the number that stands for a digest: its first 50 bits.
func Of(digest []byte) string {
	text := readAloud.EncodeToString(digest[:needed])
	return text[:half] + "-" + text[half:2*half]
}

// New is a number that nothing has yet.
func New() string {
	var b [needed]byte
	_, _ = rand.Read(b[:]) // it never fails
	return Of(b[:])
}

// Parse reads a number as people type it: in any case, with or without its hyphen, and with the letters that are taken for
// figures. Other texts may look like one, such as a telephone number.
func Parse(typed string) (number string, is bool) {
	typed = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "", "\u00a0", "", "\u202f", "", "‑", "").Replace(strings.ToUpper(typed))
	if len(typed) != 2*half {
		return "", false
	}
	if strings.ContainsFunc(typed, func(r rune) bool { return !strings.ContainsRune(readable, r) }) {
		return "", false
	}
	return typed[:half] + "-" + typed[half:], true
}
