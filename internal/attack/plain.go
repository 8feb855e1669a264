package attack

import (
	"html"
	"regexp"
	"strings"
)

// What differs between two answers that are the same.
var (
	date     = regexp.MustCompile(`(?m)^Date: .*$`)
	length   = regexp.MustCompile(`(?m)^Content-Length: .*$`)
	token    = regexp.MustCompile(`ssprd(-desk)?=[^;\r\n]+`)
	hidden   = regexp.MustCompile(`(<input[^>]*type="hidden"[^>]*value=")[^"]*`)
	ref      = regexp.MustCompile(`<b>[0-9A-Z]{5}-[0-9A-Z]{5}</b>`) // of the visitor's reset, for the helpdesk
	duration = regexp.MustCompile(`\d+[ \x{a0}\x{202f}](hour|minute|second)s?`)
)

// Plain is a whole answer with nothing left of what was typed, of tokens, of references and of times.
func (a Answer) Plain(typed string) string {
	head := length.ReplaceAllString(date.ReplaceAllString(a.Head, "Date: D"), "Content-Length: N")
	body := strings.ReplaceAll(a.Body, html.EscapeString(typed), "TYPED")
	body = ref.ReplaceAllString(hidden.ReplaceAllString(body, "${1}TOKEN"), "<b>REFERENCE</b>")
	body = duration.ReplaceAllString(body, "SO LONG")
	return token.ReplaceAllString(head, "ssprd$1=TOKEN") + "\r\n\r\n" + body
}

// difference is the first line in which two texts differ.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return strings.TrimSpace(g[i]) + " instead of " + strings.TrimSpace(w[i])
		}
	}
	return "one is longer"
}
