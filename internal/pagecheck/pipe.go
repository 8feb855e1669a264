package pagecheck

import (
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// pipe gives what is known of a pipeline's value, which its variables get as well.
func (c *checker) pipe(p *parse.PipeNode, dot place) (v value) {
	if p == nil {
		return value{}
	}
	for i, command := range p.Cmds {
		var last *value
		if i > 0 {
			last = &v
		}
		v = c.command(command, dot, last)
	}
	if len(p.Decl) > 0 {
		v.text, v.isText = "", false // of a variable the text is not told from its place
	}
	for _, decl := range p.Decl {
		if p.IsAssign {
			c.assign(decl, v)
		} else {
			c.vars = append(c.vars, variable{decl.Ident[0], v})
		}
	}
	return v
}

// assign keeps what is known of a variable true: given another type, it has none that is known.
func (c *checker) assign(decl *parse.VariableNode, v value) {
	for i, known := range slices.Backward(c.vars) {
		if known.name != decl.Ident[0] {
			continue
		}
		if known.typ != v.typ {
			c.vars[i].value = value{}
		}
		c.vars[i].absent, c.vars[i].number = known.absent || v.absent, known.number && v.number
		return
	}
}

// command is one part of a pipeline; last is the value of the part before it.
func (c *checker) command(n *parse.CommandNode, dot place, last *value) value {
	first, rest := n.Args[0], n.Args[1:]
	var args []value
	eval := func() []value {
		for _, a := range rest {
			args = append(args, c.arg(a, dot))
		}
		if last != nil {
			args = append(args, *last)
		}
		return args
	}
	switch f := first.(type) {
	case *parse.IdentifierNode:
		if f.Ident == "and" || f.Ident == "or" {
			return c.logic(f.Ident, n, dot, last)
		}
		return c.function(n, f.Ident, eval())
	case *parse.FieldNode:
		return c.chain(f, dot.value, f.Ident, dot.name, eval())
	case *parse.VariableNode:
		return c.chain(f, c.variable(f.Ident[0]), f.Ident[1:], f.Ident[0], eval())
	case *parse.ChainNode:
		return c.chain(f, c.arg(f.Node, dot), f.Field, "", eval())
	default:
		if len(rest) > 0 || last != nil {
			c.wrong(n, "%s is no function", first)
		}
		return c.arg(first, dot)
	}
}

// arg is what is known of an operand.
func (c *checker) arg(n parse.Node, dot place) value {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot.value
	case *parse.NilNode:
		return value{null: true}
	case *parse.BoolNode:
		return of(reflect.TypeFor[bool]())
	case *parse.StringNode:
		return value{typ: reflect.TypeFor[string](), text: n.Text, isText: true}
	case *parse.NumberNode:
		return number(n)
	case *parse.FieldNode:
		return c.chain(n, dot.value, n.Ident, dot.name, nil)
	case *parse.VariableNode:
		return c.chain(n, c.variable(n.Ident[0]), n.Ident[1:], n.Ident[0], nil)
	case *parse.ChainNode:
		return c.chain(n, c.arg(n.Node, dot), n.Field, "", nil)
	case *parse.PipeNode:
		return c.pipe(n, dot)
	case *parse.IdentifierNode:
		return c.function(n, n.Ident, nil)
	default:
		return value{}
	}
}

func number(n *parse.NumberNode) value {
	switch {
	case n.IsInt:
		return value{typ: reflect.TypeFor[int](), number: true}
	case n.IsFloat:
		return value{typ: reflect.TypeFor[float64](), number: true}
	default:
		return value{}
	}
}

func (c *checker) variable(name string) value {
	for _, v := range slices.Backward(c.vars) {
		if v.name == name {
			return v.value
		}
	}
	return value{} // the parser has seen that it is declared
}

