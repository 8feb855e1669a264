package policy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lookalikes are folded texts that are looked for in passwords.
type lookalikes struct {
	plain   []string
	letters [len(ones)][]string // with signs for letters read as these, for each of the letters that 1 may be
}

// ones are the letters that 1 looks like.
const ones = "il"

func lookalikesOf(plain []string) lookalikes {
	p := lookalikes{plain: plain}
	for i, one := range ones {
		for _, part := range plain {
			p.letters[i] = append(p.letters[i], leetToLetters(part, one))
		}
	}
	return p
}

// readings are a folded text with signs for letters read as these, for each of the letters that 1 may be.
type readings [len(ones)]string

func readingsOf(folded string) (r readings) {
	for i, one := range ones {
		r[i] = leetToLetters(folded, one)
	}
	return r
}

// in tells whether a folded text has one of the parts in it, as it is or with signs for letters that look like them:
// "h3l3ne" has "helene" in it.
func (p lookalikes) in(folded string, read readings) bool {
	if containsAny(folded, p.plain) {
		return true
	}
	for i := range ones {
		if read[i] == folded {
			return false // it has no such sign
		}
		text := []rune(folded)
		if slices.ContainsFunc(p.letters[i], func(part string) bool { return reads(text, read[i], part) }) {
			return true
		}
	}
	return false
}

// reads tells whether the part stands anywhere in what text is read as, character for character, where text has a letter
// itself. Digits alone are a number: nobody writes "573" for "Sté".
func reads(text []rune, read, part string) bool {
	size := utf8.RuneCountInString(part)
	for at, before := 0, 0; ; at++ {
		next := strings.Index(read[at:], part)
		if next < 0 {
			return false
		}
		before += utf8.RuneCountInString(read[at : at+next])
		at += next
		if slices.ContainsFunc(text[before:before+size], unicode.IsLetter) {
			return true
		}
		_, first := utf8.DecodeRuneInString(read[at:])
		at, before = at+first-1, before+1
	}
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
