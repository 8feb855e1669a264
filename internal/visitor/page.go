package visitor

import (
	"fmt"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is what a browser shows, and what its visitor has typed there.
type page struct {
	url    *url.URL
	status int // 0: a page of another site, where the visitor does not go
	root   *html.Node
	typed  map[*html.Node]string
	chosen map[*html.Node]bool // radio buttons, once one of their group was chosen
	last   *html.Node          // the field typed in last: Enter submits its form
}

func newPage(at *url.URL, status int, body io.Reader) (*page, error) {
	root, err := html.ParseWithOptions(body, html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, fmt.Errorf("the page at %s: %w", at, err)
	}
	return &page{url: at, status: status, root: root, typed: map[*html.Node]string{}, chosen: map[*html.Node]bool{}}, nil
}

// all are the elements of some kinds, in the order of the page.
func (p *page) all(kinds ...atom.Atom) (found []*html.Node) {
	for n := range p.root.Descendants() {
		for _, kind := range kinds {
			if n.Type == html.ElementNode && n.DataAtom == kind {
				found = append(found, n)
			}
		}
	}
	return found
}

func (p *page) byID(id string) *html.Node {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && id != "" && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// title is the text of the title, which stands above the page.
func (p *page) title() string {
	for _, n := range p.all(atom.Title) {
		if n.FirstChild != nil {
			return fold(n.FirstChild.Data)
		}
	}
	return ""
}

// named is the one element among found whose text is the wanted one, or else the one whose text contains it.
func named(what, wanted string, found []*html.Node) (*html.Node, error) {
	var whole, part []*html.Node
	var texts []string
	for _, n := range found {
		text := fold(visible(n))
		texts = append(texts, text)
		switch {
		case text == fold(wanted):
			whole = append(whole, n)
		case strings.Contains(text, fold(wanted)):
			part = append(part, n)
		}
	}
	if len(whole) == 0 {
		whole = part
	}
	if len(whole) != 1 {
		return nil, fmt.Errorf("%d of the page's %d %ss are %q: %q", len(whole), len(found), what, wanted, texts)
	}
	return whole[0], nil
}

// link is the address that a link leads to.
func (p *page) link(text string) (*url.URL, error) {
	n, err := named("link", text, p.all(atom.A))
	if err != nil {
		return nil, err
	}
	return p.url.Parse(attr(n, "href"))
}

// field is the control that a label names.
func (p *page) field(label string) (*html.Node, error) {
	n, err := named("label", label, p.all(atom.Label))
	if err != nil {
		return nil, err
	}
	if control := p.byID(attr(n, "for")); control != nil {
		return control, nil
	}
	return nil, fmt.Errorf("the label %q is for nothing", label)
}

// describe is the page for the message of a failure.
func (p *page) describe() string {
	if p == nil {
		return "no page was opened"
	}
	return fmt.Sprintf("at %s, status %d, title %q:\n%s", p.url, p.status, p.title(), visible(p.root))
}

func attr(n *html.Node, key string) string {
	value, _ := lookup(n, key)
	return value
}

func lookup(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}
