package policy_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"ssprd/internal/cputest"
	"ssprd/internal/policy"
	"ssprd/internal/policy/policytest"
)

// styles are the styles in which a policy leaves room for a suggestion.
type styles int

const (
	noStyle styles = iota
	randomOnly
	bothStyles
)

// underPolicy is a policy, the person whom it is for, and what it leaves room for.
type underPolicy struct {
	policy.Set
	who    []string
	styles styles
}

var (
	helene   = []string{"Hélène Lefèvre-Noël", "hlefevre", "helene.lefevre@region.example.org"}
	standard = policy.Rules{MinLength: 8, MaxLength: 256, MinLower: 1, MinUpper: 1, MinDigits: 1, ForbidCommon: true,
		ForbidIdentity: true, ForbidWords: []string{"region", "aquitaine"}}
	staff = policy.Rules{MinLength: 12, MaxLength: 256, ForbidCommon: true, ForbidIdentity: true, MinStrength: 3}
)

func demanded(rules policy.Rules, d policy.Demands, s styles) underPolicy {
	return underPolicy{policy.Set{Rules: rules, Demands: d}, helene, s}
}

// suggestPolicies are those of testdata/vectors.json and the example of a configuration, and those that ask for the most
// of one thing.
func suggestPolicies(t testing.TB) map[string]underPolicy {
	d := func(d policy.Demands, s styles) underPolicy { return demanded(standard, d, s) }
	list := map[string]underPolicy{
		"standard": d(policy.Demands{}, bothStyles),
		"staff":    demanded(staff, policy.Demands{}, bothStyles),
		"a domain": demanded(staff, policy.Demands{MinLength: 14, MaxLength: 256, Unit: policy.UTF16Units, MinKinds: 3,
			Kinds: policy.Windows, Names: []string{"hlefevre", "Hélène", "Lefèvre"}}, bothStyles),
		"every kind of a domain": d(policy.Demands{MinKinds: 4, Kinds: policy.Windows, MaxLength: 20}, randomOnly),
		"389 DS, all of it": d(policy.Demands{MinLength: 10, MinLower: 3, MinUpper: 3, MinLetters: 9, MinDigits: 3, MinSymbols: 3,
			MinKinds: 4, MaxRepeats: 1, Names: []string{"hlefevre", "Hélène", "Lefèvre", "Martin Dufemat"}, NameRuns: 3}, bothStyles),
		"letters":            d(policy.Demands{MinLetters: 40}, bothStyles),
		"small letters":      d(policy.Demands{MinLower: 40}, bothStyles),
		"capitals":           demanded(policy.Rules{MinUpper: 16, MaxLength: 64}, policy.Demands{}, randomOnly),
		"digits":             d(policy.Demands{MinDigits: 16}, bothStyles),
		"symbols":            d(policy.Demands{MinSymbols: 16, MaxLength: 64}, randomOnly),
		"a few symbols":      d(policy.Demands{MinSymbols: 7}, bothStyles),
		"all of the most":    demanded(policy.Rules{MinLower: 16, MinUpper: 16, MinDigits: 16, MinSymbols: 16, MaxLength: 64}, policy.Demands{}, randomOnly),
		"long":               d(policy.Demands{MinLength: 64}, bothStyles),
		"the longest":        demanded(policy.Rules{MinLength: 1024, MaxLength: 1024}, policy.Demands{}, randomOnly),
		"exactly so long":    d(policy.Demands{MinLength: 23, MaxLength: 23, MinKinds: 4}, randomOnly),
		"just long enough":   d(policy.Demands{MaxLength: 18, Unit: policy.Bytes}, randomOnly),
		"no room for words":  d(policy.Demands{MaxLength: 35}, randomOnly),
		"room for words":     d(policy.Demands{MaxLength: 36}, bothStyles),
		"not long enough":    d(policy.Demands{MaxLength: 17, Unit: policy.Bytes}, noStyle),
		"twelve":             d(policy.Demands{MaxLength: 12}, noStyle),
		"other letters":      d(policy.Demands{MinKinds: 5}, noStyle),
		"more than is taken": d(policy.Demands{MinDigits: 1 << 20}, noStyle),
		"a book":             d(policy.Demands{MinLength: 1 << 20}, noStyle),
		"every letter and digit is forbidden": {policy.Set{Rules: policy.Rules{ForbidWords: strings.Split("abcdefghijklmnopqrstuvwxyz0123456789", "")}},
			helene, noStyle},
	}
	for _, v := range policytest.Vectors(t) {
		key, err := json.Marshal([]any{v.Rules, v.Demands, v.Who, v.Breached})
		if err != nil {
			t.Fatal(err)
		}
		s := bothStyles
		if longest := cmp.Or(v.Demands.MaxLength, 256); longest < 36 {
			s = randomOnly
		}
		list["vectors: "+string(key)] = underPolicy{v.Set(t), v.Who, s}
	}
	return list
}

