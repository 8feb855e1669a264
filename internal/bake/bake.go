// Package bake writes once what templates would write anew for every page: an action that asks nothing of the page, as
// {{t "code.title"}} does, becomes the text that it gives, escaped for the place where it stands. The pages stay the same
// byte for byte.
//
// It holds for templates whose functions are pure: what they give depends on their arguments alone. It knows neither the
// functions nor the escapers that html/template has put behind them, since it has each action executed by the set itself.
package bake

import (
	"bytes"
	"io"
	"maps"
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

// Bake puts text in the place of constant actions. The trees are those of a set, which html/template has escaped already,
// and which nobody executes yet; execute has the set execute the template root. An action that fails stays as it is, and
// fails when it is reached.
func Bake(trees map[string]*parse.Tree, root string, execute func(io.Writer) error) {
	b := baker{trees[root].Root, execute}
	for _, tree := range trees {
		each(tree.Root, b.list)
	}
}

type baker struct {
	root    *parse.ListNode
	execute func(io.Writer) error
}

func (b baker) list(list *parse.ListNode) {
	var nodes []parse.Node
	var before *parse.TextNode
	for _, n := range list.Nodes {
		if constant(n) {
			n = b.text(n)
		}
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

// text is what a node gives, or the node itself.
func (b baker) text(n parse.Node) parse.Node {
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