// chain goes from a value along fields and methods; args are those of the last one, if it is a method. called is the name
// of the value that it begins with, by which it is known what is not nil.
func (c *checker) chain(n parse.Node, v value, fields []string, called string, args []value) value {
	for i, name := range fields {
		if v.typ == nil {
			if v.null {
				c.wrong(n, "nothing is given here: there is no .%s", name)
			}
			return value{}
		}
		if v.absent {
			c.wrong(n, "%s may be absent, and .%s fails then: wanted {{with}} or {{if}} around it", v, name)
		}
		var given []value
		if i == len(fields)-1 {
			given = args
		}
		v = c.step(n, v.typ, name, given)
		called = join(called, name)
		if called != "" && slices.Contains(c.certain, called) {
			v.absent = false
		}
	}
	if len(fields) == 0 && len(args) > 0 {
		c.wrong(n, "%s is no function", n)
	}
	return v
}

// join makes the name of a field; of what has no name its fields have none.
func join(called, field string) string {
	if called == "" {
		return ""
	}
	return called + "." + field
}

// step is one field or method.
func (c *checker) step(n parse.Node, t reflect.Type, name string, args []value) value {
	if m, ok := t.MethodByName(name); ok {
		first := 1 // the receiver
		if t.Kind() == reflect.Interface {
			first = 0
		}
		return c.apply(n, name, m.Type, first, args)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Map && t.Key().Kind() == reflect.String {
		return of(t.Elem())
	}
	if t.Kind() == reflect.Struct {
		if f, ok := t.FieldByName(name); ok && f.IsExported() {
			if len(args) > 0 {
				c.wrong(n, "%s of %s is no function", name, of(t))
			}
			return of(f.Type)
		}
	}
	c.wrong(n, "%s has no %s%s", of(t), name, meant(name, members(t)))
	return value{}
}

// members are the fields and methods of a type, to propose one.
func members(t reflect.Type) map[string]bool {
	all := map[string]bool{}
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() && !f.Anonymous {
				all[f.Name] = true
			}
		}
	}
	for i := range t.NumMethod() {
		all[t.Method(i).Name] = true
	}
	return all
}

// certainties are the fields that are not nil where the pipeline is true, and where it is not.
func certainties(p *parse.PipeNode, dot place) (yes, no []string) {
	if len(p.Cmds) != 1 {
		return nil, nil
	}
	return known(p.Cmds[0].Args, dot)
}

func known(args []parse.Node, dot place) (yes, no []string) {
	switch n := args[0].(type) {
	case *parse.FieldNode:
		if len(args) == 1 && dot.name != "" {
			yes = append(yes, strings.Join(append([]string{dot.name}, n.Ident...), "."))
		}
	case *parse.VariableNode:
		if len(args) == 1 {
			yes = append(yes, strings.Join(n.Ident, "."))
		}
	case *parse.PipeNode:
		return certainties(n, dot)
	case *parse.IdentifierNode:
		for _, a := range args[1:] {
			y, no2 := known([]parse.Node{a}, dot)
			switch n.Ident {
			case "and":
				yes = append(yes, y...)
			case "or":
				no = append(no, no2...)
			case "not":
				yes, no = append(yes, no2...), append(no, y...)
			}
		}
	}
	return yes, no
}

// logic is and or or, which stop at the first value that decides: the later ones may count on that.
func (c *checker) logic(name string, n *parse.CommandNode, dot place, last *value) (v value) {
	if len(n.Args) == 1 && last == nil {
		c.wrong(n, "%s wants something to judge", name)
	}
	certain := len(c.certain)
	defer func() { c.certain = c.certain[:certain] }()
	for i, a := range n.Args[1:] {
		got := c.arg(a, dot)
		yes, no := known([]parse.Node{a}, dot)
		if name == "or" {
			yes = no
		}
		c.certain = append(c.certain, yes...)
		v = common(v, got, i == 0)
	}
	if last != nil {
		v = common(v, *last, len(n.Args) == 1)
	}
	return v
}

// common is what is known of a value that may be either.
func common(a, b value, first bool) value {
	if first {
		b.text, b.isText, b.number = "", false, false
		return b
	}
	if a.typ != b.typ {
		return value{}
	}
	return value{typ: a.typ, absent: a.absent || b.absent}
}
