package locale

import (
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"text/template/parse"
)

// Uses is what a template asks of a language.
type Uses struct {
	Keys     []string // of t and rich
	Families []string // of say
}

// UsesOf is what all templates of files ask for, pages of both sites and mail. A template that cannot be read or parsed, which is told
// where it is to be shown, adds nothing.
func UsesOf(files fs.FS) (uses Uses) {
	for _, dir := range []string{".", "helpdesk", "mail"} {
		entries, _ := fs.ReadDir(files, dir)
		for _, e := range entries {
			text, err := fs.ReadFile(files, path.Join(dir, e.Name()))
			if ext := path.Ext(e.Name()); err != nil || ext != ".html" && ext != ".txt" {
				continue
			}
			trees := map[string]*parse.Tree{}
			t := parse.New(e.Name())
			t.Mode = parse.SkipFuncCheck
			if _, err := t.Parse(string(text), "", "", trees); err != nil {
				continue
			}
			for _, tree := range trees {
				_ = uses.Find(tree)
			}
		}
	}
	return uses
}

// Find adds what a parsed template uses. The key must stand in the template itself, as a constant: what is put
// together at run time cannot be checked at the start.
func (u *Uses) Find(tree *parse.Tree) error {
	if tree == nil || tree.Root == nil {
		return nil
	}
	return u.walk(tree, reflect.ValueOf(tree.Root))
}

// walk visits every node of the tree. Nodes are structs, lists of nodes, and pointers to them; going by reflection
// spares a case for each of the twenty kinds.
func (u *Uses) walk(tree *parse.Tree, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*parse.Tree]() {
			return nil
		}
		if c, ok := v.Interface().(*parse.CommandNode); ok {
			if err := u.command(tree, c); err != nil {
				return err
			}
		}
		return u.walk(tree, v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if err := u.walk(tree, v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).IsExported() {
				if err := u.walk(tree, f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (u *Uses) command(tree *parse.Tree, c *parse.CommandNode) error {
	name, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok || !slices.Contains([]string{"t", "rich", "say"}, name.Ident) {
		return nil
	}
	if len(c.Args) > 1 {
		if key, ok := c.Args[1].(*parse.StringNode); ok {
			u.add(name.Ident, key.Text)
			return nil
		}
	}
	where, _ := tree.ErrorContext(c)
	return fmt.Errorf("%s: %s wants a constant key", where, name.Ident)
}

func (u *Uses) add(function, key string) {
	list := &u.Keys
	if function == "say" {
		list = &u.Families
	}
	if !slices.Contains(*list, key) {
		*list = append(*list, key)
	}
}