// draws are how many passwords TestSuggestions draws, of all policies together; or of each, in the environment.
const draws = 100_000

// R38: whatever the policy, each suggestion keeps it, none comes twice, nothing looks like something else, and nobody
// guesses it with a probability of more than 2^-80.
func TestSuggestions(t *testing.T) {
	policies := suggestPolicies(t)
	each := draws / len(policies)
	if n, err := strconv.Atoi(os.Getenv("SUGGESTIONS")); err == nil {
		each = n
	}
	for name, p := range policies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if p.styles == noStyle {
				if got := suggest(t, p.Set, 10, p.who); len(got) != 0 {
					t.Errorf("there is no room, and %q is proposed", got)
				}
				return
			}
			drawn := drawnUnder(t, p, each)
			inWords := slices.DeleteFunc(slices.Clone(drawn), func(s string) bool { return !ofWords.MatchString(s) })
			inRandom := slices.DeleteFunc(slices.Clone(drawn), ofWords.MatchString)
			// As many of each; fewer of words where the rules refuse so many that they are left out now and then.
			few := p.styles == bothStyles && (len(inWords) < each/4 || len(inRandom) < each/2)
			if few || p.styles == randomOnly && len(inWords) > 0 {
				t.Errorf("%d are at random, %d of words", len(inRandom), len(inWords))
			}
			random, words := p.Draws()
			if (words != nil) != (p.styles == bothStyles) {
				t.Errorf("words are drawn: %t, want %t", words != nil, p.styles == bothStyles)
			}
			holdBits(t, p, random, randomBits(t, p.Set, inRandom))
			if p.styles == bothStyles {
				holdBits(t, p, words, wordBits(t, inWords))
			}
		})
	}
}

