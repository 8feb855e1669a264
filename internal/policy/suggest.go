package policy

import (
	"slices"
	"strings"
)

// How much is guessed of a suggestion (R38). Every choice of a draw is made with equal chances, and with all of what came
// before it as it is, another choice gives another password: whatever somebody guesses is the next draw with a
// probability of at most 2^-drawnBits. The rules refuse some draws, and those that are left are the likelier for it:
// while one in 32 is left, suggestedBits are.
const (
	suggestedBits = 80
	drawnBits     = suggestedBits + 5
)

// leastTaken is how many must be taken before one is shown: where the rules refuse nearly all, a single one that passes is luck,
// and of so few that can pass it would be guessed.
const leastTaken = 4

// badLuck is how many draws may be refused before it is asked what share of them is. Where it is more than three in
// four, so much of a style is ruled out that it is not used: this keeps a distance from one in 32, and bounds the work.
const badLuck = 8

// style draws one password. It is nil where the rules leave no room for drawnBits.
type style func(*dice) string

// Suggest draws n passwords that keep every rule, all different, in turn of characters at random and of words that can
// be dictated; fewer or none where the rules leave no room for 80 bits. who and the error are as in Judge. The passwords
// are secrets: not to be logged, nor kept.
func (s Set) Suggest(n int, who []string) ([]string, error) {
	if n <= 0 {
		return nil, nil
	}
	d := new(dice)
	defer d.wipe()
	random, words := s.randomStyle(), s.wordStyle()
	j := judge{s, s.inForce(who)}
	inRandom, err := j.take((n+1)/2, random, d)
	if err != nil {
		return nil, err
	}
	inWords, err := j.take(n-len(inRandom), words, d)
	if err != nil {
		return nil, err
	}
	more, err := j.take(n-len(inRandom)-len(inWords), random, d)
	if err != nil {
		return nil, err
	}
	return alternate(append(inRandom, more...), inWords), nil
}

// take draws n passwords in one style, or none.
func (j judge) take(n int, draw style, d *dice) ([]string, error) {
	if draw == nil || n <= 0 {
		return nil, nil
	}
	var taken []string
	for refused := 0; len(taken) < max(n, leastTaken); {
		password := draw(d)
		suits, err := j.suits(password)
		switch {
		case err != nil:
			return nil, err
		case suits && !slices.Contains(taken, password):
			taken = append(taken, password)
		default:
			refused++
		}
		if refused > badLuck+3*len(taken) {
			return nil, nil
		}
	}
	return taken[:n], nil
}

// suits tells whether a draw may be shown to the person.
func (j judge) suits(password string) (bool, error) {
	if containsAny(strings.ToLower(password), unseemly) {
		return false, nil
	}
	findings, err := j.findings(password)
	return err == nil && Met(findings), err
}

// unseemly are the beginnings of words that nobody wants to dictate, of those that wordStyle can make.
var unseemly = []string{"batar", "bite", "nibar", "nude", "pede", "pine", "pipi", "pube", "puta", "pute", "puti", "rape", "retar",
	"tapet", "tare"}

// alternate gives one of a, one of b and so on, then what is left of the longer one.
func alternate(a, b []string) []string {
	var list []string
	for i := range max(len(a), len(b)) {
		if i < len(a) {
			list = append(list, a[i])
		}
		if i < len(b) {
			list = append(list, b[i])
		}
	}
	return list
}

// composition is what a suggestion is made of at least. All its characters are of ASCII, so that every unit and every
// alphabet of a directory counts them alike.
type composition struct {
	lower, upper, letters, digits, symbols int
	shortest, longest                      int
}

// composition asks for a lower-case letter, an upper-case letter and a digit in any case: among the rules that
// directories do not tell (Demands.Others), that is the usual one.
func (s Set) composition() composition {
	d := s.Demands
	c := composition{
		lower: max(s.MinLower, d.MinLower, 1), upper: max(s.MinUpper, d.MinUpper, 1), letters: d.MinLetters,
		digits: max(s.MinDigits, d.MinDigits, 1), symbols: max(s.MinSymbols, d.MinSymbols),
		shortest: max(s.MinLength, d.MinLength), longest: stricterMax(stricterMax(s.MaxLength, d.MaxLength), MaxBytes),
	}
	if d.MinKinds > 3 {
		c.symbols = max(c.symbols, 1)
	}
	return c
}

// parts cuts n into parts that differ by one at most, the larger ones first.
func parts(n, into int) []int {
	sizes := make([]int, into)
	for i := range sizes {
		sizes[i] = n / into
		if i < n%into {
			sizes[i]++
		}
	}
	return sizes
}
