// Package policy judges passwords: which rules are in force, which of them a password breaks, how strong it is. It is
// pure: no clock, no network, no file but those built in. The same Judge serves the rules shown on the page, the check
// while typing and the password that is submitted, so that they cannot disagree (R31, R37).
//
// A length is a number of characters as Unicode counts them (code points, Go's runes): "é" typed on a keyboard is one,
// an emoji of a family several. Clusters that look like one character are not joined, because no directory does so
// either: OpenLDAP counts bytes, Active Directory UTF-16 units, both at least as many as there are runes, so a password
// long enough here is long enough there. Nothing is ever cut off (R32).
package policy

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes bounds what Judge looks at. A longer password is too long whatever the rules say, and the rules that cost
// more than counting are not run on it.
const MaxBytes = 4096

// Judge tells of every rule in force, in the order of the constants, whether the password keeps it. who are the words
// of flow.Account.Words: names, identifiers and mail addresses of the person. A password of more than MaxBytes breaks
// TooLong, even where no such rule is in force; Identity, Words, Common and Strength then count as kept.
func (r Rules) Judge(password string, who []string) []Finding {
	if len(password) > MaxBytes {
		r.MaxLength = cmp.Or(r.MaxLength, MaxBytes)
	}
	findings := r.List()
	n, folded := count(password), ""
	if len(password) <= MaxBytes {
		folded = fold(password) // once: some characters become eighteen
	}
	for i := range findings {
		findings[i].Met = r.keeps(findings[i].Rule, password, folded, n, who)
	}
	return findings
}

// List gives the rules in force with their numbers, none of them met: what a page shows before anything was typed.
func (r Rules) List() []Finding {
	var list []Finding
	add := func(inForce bool, rule Name, n int) {
		if inForce {
			list = append(list, Finding{Rule: rule, N: n})
		}
	}
	add(r.MinLength > 0, Length, r.MinLength)
	add(r.MinLower > 0, Lower, r.MinLower)
	add(r.MinUpper > 0, Upper, r.MinUpper)
	add(r.MinDigits > 0, Digits, r.MinDigits)
	add(r.MinSymbols > 0, Symbols, r.MinSymbols)
	add(r.MaxLength > 0, TooLong, r.MaxLength)
	add(r.ForbidIdentity, Identity, 0)
	add(len(r.ForbidWords) > 0, Words, 0)
	add(r.ForbidCommon, Common, 0)
	add(r.MinStrength > 0, Strength, r.MinStrength)
	return list
}

// Met tells whether every rule is kept.
func Met(findings []Finding) bool { return !Broken(findings) }

// Broken tells whether any rule is broken.
func Broken(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return !f.Met })
}

// Join gives the stricter of a and b, rule by rule: what the administrator wrote and what the directory demands.
func Join(a, b Rules) Rules {
	return Rules{
		MinLength:      max(a.MinLength, b.MinLength),
		MaxLength:      stricterMax(a.MaxLength, b.MaxLength),
		MinLower:       max(a.MinLower, b.MinLower),
		MinUpper:       max(a.MinUpper, b.MinUpper),
		MinDigits:      max(a.MinDigits, b.MinDigits),
		MinSymbols:     max(a.MinSymbols, b.MinSymbols),
		ForbidCommon:   a.ForbidCommon || b.ForbidCommon,
		ForbidIdentity: a.ForbidIdentity || b.ForbidIdentity,
		ForbidWords:    joinWords(a.ForbidWords, b.ForbidWords),
		MinStrength:    max(a.MinStrength, b.MinStrength),
	}
}

// stricterMax is the smaller of two upper bounds, of which zero is none.
func stricterMax(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// joinWords gives the words of both once, in their order, in memory of its own.
func joinWords(a, b []string) []string {
	var words []string
	for _, w := range slices.Concat(a, b) {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

func (r Rules) keeps(rule Name, password, folded string, n counts, who []string) bool {
	tooBig := len(password) > MaxBytes
	switch rule {
	case Length:
		return n.all >= r.MinLength
	case Lower:
		return n.lower >= r.MinLower
	case Upper:
		return n.upper >= r.MinUpper
	case Digits:
		return n.digits >= r.MinDigits
	case Symbols:
		return n.symbols >= r.MinSymbols
	case TooLong:
		return n.all <= r.MaxLength && !tooBig
	case Identity:
		return tooBig || !containsAny(folded, identity(who))
	case Words:
		return tooBig || !containsAny(folded, foldAll(r.ForbidWords))
	case Common:
		return tooBig || !common(folded)
	case Strength:
		return tooBig || Score(password, slices.Concat(who, r.ForbidWords)) >= r.MinStrength
	}
	return false
}

// counts are the numbers of characters of each kind.
type counts struct{ all, lower, upper, digits, symbols int }

// count takes a byte that is not UTF-8 for one character of no kind. A combining mark is part of the letter before
// it, and what cannot be seen is not a symbol: neither would be one to the person who types it.
func count(s string) counts {
	n := counts{all: utf8.RuneCountInString(s)}
	for _, c := range s {
		switch {
		case c == utf8.RuneError:
		case unicode.IsLower(c):
			n.lower++
		case unicode.IsUpper(c):
			n.upper++
		case unicode.IsDigit(c):
			n.digits++
		case unicode.IsLetter(c), unicode.IsSpace(c), unicode.IsMark(c):
		case unicode.IsGraphic(c):
			n.symbols++
		}
	}
	return n
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}
