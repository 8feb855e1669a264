// Package locale holds what the portal says to people, in each language: one YAML file a language, locales/LANG.yaml,
// a flat map of keys to texts. A text names its placeholders in braces; one that depends on a number is a map of the
// plural forms of CLDR (one, other, …), chosen by the placeholder {n}:
//
//	code.valid: Ce code est valable {lifetime}.
//	code.tries-left: {one: Il vous reste {n} essai., other: Il vous reste {n} essais.}
//
// A theme's file of a built-in language changes some of its sentences; one of another language has them all. Messages
// are text, never markup. Logic elsewhere holds words of the domain (reasons, rules, numbers); templates ask this
// package for the sentence.
package locale

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"ssprd/internal/theme"
)

// Locale is one language. It never changes after Load and may be used by many at once.
type Locale struct {
	lang     string
	tag      language.Tag
	messages map[string]*entry
}

// message is a text in each of the plural forms that it distinguishes; one that does not count has only Other.
type message struct {
	line   int // of its file
	counts bool
	names  []string // of its placeholders, in whichever of its forms they stand, sorted
	other  pattern
	forms  map[plural.Form]pattern // but Other
}

// form is the text in a plural form; nil if the message has none of its own for it.
func (m message) form(f plural.Form) pattern {
	if f == plural.Other {
		return m.other
	}
	return m.forms[f]
}

// pattern is a text, cut at its placeholders.
type pattern []segment

// segment is literal text, or the name of a placeholder.
type segment struct{ text, name string }

// Load reads locales/LANG.yaml, and over it the file of that name in a theme. Its error is a theme.Mistakes with
// everything that is wrong.
func Load(files fs.FS, lang string) (*Locale, error) {
	tag, err := language.Parse(lang)
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", lang, err)
	}
	layers, err := theme.Layers(files, fileOf(lang))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no language %q: wanted a file %s in the theme", lang, fileOf(lang))
	}
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", lang, err)
	}
	l := &Locale{lang: lang, tag: tag}
	if theme.Shipped(files) {
		l.messages = entriesOf(layers[0].Text)
		return l, nil
	}
	l.messages = map[string]*entry{}
	var wrong theme.Mistakes
	for _, layer := range layers {
		added := read(layer, &wrong)
		if layer.Own && added != nil {
			l.compare(files, layer, added, &wrong)
		}
		l.add(added)
	}
	if lacks := l.lacks(own); len(lacks) > 0 && len(wrong) == 0 {
		wrong.Add(layers[0].Place, 0, "%s", lacking(lacks))
	}
	return l, wrong.Err()
}

// message is that of a key; false if there is none.
func (l *Locale) message(key string) (message, bool) {
	e, ok := l.messages[key]
	if !ok {
		return message{}, false
	}
	return e.message(), true
}

func (l *Locale) add(messages map[string]message) {
	for key, m := range messages {
		l.messages[key] = &entry{parsed: m}
	}
}

func fileOf(lang string) string { return path.Join("locales", lang+".yaml") }

// read gives the messages of a file; none if it is no YAML.
func read(file theme.File, wrong *theme.Mistakes) map[string]message {
	var document yaml.Node
	if err := yaml.Unmarshal(file.Text, &document); err != nil {
		*wrong = append(*wrong, theme.OfYAML(file.Place, err))
		return nil
	}
	if document.Kind == 0 {
		return map[string]message{} // nothing but comments
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		wrong.Add(file.Place, root.Line, "wanted lines of KEY: TEXT")
		return nil
	}
	messages := make(map[string]message, len(root.Content)/2)
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, node := root.Content[i], root.Content[i+1]
		if first, twice := messages[key.Value]; twice {
			wrong.Add(file.Place, key.Line, "%s: written twice: it is on line %d already", key.Value, first.line)
			continue
		}
		m, err := parseMessage(node)
		if err != nil {
			wrong.Add(file.Place, key.Line, "%s: %v", key.Value, err)
		}
		m.line = key.Line
		messages[key.Value] = m
	}
	return messages
}

// Lang is the language, as Load was given it: a BCP 47 tag.
func (l *Locale) Lang() string { return l.lang }

// Keys lists every key, sorted.
func (l *Locale) Keys() []string { return slices.Sorted(maps.Keys(l.messages)) }

// Has tells whether there is a message of this key.
func (l *Locale) Has(key string) bool {
	_, has := l.messages[key]
	return has
}

// Placeholders lists the names in braces of a message, sorted, in whichever of its forms they stand.
func (l *Locale) Placeholders(key string) []string {
	m, _ := l.message(key)
	return slices.Clone(m.names)
}

// Require names every one of the keys that the language lacks.
func (l *Locale) Require(keys ...string) error {
	var wrong []error
	for _, key := range l.lacks(keys) {
		wrong = append(wrong, fmt.Errorf("language %q has no message %q", l.lang, key))
	}
	return errors.Join(wrong...)
}

// lacks are those of the keys that the language does not have.
func (l *Locale) lacks(keys []string) (lacks []string) {
	for _, key := range keys {
		if _, ok := l.messages[key]; !ok {
			lacks = append(lacks, key)
		}
	}
	return lacks
}

// forms are CLDR's names of the plural forms.
var forms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

func parseMessage(node *yaml.Node) (message, error) {
	var m message
	switch node.Kind {
	case yaml.ScalarNode:
		p, err := parsePattern(node.Value)
		m.add(plural.Other, p)
		return m, err
	case yaml.MappingNode:
		return parseForms(node)
	default:
		return m, errors.New("neither a text nor a map of plural forms")
	}
}

func parseForms(node *yaml.Node) (message, error) {
	m := message{counts: true, forms: map[plural.Form]pattern{}}
	var texts map[string]string
	if err := node.Decode(&texts); err != nil {
		return m, err
	}
	if _, ok := texts["other"]; !ok {
		return m, errors.New(`no form "other"`)
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		form, ok := forms[name]
		if !ok {
			return m, fmt.Errorf("no plural form is called %q", name)
		}
		p, err := parsePattern(texts[name])
		if err != nil {
			return m, err
		}
		m.add(form, p)
	}
	return m, nil
}

// add gives the message its text in a plural form.
func (m *message) add(form plural.Form, p pattern) {
	if form == plural.Other {
		m.other = p
	} else {
		m.forms[form] = p
	}
	for _, s := range p {
		if at, has := slices.BinarySearch(m.names, s.name); s.name != "" && !has {
			m.names = slices.Insert(m.names, at, s.name)
		}
	}
}

func parsePattern(text string) (pattern, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("empty")
	}
	var p pattern
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		if before != "" {
			p = append(p, segment{text: before})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.Contains(name, "{") {
			return nil, fmt.Errorf("a brace without its other in %q", text)
		}
		p = append(p, segment{name: name})
		text = after
	}
	return p, nil
}
