// Package secret holds text that must not be seen: passwords, codes, keys. A secret.Text prints as nothing in fmt,
// slog, JSON and templates; only Reveal gives it, so that every place where one leaves is found by that word.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const hidden = "[secret]"

// Text is a secret in memory. Its zero value is the empty secret.
type Text struct {
	_ [0]func() // no == between secrets compiles: it would take the longer, the more of two agrees (R18)
	s string
}

// New wraps s.
func New(s string) Text { return Text{s: s} }

// Reveal gives the secret itself, byte for byte as it was received.
func (t Text) Reveal() string { return t.s }

// Empty tells whether there is nothing to hide.
func (t Text) Empty() bool { return t.s == "" }

// Format makes every verb of fmt print the same word, %#v and %x included.
func (t Text) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, hidden) }

// LogValue is what slog writes.
func (t Text) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText is what JSON and YAML write. There is no UnmarshalText: a secret never comes back from a record.
func (t Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }
