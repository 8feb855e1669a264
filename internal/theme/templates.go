package theme

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// Templates are parsed templates, by their names.
type Templates map[string]*parse.Tree

// ParseTemplates parses one file: the templates that it defines and, under the name of the file, what stands outside of
// them. Functions are not looked at; whoever checks the pages does that, with everything else. What does not parse is
// added to wrong, and gives none.
func ParseTemplates(files fs.FS, name string, wrong *Mistakes) Templates {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		wrong.Add(Place(files, name), 0, "cannot be read: %v", reason(err))
		return nil
	}
	trees := map[string]*parse.Tree{}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(string(text), "", "", trees); err != nil {
		*wrong = append(*wrong, OfTemplate(files, name, err))
		return nil
	}
	return trees
}

// Over lays templates over others, which they define anew.
func (t Templates) Over(base Templates) Templates {
	all := maps.Clone(base)
	maps.Copy(all, t)
	return all
}

// Copies are the templates for a set that changes them, as html/template does.
func (t Templates) Copies() Templates {
	all := make(Templates, len(t))
	for name, tree := range t {
		all[name] = tree.Copy()
	}
	return all
}

// Names lists them, sorted.
func (t Templates) Names() []string { return slices.Sorted(maps.Keys(t)) }

// Without are those that are not among the names.
func (t Templates) Without(names []string) Templates {
	rest := maps.Clone(t)
	maps.DeleteFunc(rest, func(name string, _ *parse.Tree) bool { return slices.Contains(names, name) })
	return rest
}

// Outside tells of what a file says outside of its templates, which nothing shows.
func (t Templates) Outside(files fs.FS, name string, wrong *Mistakes) {
	tree := t[name]
	if tree == nil {
		return
	}
	for _, n := range tree.Root.Nodes {
		if !parse.IsEmptyTree(n) {
			_, line := At(n)
			if text, ok := n.(*parse.TextNode); ok {
				blank := len(text.Text) - len(bytes.TrimLeft(text.Text, " \t\r\n"))
				line += bytes.Count(text.Text[:blank], []byte("\n"))
			}
			wrong.Add(Place(files, name), line, "what stands outside of {{define}} is shown nowhere")
			return
		}
	}
}

// At is where a node of a template stands: the name of the file, and the line.
func At(n parse.Node) (file string, line int) {
	place, _ := (*parse.Tree)(nil).ErrorContext(n) // FILE:LINE:COLUMN
	file, rest, _ := strings.Cut(place, ":")
	number, _, _ := strings.Cut(rest, ":")
	line, _ = strconv.Atoi(number) // digits
	return file, line
}
