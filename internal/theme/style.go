package theme

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"ssprd/internal/want"
)

// style holds theme.css, and a portal.css of the theme's, to the variables and files there are.
func (c *checker) style() {
	builtIn := c.read(BuiltIn(c.files), "portal.css", func(int, string) {})
	variables := declared(builtIn)
	for _, name := range []string{"portal.css", style} {
		file := path.Join(staticDir, name)
		if !Own(c.files, file) {
			continue
		}
		place := Place(c.files, file)
		report := func(line int, wrong string) { c.wrong.Add(place, line, "%s", wrong) }
		own := c.read(c.files, name, report)
		for _, line := range own.imports {
			report(line, "@import loads nothing here: wanted its rules in this file")
		}
		c.addresses(own, report)
		c.variables(own, variables, declared(builtIn), report)
		if name == style {
			contrasts(builtIn, own, func(line int, wrong string) { c.warnings.Add(place, line, "%s", wrong) })
		} else {
			variables = append(variables, declared(own)...)
		}
	}
}

func (c *checker) read(files fs.FS, name string, report func(line int, wrong string)) sheet {
	text, err := fs.ReadFile(files, path.Join(staticDir, name))
	if err != nil {
		report(0, "cannot be read: "+reason(err).Error())
	}
	return parseCSS(string(text), report)
}

// declared are the variables of a sheet.
func declared(s sheet) (names []string) {
	for _, d := range s.declarations {
		if strings.HasPrefix(d.property, "--") && !slices.Contains(names, d.property) {
			names = append(names, d.property)
		}
	}
	return names
}

// Variables lists the variables of the built-in style sheet, by which a theme has its colours.
func Variables(files fs.FS) []string {
	c := checker{files: files}
	return declared(c.read(BuiltIn(files), "portal.css", func(int, string) {}))
}

// variables tells of those that nothing uses, and of those that are used and not there.
func (c *checker) variables(own sheet, known, builtIn []string, report func(line int, wrong string)) {
	used, here := map[string]bool{}, declared(own)
	for _, d := range own.declarations {
		for _, argument := range functions(d.value, "var") {
			name, _, fallback := strings.Cut(argument, ",")
			name = strings.TrimSpace(name)
			used[name] = true
			if !fallback && !slices.Contains(known, name) && !slices.Contains(here, name) {
				report(d.line, "there is no variable "+name+want.Meant(name, known))
			}
		}
	}
	for _, d := range own.declarations {
		if !strings.HasPrefix(d.property, "--") {
			continue
		}
		if !slices.Contains(known, d.property) && !used[d.property] {
			report(d.line, "nothing uses the variable "+d.property+want.Meant(d.property, known))
		}
		if strings.Contains(d.value, ":") && len(functions(d.value, "url")) == 0 {
			report(d.line, "the value of "+d.property+" goes on into the next: wanted ; at its end")
		} else if wanted := unfit(d.property, d.value, builtIn); wanted != "" {
			report(d.line, strings.TrimRight(d.property+": "+short(d.value), " ")+" is no "+wanted)
		}
	}
}

// addresses wants what a style sheet names among the static files: all of them are beside it, and the
// Content-Security-Policy lets browsers load nothing else.
func (c *checker) addresses(own sheet, report func(line int, wrong string)) {
	for _, d := range own.declarations {
		for _, argument := range functions(d.value, "url") {
			c.address(strings.Trim(argument, `"'`), func(wrong string) { report(d.line, "url("+wrong) })
		}
		for _, argument := range functions(d.value, "image-set") {
			for _, found := range quoted.FindAllStringSubmatch(argument, -1) {
				if found[1] == "" {
					c.address(found[2], func(wrong string) { report(d.line, "image-set("+wrong) })
				}
			}
		}
	}
}

// quoted is a text in quotes, and before it what makes of it no address, or one that is looked at anyway.
var quoted = regexp.MustCompile(`(?i)((?:type|url)\(\s*)?["']([^"']*)["']`)

func (c *checker) address(address string, report func(string)) {
	name, _, _ := strings.Cut(strings.TrimPrefix(address, "./"), "#")
	name, _, _ = strings.Cut(name, "?")
	switch {
	case strings.Contains(address, ":"), strings.HasPrefix(address, "//"):
		report(short(address) + "): browsers load nothing from elsewhere here, nor data: wanted a file of the theme's static/")
	case name == "":
	case strings.ContainsAny(name, `/\`):
		report(short(address) + "): wanted the name alone of a file in static/")
	default:
		if _, err := fs.Stat(c.files, path.Join(staticDir, name)); err != nil {
			report(short(address) + "): there is no file static/" + name)
			return
		}
		c.named = append(c.named, name)
	}
}

// short is the beginning of an address: a picture in one is long.
func short(address string) string {
	if len(address) > 40 {
		return address[:40] + "…"
	}
	return address
}
