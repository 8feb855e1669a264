package web

import (
	"errors"
	"html/template"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"text/template/parse"

	"ssprd/internal/bake"
	"ssprd/internal/locale"
	"ssprd/internal/pagecheck"
	"ssprd/internal/theme"
	"ssprd/internal/want"
)

// kit is what one site's pages are made of.
type kit struct {
	pages     []Page              // one of every type
	shared    []string            // the files that every page's set begins with: the layout, and what several pages share
	borrowed  []string            // files of the other site, of which some templates are used
	fragments map[string][]string // the templates that are sent by themselves while a page stands, by the page
}

// portalKit and deskKit are those of the portal and of the helpdesk, whose templates have a folder of their own.
var (
	portalKit = kit{pages, []string{"layout.html", "partials.html"}, nil, map[string][]string{"wait": {"progress"}, "password": {"verdict"}}}
	deskKit   = kit{deskPages, []string{"helpdesk/layout.html", "helpdesk/partials.html"}, []string{"partials.html"}, nil}
)

// roots are the templates of a page that are shown by themselves, the whole page first.
func (k kit) roots(p Page) []string {
	return append([]string{"layout"}, k.fragments[p.template()]...)
}

// only is the kit of one page.
func (k kit) only(p Page) kit {
	k.pages = []Page{p}
	return k
}

// files are those that every page's set begins with; a later one may define anew what an earlier one does.
func (k kit) files() []string { return slices.Concat(k.borrowed, k.shared) }

// sources are the parsed templates: those of all pages, and those of each, which may define the former anew.
type sources struct {
	kit
	files  fs.FS
	common theme.Templates            // nil if one of the files does not parse
	own    map[string]theme.Templates // by the name of the page; none of one that does not parse
	wrong  theme.Mistakes
}

func readSources(files fs.FS, k kit) *sources {
	s := &sources{kit: k, files: files, common: theme.Templates{}, own: map[string]theme.Templates{}}
	for _, name := range k.files() {
		if part := s.parse(name); part == nil || s.common == nil {
			s.common = nil
		} else {
			s.common = part.Over(s.common)
		}
	}
	for _, p := range k.pages {
		if part := s.parse(p.template() + ".html"); part != nil {
			s.own[p.template()] = part
		}
	}
	return s
}

func (s *sources) parse(file string) theme.Templates {
	part := theme.ParseTemplates(s.files, file, &s.wrong)
	part.Outside(s.files, file, &s.wrong)
	delete(part, file)
	s.inline(part)
	return part
}

// templates are those of a page; false if some of them do not parse.
func (s *sources) templates(page string) (theme.Templates, bool) {
	own, ok := s.own[page]
	if !ok || s.common == nil {
		return nil, false
	}
	return own.Over(s.common), true
}

// themed tells whether the theme has some part in how a page is made.
func (s *sources) themed(page string) bool {
	return slices.ContainsFunc(append(s.kit.files(), page+".html"), func(file string) bool {
		return theme.Own(s.files, file)
	})
}

// set makes a page's templates ready to be shown with these functions, which know their language and are pure: what
// does not depend on the page is written already (package bake), of what stands around it too where that is known.
func (s *sources) set(p Page, funcs map[string]any, around *Standing) (*template.Template, error) {
	set, trees, err := s.escaped(p, funcs)
	if err != nil {
		return nil, err
	}
	known := func(string) bool { return false }
	if around != nil {
		known, p = standingField(p), with(p, *around)
	}
	bake.Bake(trees, func(w io.Writer) error { return set.ExecuteTemplate(w, "layout", p) }, known, s.roots(p)...)
	return set, nil
}

