package theme_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ssprd/internal/cputest"
	"ssprd/internal/theme"
	"ssprd/templates"
)

// What a style sheet gets wrong changes nothing on the pages, or too much, and no browser says why.
func TestStyleMistakes(t *testing.T) {
	for text, want := range map[string]string{
		":root { --accent: #700 }": "",
		"/* a { */ :root { --ours: 1px; } p { margin: var(--ours); padding: var(--theirs, 2px) }":                "",
		`p::before { content: "}" } @font-face { src: url("font.woff2") } a { background: url(./logo.svg?x#y) }`: "",
		"@charset \"utf-8\"; @media print { a { color: red } } @supports (a: b) { p { fill: url(#a) } }":         "",
		":root {\n  --acent: #700;\n}":                   `theme.css:2: nothing uses the variable --acent; did you mean "--accent"?`,
		"a {\n\n color: var(--acent) }":                  `theme.css:3: there is no variable --acent; did you mean "--accent"?`,
		":root { --accent: #700\n --ink: #000 }":         "theme.css:1: the value of --accent goes on into the next: wanted ; at its end",
		":root { --accent: #70 }":                        "theme.css:1: --accent: #70 is no colour: wanted #RGB or #RRGGBB",
		"--accent: #700;":                                "theme.css:1: this stands outside of a rule: wanted :root { … } around it",
		"a { color: red":                                 "theme.css:1: this { is never closed",
		"a { color: red }\n}":                            "theme.css:2: this } closes nothing",
		"a { color: red }\n\n/* the end":                 "theme.css:3: this comment is never closed",
		"a { content: 'x\n }":                            "theme.css:1: this string is never closed",
		"a { width: calc(1px }\n":                        "theme.css:1: this ( is never closed",
		"a { color }":                                    "theme.css:1: this is no declaration: wanted PROPERTY: VALUE",
		"\nhello":                                        "theme.css:2: this is no rule: wanted SELECTOR { … }",
		"@import 'x.css';":                               "theme.css:1: @import loads nothing here: wanted its rules in this file",
		"a { background: url(https://fonts.example/a) }": "theme.css:1: url(https://fonts.example/a): browsers load nothing from elsewhere here, nor data: wanted a file of the theme's static/",
		"a { background: url(//fonts.example/a) }":       "theme.css:1: url(//fonts.example/a): browsers load nothing from elsewhere here",
		"a { background: url('data:image/svg+xml;utf8,<svg>{}</svg>') }":                     "theme.css:1: url(data:",
		"a { background: url(img/a.svg) }":                                                   "theme.css:1: url(img/a.svg): wanted the name alone of a file in static/",
		"\na { background: url('none.svg') }":                                                "theme.css:2: url(none.svg): there is no file static/none.svg",
		"\na { background: URL('none.svg') }":                                                "theme.css:2: url(none.svg): there is no file static/none.svg",
		"a { background: url('a\\/b.svg') }":                                                 `theme.css:1: url(a\/b.svg): wanted the name alone`,
		"a { background: image-set('logo.svg' type('image/svg+xml') 1x, url(logo.svg) 2x) }": "",
		"a { background: -webkit-image-set('https://x.example/a' 1x) }":                      "theme.css:1: image-set(https://x.example/a): browsers load nothing from elsewhere here",
		"a {\n background: image-set(url('logo.svg') 1x, \"none.svg\" 2x) }":                 "theme.css:2: image-set(none.svg): there is no file",
		"@IMPORT 'x.css';":                                                         "theme.css:1: @import loads nothing here",
		"\n@\\69mport 'x.css';":                                                    `theme.css:2: a \ outside of quotes is not allowed here`,
		"a { background:\n\\75rl(https://x.example/) }":                            `theme.css:2: a \ outside of quotes is not allowed here`,
		"a { width: calc(\n\\31px) }":                                              `theme.css:2: a \ outside of quotes is not allowed here`,
		"/* \\ */ a { content: '\\201c' }":                                         "",
		":root { --line: ; }":                                                      "theme.css:1: --line: is no colour: wanted #RGB or #RRGGBB",
		":root { --line: 2px }":                                                    "theme.css:1: --line: 2px is no colour",
		":root { --ours: #12; } a { color: var(--ours) }":                          "theme.css:1: --ours: #12 is no colour",
		":root { --ours: 2px; } a { color: var(--ours) }":                          "",
		":root { --line: rgb(300 1 2) }":                                           "theme.css:1: --line: rgb(300 1 2) is no colour: wanted numbers from 0 to 255",
		":root { --line: light-dark(#000, rgba(0, -1, 0, .5)) }":                   "theme.css:1: --line: light-dark(#000, rgba(0, -1, 0, .5)) is no colour",
		":root { --line: rgb(10% 20% 30% / 50%); --field: rgb(255, 0, 0.5, 0.9) }": "",
		":root { --line: rebeccapurple }":                                          "",
		":root { --radius: #fff }":                                                 "theme.css:1: --radius: #fff is no length: wanted one such as 6px",
		":root { --radius: 6 }":                                                    "theme.css:1: --radius: 6 is no length",
		":root { --wide: ; }":                                                      "theme.css:1: --wide: is no length",
		":root { --wide: wide }":                                                   "theme.css:1: --wide: wide is no length",
		":root { --radius: 0 .5rem; --wide: calc(30rem + 2px) }":                   "",
	} {
		wrong, _ := check(t, map[string]string{"theme.css": text, "static/font.woff2": "", "logo.svg": svg})
		if want == "" && len(wrong) > 0 || want != "" && (len(wrong) == 0 || !strings.HasPrefix(wrong[0], want)) {
			t.Errorf("%q: %q, want %q", text, wrong, want)
		}
	}
}

