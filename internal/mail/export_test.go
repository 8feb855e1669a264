package mail

import (
	htmltemplate "html/template"
	"io/fs"
	"net/mail"
	"strings"
	texttemplate "text/template"

	"ssprd/internal/flow"
)

// Rehearse makes every message in every language, with all that it may be given, and with the least.
func (r *Renderer) Rehearse() error {
	for _, made := range r.sets {
		if err := rehearse(made); err != nil {
			return err
		}
	}
	return nil
}

// Unbaked makes the text and the HTML of a message by the templates as they stand in the files.
func (r *Renderer) Unbaked(files fs.FS, m flow.Mail) (text, html string, err error) {
	own, baked := readSources(files, m.Kind), r.sets[setKey{m.Lang, m.Kind}]
	s, err := baked()
	if err != nil {
		return "", "", err
	}
	s.text = texttemplate.Must(texttemplate.New(textFile(m.Kind)).Funcs(s.words.Funcs()).AddParseTree(textFile(m.Kind), own.parts[textFile(m.Kind)][textFile(m.Kind)]))
	s.html = htmltemplate.New("").Funcs(s.words.Funcs())
	for name, tree := range own.html(m.Kind) {
		htmltemplate.Must(s.html.AddParseTree(name, tree))
	}
	r.sets[setKey{m.Lang, m.Kind}] = func() (set, error) { return s, nil }
	defer func() { r.sets[setKey{m.Lang, m.Kind}] = baked }()
	msg, err := r.Render(m)
	return msg.Text, msg.HTML, err
}

// Compose writes a message as it would be sent.
func Compose(m flow.Mail, from mail.Address, r render) (string, error) {
	return newDelivery(m).write(&from, r)
}

// ComposeTwice writes it for two attempts.
func ComposeTwice(m flow.Mail, from mail.Address, r render) (first, second string) {
	d := newDelivery(m)
	first, _ = d.write(&from, r)
	second, _ = d.write(&from, r)
	return first, second
}

func (d *delivery) write(from *mail.Address, r render) (string, error) {
	msg, err := d.compose(from, r)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	_, err = msg.WriteTo(&b)
	return b.String(), err
}
