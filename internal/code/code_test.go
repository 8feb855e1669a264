package code_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ssprd/internal/code"
)

// R9: every digit is as likely as any other at every place. With 9 degrees of freedom, chi-squared exceeds 60 once
// in a billion runs; a bias of one percent on one digit would give over 100 on a million digits of one place.
func TestNewIsUniform(t *testing.T) {
	const places, draws, limit = 10, 100_000, 60.0
	var seen [places][10]float64
	for range draws {
		for place, digit := range code.New(places).Reveal() {
			seen[place][digit-'0']++
		}
	}
	var all [10]float64
	for place := range seen {
		if x := chiSquared(seen[place][:], draws/10); x > limit {
			t.Errorf("the digits at place %d are not uniform: chi-squared %.1f of %v", place, x, seen[place])
		}
		for digit, n := range seen[place] {
			all[digit] += n
		}
	}
	if x := chiSquared(all[:], places*draws/10); x > limit {
		t.Errorf("a million digits are not uniform: chi-squared %.1f of %v", x, all)
	}
}

func chiSquared(seen []float64, expected float64) float64 {
	x := 0.0
	for _, n := range seen {
		x += math.Pow(n-expected, 2) / expected
	}
	return x
}

// R9: leading zeros are kept. Of 2000 codes none begins with 0 once in 10^91 runs.
func TestNewKeepsLeadingZeros(t *testing.T) {
	for digits := 6; digits <= 10; digits++ {
		zeros := 0
		for range 2000 {
			c := code.New(digits).Reveal()
			if len(c) != digits || strings.Trim(c, "0123456789") != "" {
				t.Fatalf("%q is not %d digits", c, digits)
			}
			if c[0] == '0' {
				zeros++
			}
		}
		if zeros == 0 {
			t.Errorf("no code of %d digits begins with 0", digits)
		}
	}
}

// R19: as people type and paste it.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, typed, want string
		err               error
	}{
		{"plain", "042137", "042137", nil},
		{"grouped", "042 137", "042137", nil},
		{"around it", "  042137\r\n", "042137", nil},
		{"tab", "042\t137", "042137", nil},
		{"no-break space", "042\u00a0137", "042137", nil},
		{"narrow no-break space", "042\u202f137", "042137", nil},
		{"thin and figure space", "042\u2009\u2007137", "042137", nil},
		{"ideographic space", "042\u3000137", "042137", nil},
		{"hyphen-minus", "042-137", "042137", nil},
		{"hyphen", "042\u2010137", "042137", nil},
		{"no-break hyphen", "042\u2011137", "042137", nil},
		{"en dash", "042–137", "042137", nil},
		{"em dash", "042—137", "042137", nil},
		{"minus sign", "042\u2212137", "042137", nil},
		{"dot", "042.137", "042137", nil},
		{"zero-width space", "042\u200b137", "042137", nil},
		{"soft hyphen", "042\u00ad137", "042137", nil},
		{"marks of direction", "\u200e\u202a042137\u202c", "042137", nil},
		{"byte order mark", "\ufeff042137", "042137", nil},
		{"Arabic-Indic", "٠٤٢١٣٧", "042137", nil},
		{"Persian", "۰۴۲۱۳۷", "042137", nil},
		{"Devanagari", "०४२१३७", "042137", nil},
		{"full width", "０４２１３７", "042137", nil},
		{"mathematical bold", "𝟎𝟒𝟐𝟏𝟑𝟕", "042137", nil},
		{"scripts mixed", "0４٢137", "042137", nil},
		{"nothing", "", "", code.ErrEmpty},
		{"spaces alone", " \u00a0 ", "", code.ErrEmpty},
		{"too short", "04213", "", code.ErrShort},
		{"too long", "0421370", "", code.ErrLong},
		{"far too long", strings.Repeat("0", 1<<20), "", code.ErrLong},
		{"more than is typed", "042137" + strings.Repeat("\u200b", 200), "", code.ErrLong},
		{"a letter", "04213O", "", code.ErrNotDigits},
		{"letters alone", "abcdef", "", code.ErrNotDigits},
		{"superscript", "04213²", "", code.ErrNotDigits},
		{"roman numeral", "04213Ⅷ", "", code.ErrNotDigits},
		{"comma", "042,137", "", code.ErrNotDigits},
		{"NUL", "042\x00137", "", code.ErrNotDigits},
		{"not UTF-8", "042137\xff", "", code.ErrNotDigits},
		{"a sentence around it", "Code : 042137", "", code.ErrNotDigits},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := code.Parse(c.typed, 6)
			if !errors.Is(err, c.err) || got.Reveal() != c.want {
				t.Errorf("Parse gives %q, %v, want %q, %v", got.Reveal(), err, c.want, c.err)
			}
		})
	}
}

