package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
)

// Load reads the file at path and the environment. Its error is a *Mistakes with everything that is wrong; only a file
// that cannot be read, or is no YAML, comes alone. offered are the languages there are pages in; without any, every
// language will do.
func Load(path string, offered ...string) (*Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, alone(path, 0, "cannot be read: "+cause(err))
	}
	all := &collector{origin: origin{file: path, env: overridden()}, reported: map[string]bool{}}
	all.doc, err = parse(raw, func(at string, line, first int) {
		all.list = append(all.list, Mistake{at, path, line, fmt.Sprintf("written twice: it is on line %d already", first)})
	})
	if err != nil {
		line, text := yamlError(err)
		return nil, alone(path, line, text)
	}
	c := Defaults()
	settings, err := layers(all.doc.settings, c)
	if err != nil {
		return nil, alone(path, 0, err.Error())
	}
	decoder{report: all.unreadable, env: all.env}.value("", settings, reflect.ValueOf(&c).Elem())
	c.check(all, offered)
	unknown := strangers()
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		all.list = append(all.list, Mistake{Source: name, Want: unknown[name]})
	}
	c.origin = all.origin
	if err := all.err(&c); err != nil {
		return nil, err
	}
	return &c, nil
}

func alone(path string, line int, text string) *Mistakes {
	return &Mistakes{List: []Mistake{{Source: path, Line: line, Want: text}}}
}

// cause leaves out the path, which the mistake names anyway.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// yamlLine is how the YAML library begins the message of a syntax error.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlError takes the line out of the message of a syntax error, 0 if it names none.
func yamlError(err error) (line int, text string) {
	found := yamlLine.FindStringSubmatch(err.Error())
	if found == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(found[1]) // empty: 0
	return line, "not YAML: " + err.Error()[len(found[0]):]
}
