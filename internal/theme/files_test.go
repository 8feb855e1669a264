package theme_test

import (
	"slices"
	"strings"
	"testing"

	"ssprd/internal/theme"
	"ssprd/internal/theme/themetest"
	"ssprd/templates"
)

const svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`

// check gives what is told of a theme, with the paths as they are within it.
func check(t *testing.T, files map[string]string) (wrong, warnings []string) {
	t.Helper()
	dir := themetest.Folder(t, files)
	lines := func(all theme.Mistakes) (lines []string) {
		for _, m := range all {
			lines = append(lines, strings.TrimPrefix(m.String(), dir+"/"))
		}
		return lines
	}
	w, v := theme.Check(dir, templates.FS, []string{"fr", "en"})
	return lines(w), lines(v)
}

// is fails if another thing than this is told.
func is(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestExampleIsSound(t *testing.T) {
	wrong, warnings := theme.Check("../../docs/example-theme", templates.FS, []string{"fr", "en"})
	if len(wrong) > 0 || len(warnings) > 0 {
		t.Errorf("%v\n%v", wrong, warnings)
	}
	if wrong, warnings := theme.Check("", templates.FS, nil); wrong != nil || warnings != nil {
		t.Error("no theme has mistakes")
	}
}

// A file that nothing takes is told with the name that was probably meant.
func TestFilesThatDoNothing(t *testing.T) {
	wrong, warnings := check(t, map[string]string{
		"templates/pasword.html":   "",
		"templates/mail/cod.txt":   "",
		"templates/x/done.html":    "",
		"done.html":                "",
		"logo.png":                 "",
		"portal.css":               "",
		"theme/theme.css":          "",
		"locales/fr.yml":           "",
		"locales/br.yaml":          "",
		"templates/done.html":      "",
		"templates/mail/code.html": "",
		"locales/en.yaml":          "",
		"static/font.woff2":        "",
		"README.md":                "",
		"LICENSE":                  "",
		".git/config":              "",
		"locales/.fr.yaml.swp":     "",
	})
	is(t, wrong,
		`done.html: nothing takes this file; did you mean "templates/done.html"?`,
		`locales/fr.yml: nothing takes this file; did you mean "locales/fr.yaml"?`,
		`logo.png: nothing takes this file; did you mean "logo.svg"?`,
		`portal.css: nothing takes this file; did you mean "static/portal.css"?`,
		`templates/mail/cod.txt: nothing takes this file; did you mean "templates/mail/code.txt"?`,
		`templates/pasword.html: nothing takes this file; did you mean "templates/password.html"?`,
		`templates/x/done.html: nothing takes this file; did you mean "templates/done.html"?`,
		`theme/theme.css: nothing takes this file; did you mean "theme.css"?`,
	)
	is(t, warnings, `locales/br.yaml: portal.languages does not offer "br"`)
}

// The logo is shown as a picture, in which nothing runs and nothing is loaded.
func TestLogo(t *testing.T) {
	for text, want := range map[string]string{
		svg: "",
		`<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "y" [<!ENTITY ns "http://www.w3.org/2000/svg">]>` + "\n" + `<svg xmlns="&ns;"><use href="#a"/></svg>`: "",
		`<svg xmlns="http://www.w3.org/2000/svg"><a href="https://x.example/"/><image href="data:image/png;base64,AA"/></svg>`:                               "",
		"":                                      "logo.svg: not SVG: it is empty",
		"\n<svg><g></svg>":                      `logo.svg:2: <svg> lacks xmlns="http://www.w3.org/2000/svg": browsers do not show it`,
		"\x89PNG":                               "logo.svg:1: not SVG: invalid UTF-8",
		"<html/>":                               "logo.svg:1: not SVG: its root is <html>",
		svg[:len(svg)-2] + ">\n":                "logo.svg:2: not SVG: unexpected EOF",
		svg[:len(svg)-2] + ">\n<script/></svg>": "logo.svg:2: <script> is not shown in a picture",
		svg[:len(svg)-2] + "><g onload='x'/></svg>":                        "logo.svg:1: onload= is not run in a picture",
		svg[:len(svg)-2] + ">\n\n<image href='https://x.example/'/></svg>": `logo.svg:3: href="https://x.example/" is not loaded in a picture: wanted what it names in the file itself`,
	} {
		for _, name := range []string{"logo.svg", "static/favicon.svg", "static/map.svg"} {
			wrong, _ := check(t, map[string]string{name: text})
			want := strings.Replace(want, "logo.svg", name, 1)
			if want == "" && len(wrong) > 0 || want != "" && (len(wrong) == 0 || wrong[0] != want) {
				t.Errorf("%s: %q: %q", name, text, wrong)
			}
		}
	}
}

// Whatever the event and whatever the data, but for pictures.
func TestLogoRunsNothing(t *testing.T) {
	for _, event := range []string{"onload", "onclick", "onerror", "onbegin", "onfocusin", "onmouseover", "onrepeat"} {
		wrong, _ := check(t, map[string]string{"logo.svg": svg[:len(svg)-2] + "><g " + event + "='x'/></svg>"})
		is(t, wrong, "logo.svg:1: "+event+"= is not run in a picture")
	}
	for _, data := range []string{"data:text/html,x", "data:,x", "data:application/xml;base64,AA", "data:imagex/png,x", " data:text/css,x", "javascript:x", "a.svg", "//x.example"} {
		for _, name := range []string{"href", "xlink:href"} {
			wrong, _ := check(t, map[string]string{"logo.svg": `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use ` + name + `="` + data + `"/></svg>`})
			is(t, wrong, `logo.svg:1: href="`+strings.TrimSpace(data)+`" is not loaded in a picture: wanted what it names in the file itself`)
		}
	}
}

// A page is to stay below 60 kB, also for people on slow lines.
func TestWeight(t *testing.T) {
	heavy := svg[:len(svg)-2] + ">" + strings.Repeat("<g/>", 11_000) + "</svg>"
	_, warnings := check(t, map[string]string{"logo.svg": heavy, "theme.css": "a { color: red }"})
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "logo.svg: 440") || !strings.Contains(warnings[0], "wanted at most 50000") {
		t.Errorf("%q", warnings)
	}
	_, warnings = check(t, map[string]string{
		"static/font.woff2": strings.Repeat("x", 60_000), "static/unnamed.woff2": strings.Repeat("x", 90_000),
		"theme.css": "@font-face { src: url(font.woff2) } @font-face { src: url('./font.woff2?v=1') }"})
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "static/font.woff2: 60000 bytes") {
		t.Errorf("%q", warnings)
	}
	once := strings.Repeat("x", (50_000-builtInWeight(t))/2)
	_, warnings = check(t, map[string]string{"static/font.woff2": once,
		"theme.css": "a { fill: url(font.woff2); clip: url(font.woff2); mask: url(font.woff2) }"})
	is(t, warnings)
}

// builtInWeight is what the built-in files weigh.
func builtInWeight(t *testing.T) (total int) {
	t.Helper()
	for _, name := range []string{"portal.css", "portal.js", "favicon.svg"} {
		text, err := templates.FS.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		total += len(text)
	}
	return total
}
