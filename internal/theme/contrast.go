package theme

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// pair is a colour on another, as portal.css sets them.
type pair struct {
	on, ground string
	least      float64
	criterion  string
}

// pairs are all of them. Text wants 4.5:1 (WCAG 1.4.3), what only marks a place 3:1 (WCAG 1.4.11).
var pairs = []pair{
	{"--ink", "--ground", 4.5, "1.4.3"}, {"--ink", "--sheet", 4.5, "1.4.3"}, {"--ink", "--accent-soft", 4.5, "1.4.3"},
	{"--quiet", "--ground", 4.5, "1.4.3"}, {"--quiet", "--sheet", 4.5, "1.4.3"},
	{"--accent", "--ground", 4.5, "1.4.3"}, {"--accent", "--sheet", 4.5, "1.4.3"}, {"--accent", "--accent-soft", 4.5, "1.4.3"},
	{"--accent-ink", "--accent", 4.5, "1.4.3"},
	{"--bad", "--bad-soft", 4.5, "1.4.3"}, {"--bad", "--sheet", 4.5, "1.4.3"},
	{"--good", "--good-soft", 4.5, "1.4.3"}, {"--good", "--sheet", 4.5, "1.4.3"},
	{"--field", "--sheet", 3, "1.4.11"}, {"--field", "--ground", 3, "1.4.11"},
	{"--focus", "--ground", 3, "1.4.11"}, {"--focus", "--sheet", 3, "1.4.11"},
}

// contrasts tells of pairs that have a colour of the theme and cannot be read, or seen, in one of the two schemes.
func contrasts(builtIn, own sheet, report func(line int, wrong string)) {
	for _, scheme := range []string{"light", "dark"} {
		colours := palette{}
		colours.add(builtIn, scheme, false)
		colours.add(own, scheme, true)
		for _, p := range pairs {
			on, ground := colours[p.on], colours[p.ground]
			line := max(on.line, ground.line)
			a, ok := colours.light(p.on, scheme)
			b, both := colours.light(p.ground, scheme)
			if !ok || !both || line == 0 {
				continue
			}
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < p.least {
				report(line, fmt.Sprintf("%s on %s has a contrast of %s:1 in the %s scheme: wanted at least %v:1 (WCAG %s)",
					p.on, p.ground, downTo(ratio), scheme, p.least, p.criterion))
			}
		}
	}
}

// downTo writes a ratio with two digits, never rounded up to what was wanted.
func downTo(ratio float64) string { return strconv.FormatFloat(math.Floor(ratio*100)/100, 'f', -1, 64) }

// palette are the values of the variables in one scheme.
type palette map[string]colour

type colour struct {
	value string
	line  int // of theme.css; 0 if the built-in value stands
}

// add lays the variables of :root over those known so far. What stands outside of any scheme is for both, and a theme
// comes after the built-in dark scheme: a colour that it gives once is that of the dark scheme too.
func (p palette) add(s sheet, scheme string, own bool) {
	for _, d := range s.declarations {
		if !strings.HasPrefix(d.property, "--") || !holds(d.within, scheme) {
			continue
		}
		c := colour{value: d.value}
		if own {
			c.line = d.line
		}
		p[d.property] = c
	}
}

// holds tells whether what stands within these rules is for :root in the scheme.
func holds(within []string, scheme string) bool {
	inner := len(within) - 1
	if !slices.Contains(strings.Split(within[inner], ","), ":root") || inner > 1 {
		return false
	}
	return inner == 0 || strings.ReplaceAll(within[0], " ", "") == "@media(prefers-color-scheme:"+scheme+")"
}

// light is the relative luminance of a variable's colour (WCAG 2.2); false where it is not a plain colour.
func (p palette) light(name, scheme string) (float64, bool) {
	value := p[name].value
	for range 4 { // var(--a) of var(--b)
		if both := functions(value, "light-dark"); len(both) == 1 && strings.HasPrefix(value, "light-dark(") {
			first, second, _ := strings.Cut(both[0], ",")
			value = strings.TrimSpace(map[string]string{"light": first, "dark": second}[scheme])
		}
		named := functions(value, "var")
		if len(named) != 1 || !strings.HasPrefix(value, "var(") {
			break
		}
		value = p[named[0]].value
	}
	rgb, ok := plain(value)
	if !ok {
		return 0, false
	}
	var linear [3]float64
	for i, v := range rgb {
		if s := float64(v) / 255; s <= 0.04045 {
			linear[i] = s / 12.92
		} else {
			linear[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2], true
}

// plain reads #RGB, #RRGGBB and rgb(R G B).
func plain(value string) (rgb [3]uint8, ok bool) {
	if digits, found := strings.CutPrefix(value, "#"); found {
		if len(digits) == 3 {
			digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
		}
		n, err := strconv.ParseUint(digits, 16, 32)
		return [3]uint8{uint8(n >> 16), uint8(n >> 8), uint8(n)}, err == nil && len(digits) == 6
	}
	inner, found := strings.CutPrefix(value, "rgb(")
	inner, closed := strings.CutSuffix(inner, ")")
	parts := strings.FieldsFunc(inner, func(r rune) bool { return r == ' ' || r == ',' })
	if !found || !closed || len(parts) != 3 {
		return rgb, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return rgb, false
		}
		rgb[i] = uint8(n)
	}
	return rgb, true
}
