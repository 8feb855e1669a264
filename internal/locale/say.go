package locale

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
)

// Piece is a part of a message: literal text, or the value of one of its placeholders. It lets a caller that makes
// markup treat the two apart.
type Piece struct {
	Text  string // literal, if Value is nil
	Value any
}

// Pieces gives the message of key. The arguments are names of placeholders and their values, in turn. A key, a
// placeholder or an argument that is not known to both sides is an error: on a page it would be a blank.
func (l *Locale) Pieces(key string, args ...any) ([]Piece, error) {
	p, err := l.find(key, args)
	if err != nil {
		return nil, err
	}
	pieces := make([]Piece, len(p))
	for i, s := range p {
		pieces[i].Text = s.text
		if s.name != "" {
			pieces[i].Value = values(args).get(s.name)
		}
	}
	return pieces, nil
}

// Text gives the message of key as Pieces does, in one text.
func (l *Locale) Text(key string, args ...any) (string, error) {
	p, err := l.find(key, args)
	if err != nil {
		return "", err
	}
	if len(p) == 1 && p[0].name == "" {
		return p[0].text, nil
	}
	var b strings.Builder
	for _, s := range p {
		if s.name == "" {
			b.WriteString(s.text)
		} else {
			b.WriteString(l.Show(values(args).get(s.name)))
		}
	}
	return b.String(), nil
}

// Word gives the message of one word of a family: Word("reason", flow.CodeWrong) has the key "reason.code-wrong".
func (l *Locale) Word(family string, word any, args ...any) (string, error) {
	return l.Text(family+"."+fmt.Sprint(word), args...)
}

// Funcs are the functions by which templates speak: t KEY, say FAMILY WORD, took DURATION, and day DATE.
func (l *Locale) Funcs() map[string]any {
	return map[string]any{"t": l.Text, "say": l.Word, "took": l.Took, "day": l.Day}
}

// find gives the text of key that suits the arguments, which have all its placeholders.
func (l *Locale) find(key string, args values) (pattern, error) {
	m, ok := l.message(key)
	if !ok {
		return nil, l.Require(key)
	}
	if err := args.wrong(); err != nil {
		return nil, fmt.Errorf("message %q: %w", key, err)
	}
	p, err := l.choose(m, args)
	if err != nil {
		return nil, fmt.Errorf("message %q: %w", key, err)
	}
	for _, s := range p {
		if s.name != "" && args.get(s.name) == nil {
			return nil, fmt.Errorf("message %q: no value for {%s}", key, s.name)
		}
	}
	for i := 0; i < len(args); i += 2 {
		if name, _ := args[i].(string); !slices.Contains(m.names, name) && (name != "n" || !m.counts) {
			return nil, fmt.Errorf("message %q has no {%s}", key, name)
		}
	}
	return p, nil
}

// values are names of placeholders and their values, in turn.
type values []any

// wrong tells of a name that is none, and of a value that is not there.
func (v values) wrong() error {
	if len(v)%2 != 0 {
		return fmt.Errorf("%d arguments: they go by name and value", len(v))
	}
	for i := 0; i < len(v); i += 2 {
		if _, ok := v[i].(string); !ok || v[i+1] == nil {
			return fmt.Errorf("argument %d: no name, or no value", i+1)
		}
	}
	return nil
}

// get is the value of a name; nil if there is none.
func (v values) get(name string) any {
	for i := 0; i < len(v); i += 2 {
		if v[i] == name {
			return v[i+1]
		}
	}
	return nil
}

// choose picks the plural form of the whole number {n}; a form that the file does not have is told as Other, which
// every message has.
func (l *Locale) choose(m message, args values) (pattern, error) {
	if !m.counts {
		return m.other, nil
	}
	n, ok := args.get("n").(int)
	if !ok {
		return nil, fmt.Errorf("it counts, and {n} is no int")
	}
	if p := m.form(plural.Cardinal.MatchPlural(l.tag, n, 0, 0, 0, 0)); p != nil {
		return p, nil
	}
	return m.other, nil
}
