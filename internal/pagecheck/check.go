// Package pagecheck finds, without executing it, what in a template could fail before a visitor: fields, methods,
// functions and templates that there are not, values of a type that a function does not take, a step through a pointer
// that may be nil. It walks the parsed text with the type of dot, as text/template walks it with a value, through every
// branch, and reports everything at once. A type that cannot be known (the result of a function that returns any) is
// let through.
//
// It is stricter than the template language where the language leaves to chance: index, slice and call are refused, since
// whether they fail depends on the value; so are templates that show themselves and ranges over a number, for which every
// visitor would pay.
package pagecheck

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"

	"ssprd/internal/theme"
)

// Set is what is checked together: templates by name, with the functions that they may call.
type Set struct {
	Trees map[string]*parse.Tree
	Funcs map[string]any
	// Speech looks at a call of one of Funcs beyond its types: "" if it is well. It may be nil.
	Speech func(function string, args []Arg) string
	// Report takes what is wrong: the name under which the file was parsed, the line, and the words.
	Report func(file string, line int, wrong string)
}

// Arg is an argument of a call.
type Arg struct {
	Type    reflect.Type // nil if unknown
	Literal string       // of a text that stands in the template itself
	IsText  bool         // it is such a text
}

// Check walks the template of this name, and those that it calls, with a dot of this type. It gives the names of all that
// it came by.
func (s Set) Check(name string, dot reflect.Type) (reached []string) {
	c := &checker{Set: s, seen: map[visit]bool{}, reached: map[string]bool{}}
	c.template(name, value{typ: dot})
	for name := range c.reached {
		reached = append(reached, name)
	}
	return reached
}

// checker goes through one set with one type of page.
type checker struct {
	Set
	vars    []variable
	certain []string // fields that are known not to be nil here, as "$.Help"
	path    []string // the templates on the way here, the outermost first
	seen    map[visit]bool
	reached map[string]bool
}

// visit is a template walked with a kind of dot.
type visit struct {
	name string
	dot  value
}

// value is what is known of a value.
type value struct {
	typ    reflect.Type // nil if unknown
	absent bool         // it is a pointer that may be nil
	number bool         // it is a number that stands in the template: it becomes what the place asks for
	text   string       // it is a text that stands in the template …
	isText bool         // … if this is true
	null   bool         // it is the word nil
}

type variable struct {
	name string
	value
}

func (c *checker) wrong(n parse.Node, format string, args ...any) {
	file, line := theme.At(n)
	c.Report(file, line, fmt.Sprintf(format, args...))
}

// template walks another template, where dot is also $.
func (c *checker) template(name string, dot value) {
	c.reached[name] = true
	if c.seen[visit{name, dot}] {
		return
	}
	c.seen[visit{name, dot}] = true
	tree := c.Trees[name]
	if tree == nil || tree.Root == nil {
		return // the caller has told
	}
	outer := *c
	c.vars, c.certain, c.path = []variable{{"$", dot}}, nil, append(c.path, name)
	c.list(tree.Root, place{dot, "$"})
	c.vars, c.certain, c.path = outer.vars, outer.certain, outer.path
}

// place is where the walk is: dot, and what else dot is called ("$", "$card"; "" where it has no other name).
type place struct {
	value
	name string
}

func (c *checker) list(l *parse.ListNode, dot place) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		c.node(n, dot)
	}
}

func (c *checker) node(n parse.Node, dot place) {
	switch n := n.(type) {
	case *parse.ActionNode:
		c.pipe(n.Pipe, dot)
	case *parse.ListNode:
		c.list(n, dot)
	case *parse.IfNode:
		c.scope(func() { c.ifNode(n, dot) })
	case *parse.WithNode:
		c.scope(func() { c.withNode(n, dot) })
	case *parse.RangeNode:
		c.scope(func() { c.rangeNode(n, dot) })
	case *parse.TemplateNode:
		c.call(n, dot)
	}
}

// scope forgets afterwards what was declared and learnt within.
func (c *checker) scope(walk func()) {
	vars, certain := len(c.vars), len(c.certain)
	walk()
	c.vars, c.certain = c.vars[:vars], c.certain[:certain]
}

func (c *checker) ifNode(n *parse.IfNode, dot place) {
	c.pipe(n.Pipe, dot)
	yes, no := certainties(n.Pipe, dot)
	c.scope(func() { c.certain = append(c.certain, yes...); c.list(n.List, dot) })
	c.scope(func() { c.certain = append(c.certain, no...); c.list(n.ElseList, dot) })
}

func (c *checker) withNode(n *parse.WithNode, dot place) {
	v := c.pipe(n.Pipe, dot)
	v.absent, v.text, v.isText = false, "", false
	yes, no := certainties(n.Pipe, dot)
	c.scope(func() {
		c.certain = append(c.certain, yes...)
		inner := place{value: v}
		if len(n.Pipe.Decl) > 0 {
			inner.name = n.Pipe.Decl[0].Ident[0]
			c.vars[len(c.vars)-1].absent = false
		}
		c.list(n.List, inner)
	})
	c.scope(func() { c.certain = append(c.certain, no...); c.list(n.ElseList, dot) })
}

func (c *checker) rangeNode(n *parse.RangeNode, dot place) {
	v := c.pipe(n.Pipe, dot)
	key, element, ok := elements(v)
	switch {
	case v.typ != nil && isNumber(v.typ.Kind()):
		c.wrong(n.Pipe, "range over a number goes on for as long as that says: wanted a list")
	case !ok:
		c.wrong(n.Pipe, "range cannot go over %s", v)
	}
	c.scope(func() {
		switch decl := n.Pipe.Decl; len(decl) {
		case 1:
			c.vars[len(c.vars)-1].value = element
		case 2:
			c.vars[len(c.vars)-2].value, c.vars[len(c.vars)-1].value = key, element
		}
		c.list(n.List, place{value: element})
	})
	c.list(n.ElseList, dot)
}

// elements are what range gives of a value.
func elements(v value) (key, element value, ok bool) {
	if v.typ == nil {
		return value{}, value{}, !v.null
	}
	switch t := v.typ; t.Kind() {
	case reflect.Slice, reflect.Array:
		return value{typ: reflect.TypeFor[int]()}, of(t.Elem()), true
	case reflect.Map:
		return of(t.Key()), of(t.Elem()), true
	default:
		return value{}, value{}, false
	}
}

// call is {{template "name" pipeline}}.
func (c *checker) call(n *parse.TemplateNode, dot place) {
	v := value{null: true}
	if n.Pipe != nil {
		v = c.pipe(n.Pipe, dot)
	}
	if tree := c.Trees[n.Name]; tree == nil {
		c.wrong(n, "there is no template %q%s", n.Name, meant(n.Name, c.Trees))
	}
	if slices.Contains(c.path, n.Name) {
		c.wrong(n, "%q comes by itself again here, which may have no end: wanted range, or a template of its own", n.Name)
		return
	}
	v.text, v.isText = "", false
	c.template(n.Name, v)
}

// of is a value of a type, of which no more is known.
func of(t reflect.Type) value {
	if t == nil || t.Kind() == reflect.Interface {
		return value{}
	}
	return value{typ: t, absent: t.Kind() == reflect.Pointer}
}

// String is what a mistake calls it.
func (v value) String() string {
	switch {
	case v.null:
		return "nil"
	case v.number:
		return "a number"
	case v.typ == nil:
		return "something unknown"
	}
	t := v.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.String()
	if t.Name() != "" {
		name = t.Name()
	}
	if strings.ContainsAny(name[:1], "AEIOaeio") {
		return "an " + name
	}
	return "a " + name
}
