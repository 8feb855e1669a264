// Package locale holds what the portal says to people, in each language: one YAML file a language, locales/LANG.yaml,
// a flat map of keys to texts. A text names its placeholders in braces; one that depends on a number is a map of the
// plural forms of CLDR (one, other, …), chosen by the placeholder {n}:
//
//	code.valid: Ce code est valable {lifetime}.
//	code.tries-left: {one: Il vous reste {n} essai., other: Il vous reste {n} essais.}
//
// Messages are text, never markup. Logic elsewhere holds words of the domain (reasons, rules, numbers); templates ask
// this package for the sentence.
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
)

// Locale is one language. It never changes after Load and may be used by many at once.
type Locale struct {
	lang     string
	tag      language.Tag
	messages map[string]message
}

// message is a text in each of the plural forms that it distinguishes; one that does not count has only Other.
type message struct {
	counts bool
	forms  map[plural.Form]pattern
}

// pattern is a text, cut at its placeholders.
type pattern []segment

// segment is literal text, or the name of a placeholder.
type segment struct{ text, name string }

// Load reads locales/LANG.yaml. It reports every mistake of the file at once.
func Load(files fs.FS, lang string) (*Locale, error) {
	tag, err := language.Parse(lang)
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", lang, err)
	}
	name := path.Join("locales", lang+".yaml")
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", lang, err)
	}
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	l := &Locale{lang: lang, tag: tag, messages: make(map[string]message, len(nodes))}
	var wrong []error
	for _, key := range slices.Sorted(maps.Keys(nodes)) {
		m, err := parseMessage(nodes[key])
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %s: %w", name, key, err))
		}
		l.messages[key] = m
	}
	if err := l.Require(own...); err != nil {
		wrong = append(wrong, err)
	}
	return l, errors.Join(wrong...)
}

// Lang is the language, as Load was given it: a BCP 47 tag.
func (l *Locale) Lang() string { return l.lang }

// Keys lists every key, sorted.
func (l *Locale) Keys() []string { return slices.Sorted(maps.Keys(l.messages)) }

// Placeholders lists the names in braces of a message, sorted, in whichever of its forms they stand.
func (l *Locale) Placeholders(key string) []string {
	names := map[string]bool{}
	for _, p := range l.messages[key].forms {
		for _, s := range p {
			if s.name != "" {
				names[s.name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Require names every one of the keys that the language lacks.
func (l *Locale) Require(keys ...string) error {
	var wrong []error
	for _, key := range keys {
		if _, ok := l.messages[key]; !ok {
			wrong = append(wrong, fmt.Errorf("language %q has no message %q", l.lang, key))
		}
	}
	return errors.Join(wrong...)
}

// forms are CLDR's names of the plural forms.
var forms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

func parseMessage(node yaml.Node) (message, error) {
	m := message{forms: map[plural.Form]pattern{}}
	texts := map[string]string{}
	switch node.Kind {
	case yaml.ScalarNode:
		texts["other"] = node.Value
	case yaml.MappingNode:
		m.counts = true
		if err := node.Decode(&texts); err != nil {
			return m, err
		}
	default:
		return m, errors.New("neither a text nor a map of plural forms")
	}
	if _, ok := texts["other"]; !ok {
		return m, errors.New(`no form "other"`)
	}
	for name, text := range texts {
		form, ok := forms[name]
		if !ok {
			return m, fmt.Errorf("no plural form is called %q", name)
		}
		p, err := parsePattern(text)
		if err != nil {
			return m, err
		}
		m.forms[form] = p
	}
	return m, nil
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
