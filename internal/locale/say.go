package locale

import (
	"fmt"
	"maps"
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
	m, ok := l.messages[key]
	if !ok {
		return nil, l.Require(key)
	}
	values, err := named(args)
	if err != nil {
		return nil, fmt.Errorf("message %q: %w", key, err)
	}
	p, err := l.choose(m, values)
	if err != nil {
		return nil, fmt.Errorf("message %q: %w", key, err)
	}
	pieces := make([]Piece, 0, len(p))
	for _, s := range p {
		if s.name == "" {
			pieces = append(pieces, Piece{Text: s.text})
			continue
		}
		v, ok := values[s.name]
		if !ok {
			return nil, fmt.Errorf("message %q: no value for {%s}", key, s.name)
		}
		pieces = append(pieces, Piece{Value: v})
	}
	known := l.Placeholders(key)
	for name := range maps.Keys(values) {
		if !slices.Contains(known, name) && (name != "n" || !m.counts) {
			return nil, fmt.Errorf("message %q has no {%s}", key, name)
		}
	}
	return pieces, nil
}

// Text gives the message of key as Pieces does, in one text.
func (l *Locale) Text(key string, args ...any) (string, error) {
	pieces, err := l.Pieces(key, args...)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range pieces {
		if p.Value == nil {
			b.WriteString(p.Text)
		} else {
			b.WriteString(l.Show(p.Value))
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

func named(args []any) (map[string]any, error) {
	if len(args)%2 != 0 {
		return nil, fmt.Errorf("%d arguments: they go by name and value", len(args))
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok || args[i+1] == nil {
			return nil, fmt.Errorf("argument %d: no name, or no value", i+1)
		}
		values[name] = args[i+1]
	}
	return values, nil
}

// choose picks the plural form of the whole number {n}; a form that the file does not have is told as Other, which
// every message has.
func (l *Locale) choose(m message, values map[string]any) (pattern, error) {
	if !m.counts {
		return m.forms[plural.Other], nil
	}
	n, ok := values["n"].(int)
	if !ok {
		return nil, fmt.Errorf("it counts, and {n} is no int")
	}
	if p, ok := m.forms[plural.Cardinal.MatchPlural(l.tag, n, 0, 0, 0, 0)]; ok {
		return p, nil
	}
	return m.forms[plural.Other], nil
}