// However a style sheet is made, it is looked at in no time.
func TestStyleIsBounded(t *testing.T) {
	for text, want := range map[string]string{
		"a { fill: " + strings.Repeat("url(", 50_000) + strings.Repeat(")", 50_000) + "\n} b {": "more than 32 ( within each other are not looked at",
		"a { fill: " + strings.Repeat("url(", 50_000):                                           "this ( is never closed",
		"a { fill: " + strings.Repeat("var(--x,", 50_000) + strings.Repeat(")", 50_000) + "}":   "more than 32 (",
		strings.Repeat("a { b: c; ", 50_000):                                                    "more than 32 { within each other: the rest is not looked at",
		"a { fill: " + strings.Repeat("url(a)", 50_000) + "}":                                   "there is no file",
	} {
		before := cputest.Used(t)
		wrong, _ := check(t, map[string]string{"theme.css": text})
		if len(wrong) == 0 || !strings.Contains(wrong[0], want) {
			t.Errorf("%.30q: %.200q, want %q", text, wrong, want)
		}
		if took := cputest.Used(t) - before; took > 5*time.Second {
			t.Errorf("%.30q took %v of the processors", text, took)
		}
	}
}

// A style sheet in place of the built-in one has the variables that it declares.
func TestStyleOfItsOwn(t *testing.T) {
	wrong, _ := check(t, map[string]string{"static/portal.css": ":root { --ours: #000 } a { color: var(--ours) }", "theme.css": ":root { --ours: #111 }"})
	is(t, wrong)
}

// WCAG 1.4.3 and 1.4.11: what a theme makes hard to read or to see is told, in both schemes, with its measure (R63).
func TestContrast(t *testing.T) {
	const light = " on %s has a contrast of %s:1 in the %s scheme: wanted at least %v:1 (WCAG %s)"
	for text, want := range map[string][]string{
		"":                                       nil,
		":root { --ink: #000; --radius: 0 }":     {"--ink on --accent-soft", "--ink on --ground", "--ink on --sheet"}, // black, in the dark scheme as well
		":root { --accent: red }":                nil,                                                                 // not judged
		"@media print { :root { --ink: #fff } }": nil,
		"a { --ink: #fff }":                      nil,
		"@media (prefers-color-scheme:dark) { :root { --accent-ink: #fff } }": {
			"theme.css:1: --accent-ink" + fmt.Sprintf(light, "--accent", "1.9", "dark", 4.5, "1.4.3")},
		":root { --quiet: light-dark(#767676, #8a9aa2) }":                                            {"--quiet on --ground has a contrast of 4.02:1 in the light scheme"},
		":root { --a: rgb(255, 255, 255); --bad: light-dark(var(--a), #faa) } a { color: var(--a) }": {"--bad on --bad-soft", "--bad on --sheet has a contrast of 1:1 in the light scheme"},
		":root { --field: light-dark(#fff, #8a9aa2); --focus: light-dark(#b35900, #1a252b) }": {
			"--field on --ground", "--field on --sheet has a contrast of 1:1 in the light scheme: wanted at least 3:1 (WCAG 1.4.11)",
			"--focus on --ground", "--focus on --sheet has a contrast of 1:1 in the dark scheme"},
	} {
		wrong, warnings := check(t, map[string]string{"theme.css": text})
		if len(wrong) > 0 || len(warnings) != len(want) {
			t.Errorf("%q: %q, %q", text, wrong, warnings)
			continue
		}
		for i, w := range want {
			if !strings.Contains(warnings[i], w) {
				t.Errorf("%q: %q, want %q", text, warnings[i], w)
			}
		}
	}
}

// The built-in colours pass what themes are held to.
func TestBuiltInContrast(t *testing.T) {
	text, err := templates.FS.ReadFile("static/portal.css")
	if err != nil {
		t.Fatal(err)
	}
	root, _, _ := strings.Cut(string(text), "\n/* The frame")
	if wrong, warnings := check(t, map[string]string{"theme.css": root}); len(wrong) > 0 || len(warnings) > 0 {
		t.Errorf("%q, %q", wrong, warnings)
	}
	if all := theme.Variables(templates.FS); len(all) < 15 || all[0] != "--ground" {
		t.Errorf("%q", all)
	}
}
