package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What people hang on a common word so that it meets the rules: a year or a department, and a mark or two. More than
// that is no longer guessed by trying each word with every ending.
const (
	maxTailDigits  = 4
	maxTailSymbols = 2
	minBase        = 4 // characters that must be left, or every short password would be somebody's word
)

// common tells whether a folded password is in the lists of common passwords: as it is, without the ending that rules
// make people add, with its digits read as letters, or a word twice. Case and accents do not matter (R33).
func common(folded string) bool {
	if folded == "" {
		return false
	}
	base := strings.TrimRightFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	if !mereTail(folded[len(base):]) || utf8.RuneCountInString(base) < minBase {
		base = folded
	}
	for _, s := range []string{folded, base, leetToLetters(folded, 'i'), leetToLetters(base, 'i'), leetToLetters(base, 'l')} {
		if listed(s) || listed(half(s)) || oneCharacter(s) {
			return true
		}
	}
	return false
}

// mereTail tells whether s is an ending that adds next to nothing: a few digits or however many in a row from 1.
func mereTail(s string) bool {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
	symbols := utf8.RuneCountInString(s) - utf8.RuneCountInString(digits)
	few := utf8.RuneCountInString(digits) <= maxTailDigits || strings.HasPrefix("1234567890", digits)
	return few && symbols <= maxTailSymbols
}

// half gives the text that s is twice, or s.
func half(s string) string {
	if h := s[:len(s)/2]; s == h+h {
		return h
	}
	return s
}

func oneCharacter(s string) bool {
	_, n := utf8.DecodeRuneInString(s)
	return strings.Count(s, s[:n])*n == len(s)
}

func leetToLetters(s string, one rune) string {
	return strings.Map(func(r rune) rune { return unleet(r, one) }, s)
}

// unleet gives the letter that a sign is written for because it looks like it; which one 1 is, the caller says. It is
// asked some thousands of times for a password: a map would take most of the time that a password costs.
func unleet(r, one rune) rune {
	switch r {
	case '1':
		return one
	case '4', '@':
		return 'a'
	case '8':
		return 'b'
	case '3', '€':
		return 'e'
	case '!':
		return 'i'
	case '0':
		return 'o'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	}
	return r
}
