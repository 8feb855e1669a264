package visitor

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// fold makes one space of any white space, no-break spaces included, and one apostrophe of two.
func fold(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "’", "'")
}

// unseen are elements of which a visitor reads nothing.
var unseen = map[atom.Atom]bool{atom.Head: true, atom.Script: true, atom.Style: true, atom.Template: true}

// inline are elements that stand within a line; any other begins a new one.
var inline = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.Bdi: true, atom.Code: true, atom.Em: true, atom.Small: true, atom.Span: true, atom.Strong: true, atom.Time: true,
}

// visible is the text of an element as a person reads it, line by line. What only a screen reader says is part of it,
// and so is what can be unfolded.
func visible(n *html.Node) string {
	var b strings.Builder
	write(&b, n)
	var lines []string
	for line := range strings.Lines(b.String()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func write(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		b.WriteString(strings.ReplaceAll(n.Data, "\n", " "))
		return
	}
	if _, hidden := lookup(n, "hidden"); hidden || unseen[n.DataAtom] {
		return
	}
	end := "\n"
	if inline[n.DataAtom] {
		end = ""
	}
	b.WriteString(end)
	for child := range n.ChildNodes() {
		write(b, child)
	}
	b.WriteString(end)
}
