package web

import (
	"html/template"
	"io"
	"reflect"
	"sync"
)

// set are the templates of a page in a language, made when they are first needed. What stands around its first page stands around
// nearly all of them, so that it is written once as well (package bake); a page that differs in it is made by templates that know of
// no page, and so is that of an error for another host, which anybody can ask for first.
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
	templates, err := s.suiting(p.standing())
	if err != nil {
		return err
	}
	return templates.ExecuteTemplate(w, name, p)
}

// suiting are the templates for a page around which this stands.
func (s *set) suiting(around Standing) (*template.Template, error) {
	if around.Elsewhere {
		return s.any()
	}
	s.once.Do(func() {
		s.first = around
		s.ours, s.err = s.like(around)
	})
	if around != s.first {
		return s.any()
	}
	return s.ours, s.err
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
