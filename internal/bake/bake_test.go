package bake_test

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"testing"
	"text/template/parse"

	"ssprd/internal/bake"
)

var funcs = template.FuncMap{
	"t":    func(key string, args ...any) string { return "<" + key + fmt.Sprint(args...) + "> & 'more'" },
	"bold": func(s string) template.HTML { return template.HTML("<b>" + template.HTMLEscapeString(s) + "</b>") },
	"fail": func() (string, error) { return "", fmt.Errorf("no such sentence") },
	"two":  func() int { return 2 },
}

// set makes a template set of a text, baked or as it is, and gives the trees of what it defines.
func set(t *testing.T, text string, baked bool) (*template.Template, map[string]*parse.Tree) {
	t.Helper()
	parsed, err := template.New("").Funcs(funcs).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	trees := map[string]*parse.Tree{}
	for _, part := range parsed.Templates() {
		if part.Tree != nil && part.Name() != "" {
			trees[part.Name()] = part.Tree
		}
	}
	if baked {
		bake.Splice(trees, "page")
	}
	made := template.New("").Funcs(funcs)
	for name, tree := range trees {
		if _, err := made.AddParseTree(name, tree); err != nil {
			t.Fatal(err)
		}
	}
	_ = made.ExecuteTemplate(io.Discard, "page", nil) // escapes; what it is given here is not what the page asks for
	if baked {
		bake.Bake(trees, func(w io.Writer) error { return made.ExecuteTemplate(w, "page", page{Known: known}) }, func(field string) bool { return field == "Known" }, "page")
	}
	return made, trees
}

type page struct {
	Yes    bool
	Name   string
	List   []string
	Other  other
	Others []other
	Known  *facts // the same on every page
}

// other has what a page has, and it is something else.
type other struct {
	Known string
	Yes   bool
}

type facts struct {
	Name, None string
	List       []string
	Inner      *facts
}

var known = &facts{Name: "<K>", List: []string{"<1>", "2"}, Inner: &facts{Name: "I"}}

