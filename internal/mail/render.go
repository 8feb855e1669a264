package mail

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/locale"
)

// Portal is what messages say of the portal. They never hold a link that signs anybody in; PublicURL is told as text.
type Portal struct {
	Name         string
	Organisation string
	PublicURL    string
	Contact      string // whom to ask, as a person reads it; may be empty
}

// Message is a rendered message; the text is complete without the HTML.
type Message struct {
	Subject, Text, HTML string
}

// Renderer makes messages, in every language of the portal.
type Renderer struct {
	portal Portal
	sets   map[setKey]set
}

type setKey struct {
	lang string
	kind flow.MailKind
}

// set is one message in one language.
type set struct {
	words *locale.Locale
	text  *texttemplate.Template
	html  *htmltemplate.Template
}

var kinds = []flow.MailKind{flow.CodeMail, flow.HeldMail, flow.ChangedMail}

// NewRenderer reads the templates mail/KIND.txt and mail/KIND.html, and the locales. It reports every mistake at once.
func NewRenderer(files fs.FS, languages []string, p Portal) (*Renderer, error) {
	r := &Renderer{portal: p, sets: map[setKey]set{}}
	var wrong []error
	for _, lang := range languages {
		words, err := locale.Load(files, lang)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		for _, kind := range kinds {
			s, err := parseSet(files, words, kind)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("mail %q in %q: %w", kind, lang, err))
			}
			r.sets[setKey{lang, kind}] = s
		}
	}
	return r, errors.Join(wrong...)
}

// content is what the templates see.
type content struct {
	Portal   Portal
	Lang     string
	Subject  string
	Code     string // in groups, as people read it
	Lifetime time.Duration
	At       time.Time // in the time zone of the process, as Again
	Again    time.Time // zero for never
}

// Render makes the message m, in the language of m.
func (r *Renderer) Render(m flow.Mail) (Message, error) {
	s, ok := r.sets[setKey{m.Lang, m.Kind}]
	if !ok {
		return Message{}, fmt.Errorf("no mail %q in language %q", m.Kind, m.Lang)
	}
	subject, err := s.words.Word("mail", string(m.Kind)+".subject", "portal", r.portal.Name)
	if err != nil {
		return Message{}, err
	}
	c := content{
		Portal: r.portal, Lang: m.Lang, Subject: subject,
		Code: group(m.Code.Reveal()), Lifetime: m.Lifetime, At: m.At.Local(),
	}
	if !m.Again.IsZero() {
		c.Again = m.Again.Local()
	}
	text, err := execute(func(w io.Writer) error { return s.text.Execute(w, c) })
	if err != nil {
		return Message{}, fmt.Errorf("mail %q, text: %w", m.Kind, err)
	}
	html, err := execute(func(w io.Writer) error { return s.html.ExecuteTemplate(w, "frame", c) })
	if err != nil {
		return Message{}, fmt.Errorf("mail %q, HTML: %w", m.Kind, err)
	}
	return Message{Subject: subject, Text: text, HTML: html}, nil
}

func execute(f func(io.Writer) error) (string, error) {
	var b bytes.Buffer
	err := f(&b)
	return b.String(), err
}

func parseSet(files fs.FS, words *locale.Locale, kind flow.MailKind) (set, error) {
	s := set{words: words}
	name := "mail/" + string(kind)
	text, err := read(files, name+".txt")
	if err != nil {
		return s, err
	}
	if s.text, err = texttemplate.New(name).Funcs(words.Funcs()).Parse(text); err != nil {
		return s, err
	}
	s.html = htmltemplate.New(name).Funcs(words.Funcs())
	for _, part := range []string{"mail/frame.html", name + ".html"} {
		source, err := read(files, part)
		if err != nil {
			return s, err
		}
		if _, err := s.html.New(part).Parse(source); err != nil {
			return s, err
		}
	}
	trees := []*parse.Tree{s.text.Tree}
	for _, t := range s.html.Templates() {
		trees = append(trees, t.Tree)
	}
	return s, require(words, trees)
}

// require asks the language for every sentence of the templates, so that none is missed when a message is due.
func require(words *locale.Locale, trees []*parse.Tree) error {
	var uses locale.Uses
	for _, tree := range trees {
		if err := uses.Find(tree); err != nil {
			return err
		}
	}
	return words.Require(uses.Keys...)
}

func read(files fs.FS, name string) (string, error) {
	text, err := fs.ReadFile(files, name)
	return string(text), err
}

// group sets a code in groups of three or four digits, as even as can be: « 482 915 », « 4829 1573 ».
func group(code string) string {
	groups := (len(code) + 3) / 4
	var b strings.Builder
	for i := range groups {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(code[len(code)*i/groups : len(code)*(i+1)/groups])
	}
	return b.String()
}
