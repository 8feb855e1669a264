package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong, and what was wanted.
type Mistake struct {
	Path   string // as in populations[1].reset.base; empty where the file as a whole is meant
	Source string // the file, or the environment variable that the value is from
	Line   int    // of the file, from 1: the key, or where it is missing the section that lacks it; 0 if unknown
	Want   string
}

// String is one line for the administrator.
func (m Mistake) String() string {
	place := m.Source
	if m.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, m.Line)
	}
	if m.Path != "" {
		place += ": " + m.Path
	}
	return place + ": " + m.Want
}

// Mistakes is everything that is wrong with a configuration, in the order of the file.
type Mistakes struct {
	List []Mistake
	Read *Config // what could be read beside the mistakes; nil if nothing
}

// Touch tells whether something is wrong at path, below it or around it.
func (m *Mistakes) Touch(path string) bool {
	return slices.ContainsFunc(m.List, func(one Mistake) bool {
		return one.Path != "" && (within(path, one.Path) || within(one.Path, path))
	})
}

// within tells whether a path is another one, or below it.
func within(path, above string) bool {
	rest, below := strings.CutPrefix(path, above)
	return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// origin is where the settings are written.
type origin struct {
	file string
	doc  document
	env  map[string]string // variables by the path they override
}

// File is the file that was read.
func (c *Config) File() string { return c.origin.file }

// Mistake is what is wrong with the setting at path, and its place: the variable that it is from, else the file, with its
// line if it is written there.
func (c *Config) Mistake(path, want string) Mistake {
	if variable, ok := c.origin.env[path]; ok {
		return Mistake{Path: path, Source: variable, Want: want}
	}
	return Mistake{Path: path, Source: c.origin.file, Line: c.origin.doc.lines[path], Want: want}
}

// Error gives each mistake a line.
func (m *Mistakes) Error() string {
	lines := make([]string, len(m.List))
	for i, one := range m.List {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// collector gathers mistakes and gives each its place.
type collector struct {
	origin
	list []Mistake

	unread   []string        // paths of what could not be read
	reported map[string]bool // paths that report has named: the first of two mistakes is enough
}

// unreadable reports what does not fit at path. Whatever is checked later there or below is as it is because of that.
func (c *collector) unreadable(path, want string) {
	c.report(path, want)
	c.unread = append(c.unread, path)
}

// report adds a mistake, unless one is known there already, or a section around it could not be read. A want of "" is no mistake.
func (c *collector) report(path, want string) {
	if want == "" || c.reported[path] || c.isUnread(path) {
		return
	}
	c.reported[path] = true
	m := Mistake{Path: path, Source: c.file, Line: c.doc.line(path), Want: want}
	if variable, ok := c.env[path]; ok {
		m.Source, m.Line = variable, 0
	}
	c.list = append(c.list, m)
}

// reporter is report for the settings below prefix.
func (c *collector) reporter(prefix string) func(key, want string) {
	return func(key, want string) { c.report(join(prefix, key), want) }
}

func (c *collector) isUnread(path string) bool {
	return slices.ContainsFunc(c.unread, func(above string) bool { return within(path, above) })
}

// err is all that was reported beside what was read, nil if nothing was. The sort is stable: within a line the order is that of the checks.
func (c *collector) err(read *Config) error {
	if len(c.list) == 0 {
		return nil
	}
	slices.SortStableFunc(c.list, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Line, b.Line))
	})
	return &Mistakes{List: c.list, Read: read}
}

// join makes the path of key in the section at prefix; either may be empty.
func join(prefix, key string) string {
	if prefix == "" || key == "" {
		return prefix + key
	}
	return prefix + "." + key
}