// What is written once is what would be written each time, wherever in the markup it stands; what asks for something
// of the page stays. If this fails after a new Go, pages are right still, and slower.
func TestBake(t *testing.T) {
	for _, c := range []struct{ name, text, left string }{
		{"text", `{{define "page"}}<p>{{t "a"}}</p>{{end}}`, ``},
		{"markup", `{{define "page"}}<p>{{bold "a & b"}}</p>{{end}}`, ``},
		{"a title", `{{define "page"}}<title>{{t "a"}}{{bold "x"}}</title>{{end}}`, ``},
		{"an attribute", `{{define "page"}}<p title="{{t "a"}}{{bold "x"}}" data-x={{t "b"}}>{{end}}`, ``},
		{"an address", `{{define "page"}}<a href="/{{t "a"}}?q={{t "b"}}">{{end}}`, ``},
		{"a script", `{{define "page"}}<script>x = {{t "a"}}; y = "{{t "b"}}"</script>{{end}}`, ``},
		{"a number", `{{define "page"}}{{two}} {{1}} {{true}} {{print "a" 1}} {{t "a" "n" (two)}} {{"x" | t "a"}}{{end}}`, ``},
		{"space", "{{define \"page\"}}a {{- t \"a\" -}} \n b{{end}}", ``},
		{"a branch", `{{define "page"}}{{if .Yes}}{{t "a"}}{{else}}{{t "b"}}{{end}}{{with .Name}}{{t "c"}}{{else}}{{t "d"}}{{end}}{{end}}`, `{{if .Yes}}{{with .Name}}`},
		{"a loop", `{{define "page"}}{{range .List}}{{t "a"}}{{break}}{{else}}{{t "b"}}{{end}}{{end}}`, `{{range .List}}`},
		{"a value", `{{define "page"}}{{t "a" "b" .Name}}{{t "a"}}{{.Name}}{{t "b"}}{{$.Name}}{{end}}`, `{{t "a" "b" .Name{{.Name{{$.Name`},
		{"a variable", `{{define "page"}}{{$x := t "a"}}{{$x}}{{end}}`, `{{$x := t "a"}}{{$x`},
		{"a template", `{{define "page"}}<title>{{template "title" .}}</title><h1 id="{{template "title"}}">{{template "title" .Name}}</h1>{{end}}{{define "title"}}{{template "x" .}}!{{end}}{{define "x"}}{{t "a"}}{{end}}`, ``},
		{"a template with a value", `{{define "page"}}{{template "title" .Name}}{{end}}{{define "title"}}{{.}}{{end}}`, `{{template "title" .Name}}`},
		{"a template that calls itself", `{{define "page"}}{{if .Yes}}{{template "page" .}}{{end}}{{template "x"}}{{end}}{{define "x"}}{{t "a"}}{{if false}}{{template "x"}}{{end}}{{end}}`, `{{if .Yes}}{{template "page" .}}{{template "x"}}`},
		{"what is known", `{{define "page"}}{{.Known.Name}}{{$.Known.Name}}<p title="{{.Known.Name}}">{{with .Known}}{{.Name}}{{range $.Known.List}}[{{.}}]{{end}}{{with .Inner}}{{.Name}}{{end}}{{end}}{{if .Known.None}}{{t "a"}}{{else}}{{t "b" "c" .Known.Name}}{{end}}{{(index .Known.List 1)}}{{end}}`, ``},
		{"what is known in a template", `{{define "page"}}{{template "x" .}}{{template "y" .Known}}{{template "z"}}{{end}}{{define "x"}}{{.Known.Name}}{{end}}{{define "y"}}{{.Name}}{{$.Name}}{{end}}{{define "z"}}z{{end}}`, ``},
		{"what is known in a part of a template", `{{define "page"}}{{template "x" .}}{{end}}{{define "x"}}{{.Known.Name}}{{.Name}}{{end}}`, `{{template "x" .}}`},
		{"a name of something else", `{{define "page"}}{{with .Other}}{{.Known}}{{$.Known.Name}}{{end}}{{range .List}}{{$.Known.Name}}{{.}}{{end}}{{end}}`, `{{with .Other}}{{.Known{{range .List}}{{.`},
		{"what is known beside what is not", `{{define "page"}}{{with .Known}}{{.Name}}{{$.Name}}{{end}}{{range .Known.List}}{{.}}{{if $.Yes}}{{break}}{{end}}{{end}}{{end}}`, `{{with .Known}}{{.Name{{$.Name{{range .Known.List}}{{.{{if $.Yes}}`},
		{"a template that is given two things", `{{define "page"}}{{template "x" .}}{{template "x" .Other}}{{template "w" .}}{{with .Other}}{{template "w" $}}{{end}}{{end}}{{define "x"}}{{.Known}}{{end}}{{define "w"}}{{.Known.Name}}{{.Yes}}{{end}}`, `{{template "x" .Other}}{{template "w" .}}{{with .Other}}{{template "w" $}}`},
		{"another $", `{{define "page"}}{{$.Known.Name}}{{with $ := .Other}}{{$.Known}}{{template "x" $}}{{end}}{{end}}{{define "x"}}{{$.Known}}{{end}}`, `{{$.Known.Name{{with $ := .Other}}{{$.Known{{template "x" $}}`},
		{"another $ for each", `{{define "page"}}{{.Known.Name}}{{range $ := .Others}}{{$.Known}}{{end}}{{end}}`, `{{range $ := .Others}}{{$.Known`},
		{"a copy that html/template makes", `{{define "page"}}{{template "mark" .}}{{range .Others}}<a title="{{template "inner" .}}">z</a>{{end}}{{end}}{{define "inner"}}x">{{template "mark" .}}</a><a title="{{end}}{{define "mark"}}[{{.Known}}]{{end}}`, `{{range .Others}}{{template "inner$htmltemplate_stateAttr_delimDoubleQuote" .}}`},
		{"a template for each", `{{define "page"}}{{range .List}}{{template "x" .}}{{end}}{{range .Known.List}}{{template "x" .}}{{end}}{{end}}{{define "x"}}{{.}}{{end}}`, `{{range .List}}{{template "x" .}}`},
		{"a variable of what is known", `{{define "page"}}{{$x := .Known.Name}}{{$x}}{{with $y := .Known}}{{$y.Name}}{{end}}{{end}}`, `{{$x := .Known.Name}}{{$x{{with $y := .Known}}{{$y.Name`},
	} {
		t.Run(c.name, func(t *testing.T) {
			plain, _ := set(t, c.text, false)
			baked, trees := set(t, c.text, true)
			for _, p := range []page{{Known: known}, {Name: "<N>", List: []string{"1", "2"}, Other: other{"<O>", true}, Others: []other{{"a", true}, {"b", false}}, Known: known}} {
				var want, got strings.Builder
				if err := plain.ExecuteTemplate(&want, "page", p); err != nil {
					t.Fatal(err)
				}
				if err := baked.ExecuteTemplate(&got, "page", p); err != nil || got.String() != want.String() {
					t.Errorf("%v\n%s\nwant\n%s", err, got.String(), want.String())
				}
			}
			if got := actions(trees["page"].Root.String()); got != c.left {
				t.Errorf("left: %s, want %s", got, c.left)
			}
		})
	}
}

// actions are those of a template, without what surrounds them, and without the escapers.
func actions(text string) string {
	var b strings.Builder
	for {
		_, rest, found := strings.Cut(text, "{{")
		if !found {
			return b.String()
		}
		action, after, _ := strings.Cut(rest, "}}")
		if text = after; action == "end" || action == "else" || action == "break" {
			continue
		}
		if before, _, escaped := strings.Cut(action, " | "); escaped {
			b.WriteString("{{" + before)
		} else {
			b.WriteString("{{" + action + "}}")
		}
	}
}

// Neighbours become one text, which is written at once; a template that is no longer called is left out.
func TestBakeJoins(t *testing.T) {
	_, trees := set(t, `{{define "page"}}a{{t "a"}}{{template "x"}}b{{end}}{{define "x"}}{{t "b"}}{{end}}`, true)
	if n := len(trees["page"].Root.Nodes); n != 1 || len(trees) != 1 {
		t.Errorf("%d nodes of %d templates", n, len(trees))
	}
}

// What fails fails where it is reached, and nowhere else.
func TestBakeLeavesWhatFails(t *testing.T) {
	made, _ := set(t, `{{define "page"}}{{t "a"}}{{if .Yes}}{{fail}}{{end}}{{end}}`, true)
	if err := made.ExecuteTemplate(io.Discard, "page", page{}); err != nil {
		t.Error(err)
	}
	if err := made.ExecuteTemplate(io.Discard, "page", page{Yes: true}); err == nil || !strings.Contains(err.Error(), ":1:39: executing \"page\" at <fail>: error calling fail: no such sentence") {
		t.Error(err)
	}
}
