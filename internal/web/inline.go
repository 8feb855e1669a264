package web

import (
	"regexp"
	"text/template/parse"

	"ssprd/internal/theme"
)

// barred is what the pages' policy (headers) lets no browser do: a template that has it would look right nowhere.
var barred = []struct {
	pattern *regexp.Regexp
	wrong   string
}{
	{regexp.MustCompile(`(?i)<script\b(?:[^>s]|s[^r]|sr[^c])*>`), "a script between tags is run by no browser here: wanted a file of static/"},
	{regexp.MustCompile(`(?i)<style\b`), "a style sheet between tags is applied by no browser here: wanted theme.css"},
	{regexp.MustCompile(`(?i)\sstyle\s*=\s*["']`), "a style attribute is applied by no browser here: wanted a class, and theme.css"},
	{regexp.MustCompile(`(?i)\son[a-z]{3,}\s*=\s*["']`), "a script in an attribute is run by no browser here: wanted a file of static/"},
	{regexp.MustCompile(`(?i)<(?:img|script|link|source|video|audio)\b[^>]*\b(?:src|href|srcset)\s*=\s*["']?(?:(?:https?:)?//|data:)`),
		"browsers load nothing from elsewhere here, nor data: wanted a file of static/"},
	{regexp.MustCompile(`(?i)<(?:iframe|object|embed|base|frame|applet)\b`), "no browser shows such an element here"},
}

// inline tells of all that is barred in the templates of a file.
func (s *sources) inline(part theme.Templates) {
	for _, tree := range part {
		s.inlineIn(tree.Root)
	}
}

func (s *sources) inlineIn(n parse.Node) {
	switch n := n.(type) {
	case *parse.TextNode:
		for _, b := range barred {
			if b.pattern.Match(n.Text) {
				file, line := theme.At(n)
				s.report(file, line, b.wrong)
			}
		}
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, inner := range n.Nodes {
			s.inlineIn(inner)
		}
	case *parse.IfNode:
		s.inlineIn(n.List)
		s.inlineIn(n.ElseList)
	case *parse.RangeNode:
		s.inlineIn(n.List)
		s.inlineIn(n.ElseList)
	case *parse.WithNode:
		s.inlineIn(n.List)
		s.inlineIn(n.ElseList)
	}
}
