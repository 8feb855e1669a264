package policy

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxScored is how many characters are looked at for patterns; whatever follows could only make a password stronger.
const maxScored = 100

// bitsPerCharacter is what a character outside of any pattern is worth: zxcvbn's ten guesses.
var bitsPerCharacter = math.Log2(10)

// minPattern is the least a pattern is worth: zxcvbn's fifty guesses, so that short words found by chance in random
// characters do not make these worthless.
var minPattern = math.Log2(50)

// Score tells how strong the password is, from 0 to 4, on the scale of zxcvbn (Wheeler, "zxcvbn: Low-Budget Password
// Strength Estimation", USENIX Security 2016): fewer than 10^3, 10^6, 10^8, 10^10 guesses, or more. who are words that
// somebody who attacks this person tries first. The estimate follows zxcvbn's idea, the cheapest way to put the
// password together from patterns, with the words and keyboards of French people beside the English ones. Its cost is
// bounded whatever the input.
func Score(password string, who []string) int {
	return score(password, newDictionary(identity(who)))
}

// score is Score with the person's words as a dictionary.
func score(password string, own dictionary) int {
	bits := strengthBits(password, own)
	score := 0
	for _, guesses := range []float64{1e3, 1e6, 1e8, 1e10} {
		if bits >= math.Log2(guesses+margin) {
			score++
		}
	}
	return score
}

// Strength is the Score of a password beside this person's words and those that the administrator forbids.
func (s Set) Strength(password string, who []string) int {
	return score(password, s.ownWords(identity(who)))
}

// ownWords are those of this person and the forbidden ones.
func (s Set) ownWords(own []string) dictionary {
	return newDictionary(own, identity(s.ForbidWords))
}

// margin is zxcvbn's: eight characters at random are 10^8 guesses, and not yet more than that.
const margin = 5

// strengthBits is the binary logarithm of the number of guesses: for each length the cheapest of all ways there, each
// ending in a pattern or in one character that belongs to none.
func strengthBits(password string, own dictionary) float64 {
	runes := firstRunes(password, maxScored)
	ending := make([][]pattern, len(runes)+1)
	for _, p := range patterns(runes, own) {
		ending[p.end] = append(ending[p.end], p)
	}
	best := make([]float64, len(runes)+1)
	for end := 1; end <= len(runes); end++ {
		best[end] = best[end-1] + bitsPerCharacter
		for _, p := range ending[end] {
			best[end] = min(best[end], best[p.start]+p.worth(len(runes)))
		}
	}
	return best[len(runes)]
}

// firstRunes reads no more of s than it gives.
func firstRunes(s string, n int) []rune {
	var runes []rune
	for len(s) > 0 && len(runes) < n {
		r, size := utf8.DecodeRuneInString(s)
		runes, s = append(runes, r), s[size:]
	}
	return runes
}

// pattern is a stretch of a password that is guessed as a whole.
type pattern struct {
	start, end int // characters, the end not included
	bits       float64
}

// worth is what the pattern costs to guess in a password of n characters.
func (p pattern) worth(n int) float64 {
	if p.start == 0 && p.end == n {
		return p.bits
	}
	return max(p.bits, minPattern)
}

// patterns finds all that can be seen in a password, overlapping or not.
func patterns(password []rune, own dictionary) []pattern {
	folded := foldRunes(password)
	found := wordPatterns(password, folded, own, allWords())
	found = append(found, repeats(folded, found)...)
	found = append(found, sequences(folded)...)
	found = append(found, walks([]rune(strings.ToLower(string(password))))...)
	return append(found, dates(folded)...)
}

// minWord is the length from which a word counts as one.
const minWord = 3

// wordPatterns finds words as they are, with look-alike signs for letters, and backwards. Of several readings of the same
// stretch the cheapest counts.
func wordPatterns(password, folded []rune, person, all dictionary) []pattern {
	type stretch struct{ start, end int }
	least := map[stretch]float64{}
	read := func(as []rune, bits func(start, end, rank int) (stretch, float64)) {
		note := func(start, end, rank int) {
			s, b := bits(start, end, rank)
			if old, ok := least[s]; !ok || b < old {
				least[s] = b
			}
		}
		all.within(as, note)
		person.within(as, func(start, end, _ int) { note(start, end, 1) })
	}
	read(folded, func(start, end, rank int) (stretch, float64) { return stretch{start, end}, math.Log2(float64(rank)) })
	read(reversed(folded), func(start, end, rank int) (stretch, float64) {
		return stretch{len(folded) - end, len(folded) - start}, math.Log2(float64(rank)) + 1
	})
	for _, one := range ones {
		letters := []rune(leetToLetters(string(folded), one))
		read(letters, func(start, end, rank int) (stretch, float64) {
			changed := differences(folded[start:end], letters[start:end])
			if changed == 0 {
				return stretch{start, end}, math.Log2(float64(rank))
			}
			return stretch{start, end}, math.Log2(float64(rank)) + variations(end-start, changed)
		})
	}
	found := make([]pattern, 0, len(least))
	for s, bits := range least {
		found = append(found, pattern{s.start, s.end, bits + caseBits(password[s.start:s.end])})
	}
	return found
}

func reversed(word []rune) []rune {
	back := slices.Clone(word)
	slices.Reverse(back)
	return back
}

func differences(a, b []rune) int {
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// caseBits is what capitals add to a word: nothing for none, one bit for the ways that everybody uses (the first, the
// last, all of them), else the number of ways to choose as many letters.
func caseBits(word []rune) float64 {
	letters, upper := 0, 0
	for _, r := range word {
		if unicode.IsUpper(r) {
			upper++
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case upper == 0:
		return 0
	case upper == letters, upper == 1 && (unicode.IsUpper(word[0]) || unicode.IsUpper(word[len(word)-1])):
		return 1
	}
	return variations(letters, upper)
}

// variations is the logarithm of the ways to change up to k of n characters, or all but k where that is fewer; at
// least one bit.
func variations(n, k int) float64 {
	sum, ways := 0.0, 1.0
	for i := 1; i <= min(k, n-k); i++ {
		ways *= float64(n-i+1) / float64(i)
		sum += ways
	}
	return math.Log2(max(sum, 2))
}
