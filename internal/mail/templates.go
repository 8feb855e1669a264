package mail

import (
	"errors"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"path"
	"reflect"
	texttemplate "text/template"
	"text/template/parse"
	"time"

	"ssprd/internal/bake"
	"ssprd/internal/flow"
	"ssprd/internal/locale"
	"ssprd/internal/pagecheck"
	"ssprd/internal/theme"
	"ssprd/internal/want"
)

// frameFile stands around the HTML of every message.
const frameFile = "mail/frame.html"

// sources are the parsed templates of the messages, by file; none of one that does not parse.
type sources struct {
	files fs.FS
	parts map[string]theme.Templates
	wrong theme.Mistakes
}

func readSources(files fs.FS, kinds ...flow.MailKind) *sources {
	s := &sources{files: files, parts: map[string]theme.Templates{}}
	s.parse(frameFile)
	for _, kind := range kinds {
		s.parse(textFile(kind))
		s.parse(htmlFile(kind))
	}
	return s
}

func textFile(kind flow.MailKind) string { return "mail/" + string(kind) + ".txt" }
func htmlFile(kind flow.MailKind) string { return "mail/" + string(kind) + ".html" }

func (s *sources) parse(file string) {
	s.parts[file] = theme.ParseTemplates(s.files, file, &s.wrong)
	if path.Ext(file) == ".html" {
		s.parts[file].Outside(s.files, file, &s.wrong)
		delete(s.parts[file], file)
	}
}

// html are the templates of a message's HTML; nil if some of them do not parse.
func (s *sources) html(kind flow.MailKind) theme.Templates {
	frame, own := s.parts[frameFile], s.parts[htmlFile(kind)]
	if frame == nil || own == nil {
		return nil
	}
	return own.Over(frame)
}

// check holds the templates to what they are given (package pagecheck), and to the sentences there are.
func (s *sources) check(speech locale.Speech) {
	set := pagecheck.Set{Funcs: new(locale.Locale).Funcs(), Speech: speech.Judge, Report: s.report}
	for _, kind := range kinds {
		if text := s.parts[textFile(kind)]; text != nil {
			set.Trees = text
			s.idle(text, set.Check(textFile(kind), reflect.TypeFor[content]()))
		}
		if html := s.html(kind); html != nil {
			s.defines(html, frameFile, "frame")
			s.defines(html, htmlFile(kind), "message")
			set.Trees = html
			s.idle(html, set.Check("frame", reflect.TypeFor[content]()))
		}
	}
}

func (s *sources) report(file string, line int, wrong string) {
	s.wrong.Add(theme.Place(s.files, file), line, "%s", wrong)
}

func (s *sources) defines(html theme.Templates, file, name string) {
	if html[name] == nil {
		s.report(file, 0, `does not define "`+name+`"`+want.Meant(name, s.parts[file].Names()))
		html[name] = new(parse.Tree) // told once
	}
}

// idle tells of templates that nothing shows: most are misspelt. With a theme, a built-in one may have become needless.
func (s *sources) idle(all theme.Templates, reached []string) {
	for name, tree := range all.Without(reached) {
		file, line := theme.At(tree.Root)
		if theme.Own(s.files, file) || !theme.Laid(s.files) {
			s.report(file, line, `nothing shows the template "`+name+`"`+want.Meant(name, reached))
		}
	}
}

// set makes the templates of a message ready, in a language. What does not depend on the message is written already
// (package bake): all functions are pure, and of p there is one.
func (s *sources) set(words *locale.Locale, kind flow.MailKind, p Portal) (set, error) {
	ready := set{
		words: words,
		text:  texttemplate.New(textFile(kind)).Funcs(words.Funcs()),
		html:  htmltemplate.New(string(kind)).Funcs(words.Funcs()),
	}
	text, html := s.parts[textFile(kind)].Copies(), s.html(kind).Copies()
	bake.Splice(text, textFile(kind))
	bake.Splice(html, "frame")
	for name, tree := range text {
		if _, err := ready.text.AddParseTree(name, tree); err != nil {
			return set{}, err
		}
	}
	for name, tree := range html {
		if _, err := ready.html.AddParseTree(name, tree); err != nil {
			return set{}, err
		}
	}
	// html/template escapes when it first executes, before it fails for want of a message.
	err := ready.html.ExecuteTemplate(io.Discard, "frame", nil)
	if markup := (*htmltemplate.Error)(nil); errors.As(err, &markup) {
		return set{}, err
	}
	every := content{Portal: p, Lang: words.Lang()}
	known := func(field string) bool { return field == "Portal" || field == "Lang" }
	bake.Bake(text, func(w io.Writer) error { return ready.text.Execute(w, every) }, known, textFile(kind))
	bake.Bake(html, func(w io.Writer) error { return ready.html.ExecuteTemplate(w, "frame", every) }, known, "frame")
	return ready, nil
}

// rehearse makes the message with all that it may be given, and with the least.
func rehearse(made func() (set, error)) error {
	s, err := made()
	if err != nil {
		return err
	}
	full := content{
		Portal: Portal{Name: "P", Organisation: "O", PublicURL: "https://p.example", Contact: "C"},
		Lang:   s.words.Lang(), Subject: "S", Code: "123 456", Lifetime: time.Minute, At: time.Unix(0, 0), Again: time.Unix(0, 0),
	}
	least := full
	least.Portal, least.Again = Portal{Name: "P"}, time.Time{}
	for _, c := range []content{full, least} {
		for _, c.Act = range flow.HelpedActs() {
			if _, _, err := s.execute(c); err != nil {
				return err
			}
		}
	}
	return nil
}