// R19: each script's ten digits have the values 0 to 9 in order, whichever scripts Unicode has.
func TestParseKnowsEveryDigit(t *testing.T) {
	var digits []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.Is(unicode.Nd, r) {
			digits = append(digits, r)
		}
	}
	if len(digits) < 600 || len(digits)%10 != 0 {
		t.Fatalf("Unicode has %d decimal digits, which is not ten of each script", len(digits))
	}
	for script := range slices.Chunk(digits, 10) {
		got, err := code.Parse(string(script), 10)
		if err != nil || got.Reveal() != "0123456789" {
			t.Errorf("the digits %q from %U are read as %q, %v", string(script), script[0], got.Reveal(), err)
		}
	}
}

// R19: whatever is typed, a code is of the right length and of digits, and reads the same again.
func FuzzParse(f *testing.F) {
	f.Add("042 137")
	f.Add("٠٤٢١٣٧")
	for _, typed := range []string{"０４２１３７", "𝟎𝟒𝟐𝟏𝟑𝟕", "042\u200b137", "042\u2011137", "\ufeff042137", "042\u00a0137\r\n", "04213７\x00", "042137\xff", "+42137", "-42137",
		"0x2137", "4e5000", "042137042137", "²³¹⁰⁴⁵", "①②③④⑤⑥", "", "\u202e731240", strings.Repeat("\u200b", 100), strings.Repeat("𝟿", 100)} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := code.Parse(typed, 6)
		if err != nil {
			if !c.Empty() {
				t.Errorf("a code beside the error %v", err)
			}
			return
		}
		again, err := code.Parse(c.Reveal(), 6)
		if err != nil || again.Reveal() != c.Reveal() || len(c.Reveal()) != 6 {
			t.Errorf("%q reads as %q, then as %q, %v", typed, c.Reveal(), again.Reveal(), err)
		}
	})
}

func parse(t *testing.T, s string) code.Code {
	t.Helper()
	c, err := code.Parse(s, len(s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// R12, R18: a digest is that of one code of one reset under one key.
func TestDigestIsBound(t *testing.T) {
	k := code.NewKeyer([]byte("0123456789abcdef0123456789abcdef"))
	other := code.NewKeyer([]byte("fedcba9876543210fedcba9876543210"))
	d := k.Digest("reset-1", parse(t, "042137"))
	if !d.Equal(k.Digest("reset-1", parse(t, "042 137"[:3]+"137"))) {
		t.Error("the same code of the same reset has another digest")
	}
	for name, wrong := range map[string]code.Digest{
		"another code":          k.Digest("reset-1", parse(t, "042138")),
		"another reset":         k.Digest("reset-2", parse(t, "042137")),
		"another key":           other.Digest("reset-1", parse(t, "042137")),
		"the border moved":      k.Digest("reset-10", parse(t, "42137")),
		"no code":               k.Digest("reset-1", code.Code{}),
		"no digest":             {},
		"a digest cut off":      {Sum: d.Sum[:16]},
		"a digest of one octet": {Sum: []byte{0}},
	} {
		if d.Equal(wrong) || wrong.Equal(d) {
			t.Errorf("%s matches", name)
		}
	}
	if strings.Contains(fmt.Sprintf("%s %v %x", d.Sum, d, d), "042137") {
		t.Error("the digest shows the code")
	}
}

// R3, R11: the digest of nobody's reset, and that of a reset whose code was used, match nothing, not even themselves.
func TestDecoyAndZeroMatchNothing(t *testing.T) {
	k := code.NewKeyer(make([]byte, 32))
	decoy, zero := code.Decoy(), code.Digest{}
	for n := range 10_000 {
		d := k.Digest("reset-1", parse(t, fmt.Sprintf("%04d", n)))
		if decoy.Equal(d) || zero.Equal(d) || d.Equal(zero) {
			t.Fatalf("%04d matches", n)
		}
	}
	if zero.Equal(zero) {
		t.Error("the zero digest matches itself")
	}
	if decoy.Equal(code.Decoy()) {
		t.Error("two decoys are the same")
	}
	if len(decoy.Sum) != len(k.Digest("", code.Code{}).Sum) {
		t.Error("a decoy can be told from a digest by its length")
	}
}

func TestDefaultsAreInBounds(t *testing.T) {
	d := code.Defaults()
	if d.Digits < 6 || d.Digits > 10 || d.Lifetime <= 0 || d.Lifetime.Hours() > 24 || d.Tries < 1 || d.Sends < 1 || d.ResendAfter.Seconds() < 60 {
		t.Errorf("defaults out of bounds: %+v", d)
	}
}

func BenchmarkDigest(b *testing.B) {
	k, c := code.NewKeyer(make([]byte, 32)), code.New(6)
	b.ReportAllocs()
	for b.Loop() {
		k.Digest("ZQ3FJ2YYBX5XAY6PJIDTGZ7ZSI", c)
	}
}
