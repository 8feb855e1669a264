package breached

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"slices"
)

// digest is that of one password.
type digest = [sha1.Size]byte

func compare(a, b digest) int { return bytes.Compare(a[:], b[:]) }

// How long a line may be, in bytes, its end included.
const (
	hexDigits = 2 * sha1.Size
	shortest  = hexDigits + len("\n")
	longest   = hexDigits + len(":18446744073709551615\r\n")
)

// What is wrong with a line.
const (
	noLine     = "it is not of 40 hexadecimal digits, with or without a colon and a count: " + wanted
	blank      = "it is blank: remove it"
	marked     = "it begins with a byte-order mark: wanted the same text without"
	noSHA1     = "it has 32 hexadecimal digits, so this is the list of NTLM digests: " + wanted
	incomplete = "it is incomplete, so the file was cut off: fetch it again"
	outOfOrder = "its digest is not in order: wanted the list that is ordered by hash; LC_ALL=C sort orders one, if its digests are all in upper or all in lower case"
)

// parse reads one line, with its end if it has one, and says what is wrong with it, or "".
func parse(line []byte, ended bool) (d digest, wrong string) {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if len(line) >= hexDigits && isCount(line[hexDigits:]) {
		if _, err := hex.Decode(d[:], line[:hexDigits]); err == nil {
			return d, ""
		}
	}
	text, count, counted := bytes.Cut(line, []byte(":"))
	switch {
	case len(line) == 0:
		return d, blank
	case isMarked(line):
		return d, marked
	case !isHex(text) || counted && !isDecimal(count):
		return d, noLine
	case !ended && len(text) <= hexDigits:
		return d, incomplete
	case len(text) == 32:
		return d, noSHA1
	}
	return d, noLine
}

// isMarked tells whether the line begins with a byte-order mark, of UTF-8 or UTF-16, as editors and PowerShell write them.
func isMarked(line []byte) bool {
	return slices.ContainsFunc([]string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"}, func(mark string) bool {
		return bytes.HasPrefix(line, []byte(mark))
	})
}

// isCount tells whether s is what may follow a digest: nothing, or a colon and a number.
func isCount(s []byte) bool {
	return len(s) == 0 || len(s) > 1 && len(s) <= longest-shortest-1 && s[0] == ':' && isDecimal(s[1:])
}

func isDecimal(s []byte) bool {
	return !bytes.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isHex(s []byte) bool {
	return !bytes.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
	})
}
