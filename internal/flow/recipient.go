package flow

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTyped is the longest text that can name somebody, in bytes: the longest mail address (RFC 5321 section 4.5.3.1).
const maxTyped = 254

// Nameable tells whether typed can name anybody at all. It looks at the text alone, so its answer tells nothing.
func Nameable(typed string) bool {
	return typed != "" && len(typed) <= maxTyped && utf8.ValidString(typed) && !strings.ContainsFunc(typed, unicode.IsControl)
}

// Recipient decides to which one address the code goes, and for which of the found accounts it is. The address is
// always one that the directory has on file, never the typed text (R4); "" means that there is nobody to write to.
//
// Where the typed text is an address on file, the code proves that mailbox: it is for every account that has the same
// address on file and for no other (R6). Where it is an identifier, it must name one account, or several that all have
// the same first address.
func Recipient(typed string, found []Account) (to string, accounts []Account) {
	for _, a := range found {
		for _, mail := range a.Mail {
			if foldASCII(mail) == foldASCII(typed) {
				if to == "" {
					to = mail
				}
				accounts = append(accounts, a)
				break
			}
		}
	}
	if to != "" {
		return to, accounts
	}
	for _, a := range found {
		if len(a.Mail) == 0 {
			continue
		}
		if to == "" {
			to = a.Mail[0]
		}
		if foldASCII(a.Mail[0]) != foldASCII(to) {
			return "", nil
		}
		accounts = append(accounts, a)
	}
	return to, accounts
}

// foldASCII lowers A to Z and nothing else. Folding by Unicode would make one address of two: "ſ", "K" and "ﬁ" have
// been used to receive another person's mail (CVE-2019-19844).
func foldASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
