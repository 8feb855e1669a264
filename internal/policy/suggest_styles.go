package policy

import (
	"math"
	"slices"
	"strings"
)

// The characters of suggestions. No two that one style uses look alike, in the usual fonts or in handwriting:
//
//	0 O o Q, 1 l I |                 never used, so that D, i and 7 are taken for nothing else
//	2 Z z, 5 S s $, 8 B &, 9 g q     the digit is used
//	6 b G                            b is used, which words need
//	c e, C G (, u v, U V             e is used, and C; u in words, U at random
//	cC jJ kK pP uU wW xX yY          only their size tells capitals: one of each is used
//	m                                looks like r and n side by side: used where these cannot be
//	t +, - _ ~, . , ; : ' " `        t is used, and the hyphen
//
// The symbols are left of those that are typed without AltGr on French and English keyboards.
const (
	randomLower  = "abdefhnrty"
	randomUpper  = "ACDEFHJKLMNPRTUWX"
	clearDigits  = "2345789"
	clearSymbols = "=?%*"
)

// The letters of words. None sounds like another or is spelt in two ways, in French or in English, as c k q s z, g j,
// i y, h and w do. Every consonant but the last has its vowel, so that r and n are no m, and what joined-up writing makes
// of u and n is told by what can be said. A v would look like u, a capital P like a small one, a capital B like 8.
const (
	consonants = "bdfmnprt"
	capitals   = "DFMNRT"
	vowels     = "aeiu"
)

// The sizes that are read and said easily.
const (
	groupSize       = 4 // characters at random; five where the number does not divide
	wordSize        = 5 // letters at most: two syllables, and a consonant
	capitalWords    = 2 // or more, where more capitals are demanded
	digitsAmidWords = 6 // or more; a digit carries more than a letter, and the French dictate six as they do telephone numbers
	longestInWords  = 128
)

// randomStyle is as many characters at random as it takes, in groups: R7MaX-E4TDa-HN3F-WK9P. Where the hyphens make it
// too long it has none.
func (s Set) randomStyle() style {
	c := s.composition()
	for _, grouped := range []bool{true, false} {
		for n := 1; n <= c.longest; n++ {
			groups := 1
			if grouped {
				groups = max(1, n/groupSize)
			}
			hyphens := groups - 1
			if n+hyphens < c.shortest || n+hyphens > c.longest {
				continue
			}
			if alphabets := c.alphabets(n, hyphens); randomBits(alphabets) >= drawnBits {
				return func(d *dice) string { return drawRandom(d, alphabets, groups) }
			}
		}
	}
	return nil
}

// alphabets gives the alphabet from which each of n characters is drawn: first what is demanded, then any letters and
// digits. It gives none where more than n are demanded.
func (c composition) alphabets(n, hyphens int) []string {
	var list []string
	for _, demanded := range []struct {
		n    int
		from string
	}{
		{c.lower, randomLower}, {c.upper, randomUpper}, {c.digits, clearDigits}, {c.symbols - hyphens, clearSymbols},
		{c.letters - c.lower - c.upper, randomLower + randomUpper},
	} {
		if len(list)+demanded.n > n {
			return nil
		}
		list = append(list, slices.Repeat([]string{demanded.from}, max(0, demanded.n))...)
	}
	return append(list, slices.Repeat([]string{randomLower + randomUpper + clearDigits}, n-len(list))...)
}

// randomBits counts what is certain whatever the order: that each character differs from the one before leaves one
// choice less. The order adds to it, but not all orders give different passwords.
func randomBits(alphabets []string) float64 {
	bits := 0.0
	for _, from := range alphabets {
		bits += math.Log2(float64(len(from) - 1))
	}
	return bits
}

func drawRandom(d *dice, alphabets []string, groups int) string {
	alphabets = slices.Clone(alphabets)
	d.shuffle(alphabets)
	var password []byte
	last := byte(0)
	for _, size := range parts(len(alphabets), groups) {
		if len(password) > 0 {
			password = append(password, '-')
		}
		for _, from := range alphabets[:size] {
			last = d.pickOther(from, last)
			password = append(password, last)
		}
		alphabets = alphabets[size:]
	}
	return string(password)
}

// words is a suggestion of words that mean nothing, some with a capital, and a number somewhere between them:
// tabir-Nudep-472938-ramit-Fedun-batur.
type words struct {
	letters, capitals, digits int
	words                     int
}

// wordStyle is words, as few as it takes.
func (s Set) wordStyle() style {
	c := s.composition()
	c.longest = min(c.longest, longestInWords)
	for letters := 1; letters <= c.longest; letters++ {
		w := words{letters: letters, capitals: max(c.upper, capitalWords), digits: max(c.digits, digitsAmidWords),
			words: (letters + wordSize - 1) / wordSize}
		if w.keeps(c) && w.bits() >= drawnBits {
			return w.draw
		}
	}
	return nil
}

func (w words) keeps(c composition) bool {
	hyphens := w.words
	length := w.letters + w.digits + hyphens
	return length >= c.shortest && length <= c.longest && w.capitals <= w.words &&
		w.letters-w.capitals >= c.lower && w.letters >= c.letters && hyphens >= c.symbols
}

// bits counts every choice that draw makes, those of digits as if none were the first.
func (w words) bits() float64 {
	choices := func(n int, of string) float64 { return float64(n) * math.Log2(float64(len(of))) }
	second := 0 // letters of words at even places, which are vowels
	for _, size := range parts(w.letters, w.words) {
		second += size / 2
	}
	bits := choices(second, vowels) + choices(w.capitals, capitals) + choices(w.letters-second-w.capitals, consonants)
	bits += choices(w.digits, clearDigits[1:]) + math.Log2(float64(w.words+1))
	for i := range w.capitals { // which of the words have them
		bits += math.Log2(float64(w.words-i)) - math.Log2(float64(i+1))
	}
	return bits
}

func (w words) draw(d *dice) string {
	groups := make([]string, 0, w.words+1)
	left := w.capitals
	for i, size := range parts(w.letters, w.words) {
		// This way any choice of the words that have capitals is as likely as another (Knuth, TAOCP 3.4.2, algorithm S).
		first := consonants
		if d.below(w.words-i) < left {
			first, left = capitals, left-1
		}
		groups = append(groups, word(d, first, size))
	}
	groups = slices.Insert(groups, d.below(w.words+1), number(d, w.digits))
	return strings.Join(groups, "-")
}

func word(d *dice, first string, size int) string {
	letters := make([]byte, size)
	for i, from := 0, first; i < size; i++ {
		letters[i] = d.pick(from)
		if from = vowels; i%2 == 1 {
			from = consonants
		}
	}
	return string(letters)
}

func number(d *dice, size int) string {
	digits, last := make([]byte, size), byte(0)
	for i := range digits {
		last = d.pickOther(clearDigits, last)
		digits[i] = last
	}
	return string(digits)
}
