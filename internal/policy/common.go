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

// common tells whether the password is in the lists of common passwords: as it is, without the ending that rules
// make people add, with its digits read as letters, or a word twice. Case and accents do not matter (R33).
func common(password string) bool {
	folded := fold(password)
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

// leet are the signs written for the letter they look like; 1 is told apart by the caller.
var leet = map[rune]rune{'0': 'o', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '@': 'a', '$': 's', '€': 'e', '!': 'i'}

func leetToLetters(s string, one rune) string {
	return strings.Map(func(r rune) rune { return unleet(r, one) }, s)
}

func unleet(r, one rune) rune {
	if r == '1' {
		return one
	}
	if letter, ok := leet[r]; ok {
		return letter
	}
	return r
}
