package web

import (
	"html/template"
	"io"
	"reflect"
	"sync"
)

// set are the templates of a page in a language, made when they are first needed. What stands around its first page stands around
// nearly all of them, so that it is written once as well (package bake); a page that differs in it, as that of an error for another
// host does, is made by templates that know of no page.
type set struct {
	any  func() (*template.Template, error)         // of any page
	like func(Standing) (*template.Template, error) // of those with this standing

	once  sync.Once
	first Standing
	ours  *template.Template
	err   error
}

// newSet makes them of the sources, for pages of the type of p.
func newSet(of func() *sources, p Page, funcs func() map[string]any) *set {
	return &set{
		any:  sync.OnceValues(func() (*template.Template, error) { return of().set(p, funcs(), nil) }),
		like: func(s Standing) (*template.Template, error) { return of().set(p, funcs(), &s) },
	}
}

func (s *set) execute(w io.Writer, name string, p Page) error {
	s.once.Do(func() {
		s.first = p.standing()
		s.ours, s.err = s.like(s.first)
	})
	templates, err := s.ours, s.err
	if p.standing() != s.first {
		templates, err = s.any()
	}
	if err != nil {
		return err
	}
	return templates.ExecuteTemplate(w, name, p)
}

// standingField tells of which fields of a page's type templates find what stands around it.
func standingField(p Page) func(name string) bool {
	whole, _ := reflect.TypeOf(p).FieldByName("Standing")
	return func(name string) bool {
		field, ok := reflect.TypeOf(p).FieldByName(name)
		_, method := reflect.TypeOf(p).MethodByName(name)
		return ok && !method && len(field.Index) == len(whole.Index)+1 && reflect.DeepEqual(field.Index[:len(whole.Index)], whole.Index)
	}
}

// with is a page of the type of p about which nothing is known but what stands around it.
func with(p Page, s Standing) Page {
	v := reflect.New(reflect.TypeOf(p)).Elem()
	v.FieldByName("Standing").Set(reflect.ValueOf(s))
	return v.Interface().(Page)
}
