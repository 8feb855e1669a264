package policy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What people hang on a common word so that it meets the rules: a year or a department, and a mark or two. More than
// that is no longer guessed by trying each word with every ending.
const (
	maxTailDigits  = 4
	maxTailSymbols = 2
	longestAdded   = len("1234567890") + maxTailSymbols
	minBase        = 3 // characters that must be left
)

// longestCommon is how many characters a password made of a listed word can have, those between its words aside: twice the
// longest word, and what is hung on it. Longer ones are not taken apart, which could take long.
const longestCommon = 100

// minListed is how many characters a common password has at least.
const minListed = 4

// common tells whether a folded password is in the lists of common passwords: as it is, without what rules make people
// add before and after it, without what stands between its words, with its digits read as letters, or a word twice. Case
// and accents do not matter (R33).
func common(folded string) bool {
	if utf8.RuneCountInString(folded) < minListed {
		return false // any word begins so, also the one that is still being typed
	}
	if len(folded) > longestCommon && utf8.RuneCountInString(joined(folded)) > longestCommon {
		return oneCharacter(folded)
	}
	for _, base := range bases(folded) {
		if known(base) {
			return true
		}
		others := []string{joined(base), leetToLetters(base, 'i')}
		if strings.Contains(base, "1") {
			others = append(others, leetToLetters(base, 'l'))
		}
		if slices.ContainsFunc(others, func(s string) bool { return s != base && known(s) }) {
			return true
		}
	}
	return false
}

// known tells whether a text is listed, or is a listed one twice, or one character several times.
func known(s string) bool {
	h := half(s)
	return listed(s) || h != s && listed(h) || oneCharacter(s)
}

// bases are the texts of which a folded password may have been made: itself, and itself without its ending, which may
// begin at any sign after the last letter, since digits may be read as letters too (mars3ill313). What stands before the
// first letter may be a part of what was added.
func bases(folded string) []string {
	all := []string{folded}
	start := max(0, strings.IndexFunc(folded, unicode.IsLetter))
	for end, added := len(folded), 0; end > start && added <= longestAdded; added++ {
		all = appendBase(appendBase(all, folded, start, end), folded, 0, end)
		last, size := utf8.DecodeLastRuneInString(folded[:end])
		if unicode.IsLetter(last) {
			break
		}
		end -= size
	}
	return all
}

// appendBase adds what stands between two places if it is not too little, and the rest next to nothing.
func appendBase(all []string, folded string, start, end int) []string {
	base := folded[start:end]
	if utf8.RuneCountInString(base) < minBase || !mere(folded[:start]+folded[end:]) {
		return all
	}
	return append(all, base)
}

// mere tells whether s adds next to nothing: a few digits or however many in a row from 1.
func mere(s string) bool {
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

// joined leaves out what people write between words.
func joined(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, s)
}

// half gives the text that s is twice, or s.
func half(s string) string {
	if h := s[:len(s)/2]; s == h+h {
		return h
	}
	return s
}

// oneCharacter tells whether s is one character several times.
func oneCharacter(s string) bool {
	_, n := utf8.DecodeRuneInString(s)
	return n > 0 && strings.Count(s, s[:n])*n == len(s)
}
