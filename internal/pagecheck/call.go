package pagecheck

import (
	"maps"
	"reflect"
	"slices"
	"text/template/parse"

	"ssprd/internal/want"
)

// builtin are the functions of the template language, with what they give; nil: it depends.
var builtin = map[string]reflect.Type{
	"and": nil, "or": nil, "not": reflect.TypeFor[bool](), "len": reflect.TypeFor[int](),
	"eq": reflect.TypeFor[bool](), "ne": reflect.TypeFor[bool](), "lt": reflect.TypeFor[bool](), "le": reflect.TypeFor[bool](),
	"gt": reflect.TypeFor[bool](), "ge": reflect.TypeFor[bool](),
	"print": reflect.TypeFor[string](), "printf": reflect.TypeFor[string](), "println": reflect.TypeFor[string](),
	"html": reflect.TypeFor[string](), "js": reflect.TypeFor[string](), "urlquery": reflect.TypeFor[string](),
}

// refused fail or not as the value happens to be.
var refused = []string{"index", "slice", "call"}

func (c *checker) function(n parse.Node, name string, args []value) value {
	if f, ok := c.Funcs[name]; ok {
		v := c.apply(n, name, reflect.TypeOf(f), 0, args)
		c.speech(n, name, args)
		return v
	}
	if slices.Contains(refused, name) {
		c.wrong(n, "%s can fail before a visitor: wanted range, with or a field", name)
		return value{}
	}
	result, ok := builtin[name]
	if !ok {
		c.wrong(n, "there is no function %q%s", name, meant(name, c.Funcs))
		return value{}
	}
	c.language(n, name, args)
	return of(result)
}

func (c *checker) speech(n parse.Node, name string, args []value) {
	if c.Speech == nil {
		return
	}
	all := make([]Arg, len(args))
	for i, a := range args {
		all[i] = Arg{Type: a.typ, Literal: a.text, IsText: a.isText}
	}
	if wrong := c.Speech(name, all); wrong != "" {
		c.wrong(n, "%s", wrong)
	}
}

// apply is the call of a function or a method of this type; the arguments begin at the parameter first.
func (c *checker) apply(n parse.Node, name string, t reflect.Type, first int, args []value) value {
	fixed := t.NumIn() - first
	if t.IsVariadic() {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !t.IsVariadic() {
		c.wrong(n, "%s wants %d arguments and has %d", name, fixed, len(args))
		args = nil
	}
	for i, a := range args {
		var in reflect.Type
		if i < fixed {
			in = t.In(first + i)
		} else {
			in = t.In(t.NumIn() - 1).Elem()
		}
		if !fits(a, in) {
			c.wrong(n, "%s wants %s here, and has %s", name, of(in), a)
		}
	}
	if out := t.NumOut(); out == 0 || out > 2 || out == 2 && t.Out(1) != reflect.TypeFor[error]() {
		c.wrong(n, "%s gives nothing that can be shown", name)
		return value{}
	}
	return of(t.Out(0))
}

// fits tells whether text/template takes the value for a parameter.
func fits(v value, in reflect.Type) bool {
	switch {
	case v.null:
		return slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan}, in.Kind())
	case v.typ == nil || in.Kind() == reflect.Interface && v.typ.Implements(in):
		return true
	case v.isText && in.Kind() == reflect.String:
		return true
	case v.number:
		return isNumber(in.Kind()) && (v.typ.Kind() == reflect.Int || isFloat(in.Kind()))
	default:
		return v.typ.AssignableTo(in) || v.typ.Kind() == reflect.Pointer && !v.absent && v.typ.Elem().AssignableTo(in)
	}
}

// language checks the arguments of a function of the template language.
func (c *checker) language(n parse.Node, name string, args []value) {
	switch name {
	case "len":
		c.length(n, args)
	case "not":
		if len(args) != 1 {
			c.wrong(n, "not wants one argument and has %d", len(args))
		}
	case "printf":
		if len(args) == 0 || args[0].typ != nil && args[0].typ != reflect.TypeFor[string]() {
			c.wrong(n, "printf wants a text first")
		}
	case "lt", "le", "gt", "ge":
		if len(args) != 2 {
			c.wrong(n, "%s wants two arguments and has %d", name, len(args))
			return
		}
		c.compare(n, name, args[0], args[1], true)
	case "eq", "ne":
		if len(args) < 2 || name == "ne" && len(args) > 2 {
			c.wrong(n, "%s wants two arguments and has %d", name, len(args))
			return
		}
		for _, a := range args[1:] {
			c.compare(n, name, args[0], a, false)
		}
	}
}

func (c *checker) length(n parse.Node, args []value) {
	if len(args) != 1 {
		c.wrong(n, "len wants one argument and has %d", len(args))
		return
	}
	if t := args[0].typ; args[0].null || args[0].absent || t != nil &&
		!slices.Contains([]reflect.Kind{reflect.String, reflect.Slice, reflect.Array, reflect.Map}, t.Kind()) {
		c.wrong(n, "len wants a list or a text, and has %s", args[0])
	}
}

// compare tells of two values whose comparison is an error.
func (c *checker) compare(n parse.Node, name string, a, b value, ordered bool) {
	if a.typ == nil || b.typ == nil {
		return
	}
	x, y := basic(a.typ), basic(b.typ)
	switch {
	case x != y:
		c.wrong(n, "%s cannot compare %s with %s", name, a, b)
	case ordered && (x == "" || x == "bool"), x == "" && !a.typ.Comparable():
		c.wrong(n, "%s cannot compare %s", name, a)
	}
}

// basic names the kind as comparisons take it; "" for what is no plain value.
func basic(t reflect.Type) string {
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return "bool"
	case k == reflect.String:
		return "text"
	case isFloat(k):
		return "float"
	case isNumber(k):
		return "number"
	default:
		return ""
	}
}

func isFloat(k reflect.Kind) bool { return k == reflect.Float32 || k == reflect.Float64 }

// isNumber tells whether a number that stands in the template can become a value of this kind.
func isNumber(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Uint64 || isFloat(k)
}

// meant proposes a name.
func meant[V any](name string, known map[string]V) string {
	return want.Meant(name, slices.Sorted(maps.Keys(known)))
}
