package web

import (
	"strings"
	"testing"
)

func TestMalformed(t *testing.T) {
	for typed, want := range map[string]bool{
		"camille@mail.example": false, " camille@mail.example ": false, "josé@exemple.fr": false, "o'brien+x@a.b.example": false,
		"camille": true, "camille@": true, "@mail.example": true, "a@b@c.example": true, "camille@mail.example,": true,
		"camille@.example": true, "camille@mail..example": true, "camille@mail.": true, "camille@mail.example/": true,
		strings.Repeat("a", 241) + "@mail.example": false, strings.Repeat("a", 242) + "@mail.example": true, strings.Repeat(" ", 300) + "camille@mail.example": false,
		"Camille <camille@mail.example>": true, "mailto:camille@mail.example": true, "camille@mail\u200b.example": true,
	} {
		if got := malformed(typed, false); got != want {
			t.Errorf("%q: %v", typed, got)
		}
	}
	if malformed("c.durand", true) || !malformed("c.durand@", true) {
		t.Error("an identifier is anything without an @")
	}
}
