package web_test

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// problems names what no page may have: an id twice, a field without a label, a reference to an id that is not there, a
// page without language, title or exactly one h1, a form that is not a post, a resource of another site.
func problems(root *html.Node, lang string) []string {
	c := checker{ids: map[string]int{}, labels: map[string]bool{}, counts: map[string]int{}}
	each(root, c.collect)
	each(root, func(n *html.Node) { c.check(n, lang) })
	for _, tag := range []string{"h1", "title", "main", "html"} {
		if c.counts[tag] != 1 {
			c.report("%d <%s>", c.counts[tag], tag)
		}
	}
	return c.found
}

type checker struct {
	ids    map[string]int
	labels map[string]bool
	counts map[string]int
	found  []string
}

func (c *checker) report(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *checker) collect(n *html.Node) {
	c.counts[n.Data]++
	if id := attr(n, "id"); id != "" {
		c.ids[id]++
	}
	if n.Data == "label" && content(n) != "" {
		c.labels[attr(n, "for")] = true
	}
}

func (c *checker) check(n *html.Node, lang string) {
	if id := attr(n, "id"); c.ids[id] > 1 {
		c.report("id %q %d times", id, c.ids[id])
	}
	for _, name := range []string{"aria-describedby", "aria-labelledby", "for", "form"} {
		for _, id := range strings.Fields(attr(n, name)) {
			if c.ids[id] == 0 {
				c.report("%s names %q, which is not there", name, id)
			}
		}
	}
	switch n.Data {
	case "html":
		if attr(n, "lang") != lang {
			c.report("lang %q", attr(n, "lang"))
		}
	case "input":
		c.checkInput(n)
	case "form":
		if attr(n, "method") != "post" || !leads(n) {
			c.report("a form that is no post, or goes nowhere")
		}
	case "select":
		if !c.labels[attr(n, "id")] {
			c.report("select %q has no label", attr(n, "id"))
		}
	case "h1", "h2", "title", "button", "a", "legend", "summary", "dt", "dd", "p":
		if content(n) == "" && attr(n, "role") != "status" && !isUnused(n) {
			c.report("an empty <%s>", n.Data)
		}
	case "link", "script", "img":
		if a := attr(n, "href") + attr(n, "src"); !strings.HasPrefix(a, "/static/") {
			c.report("<%s> takes %q", n.Data, a)
		}
	}
}

func (c *checker) checkInput(n *html.Node) {
	if attr(n, "type") == "hidden" {
		if attr(n, "value") == "" {
			c.report("the hidden field %q holds nothing", attr(n, "name"))
		}
		return
	}
	if !c.labels[attr(n, "id")] {
		c.report("input %q has no label", attr(n, "id"))
	}
	if typ := attr(n, "type"); typ != "radio" && typ != "checkbox" && attr(n, "autocomplete") == "" {
		c.report("input %q does not tell its purpose (WCAG 1.3.5)", attr(n, "id"))
	}
	wrong := attr(n, "aria-invalid") == "true"
	if wrong != strings.Contains(attr(n, "aria-describedby"), "-why") {
		c.report("input %q: marked as wrong without a reason, or the reverse", attr(n, "id"))
	}
	for _, a := range n.Attr {
		if strings.HasPrefix(a.Key, "onpaste") || a.Key == "required" || a.Key == "pattern" {
			c.report("input %q: %s leaves the judging to the browser", attr(n, "id"), a.Key)
		}
	}
}

// leads tells whether a form has an address; or each of its buttons has one, and Enter in a field presses none of them.
func leads(form *html.Node) bool {
	if attr(form, "action") != "" {
		return true
	}
	buttons := find(form, "button")
	return len(buttons) > 0 && isUnused(buttons[0]) && !slices.ContainsFunc(buttons[1:], func(b *html.Node) bool { return attr(b, "formaction") == "" })
}

// isUnused tells whether an element is a button that nobody sees or presses: as the first of its form it takes what Enter does.
func isUnused(n *html.Node) bool {
	has := func(key string) bool {
		return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	}
	return n.Data == "button" && has("hidden") && has("disabled")
}

// each visits every element.
func each(n *html.Node, visit func(*html.Node)) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			visit(d)
		}
	}
}

// find lists the elements with this tag.
func find(root *html.Node, tag string) []*html.Node {
	var all []*html.Node
	each(root, func(n *html.Node) {
		if n.Data == tag {
			all = append(all, n)
		}
	})
	return all
}

// byID finds an element, or an empty one.
func byID(root *html.Node, id string) *html.Node {
	found := &html.Node{}
	each(root, func(n *html.Node) {
		if attr(n, "id") == id {
			found = n
		}
	})
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// content is the text of an element as it is read out: that of pictures too.
func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
		b.WriteString(attr(d, "alt"))
	}
	return strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == ' ' || r == '\n' }), " ")
}
