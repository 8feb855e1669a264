package web

import (
	"bytes"
	"html/template"
	"io"
	"io/fs"
)

// NewBuffers has a renderer without spare buffers take this one.
func (r *Renderer) NewBuffers(made func() *bytes.Buffer) {
	r.buffers.New = func() any { return made() }
}

// Unbaked writes the named part of a page by the templates as they stand in the files.
func (r *Renderer) Unbaked(files fs.FS, k Kit) func(w io.Writer, p Page, name string) error {
	own, sets := readSources(files, k), map[setKey]*template.Template{}
	return func(w io.Writer, p Page, name string) error {
		key := setKey{p.standing().Lang, p.template()}
		if sets[key] == nil {
			trees, _ := own.templates(p.template())
			sets[key] = template.New("").Funcs(r.allFuncs(r.speech[p.standing().Lang]))
			for name, tree := range trees.Copies() {
				if _, err := sets[key].AddParseTree(name, tree); err != nil {
					return err
				}
			}
		}
		return sets[key].ExecuteTemplate(w, name, p)
	}
}

// OfAny writes the named part of a page by the templates for those that differ from the first in what stands around them.
func (r *Renderer) OfAny(w io.Writer, p Page, name string) error {
	templates, err := r.sets[setKey{p.standing().Lang, p.template()}].any()
	if err != nil {
		return err
	}
	return templates.ExecuteTemplate(w, name, p)
}

// Kit is what one site's pages are made of.
type Kit = kit

// PortalKit and DeskKit are those of the two sites.
var PortalKit, DeskKit = portalKit, deskKit

// Fragments are the parts of a page that are sent by themselves.
func Fragments(p Page) []string { return portalKit.fragments[p.template()] }

// Templates are those by which a page is shown, as text.
func (r *Renderer) Templates(p Page) (map[string]string, error) {
	set, err := r.sets[setKey{p.standing().Lang, p.template()}].like(p.standing())
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, t := range set.Templates() {
		if t.Tree != nil {
			all[t.Name()] = t.Tree.Root.String()
		}
	}
	return all, nil
}
