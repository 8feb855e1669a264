// Package policy judges passwords: which rules are in force, which of them a password breaks, how strong it is. It is
// pure: no clock, no network, no file but those built in. The same Judge serves the rules shown on the page, the check
// while typing and the password that is submitted, so that they cannot disagree (R31, R37).
//
// A length is a number of characters as Unicode counts them (code points, Go's runes): "é" typed on a keyboard is one,
// an emoji of a family several. Clusters that look like one character are not joined, because no directory does so
// either. What a directory demands is counted as it counts (Demands.Unit), and told in characters: both its units are at
// least as many as there are characters. Nothing is ever cut off (R32).
package policy

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// MaxBytes bounds what Judge looks at. A longer password is too long whatever the rules say, and the rules that cost
// more than counting are not run on it.
const MaxBytes = 4096

// Set is all that is demanded of one person's password: by the administrator and by the directory. Where both demand
// the same, the stricter wins.
type Set struct {
	Rules
	Demands  Demands
	Breached BreachedList // nil where there is none
}

// BreachedList is a list of passwords that a data breach made public. An error says that it could not be told whether the
// password is in it, which must never count as a no.
type BreachedList interface {
	Contains(password string) (bool, error)
}

// rule is one rule in force.
type rule struct {
	Finding
	keeps func(*judged) bool
}

// judge is a Set with one person's words: what depends on these alone is worked out once, for however many passwords.
type judge struct {
	Set
	rules []rule
}

// judged is a password and what is worked out of it once.
type judged struct {
	password string
	tooBig   bool   // too long in any case: more than MaxBytes, or than MaxLength
	folded   string // empty where it is too big: some characters become eighteen
	readings readings
	n        counts
	err      error // why a rule could not be judged
}

// Judge tells of every rule in force, in the order of the constants, whether the password keeps it. who are the words
// of flow.Account.Words: names, identifiers and mail addresses of the person. A password of more than MaxBytes breaks
// TooLong, even where no such rule is in force; of one that breaks it Identity, Words, Common, Breached and Strength count as
// kept, since to judge it would cost the most and help nobody. An error
// comes from the list of breached passwords alone: the password is then not judged.
func (s Set) Judge(password string, who []string) ([]Finding, error) {
	if len(password) > MaxBytes {
		s.MaxLength = cmp.Or(s.MaxLength, MaxBytes)
	}
	return judge{s, s.inForce(who)}.findings(password)
}

func (s judge) findings(password string) ([]Finding, error) {
	j := judged{password: password, n: count(password)}
	j.tooBig = len(password) > MaxBytes || s.MaxLength > 0 && j.n.all > s.MaxLength
	if !j.tooBig {
		j.folded = fold(password)
		j.readings = readingsOf(j.folded)
	}
	findings := slices.Grow([]Finding(nil), len(s.rules))
	for _, r := range s.rules {
		r.Met = r.keeps(&j)
		findings = append(findings, r.Finding)
	}
	if j.err != nil {
		return nil, fmt.Errorf("the list of breached passwords: %w", j.err)
	}
	return findings, nil
}

// List gives the rules in force with their numbers, none of them met: what a page shows before anything was typed.
func (s Set) List() []Finding {
	var list []Finding
	for _, r := range s.inForce(nil) {
		list = append(list, r.Finding)
	}
	return list
}

// Met tells whether every rule is kept.
func Met(findings []Finding) bool { return !Broken(findings) }

// Broken tells whether any rule is broken.
func Broken(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return !f.Met })
}

// inForce are the rules in the order in which they are shown. What they hold of the person's words is worked out when the
// first password is judged.
func (s Set) inForce(who []string) []rule {
	var list []rule
	add := func(name Name, n int, quiet bool, keeps func(*judged) bool) {
		list = append(list, rule{Finding{Rule: name, N: n, Quiet: quiet}, keeps})
	}
	s.addLengths(add)
	s.addKinds(add)
	s.addUpperBounds(add)
	own := sync.OnceValue(func() []string { return identity(who) })
	if s.ForbidIdentity || len(s.Demands.Names) > 0 {
		add(Identity, 0, false, s.keepsNamesOut(own))
	}
	if len(s.ForbidWords) > 0 {
		words := sync.OnceValue(func() lookalikes { return lookalikesOf(foldAll(s.ForbidWords)) })
		add(Words, 0, false, func(j *judged) bool { return j.tooBig || !words().in(j.folded, j.readings) })
	}
	if s.ForbidCommon {
		add(Common, 0, false, func(j *judged) bool { return j.tooBig || !common(j.folded) })
	}
	if s.Breached != nil {
		add(Breached, 0, false, s.isNotBreached)
	}
	if s.MinStrength > 0 {
		words := sync.OnceValue(func() dictionary { return s.ownWords(own()) })
		add(Strength, s.MinStrength, false, func(j *judged) bool { return j.tooBig || score(j.password, words()) >= s.MinStrength })
	}
	return list
}

// adder adds a rule to a list.
type adder func(name Name, n int, quiet bool, keeps func(*judged) bool)

func (s Set) addLengths(add adder) {
	if n := max(s.MinLength, s.Demands.MinLength); n > 0 {
		add(Length, n, false, func(j *judged) bool {
			return j.n.all >= s.MinLength && s.Demands.Unit.size(j.password) >= s.Demands.MinLength
		})
	}
}

