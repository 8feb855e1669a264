package dirtest

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"ssprd/internal/policy"
)

// kind is a kind of characters: some of them, none beside itself when they are gone round in.
type kind []rune

var (
	lower  = kind("kvbzjw")
	upper  = kind("WJXHQD")
	digit  = kind("739514")
	symbol = kind("!-;=%+")
	accent = kind("éàùç") // lower case for Windows, beyond ASCII for others
	beyond = kind("中文字典") // letters without case
	emoji  = kind("🐦🐧🦉🦆")
)

// mix is how many characters of each kind a password has.
type mix struct{ lower, upper, digits, symbols int }

func (m mix) String() string {
	return lower.take(m.lower) + upper.take(m.upper) + digit.take(m.digits) + symbol.take(m.symbols)
}

// take gives n characters of the kind.
func (k kind) take(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune(k[i%len(k)])
	}
	return b.String()
}

// fill lengthens s by characters of the kind for as long as the server counts no more than size.
func (k kind) fill(s string, unit policy.Unit, size int) string {
	for i := 0; ; i++ {
		longer := s + string(k[i%len(k)])
		if length(unit, longer) > size {
			return s
		}
		s = longer
	}
}

// length is what the server counts, as it says that it does.
func length(unit policy.Unit, s string) int {
	switch unit {
	case policy.UTF16Units:
		return len(utf16.Encode([]rune(s)))
	case policy.Bytes:
		return len(s)
	}
	return utf8.RuneCountInString(s)
}

// enough is a mix that has of every kind what is demanded, and one at least.
func enough(d policy.Demands) mix {
	m := mix{max(1, d.MinLower), max(1, d.MinUpper), max(1, d.MinDigits), max(1, d.MinSymbols)}
	m.lower += max(0, d.MinLetters-m.lower-m.upper)
	return m
}

// around gives passwords on both sides of each limit, and one that is far from all.
func around(d policy.Demands) []string {
	rich := enough(d).String()
	passwords := []string{digit.fill(rich, d.Unit, comfortable(d))}
	for _, k := range []kind{lower, accent, emoji} {
		passwords = append(passwords, k.aroundLengths(d, rich)...)
	}
	passwords = append(passwords, aroundCounts(d)...)
	if d.MinKinds > 0 {
		passwords = append(passwords, aroundKinds(d)...)
	}
	if d.MaxRepeats > 0 {
		for _, n := range []int{d.MaxRepeats, d.MaxRepeats + 1} {
			passwords = append(passwords, digit.fill(rich+strings.Repeat("m", n), d.Unit, comfortable(d)))
		}
	}
	return passwords
}

// comfortable is a length that is not near a limit.
func comfortable(d policy.Demands) int {
	const usual = 16
	size := max(usual, d.MinLength+2)
	if d.MaxLength > 0 {
		size = min(size, (d.MinLength+d.MaxLength)/2)
	}
	return size
}

// aroundLengths are passwords one character short of a limit and past it, lengthened by characters of the kind.
func (k kind) aroundLengths(d policy.Demands, rich string) []string {
	var passwords []string
	for _, most := range []int{d.MinLength - 1, d.MaxLength} { // the longest that is too short, and that is not too long
		if most < length(d.Unit, rich) {
			continue
		}
		short := k.fill(rich, d.Unit, most)
		next := k[len([]rune(short))%len(k)]
		if strings.HasSuffix(short, string(next)) {
			next = k[(len([]rune(short))+1)%len(k)]
		}
		passwords = append(passwords, short, short+string(next))
	}
	return passwords
}

// aroundCounts are passwords with as many characters of one kind as are demanded, and with one less.
func aroundCounts(d policy.Demands) []string {
	var passwords []string
	add := func(wanted int, other kind, with func(n int) mix) {
		if wanted == 0 {
			return
		}
		for _, n := range []int{wanted - 1, wanted} {
			passwords = append(passwords, other.fill(with(n).String(), d.Unit, comfortable(d)))
		}
	}
	m := enough(d)
	add(d.MinLower, digit, func(n int) mix { return mix{n, max(m.upper, d.MinLetters-n), m.digits, m.symbols} })
	add(d.MinUpper, digit, func(n int) mix { return mix{max(m.lower, d.MinLetters-n), n, m.digits, m.symbols} })
	add(d.MinLetters, digit, func(n int) mix { return mix{n - min(n, m.upper), min(n, m.upper), m.digits, m.symbols} })
	add(d.MinDigits, lower, func(n int) mix { return mix{m.lower, m.upper, n, m.symbols} })
	add(d.MinSymbols, lower, func(n int) mix { return mix{m.lower, m.upper, m.digits, n} })
	return passwords
}

// aroundKinds are passwords of as many kinds as are demanded, and of one less: of ASCII, and with letters beyond it, which
// are of another kind in one alphabet than in the next.
func aroundKinds(d policy.Demands) []string {
	few := func(kinds ...kind) string {
		few := ""
		for _, k := range kinds[:min(d.MinKinds-1, len(kinds))] {
			few += k.take(2)
		}
		return few + strings.Repeat(few, comfortable(d)/max(1, len(few)))
	}
	plain, withLower := few(upper, digit, symbol, lower), few(lower, digit, symbol, upper)
	return []string{
		plain, plain + lower.take(1), plain + accent.take(1), plain + beyond.take(1),
		withLower + accent.take(1), plain + lower.take(1) + accent.take(1),
	}
}
