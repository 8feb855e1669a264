package visitor

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"unicode/utf16"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// submission is a form that is sent.
type submission struct {
	method string // GET or POST
	to     *url.URL
	values url.Values
}

// typeInto types into a field as a keyboard does: not into one that is fixed, and no more than it holds.
func (p *page) typeInto(label, text string) error {
	n, err := p.field(label)
	if err != nil {
		return err
	}
	for _, fixed := range []string{"readonly", "disabled"} {
		if _, ok := lookup(n, fixed); ok {
			return fmt.Errorf("the field %q is %s", label, fixed)
		}
	}
	if longest, err := strconv.Atoi(attr(n, "maxlength")); err == nil && len(utf16.Encode([]rune(text))) > longest {
		return fmt.Errorf("the field %q holds no more than %d characters", label, longest)
	}
	p.typed[n], p.last = text, n
	return nil
}

// choose sets a radio button, and with it the others of its group.
func (p *page) choose(label string) error {
	n, err := p.field(label)
	if err != nil {
		return err
	}
	if attr(n, "type") != "radio" {
		return fmt.Errorf("%q is no radio button", label)
	}
	for _, other := range p.all(atom.Input) {
		if attr(other, "type") == "radio" && attr(other, "name") == attr(n, "name") && p.owner(other) == p.owner(n) {
			p.chosen[other] = other == n
		}
	}
	return nil
}

// value is what a field has in it.
func (p *page) value(n *html.Node) string {
	if typed, ok := p.typed[n]; ok {
		return typed
	}
	return attr(n, "value")
}

// owner is the form that a control belongs to (HTML 4.10.17.3): the one it names, or the one around it.
func (p *page) owner(n *html.Node) *html.Node {
	if id, ok := lookup(n, "form"); ok {
		return p.byID(id)
	}
	for around := range n.Ancestors() {
		if around.DataAtom == atom.Form {
			return around
		}
	}
	return nil
}

// press is a click on a button; Enter is one on the first button of the form that was typed in last (HTML 4.10.21.2).
// A button that only empties the form gives no submission.
func (p *page) press(text string) (*submission, error) {
	button, err := p.button(text)
	if err != nil {
		return nil, err
	}
	form := p.owner(button)
	if form == nil {
		return nil, fmt.Errorf("the button %q belongs to no form", text)
	}
	if attr(button, "type") == "reset" {
		clear(p.typed)
		clear(p.chosen)
		return nil, nil
	}
	return p.submission(form, button)
}

func (p *page) button(text string) (*html.Node, error) {
	if text != "Enter" {
		return named("button", text, p.all(atom.Button))
	}
	if p.last == nil {
		return nil, errors.New("nothing was typed")
	}
	for _, n := range p.all(atom.Button) {
		if kind := attr(n, "type"); (kind == "" || kind == "submit") && p.owner(n) == p.owner(p.last) {
			return n, nil
		}
	}
	return nil, errors.New("the form has no button")
}

func (p *page) submission(form, button *html.Node) (*submission, error) {
	s := &submission{method: "GET", values: url.Values{}}
	if attr(form, "method") == "post" {
		s.method = "POST"
	}
	action, ok := lookup(button, "formaction")
	if !ok {
		action = attr(form, "action")
	}
	var err error
	if s.to, err = p.url.Parse(action); err != nil {
		return nil, fmt.Errorf("the form's action: %w", err)
	}
	for _, n := range p.all(atom.Input, atom.Button) {
		if p.owner(n) == form && p.sent(n, button) {
			s.values.Add(attr(n, "name"), p.value(n))
		}
	}
	return s, nil
}

// sent tells whether a control's value is part of the form (HTML 4.10.21.4).
func (p *page) sent(n, button *html.Node) bool {
	if _, disabled := lookup(n, "disabled"); disabled || attr(n, "name") == "" {
		return false
	}
	if n.DataAtom == atom.Button {
		return n == button
	}
	switch attr(n, "type") {
	case "radio", "checkbox":
		if chosen, ok := p.chosen[n]; ok {
			return chosen
		}
		_, checked := lookup(n, "checked")
		return checked
	}
	return true
}
