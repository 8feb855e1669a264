package theme

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
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
	templateError = regexp.MustCompile(`(?s)template: ?([^:\s]+):(\d+)(?::\d+)?: (.*)$`)
	yamlError     = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
)

// OfYAML reads the line out of what the YAML library says of a file.
func OfYAML(place string, err error) Mistake {
	found := yamlError.FindStringSubmatch(err.Error())
	if found == nil {
		return Mistake{place, 0, strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	line, _ := strconv.Atoi(found[1]) // digits
	return Mistake{place, line, err.Error()[len(found[0]):]}
}

// OfTemplate reads file and line out of what the packages for templates say; name is the file where they say none.
func OfTemplate(files fs.FS, name string, err error) Mistake {
	found := templateError.FindStringSubmatch(err.Error())
	if found == nil {
		return Mistake{Place(files, name), 0, err.Error()}
	}
	line, _ := strconv.Atoi(found[2]) // digits
	return Mistake{Place(files, found[1]), line, found[3]}
}