// escaped has html/template judge where in the markup each value stands, which it does when a template is first executed.
// It is given a page without anything, of which nothing is written. The error is a theme.Mistakes.
func (s *sources) escaped(p Page, funcs map[string]any) (*template.Template, theme.Templates, error) {
	trees, ok := s.templates(p.template())
	if !ok {
		return nil, nil, errors.New("it does not parse")
	}
	trees = trees.Copies()
	bake.Splice(trees, s.roots(p)...)
	set := template.New(p.template()).Funcs(funcs)
	for name, tree := range trees {
		if _, err := set.AddParseTree(name, tree); err != nil {
			return nil, nil, err
		}
	}
	var wrong theme.Mistakes
	for _, root := range s.roots(p) {
		err := set.ExecuteTemplate(nowhere{}, root, p)
		if markup := (*template.Error)(nil); errors.As(err, &markup) {
			wrong = append(wrong, theme.OfTemplate(s.files, p.template()+".html", markup))
		}
	}
	return set, trees, wrong.Err()
}

var errNowhere = errors.New("nothing is written")

type nowhere struct{}

func (nowhere) Write([]byte) (int, error) { return 0, errNowhere }

// check holds each page's templates to its type (package pagecheck), and to the sentences and static files there are.
func (s *sources) check(funcs map[string]any, judge func(function string, args []pagecheck.Arg) string) {
	var everywhere []string
	whole := true
	for _, p := range s.pages {
		trees, ok := s.templates(p.template())
		if !ok {
			whole = false
			continue
		}
		s.defines(p.template(), trees)
		set := pagecheck.Set{Trees: trees, Funcs: funcs, Speech: judge, Report: s.report}
		var here []string
		for _, root := range s.roots(p) {
			here = append(here, set.Check(root, reflect.TypeOf(p))...)
		}
		s.tokens(p, here)
		s.idle(s.own[p.template()], here)
		everywhere = append(everywhere, here...)
	}
	if whole { // else what calls what is not known
		s.idle(s.common, everywhere)
	}
}

func (s *sources) report(file string, line int, wrong string) {
	s.wrong.Add(theme.Place(s.files, file), line, "%s", wrong)
}

// defines wants the templates with which a page is begun, and puts empty ones where they lack, which is told once.
func (s *sources) defines(page string, trees theme.Templates) {
	lacks := func(file, name, text string) {
		if trees[name] == nil {
			s.report(file, 0, `does not define "`+name+`"`+text)
			trees[name] = new(parse.Tree)
		}
	}
	lacks(s.shared[0], "layout", "")
	for _, name := range []string{"title", "main"} {
		lacks(page+".html", name, want.Meant(name, s.own[page].Names()))
	}
	for _, name := range s.fragments[page] {
		lacks(s.shared[1], name, ", which "+page+".html needs")
	}
}

// tokens wants the hidden field in a page whose forms are taken only with it.
func (s *sources) tokens(p Page, reached []string) {
	if _, ok := reflect.TypeOf(p).FieldByName("Form"); ok && !slices.Contains(reached, "ours") {
		s.report(p.template()+".html", 0, `its forms would be refused: wanted {{template "ours" .Form}} in each`)
	}
}

// idle tells of templates that nothing shows: most are misspelt. With a theme, a built-in one may have become needless.
func (s *sources) idle(part theme.Templates, reached []string) {
	for name, tree := range part.Without(reached) {
		file, line := theme.At(tree.Root)
		if slices.Contains(s.borrowed, file) {
			continue
		}
		if theme.Own(s.files, file) || !theme.Laid(s.files) {
			s.report(file, line, `nothing shows the template "`+name+`"`+want.Meant(name, reached))
		}
	}
}

// judge tells what is wrong with a call of one of the functions beyond its types.
func (r *Renderer) judge(speech locale.Speech) func(function string, args []pagecheck.Arg) string {
	return func(function string, args []pagecheck.Arg) string {
		if function != "static" {
			return speech.Judge(function, args)
		}
		if len(args) == 0 || !args[0].IsText {
			return "static wants a constant name"
		}
		if r.static.Address(args[0].Literal) == "" {
			return `static: there is no static file "` + args[0].Literal + `"` + want.Meant(args[0].Literal, r.static.Names())
		}
		return ""
	}
}
