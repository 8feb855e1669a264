package policy

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Demands are what a directory itself demands of the password of one entry, as far as it can be read. It judges by
// them whatever the administrator wrote in `rules`, so both are joined, and shown as one list. The zero value of a
// number is no demand.
type Demands struct {
	MinLength int  `json:",omitempty"` // in Unit
	MaxLength int  `json:",omitempty"` // in Unit
	Unit      Unit `json:",omitempty"` // in which the server counts lengths

	MinLower   int      `json:",omitempty"` // letters and digits of ASCII, here and below
	MinUpper   int      `json:",omitempty"`
	MinLetters int      `json:",omitempty"`
	MinDigits  int      `json:",omitempty"`
	MinSymbols int      `json:",omitempty"`
	MinKinds   int      `json:",omitempty"` // of how many Kinds there must be a character
	Kinds      Alphabet `json:",omitempty"`
	MaxRepeats int      `json:",omitempty"` // of one character in a row

	Names    []string `json:",omitempty"` // texts that must not occur, in whatever case
	NameRuns int      `json:",omitempty"` // if over 0, nor any run of so many characters of one of Names
	History  int      `json:",omitempty"` // how many former passwords are refused: only the directory can judge that
	Others   bool     `json:",omitempty"` // there are rules that cannot be read, or that only the server can judge
}

// Unit is in what a server counts the length of a password.
type Unit string

// The units. A password of n characters has at least n of each.
const (
	Characters Unit = ""
	UTF16Units Unit = "utf-16" // Active Directory (MS-SAMR section 3.1.1.7.1)
	Bytes      Unit = "bytes"  // OpenLDAP (slapo-ppolicy(5), pwdMinLength)
)

// Alphabet is how a server tells kinds of characters apart.
type Alphabet string

// The alphabets.
const (
	// ASCII knows lower-case letters, upper-case letters, digits, other ASCII characters, and all that is not ASCII
	// (389 Directory Server, check_pw_syntax in pw.c).
	ASCII Alphabet = ""
	// Windows knows lower-case letters, upper-case letters, digits, 32 special characters, and other letters
	// (MS-SAMR section 3.1.1.7.2).
	Windows Alphabet = "windows"
)

// windowsSymbols are the special characters of MS-SAMR section 3.1.1.7.2: neither the space nor currency signs are among them.
const windowsSymbols = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"

// size is the length of a password as the server counts it.
func (u Unit) size(password string) int {
	switch u {
	case UTF16Units:
		n := 0
		for _, r := range password {
			n += max(1, utf16.RuneLen(r))
		}
		return n
	case Bytes:
		return len(password)
	}
	return utf8.RuneCountInString(password)
}

// kinds is of how many kinds there is a character in the password.
func (a Alphabet) kinds(password string) int {
	kind := kindASCII
	if a == Windows {
		kind = kindWindows
	}
	var has [kindsInAll]bool
	for _, r := range password {
		has[kind(r)] = true
	}
	n := 0
	for _, there := range has[1:] {
		if there {
			n++
		}
	}
	return n
}

// The kinds of characters. The first counts for nothing.
const (
	kindNone = iota
	kindLower
	kindUpper
	kindDigit
	kindSymbol
	kindOther
	kindsInAll
)

func kindASCII(r rune) int {
	switch {
	case 'a' <= r && r <= 'z':
		return kindLower
	case 'A' <= r && r <= 'Z':
		return kindUpper
	case '0' <= r && r <= '9':
		return kindDigit
	case r < utf8.RuneSelf:
		return kindSymbol
	}
	return kindOther
}

func kindWindows(r rune) int {
	switch {
	case '0' <= r && r <= '9':
		return kindDigit
	case strings.ContainsRune(windowsSymbols, r):
		return kindSymbol
	case unicode.IsLower(r):
		return kindLower
	case unicode.IsUpper(r):
		return kindUpper
	case unicode.IsLetter(r):
		return kindOther
	}
	return kindNone
}