// addKinds adds the rules that count characters of a kind. Where the directory wants as many letters of ASCII as the
// administrator wants of any script, the directory's rule is the stricter one and says it all.
func (s Set) addKinds(add adder) {
	d := s.Demands
	counted := func(name Name, n int, of func(counts) int) {
		if n > 0 {
			add(name, n, false, func(j *judged) bool { return of(j.n) >= n })
		}
	}
	if s.MinLower > d.MinLower {
		counted(Lower, s.MinLower, func(n counts) int { return n.lower })
	}
	counted(PlainLower, d.MinLower, func(n counts) int { return n.plainLower })
	if s.MinUpper > d.MinUpper {
		counted(Upper, s.MinUpper, func(n counts) int { return n.upper })
	}
	counted(PlainUpper, d.MinUpper, func(n counts) int { return n.plainUpper })
	if d.MinLetters > d.MinLower+d.MinUpper {
		counted(PlainLetters, d.MinLetters, func(n counts) int { return n.plainLower + n.plainUpper })
	}
	if n := max(s.MinDigits, d.MinDigits); n > 0 {
		add(Digits, n, false, func(j *judged) bool { return j.n.digits >= s.MinDigits && j.n.plainDigits >= d.MinDigits })
	}
	if n := max(s.MinSymbols, d.MinSymbols); n > 0 {
		add(Symbols, n, false, func(j *judged) bool { return j.n.symbols >= s.MinSymbols && j.n.plainSymbols >= d.MinSymbols })
	}
	if d.MinKinds > 0 {
		add(Kinds, d.MinKinds, s.kindsWanted() >= d.MinKinds, func(j *judged) bool { return d.Kinds.kinds(j.password) >= d.MinKinds })
	}
	if d.MaxRepeats > 0 {
		add(Repeats, d.MaxRepeats, true, func(j *judged) bool { return j.n.repeats <= d.MaxRepeats })
	}
}

// kindsWanted is of how many kinds the other rules want characters already.
func (s Set) kindsWanted() int {
	n := 0
	for _, wanted := range []int{
		max(s.MinLower, s.Demands.MinLower), max(s.MinUpper, s.Demands.MinUpper), max(s.MinDigits, s.Demands.MinDigits),
		max(s.MinSymbols, s.Demands.MinSymbols),
	} {
		if wanted > 0 {
			n++
		}
	}
	return n
}

// addUpperBounds adds limits that nobody is near as quiet ones. Where the directory counts something else than
// characters, its limit is another rule: the same password can keep the one and break the other.
func (s Set) addUpperBounds(add adder) {
	longest, size := s.MaxLength, s.Demands.MaxLength
	if s.Demands.Unit == Characters {
		longest, size = stricterMax(longest, size), 0
	}
	if longest > 0 {
		add(TooLong, longest, true, func(j *judged) bool { return j.n.all <= longest && !j.tooBig })
	}
	if size > 0 {
		add(TooBig, size, true, func(j *judged) bool { return s.Demands.Unit.size(j.password) <= size })
	}
}

// stricterMax is the smaller of two upper bounds, of which zero is none.
func stricterMax(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// keepsNamesOut holds a password to the names that the directory refuses, and to the person's own.
func (s Set) keepsNamesOut(own func() []string) func(*judged) bool {
	names := sync.OnceValue(func() []string { return foldAll(s.Demands.Names) })
	alike := sync.OnceValue(func() lookalikes { return lookalikesOf(own()) })
	return func(j *judged) bool {
		if j.tooBig {
			return true
		}
		if n := s.Demands.NameRuns; n > 0 {
			if containsRun(strings.ToLower(j.password), s.Demands.Names, n) {
				return false
			}
		} else if containsAny(j.folded, names()) {
			return false
		}
		return !s.ForbidIdentity || !alike().in(j.folded, j.readings)
	}
}

// isNotBreached asks the list for the password as it was typed. Nobody's password is empty, so that one is not asked for.
func (s Set) isNotBreached(j *judged) bool {
	if j.tooBig || j.password == "" {
		return true
	}
	breached, err := s.Breached.Contains(j.password)
	j.err = err
	return !breached && err == nil
}

// containsRun tells whether a password in lower case has n characters in a row that one of the names has in a row too.
// Accents count: of a run of three letters they are much.
func containsRun(password string, names []string, n int) bool {
	runs := map[string]bool{}
	for from, to := range windows(password, n) {
		runs[password[from:to]] = true
	}
	return slices.ContainsFunc(names, func(name string) bool {
		name = strings.ToLower(name)
		for from, to := range windows(name, n) {
			if runs[name[from:to]] {
				return true
			}
		}
		return false
	})
}

// windows are the places of every n characters in a row.
func windows(s string, n int) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		var starts []int
		for at := range s {
			starts = append(starts, at)
		}
		starts = append(starts, len(s))
		for i := 0; i+n < len(starts); i++ {
			if !yield(starts[i], starts[i+n]) {
				return
			}
		}
	}
}

// counts are the numbers of characters of each kind.
type counts struct {
	all, lower, upper, digits, symbols                int // as Unicode knows them
	plainLower, plainUpper, plainDigits, plainSymbols int // as ASCII does, to which the space is a symbol
	repeats                                           int // the longest run of one character
}

// count takes a byte that is not UTF-8 for one character of no kind. A combining mark is part of the letter before
// it, and what cannot be seen is not a symbol: neither would be one to the person who types it.
func count(s string) counts {
	n := counts{all: utf8.RuneCountInString(s)}
	last, run := rune(-1), 0
	for _, c := range s {
		if c != last {
			last, run = c, 0
		}
		run++
		n.repeats = max(n.repeats, run)
		n.countUnicode(c)
		n.countASCII(c)
	}
	return n
}

func (n *counts) countUnicode(c rune) {
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

func (n *counts) countASCII(c rune) {
	switch {
	case 'a' <= c && c <= 'z':
		n.plainLower++
	case 'A' <= c && c <= 'Z':
		n.plainUpper++
	case '0' <= c && c <= '9':
		n.plainDigits++
	case c < utf8.RuneSelf:
		n.plainSymbols++
	}
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}
