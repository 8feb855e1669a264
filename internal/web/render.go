package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"time"
	"unicode"

	"ssprd/internal/locale"
	"ssprd/internal/theme"
)

// Renderer makes pages. A theme is read, parsed and checked at the start. There is a template set for each page type in
// each language, so that the functions by which templates speak know their language; it is made when its page is first
// shown (set.go), since most are shown seldom. Without a theme its files are parsed then, too.
type Renderer struct {
	// Failed is told of a page that the theme's templates could not make, though they passed every check: the built-in
	// ones have made it, and the visitor has not noticed.
	Failed func(error)

	static  *Static
	speech  map[string]*locale.Locale
	names   map[string]string // of the languages, each in itself
	sets    map[setKey]*set
	spare   map[setKey]*set // the built-in ones of pages that the theme has changed
	buffers sync.Pool       // of *bytes.Buffer
}

type setKey struct{ lang, page string }

// NewRenderer reads the templates and static files; the languages are those of locale.LoadAll. Its error is a
// theme.Mistakes with everything that is wrong: a template that is not there or does not fit its page, a sentence that
// it asks for and a language does not have.
func NewRenderer(files fs.FS, speech locale.Speech) (*Renderer, error) {
	return newRenderer(files, speech, portalKit)
}

// NewDeskRenderer is NewRenderer for the pages of the helpdesk.
func NewDeskRenderer(files fs.FS, speech locale.Speech) (*Renderer, error) {
	return newRenderer(files, speech, deskKit)
}

func newRenderer(files fs.FS, speech locale.Speech, k kit) (*Renderer, error) {
	static, err := NewStatic(files)
	if err != nil {
		return nil, err
	}
	r := &Renderer{Failed: func(error) {}, static: static, names: map[string]string{}, speech: map[string]*locale.Locale{},
		sets: map[setKey]*set{}, spare: map[setKey]*set{}}
	r.buffers.New = func() any { return new(bytes.Buffer) }
	var wrong theme.Mistakes
	for _, words := range speech {
		lang := words.Lang()
		r.speech[lang] = words
		if r.names[lang], err = words.Text("language"); err != nil {
			wrong.Add("portal.languages", 0, "%q: %v", lang, err)
		}
	}
	if wrong == nil && theme.Shipped(files) {
		for _, p := range k.pages {
			r.fill(r.sets, []Page{p}, speech, sync.OnceValue(func() *sources { return readSources(files, k.only(p)) }))
		}
		return r, nil
	}
	own := readSources(files, k)
	own.check(r.allFuncs(new(locale.Locale)), r.judge(speech))
	if wrong = append(wrong, own.wrong...); len(wrong) > 0 || len(speech) == 0 {
		return r, wrong.Err()
	}
	var themed []Page
	for _, p := range k.pages {
		if own.themed(p.template()) {
			themed = append(themed, p)
			_, _, err := own.escaped(p, r.allFuncs(speech[0]))
			own.wrong.Join(p.template()+".html", err)
		}
	}
	r.fill(r.sets, k.pages, speech, func() *sources { return own })
	r.fill(r.spare, themed, speech, sync.OnceValue(func() *sources { return readSources(theme.BuiltIn(files), k) }))
	return r, own.wrong.Err()
}

// fill has the sets of pages made of the sources as they are needed.
func (r *Renderer) fill(sets map[setKey]*set, pages []Page, speech locale.Speech, of func() *sources) {
	for _, words := range speech {
		for _, p := range pages {
			sets[setKey{words.Lang(), p.template()}] = newSet(of, p, func() map[string]any { return r.allFuncs(words) })
		}
	}
}

// Static serves the files that the pages refer to.
func (r *Renderer) Static() *Static { return r.static }

// LanguageName is what the language lang is called in itself.
func (r *Renderer) LanguageName(lang string) string { return r.names[lang] }

// Knows tells whether there is a sentence of this key in a language: not every word of the record has one.
func (r *Renderer) Knows(lang, key string) bool {
	words, ok := r.speech[lang]
	return ok && words.Has(key)
}

// Render writes the page, whole or, if it cannot be made, not at all.
func (r *Renderer) Render(w io.Writer, p Page) error { return r.Fragment(w, p, "layout") }

// Fragment writes the named part of a page: "progress" of a WaitPage, "verdict" of a PasswordPage.
func (r *Renderer) Fragment(w io.Writer, p Page, name string) error {
	key := setKey{p.standing().Lang, p.template()}
	set, ok := r.sets[key]
	if !ok {
		return fmt.Errorf("page %q has no language %q", p.template(), p.standing().Lang)
	}
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.putBack(b)
	err := set.execute(b, name, p)
	if spare, themed := r.spare[key]; err != nil && themed {
		r.Failed(fmt.Errorf("page %q in %q: %w", p.template(), p.standing().Lang, err))
		b.Reset()
		err = spare.execute(b, name, p)
	}
	if err != nil {
		return fmt.Errorf("page %q in %q: %w", p.template(), p.standing().Lang, err)
	}
	_, err = b.WriteTo(w)
	return err
}

// maxKept is how large a buffer is kept, in bytes: many times a page.
const maxKept = 256 << 10

// putBack wipes the buffer before another page gets it: a page can hold suggested passwords. Without the reset, which
// comes first, Bytes would begin behind what a visitor who went away did take.
func (r *Renderer) putBack(b *bytes.Buffer) {
	b.Reset()
	clear(b.Bytes()[:b.Cap()])
	if b.Cap() <= maxKept {
		r.buffers.Put(b)
	}
}

// allFuncs are the functions of templates in a language.
func (r *Renderer) allFuncs(words *locale.Locale) map[string]any {
	all := words.Funcs()
	maps.Copy(all, r.funcs(words))
	return all
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
