package theme

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Mistake is one thing that is wrong in a file of the look.
type Mistake struct {
	File string // as Place names it
	Line int    // from 1; 0 where the file as a whole is meant
	Text string // what is wrong, and what was wanted
}

// String is one line for the administrator.
func (m Mistake) String() string {
	if m.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text)
	}
	return m.File + ": " + m.Text
}

// Mistakes is everything that is wrong; without any it is no error.
type Mistakes []Mistake

// Add adds one.
func (m *Mistakes) Add(file string, line int, format string, args ...any) {
	*m = append(*m, Mistake{file, line, fmt.Sprintf(format, args...)})
}

// Join adds those of an error, whatever it is.
func (m *Mistakes) Join(file string, err error) {
	var more Mistakes
	switch {
	case err == nil:
	case errors.As(err, &more):
		*m = append(*m, more...)
	default:
		m.Add(file, 0, "%v", err)
	}
}

// Err is all of them, each once, in the order of the files and lines; nil if there are none.
func (m Mistakes) Err() error {
	if len(m) == 0 {
		return nil
	}
	return m.sorted()
}

func (m Mistakes) sorted() Mistakes {
	all := slices.Clone(m)
	slices.SortFunc(all, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(all)
}

// Error gives each mistake a line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

var (
	templateError = regexp.MustCompile(`^(?:html/)?template: ?[^:\s]+:(\d+)(?::\d+)?: `)
	yamlError     = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
)

// Of reads the line out of what the libraries for templates and YAML say of the file.
func Of(file string, err error) Mistake {
	text := err.Error()
	for _, place := range []*regexp.Regexp{templateError, yamlError} {
		if found := place.FindStringSubmatch(text); found != nil {
			line, _ := strconv.Atoi(found[1]) // digits
			return Mistake{file, line, text[len(found[0]):]}
		}
	}
	return Mistake{file, 0, text}
}
