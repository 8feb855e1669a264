package config

import (
	"errors"
	"fmt"
	"io"
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
	raw, err := readAll(path)
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

// largest is what a configuration may have, in bytes: that of a hundred populations has a tenth of it.
const largest = 1 << 20

// readAll reads the file, unless it is something else that was named by mistake: a list of passwords, a disk.
func readAll(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err == nil && len(raw) > largest {
		err = fmt.Errorf("it has more than %d bytes, which no configuration has", largest)
	}
	return raw, err
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
	text = err.Error()[len(found[0]):]
	return line, "not YAML: " + text + meantBy[text]
}

// meantBy says what is behind the commonest of the library's messages.
var meantBy = map[string]string{
	"found character that cannot start any token":    ": a tab, perhaps, where there are to be spaces; or a text that needs quotes",
	"mapping values are not allowed in this context": ": a text with a colon in it needs quotes, and keys of one section stand under each other",
	"invalid leading UTF-8 octet":                    ": save the file as UTF-8",
	"invalid trailing UTF-8 octet":                   ": save the file as UTF-8",
	"control characters are not allowed":             ": save the file as text, in UTF-8",
}
