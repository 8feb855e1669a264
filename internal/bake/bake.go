// Package bake writes once what templates would write anew for every page: an action that asks nothing of the page, as
// {{t "code.title"}} does, becomes the text that it gives, escaped for the place where it stands; and so does what asks for
// nothing but what is the same on every page, such as its footer. The pages stay the same byte for byte.
//
// It holds for templates whose functions are pure: what they give depends on their arguments alone. It knows neither the
// functions nor the escapers that html/template has put behind them, since it has each action executed by the set itself.
package bake

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// Splice puts the nodes of templates that are given nothing but constants, as a title mostly is, where they are called.
// html/template makes a hidden copy of a template that is called within an attribute or a title, which Bake would not see.
// Templates that the roots do not call, or no longer, are left out.
func Splice(trees map[string]*parse.Tree, roots ...string) {
	s := splicer{trees, map[*parse.Tree]bool{}}
	for _, tree := range trees {
		s.tree(tree)
	}
	called := map[string]bool{}
	for _, root := range roots {
		calls(trees, root, called)
	}
	maps.DeleteFunc(trees, func(name string, _ *parse.Tree) bool { return !called[name] })
}

// calls notes the name of a template, and those of all that it calls.
func calls(trees map[string]*parse.Tree, name string, called map[string]bool) {
	if called[name] || trees[name] == nil {
		return
	}
	called[name] = true
	each(trees[name].Root, func(list *parse.ListNode) {
		for _, n := range list.Nodes {
			if call, ok := n.(*parse.TemplateNode); ok {
				calls(trees, call.Name, called)
			}
		}
	})
}

type splicer struct {
	trees map[string]*parse.Tree
	seen  map[*parse.Tree]bool
}

func (s splicer) tree(tree *parse.Tree) {
	if s.seen[tree] {
		return // done, or one that calls itself
	}
	s.seen[tree] = true
	each(tree.Root, func(list *parse.ListNode) {
		var nodes []parse.Node
		for _, n := range list.Nodes {
			nodes = append(nodes, s.called(n)...)
		}
		list.Nodes = nodes
	})
}

// called is what stands in the place of a node.
func (s splicer) called(n parse.Node) []parse.Node {
	call, ok := n.(*parse.TemplateNode)
	if !ok || s.trees[call.Name] == nil {
		return []parse.Node{n}
	}
	tree := s.trees[call.Name]
	s.tree(tree)
	for _, inner := range tree.Root.Nodes {
		if _, text := inner.(*parse.TextNode); !text && !constant(inner) {
			return []parse.Node{n}
		}
	}
	return tree.Root.CopyList().Nodes
}

// Bake puts text in the place of what gives the same for every page. The trees are those of a set, which html/template has escaped
// already, and which nobody executes yet; execute has the set execute the first of the roots, by which pages begin, for a page of
// which the known fields are what they are in every page to come. An action that fails stays as it is, and fails when it is reached.
func Bake(trees map[string]*parse.Tree, execute func(io.Writer) error, known func(field string) bool, roots ...string) {
	b := baker{trees: trees, root: trees[roots[0]].Root, known: known, execute: execute, scopes: map[string]scope{}, within: map[string]bool{},
		hidden: map[string]bool{}, dollar: dollar(trees)}
	for _, root := range roots {
		b.reach(root, b.scopeOf(page))
	}
	for name, tree := range trees {
		b.list(tree.Root, b.scopes[name])
	}
}

// dollar tells whether a template gives $ another value, or may do so: then it is known nowhere what it is.
func dollar(trees map[string]*parse.Tree) bool {
	for _, tree := range trees {
		if text := tree.Root.String(); strings.Contains(text, "$ := ") || strings.Contains(text, "$ = ") || strings.Contains(text, "$, ") {
			return true
		}
	}
	return false
}

// standing is what is known of a value that templates ask: nothing, or that it is the page, or that it is the same for every page.
type standing int

const (
	unknown standing = iota
	page
	same
)

// scope is what a template's dot is at some place, and what its $ is.
type scope struct{ dot, top standing }

type baker struct {
	trees   map[string]*parse.Tree
	root    *parse.ListNode
	known   func(field string) bool
	execute func(io.Writer) error
	scopes  map[string]scope // where each template begins
	within  map[string]bool  // the templates that are being judged
	hidden  map[string]bool  // the copies that html/template has made, as far as they are reached
	dollar  bool             // somewhere $ is given another value
}

// scopeOf is where a template begins that is given a value.
func (b *baker) scopeOf(dot standing) scope {
	if b.dollar {
		return scope{dot, unknown}
	}
	return scope{dot, dot}
}

// reach notes what a template is given, and what those are that it calls. One that is given different things is given nothing that
// is known.
func (b *baker) reach(name string, given scope) {
	if original, _, hidden := strings.Cut(name, "$htmltemplate_"); hidden && b.trees[original] != nil && !b.hidden[original] {
		b.hidden[original] = true
		b.reachFrom(b.trees[original].Root, scope{}) // what it calls may be no copy
	}
	before, reached := b.scopes[name]
	if b.trees[name] == nil || reached && (before == given || before == scope{}) {
		return
	}
	if reached {
		given = scope{}
	}
	b.scopes[name] = given
	b.reachFrom(b.trees[name].Root, given)
}

func (b *baker) reachFrom(list *parse.ListNode, s scope) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		if call, ok := n.(*parse.TemplateNode); ok {
			b.reach(call.Name, b.scopeOf(b.given(call.Pipe, s)))
		}
		b.branches(n, s, b.reachFrom)
	}
}

