package mail

import (
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/locale"
	"ssprd/internal/theme"
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

// Renderer makes messages, in every language of the portal. The templates of each are made ready when it is first due.
type Renderer struct {
	portal Portal
	sets   map[setKey]func() (set, error)
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

var kinds = []flow.MailKind{flow.CodeMail, flow.AssistedMail, flow.HelpedMail, flow.AgentMail, flow.HeldMail, flow.ChangedMail}

// NewRenderer reads the templates mail/KIND.txt and mail/KIND.html; the languages are those of locale.LoadAll. Its error is
// a theme.Mistakes with everything that is wrong. With a theme each message is made once in every language, with and
// without what may be missing, so that none fails when it is due. Of the built-in ones tests have seen all of this: they are
// read when a message is first due.
func NewRenderer(files fs.FS, speech locale.Speech, p Portal) (*Renderer, error) {
	r := &Renderer{portal: p, sets: map[setKey]func() (set, error){}}
	if theme.Shipped(files) {
		for _, kind := range kinds {
			r.fill(kind, speech, sync.OnceValue(func() *sources { return readSources(files, kind) }))
		}
		return r, nil
	}
	own := readSources(files, kinds...)
	own.check(speech)
	if len(own.wrong) > 0 {
		return r, own.wrong.Err()
	}
	for _, kind := range kinds {
		r.fill(kind, speech, func() *sources { return own })
	}
	if !theme.Laid(files) {
		return r, nil
	}
	for key, made := range r.sets {
		if err := rehearse(made); err != nil {
			own.wrong = append(own.wrong, theme.OfTemplate(files, textFile(key.kind), err))
		}
	}
	return r, own.wrong.Err()
}

// fill has the sets of a kind made of the sources as they are needed.
func (r *Renderer) fill(kind flow.MailKind, speech locale.Speech, of func() *sources) {
	for _, words := range speech {
		r.sets[setKey{words.Lang(), kind}] = sync.OnceValues(func() (set, error) { return of().set(words, kind, r.portal) })
	}
}

// content is what the templates see.
type content struct {
	Portal   Portal
	Lang     string
	Subject  string
	Code     string // in groups, as people read it
	Act      string // what the helpdesk has done
	Lifetime time.Duration
	At       time.Time // in the time zone of the process, as Again
	Again    time.Time // zero for never
}

// Render makes the message m, in the language of m.
func (r *Renderer) Render(m flow.Mail) (Message, error) {
	made, ok := r.sets[setKey{m.Lang, m.Kind}]
	if !ok {
		return Message{}, fmt.Errorf("no mail %q in language %q", m.Kind, m.Lang)
	}
	s, err := made()
	if err != nil {
		return Message{}, fmt.Errorf("mail %q, %w", m.Kind, err)
	}
	subject, err := s.words.Word("mail", string(m.Kind)+".subject", "portal", r.portal.Name)
	if err != nil {
		return Message{}, err
	}
	c := content{
		Portal: r.portal, Lang: m.Lang, Subject: subject,
		Code: group(m.Code.Reveal()), Act: m.Act, Lifetime: m.Lifetime, At: m.At.Local(),
	}
	if !m.Again.IsZero() {
		c.Again = m.Again.Local()
	}
	text, html, err := s.execute(c)
	if err != nil {
		return Message{}, fmt.Errorf("mail %q, %w", m.Kind, err)
	}
	return Message{Subject: subject, Text: text, HTML: html}, nil
}

func (s set) execute(c content) (text, html string, err error) {
	if text, err = execute(func(w io.Writer) error { return s.text.Execute(w, c) }); err != nil {
		return "", "", fmt.Errorf("text: %w", err)
	}
	if html, err = execute(func(w io.Writer) error { return s.html.ExecuteTemplate(w, "frame", c) }); err != nil {
		return "", "", fmt.Errorf("HTML: %w", err)
	}
	return text, html, nil
}

func execute(f func(io.Writer) error) (string, error) {
	var b strings.Builder
	b.Grow(2048) // most are shorter
	err := f(&b)
	return b.String(), err
}

// group sets a code in groups of three or four digits, as even as can be: « 482 915 », « 4829 1573 », three where they come out even.
func group(code string) string {
	groups := (len(code) + 3) / 4
	if len(code)%3 == 0 {
		groups = len(code) / 3
	}
	var b strings.Builder
	for i := range groups {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(code[len(code)*i/groups : len(code)*(i+1)/groups])
	}
	return b.String()
}
