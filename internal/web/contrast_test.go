package web_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ssprd/templates"
)

// R63, WCAG 1.4.3, 1.4.11, RGAA 3.2, 3.3: in both schemes every ink stands out from every ground it may stand on, and so do
// the frames of fields and the outline of the focus. TestAxe measures the text of pages; of frames it knows nothing.
func TestContrast(t *testing.T) {
	css, err := templates.FS.ReadFile("static/portal.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, ok := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark scheme")
	}
	dark, _, _ := strings.Cut(rest, "/*")
	day := colours(light)
	night := colours(dark)
	for name := range day {
		if night[name] == 0 {
			t.Errorf("the dark scheme has no %s", name)
		}
	}
	for scheme, c := range map[string]map[string]float64{"by day": day, "in the dark": night} {
		for _, pair := range []struct {
			inks, grounds string
			least         float64
		}{
			{"ink quiet accent good bad", "ground sheet accent-soft", 7},
			{"good", "good-soft", 7}, {"bad", "bad-soft", 7}, {"accent-ink", "accent", 7},
			{"field focus", "ground sheet accent-soft", 3},
			{"accent good bad", "line", 3}, // a bar on its track
		} {
			for _, ink := range strings.Fields(pair.inks) {
				for _, ground := range strings.Fields(pair.grounds) {
					if got := contrast(c[ink], c[ground]); got < pair.least {
						t.Errorf("%s %s on %s has %.2f:1, want %g:1", scheme, ink, ground, got, pair.least)
					}
				}
			}
		}
	}
}

var colour = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6}|[0-9a-f]{3});`)

// The helpdesk's style sheet has no colours of its own: it has those that TestContrast measures, and a theme's.
func TestDeskHasNoColours(t *testing.T) {
	css, err := templates.FS.ReadFile("static/helpdesk.css")
	if err != nil {
		t.Fatal(err)
	}
	if own := regexp.MustCompile(`#[0-9a-f]{3}|rgb|hsl|color-mix`).FindAllString(string(css), -1); len(own) > 0 {
		t.Errorf("helpdesk.css has %q", own)
	}
}

// colours are the luminances of the colours that a style sheet names, as WCAG defines them, with the twentieth that a
// contrast adds to both.
func colours(css string) map[string]float64 {
	all := map[string]float64{}
	for _, found := range colour.FindAllStringSubmatch(css, -1) {
		hex := found[2]
		if len(hex) == 3 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		sum := .05
		for i, weight := range []float64{.2126, .7152, .0722} {
			n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8) // the pattern has hexadecimal digits only
			v := float64(n) / 255
			if v <= .04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		all[found[1]] = sum
	}
	return all
}

func contrast(a, b float64) float64 { return max(a, b) / min(a, b) }