// suggest is Suggest with a list that cannot fail, or with none.
func suggest(t testing.TB, s policy.Set, n int, who []string) []string {
	t.Helper()
	got, err := s.Suggest(n, who)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// drawnUnder draws n passwords in tens, each of which must keep the policy.
func drawnUnder(t *testing.T, p underPolicy, n int) []string {
	t.Helper()
	seen := map[string]bool{}
	for len(seen) < n {
		ten := suggest(t, p.Set, 10, p.who)
		if len(ten) != 10 {
			t.Fatalf("%d are proposed instead of ten: %q", len(ten), ten)
		}
		for _, password := range ten {
			if wrong := wrongWith(p.Set, password); wrong != "" {
				t.Fatalf("%q %s", password, wrong)
			}
			if seen[password] {
				t.Fatalf("%q came twice", password)
			}
			seen[password] = true
		}
		if broken := brokenIn(judge(t, p.Set, ten[0], p.who)); len(broken) > 0 { // a sample of what Suggest itself has done
			t.Fatalf("%q breaks %v", ten[0], broken)
		}
	}
	return slices.Collect(maps.Keys(seen))
}

// wrongWith counts once more, in the plainest way, what rules count.
func wrongWith(s policy.Set, password string) string {
	d, n := s.Demands, map[string]int{}
	last := rune(0)
	for _, c := range password {
		switch {
		case c > unicode.MaxASCII || c <= ' ':
			return fmt.Sprintf("has %q", c)
		case strings.ContainsRune("0OoQ1lI|", c):
			return fmt.Sprintf("has %q, which looks like others", c)
		case c == last:
			return fmt.Sprintf("has %q twice in a row", c)
		case c >= 'a' && c <= 'z':
			n["lower"]++
		case c >= 'A' && c <= 'Z':
			n["upper"]++
		case c >= '0' && c <= '9':
			n["digits"]++
		default:
			n["symbols"]++
		}
		last = c
	}
	for _, c := range []struct {
		what        string
		n, from, to int
	}{
		{"characters", len(password), max(s.MinLength, d.MinLength), min(cmp.Or(s.MaxLength, policy.MaxBytes), cmp.Or(d.MaxLength, policy.MaxBytes))},
		{"small letters", n["lower"], max(s.MinLower, d.MinLower, 1), policy.MaxBytes},
		{"capitals", n["upper"], max(s.MinUpper, d.MinUpper, 1), policy.MaxBytes},
		{"letters", n["lower"] + n["upper"], d.MinLetters, policy.MaxBytes},
		{"digits", n["digits"], max(s.MinDigits, d.MinDigits, 1), policy.MaxBytes},
		{"symbols", n["symbols"], max(s.MinSymbols, d.MinSymbols), policy.MaxBytes},
		{"kinds", len(n), d.MinKinds, 4},
	} {
		if c.n < c.from || c.n > c.to {
			return fmt.Sprintf("has %d %s, wanted %d to %d", c.n, c.what, c.from, c.to)
		}
	}
	return ""
}

// ofWords knows the style of words: all but one group are letters, of which only the first may be a capital.
var ofWords = regexp.MustCompile(`^([A-Za-z][a-z]{1,4}-)*([0-9]{6,}(-[A-Za-z][a-z]{1,4})*)$`)

// holdBits holds that 80 bits are left when the rules have refused what they refuse, of which a sample tells the share.
func holdBits(t *testing.T, p underPolicy, draw func() string, bits float64) {
	t.Helper()
	const sample = 50
	kept := 0
	for range sample {
		if policy.Met(judge(t, p.Set, draw(), p.who)) {
			kept++
		}
	}
	if left := bits + math.Log2(float64(kept)/sample); left < 80 {
		t.Errorf("%q has %.1f bits, of which %d in %d draws leave %.1f", draw(), bits, kept, sample, left)
	}
}

// randomBits works out from the characters seen what is certain of a password at random: the demanded characters come
// from their kind alone, none is the one before, and the order, which would add to it, is not counted.
func randomBits(t *testing.T, s policy.Set, passwords []string) float64 {
	t.Helper()
	seen := map[rune]bool{}
	least := math.MaxInt
	for _, password := range passwords {
		drawn := strings.ReplaceAll(password, "-", "")
		least = min(least, len(drawn))
		for _, c := range drawn {
			seen[c] = true
		}
	}
	of := func(kind func(rune) bool) float64 {
		n := 0.0
		for c := range seen {
			if kind(c) {
				n++
			}
		}
		return n
	}
	lower, upper, digits := of(unicode.IsLower), of(unicode.IsUpper), of(unicode.IsDigit)
	symbols := float64(len(seen)) - lower - upper - digits
	d, bits, free := s.Demands, 0.0, least
	take := func(n int, kind float64) {
		if n > 0 {
			bits, free = bits+float64(n)*math.Log2(kind-1), free-n
		}
	}
	minLower, minUpper := max(s.MinLower, d.MinLower, 1), max(s.MinUpper, d.MinUpper, 1)
	take(minLower, lower)
	take(minUpper, upper)
	take(max(s.MinDigits, d.MinDigits, 1), digits)
	if symbols > 0 {
		take(max(s.MinSymbols, d.MinSymbols, 1)-strings.Count(passwords[0], "-"), symbols)
	}
	take(d.MinLetters-minLower-minUpper, lower+upper)
	take(free, lower+upper+digits)
	return bits
}

// wordBits works it out for passwords of words: from the letters seen at the places where each kind of letter stands, the
// digits seen, and the places at which capitals and the number were seen.
func wordBits(t *testing.T, passwords []string) float64 {
	t.Helper()
	letters := map[string]map[rune]bool{"first": {}, "capital": {}, "vowel": {}, "consonant": {}, "digit": {}}
	shapes := map[string]bool{}
	for _, password := range passwords {
		for c, place := range places(password) {
			letters[place][c] = true
		}
		shapes[shape(password)] = true
	}
	bits := math.Log2(float64(len(shapes))) // what is a word, what the number, what has a capital: seen, if not all
	for c, place := range places(passwords[0]) {
		choices := float64(len(letters[place]))
		if c >= '0' && c <= '9' {
			choices-- // never the one before
		}
		bits += math.Log2(choices)
	}
	return bits
}

// places are the characters of a password of words, with the kind of place that each stands at.
func places(password string) func(yield func(rune, string) bool) {
	return func(yield func(rune, string) bool) {
		for group := range strings.SplitSeq(password, "-") {
			for i, c := range group {
				place := "consonant"
				switch {
				case unicode.IsDigit(c):
					place = "digit"
				case unicode.IsUpper(c):
					place = "capital"
				case i == 0:
					place = "first"
				case i%2 == 1:
					place = "vowel"
				}
				if !yield(c, place) {
					return
				}
			}
		}
	}
}

// shape tells which groups of a password of words are the number (9), words (a) and words with a capital (A).
func shape(password string) string {
	var s strings.Builder
	for group := range strings.SplitSeq(password, "-") {
		switch c := rune(group[0]); {
		case unicode.IsDigit(c):
			s.WriteByte('9')
		case unicode.IsUpper(c):
			s.WriteByte('A')
		default:
			s.WriteByte('a')
		}
	}
	return s.String()
}

// R38: no style has two characters that look alike. The list is one of shapes, and not of what is used.
func TestSuggestionsHaveNoLookAlikes(t *testing.T) {
	alike := strings.Fields("0OoQ 0D DO 1lI|! 1i li Ii 17 l7 I7 1J IJ Jj ij 2Zz 5Ss$ 6bG 8B& 8S 9gq CcG( Cc ce Kk Pp Uu Vv uv UV Ww Xx× Yy gy 4Y t+ +*" +
		" -_~ .,;:'\"`´ []()| \\/l1|")
	set := policy.Set{Demands: policy.Demands{MinSymbols: 20}}
	random, words := set.Draws()
	for style, draw := range map[string]func() string{"random": random, "words": words} {
		used := map[rune]bool{}
		for range 2000 {
			for _, c := range draw() {
				used[c] = true
			}
		}
		if len(used) < 22 {
			t.Errorf("%s: only %d characters were seen", style, len(used))
		}
		for _, shapes := range alike {
			var both []rune
			for _, c := range shapes {
				if used[c] {
					both = append(both, c)
				}
			}
			if len(both) > 1 {
				t.Errorf("%s: %q are used, which look alike", style, string(both))
			}
		}
	}
}

// R38: each character of a kind is as likely as the others, and each place for the number and for the capitals. Were the
// program right, one of these comparisons would fail once in 10^8 runs.
func TestSuggestionsAreUniform(t *testing.T) {
	const n = 20_000
	random, words := policy.Set{Demands: policy.Demands{MinSymbols: 5}}.Draws()
	counted := map[string]map[string]int{}
	count := func(what, choice string) {
		if counted[what] == nil {
			counted[what] = map[string]int{}
		}
		counted[what][choice]++
	}
	for range n {
		for i, c := range strings.ReplaceAll(random(), "-", "") {
			switch {
			case unicode.IsLower(c):
				count("small letters", string(c))
			case unicode.IsUpper(c):
				count("capitals", string(c))
			case unicode.IsDigit(c):
				count("digits", string(c))
			default:
				count("symbols", string(c))
				count("the place of a symbol", strconv.Itoa(i))
			}
		}
		password := words()
		for c, place := range places(password) {
			count("words, "+place, string(c))
		}
		count("words, shape", shape(password))
	}
	for what, wanted := range map[string]int{"small letters": 10, "capitals": 17, "digits": 7, "symbols": 4, "words, first": 8,
		"words, capital": 6, "words, vowel": 4, "words, consonant": 8, "words, digit": 7, "words, shape": 60, "the place of a symbol": 20} {
		if len(counted[what]) != wanted {
			t.Errorf("%s: %d choices were seen, want %d: %v", what, len(counted[what]), wanted, counted[what])
		}
	}
	for what, counts := range counted {
		if chi, most := chiSquare(counts); chi > most {
			t.Errorf("%s: chi-square is %.1f, which is over %.1f once in 10^9 times: %v", what, chi, most, counts)
		}
	}
}

// chiSquare gives Pearson's statistic against equal chances, and what it exceeds with a probability of 10^-9 (Wilson and
// Hilferty's approximation).
func chiSquare(counts map[string]int) (chi, most float64) {
	total := 0
	for _, n := range counts {
		total += n
	}
	expected := float64(total) / float64(len(counts))
	for _, n := range counts {
		chi += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	const z = 5.998
	free := float64(len(counts) - 1)
	return chi, free * math.Pow(1-2/(9*free)+z*math.Sqrt(2/(9*free)), 3)
}

// R38: what does not divide evenly is drawn again, and not given to the first.
func TestBelowDrawsAgain(t *testing.T) {
	for _, c := range []struct {
		n     int
		bytes []byte
		want  int
	}{
		{10, []byte{0, 7}, 7},
		{10, []byte{0xff, 0xf9}, 9}, // 65529, the last that counts
		{10, []byte{0xff, 0xfa, 0, 4}, 4},
		{10, []byte{0xff, 0xff, 0xff, 0xfe, 1, 0}, 6},
		{1 << 16, []byte{0xff, 0xff}, 65535},
		{1, []byte{0xff, 0xff}, 0},
	} {
		if got := policy.Below(c.n, c.bytes...); got != c.want {
			t.Errorf("of %v, below %d: %d, want %d", c.bytes, c.n, got, c.want)
		}
	}
}

// R38: where little of a style is left it is not used: a dozen draws tell, and no more work is done.
func TestTakeGivesUp(t *testing.T) {
	set := policy.Set{Rules: policy.Rules{MinDigits: 1}}
	for _, c := range []struct {
		name      string
		good      func(drawn int) bool
		taken     int
		mostDrawn int
	}{
		{"all are good", func(int) bool { return true }, 10, 10},
		{"none is", func(int) bool { return false }, 0, 9},
		{"every other is", func(i int) bool { return i%2 == 0 }, 10, 20},
		{"one in ten is", func(i int) bool { return i%10 == 5 }, 0, 15},
	} {
		drawn := 0
		got, err := set.Take(10, func() string {
			drawn++
			if c.good(drawn) {
				return strconv.Itoa(drawn)
			}
			return "none"
		})
		if err != nil || len(got) != c.taken || drawn > c.mostDrawn {
			t.Errorf("%s: %d taken of %d drawn, want %d of at most %d", c.name, len(got), drawn, c.taken, c.mostDrawn)
		}
	}
	if got, err := set.Take(2, func() string { return "1" }); got != nil || err != nil {
		t.Errorf("the same twice: %q, %v", got, err)
	}
}

func TestSuggestGivesAsManyAsWanted(t *testing.T) {
	set := policy.Set{Rules: standard}
	for _, n := range []int{-1, 0, 1, 2, 7} {
		got := suggest(t, set, n, helene)
		if len(got) != max(n, 0) {
			t.Errorf("%d are wanted: %q", n, got)
		}
		for i, password := range got {
			if ofWords.MatchString(password) != (i%2 == 1) {
				t.Errorf("%d is %q: the styles do not take turns", i, password)
			}
		}
	}
}

// R33: nothing is proposed that is in the list of breached passwords, nor while the list cannot be read.
func TestSuggestAsksTheList(t *testing.T) {
	s := policy.Set{Rules: standard, Breached: unreadable{}}
	if got, err := s.Suggest(3, helene); got != nil || !errors.Is(err, errDisk) {
		t.Errorf("%q, %v", got, err)
	}
	if got := suggest(t, policy.Set{Rules: standard, Breached: allOfThem{}}, 3, helene); got != nil {
		t.Errorf("every password is breached, and %q is proposed", got)
	}
}

// allOfThem is a list that has every password.
type allOfThem struct{}

func (allOfThem) Contains(string) (bool, error) { return true, nil }

// R38: nothing is proposed that a person would not say on the telephone.
func TestSuggestionsAreSeemly(t *testing.T) {
	set := policy.Set{}
	if got, err := set.Take(1, func() string { return "Nuden-putif-473829" }); got != nil || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// R38: ten suggestions for a person with three names.
func BenchmarkSuggestions(b *testing.B) {
	strong := standard
	strong.MinStrength = 3
	for _, c := range []struct {
		name  string
		rules policy.Rules
	}{{"plain", standard}, {"min_strength 3", strong}} {
		b.Run(c.name, func(b *testing.B) {
			policy.Score("", nil) // reads the lists
			before := cputest.Used(b)
			for b.Loop() {
				if got := suggest(b, policy.Set{Rules: c.rules}, 10, helene); len(got) != 10 {
					b.Fatal(got)
				}
			}
			b.ReportMetric((cputest.Used(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/ten")
		})
	}
}
