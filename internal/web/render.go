package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"
	"unicode"

	"ssprd/internal/locale"
)

// Renderer makes pages. Everything is read, parsed and checked at the start: a template set for each page type in each
// language, so that the functions by which templates speak know their language.
type Renderer struct {
	static  *Static
	names   map[string]string // of the languages, each in itself
	sets    map[setKey]*template.Template
	buffers sync.Pool // of *bytes.Buffer
}

type setKey struct{ lang, page string }

// shared are the files that every page's set begins with.
var shared = []string{"layout.html", "partials.html"}

// NewRenderer reads the templates, locales and static files; the languages are BCP 47 tags. It reports every mistake
// at once: a page type without its template, a template that asks for a sentence which a language does not have.
func NewRenderer(files fs.FS, languages []string) (*Renderer, error) {
	static, err := NewStatic(files)
	if err != nil {
		return nil, err
	}
	r := &Renderer{static: static, names: map[string]string{}, sets: map[setKey]*template.Template{}}
	r.buffers.New = func() any { return new(bytes.Buffer) }
	var wrong []error
	for _, lang := range languages {
		words, err := locale.Load(files, lang)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		if r.names[lang], err = words.Text("language"); err != nil {
			wrong = append(wrong, err)
		}
		for _, p := range pages {
			set, err := r.parse(files, words, p.template())
			if err != nil {
				wrong = append(wrong, fmt.Errorf("page %q in %q: %w", p.template(), lang, err))
			}
			r.sets[setKey{lang, p.template()}] = set
		}
	}
	return r, errors.Join(wrong...)
}

// Static serves the files that the pages refer to.
func (r *Renderer) Static() *Static { return r.static }

// LanguageName is what the language lang is called in itself.
func (r *Renderer) LanguageName(lang string) string { return r.names[lang] }

// Render writes the page, whole or, if it cannot be made, not at all.
func (r *Renderer) Render(w io.Writer, p Page) error { return r.Fragment(w, p, "layout") }

// Fragment writes the named part of a page: "progress" of a WaitPage, "verdict" of a PasswordPage.
func (r *Renderer) Fragment(w io.Writer, p Page, name string) error {
	set, ok := r.sets[setKey{p.lang(), p.template()}]
	if !ok {
		return fmt.Errorf("page %q has no language %q", p.template(), p.lang())
	}
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.putBack(b)
	if err := set.ExecuteTemplate(b, name, p); err != nil {
		return fmt.Errorf("page %q in %q: %w", p.template(), p.lang(), err)
	}
	_, err := b.WriteTo(w)
	return err
}

// putBack wipes the buffer before another page gets it: a page can hold suggested passwords.
func (r *Renderer) putBack(b *bytes.Buffer) {
	clear(b.Bytes()[:cap(b.Bytes())])
	b.Reset()
	r.buffers.Put(b)
}

func (r *Renderer) parse(files fs.FS, words *locale.Locale, page string) (*template.Template, error) {
	set := template.New(page).Funcs(words.Funcs()).Funcs(r.funcs(words))
	for _, name := range append(shared[:len(shared):len(shared)], page+".html") {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if _, err := set.New(name).Parse(string(text)); err != nil {
			return nil, err
		}
	}
	var uses locale.Uses
	for _, t := range set.Templates() {
		if err := uses.Find(t.Tree); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"title", "main"} {
		if set.Lookup(name) == nil {
			return nil, fmt.Errorf("%s.html does not define %q", page, name)
		}
	}
	return set, words.Require(uses.Keys...)
}

// funcs are the functions of a page's templates beside those of the locale.
func (r *Renderer) funcs(words *locale.Locale) template.FuncMap {
	return template.FuncMap{
		"static":   r.staticAddress,
		"optional": r.static.Address,
		"rich":     rich(words),
		"bold":     bold,
		"countdown": func(left time.Duration) template.HTML {
			return template.HTML(`<span id="time-left">` + template.HTMLEscapeString(words.Show(left)) + `</span>`)
		},
		"steps":    func() int { return Steps },
		"wordmark": wordmark,
		"dial":     dial,
	}
}

func (r *Renderer) staticAddress(name string) (string, error) {
	address := r.static.Address(name)
	if address == "" {
		return "", fmt.Errorf("no static file %q", name)
	}
	return address, nil
}

// rich gives a message whose values may be markup that bold made. All else is escaped, the message's own text too.
func rich(words *locale.Locale) func(key string, args ...any) (template.HTML, error) {
	return func(key string, args ...any) (template.HTML, error) {
		pieces, err := words.Pieces(key, args...)
		if err != nil {
			return "", err
		}
		var b strings.Builder
		for _, p := range pieces {
			switch v := p.Value.(type) {
			case nil:
				b.WriteString(template.HTMLEscapeString(p.Text))
			case template.HTML:
				b.WriteString(string(v))
			default:
				b.WriteString(template.HTMLEscapeString(words.Show(v)))
			}
		}
		return template.HTML(b.String()), nil
	}
}

// bold takes text, never markup. bdi keeps a name written from right to left from turning round what stands beside it.
func bold(text string) template.HTML {
	return template.HTML("<bdi><b>" + template.HTMLEscapeString(text) + "</b></bdi>")
}

// mark is an organisation's name as its wordmark shows it.
type mark struct{ Small, Large string }

// wordmark sets a first word in capitals apart, as in « RÉGION Nouvelle-Aquitaine ».
func wordmark(organisation string) mark {
	first, rest, ok := strings.Cut(strings.TrimSpace(organisation), " ")
	if !ok || strings.ContainsFunc(first, unicode.IsLower) {
		return mark{Large: organisation}
	}
	return mark{Small: first, Large: rest}
}

// dial leaves of a telephone number what a telephone dials.
func dial(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}