// branches visits the lists within a node, each with its scope.
func (b *baker) branches(n parse.Node, s scope, visit func(*parse.ListNode, scope)) {
	switch n := n.(type) {
	case *parse.IfNode:
		visit(n.List, s)
		visit(n.ElseList, s)
	case *parse.WithNode:
		visit(n.List, b.inside(n.Pipe, s))
		visit(n.ElseList, s)
	case *parse.RangeNode:
		visit(n.List, b.inside(n.Pipe, s))
		visit(n.ElseList, s)
	}
}

// given is what a template's dot becomes.
func (b *baker) given(pipe *parse.PipeNode, s scope) standing {
	if b.same(pipe, s) {
		return same
	}
	if pipe != nil && len(pipe.Decl) == 0 && len(pipe.Cmds) == 1 && len(pipe.Cmds[0].Args) == 1 {
		switch arg := pipe.Cmds[0].Args[0].(type) {
		case *parse.DotNode:
			return s.dot
		case *parse.VariableNode:
			if len(arg.Ident) == 1 && arg.Ident[0] == "$" {
				return s.top
			}
		}
	}
	return unknown
}

// inside is the scope within a with or a range.
func (b *baker) inside(pipe *parse.PipeNode, s scope) scope {
	if b.same(pipe, s) {
		return scope{same, s.top}
	}
	return scope{unknown, s.top}
}

// list bakes the inner lists first, and then this one.
func (b *baker) list(list *parse.ListNode, s scope) {
	if list == nil {
		return
	}
	var nodes []parse.Node
	var before *parse.TextNode
	for _, n := range list.Nodes {
		n = b.baked(n, s)
		text, ok := n.(*parse.TextNode)
		if ok && before != nil {
			before.Text = append(before.Text, text.Text...)
			continue
		}
		before = text
		nodes = append(nodes, n)
	}
	list.Nodes = nodes
}

// baked is the text that a node gives, or the node, with what is within it baked.
func (b *baker) baked(n parse.Node, s scope) parse.Node {
	if _, text := n.(*parse.TextNode); !text && b.same(n, s.asRoot()) {
		return b.text(n)
	}
	b.branches(n, s, b.list)
	return n
}

// asRoot is what of a scope holds in the root, where nodes are executed: there the dot and $ are the page.
func (s scope) asRoot() scope {
	if s.dot == same {
		s.dot = unknown
	}
	if s.top == same {
		s.top = unknown
	}
	return s
}

// same tells whether a node gives the same for every page.
func (b *baker) same(n parse.Node, s scope) bool {
	switch n := n.(type) {
	case *parse.TextNode, *parse.CommentNode, *parse.IdentifierNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode, *parse.NilNode:
		return true
	case *parse.DotNode:
		return s.dot == same
	case *parse.FieldNode:
		return s.dot == same || s.dot == page && b.known(n.Ident[0])
	case *parse.VariableNode:
		return n.Ident[0] == "$" && (s.top == same || s.top == page && len(n.Ident) > 1 && b.known(n.Ident[1]))
	case *parse.ChainNode:
		return b.same(n.Node, s)
	case *parse.ActionNode:
		return b.same(n.Pipe, s)
	case *parse.PipeNode:
		return b.samePipe(n, s)
	case *parse.ListNode:
		return n == nil || !slices.ContainsFunc(n.Nodes, func(n parse.Node) bool { return !b.same(n, s) })
	case *parse.IfNode:
		return b.same(n.Pipe, s) && b.same(n.List, s) && b.same(n.ElseList, s)
	case *parse.WithNode:
		return b.same(n.Pipe, s) && b.same(n.List, scope{same, s.top}) && b.same(n.ElseList, s)
	case *parse.RangeNode:
		return b.same(n.Pipe, s) && b.same(n.List, scope{same, s.top}) && b.same(n.ElseList, s)
	case *parse.TemplateNode:
		return b.sameTemplate(n.Name, b.given(n.Pipe, s))
	default:
		return false
	}
}

func (b *baker) samePipe(pipe *parse.PipeNode, s scope) bool {
	if pipe == nil {
		return true
	}
	for _, command := range pipe.Cmds {
		if slices.ContainsFunc(command.Args, func(n parse.Node) bool { return !b.same(n, s) }) {
			return false
		}
	}
	return len(pipe.Decl) == 0
}

func (b *baker) sameTemplate(name string, dot standing) bool {
	if b.trees[name] == nil || b.within[name] {
		return false // it fails, or may call itself for ever
	}
	b.within[name] = true
	defer delete(b.within, name)
	return b.same(b.trees[name].Root, b.scopeOf(dot))
}

// text is what a node gives, or the node itself.
func (b *baker) text(n parse.Node) parse.Node {
	var text bytes.Buffer
	whole := b.root.Nodes
	b.root.Nodes = []parse.Node{n}
	err := b.execute(&text)
	b.root.Nodes = whole
	if err != nil {
		return n
	}
	return &parse.TextNode{NodeType: parse.NodeText, Pos: n.Position(), Text: text.Bytes()}
}

// constant tells whether a node is an action that gives the same whenever it is executed.
func constant(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.ActionNode:
		return constant(n.Pipe)
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			for _, arg := range command.Args {
				if !constant(arg) {
					return false
				}
			}
		}
		return len(n.Decl) == 0
	case *parse.IdentifierNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
		return true
	default:
		return false
	}
}

// each visits the lists of a template, the inner ones first.
func each(list *parse.ListNode, visit func(*parse.ListNode)) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			each(n.List, visit)
			each(n.ElseList, visit)
		case *parse.WithNode:
			each(n.List, visit)
			each(n.ElseList, visit)
		case *parse.RangeNode:
			each(n.List, visit)
			each(n.ElseList, visit)
		}
	}
	visit(list)
}
