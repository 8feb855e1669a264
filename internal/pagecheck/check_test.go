package pagecheck_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"text/template"
	"text/template/parse"
	"time"

	"ssprd/internal/pagecheck"
)

type word string

type card struct {
	Phone string
	Next  *card
}

func (card) Dial(prefix string) string { return prefix }

type frame struct {
	Lang string
	Help *card
}

type page struct {
	frame
	Title  string
	Word   word
	Count  int
	Left   time.Duration
	At     time.Time
	Open   bool
	Cards  []card
	Places map[string]card
	Any    any
}

func (page) Good() bool                    { return true }
func (page) Both() (int, int)              { return 0, 0 }
func (page) Twice() (string, error)        { return "", nil }
func (page) hidden() string                { return "" }
func (page) Add(a int, b ...string) string { return fmt.Sprint(a, b) }

var funcs = map[string]any{
	"t":    func(key string, args ...any) (string, error) { return key, nil },
	"dial": func(string) string { return "" },
	"any":  func() any { return nil },
}

// check gives the mistakes of a template, as LINE: WORDS.
func check(t *testing.T, text string) (wrong []string) {
	t.Helper()
	trees := map[string]*parse.Tree{}
	tree := parse.New("page.html")
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		t.Fatal(err)
	}
	pagecheck.Set{
		Trees: trees, Funcs: funcs,
		Speech: func(function string, args []pagecheck.Arg) string {
			if function == "t" && (len(args) == 0 || !args[0].IsText) {
				return "no constant key"
			}
			return ""
		},
		Report: func(file string, line int, text string) {
			if file != "page.html" {
				t.Errorf("the file is %q", file)
			}
			wrong = append(wrong, fmt.Sprintf("%d: %s", line, text))
		},
	}.Check("page.html", reflect.TypeFor[page]())
	return wrong
}

// What a page can show is let through.
func TestGood(t *testing.T) {
	for _, text := range []string{
		`{{.Title}}{{.Lang}}{{$.Title}}{{.Good}}{{.Twice}}{{.Add 1 "x"}}{{.At.IsZero}}{{len .Cards}}{{len .Title}}`,
		`{{with .Help}}{{.Phone}}{{.Dial "x"}}{{$.Title}}{{end}}`,
		`{{if .Help}}{{.Help.Phone}}{{$.Help.Phone}}{{end}}`,
		`{{if and .Open .Help}}{{.Help.Phone}}{{end}}{{if and .Help .Help.Phone}}x{{end}}`,
		`{{if not .Help}}none{{else}}{{.Help.Phone}}{{end}}{{if or (not .Help) .Help.Phone}}{{end}}`,
		`{{with $h := .Help}}{{$h.Phone}}{{with $h.Next}}{{.Phone}}{{end}}{{end}}`,
		`{{range .Cards}}{{.Phone}}{{dial .Phone}}{{$.Lang}}{{else}}{{.Title}}{{end}}{{range $i, $c := .Cards}}{{eq $i 1}}{{$c.Phone}}{{end}}`,
		`{{range $name, $c := .Places}}{{$name}}{{$c.Phone}}{{end}}{{.Places.paris.Phone}}{{range .Cards}}{{break}}{{end}}`,
		`{{if eq .Word "x" "y"}}{{else if gt .Count 1}}{{else if lt .Left 5}}{{end}}{{eq .Count 1}}{{ne .Title "x"}}{{not .Help}}`,
		`{{t "key" "n" .Count "help" .Help}}{{"key" | t}}{{printf "%d" .Count}}{{.Title | printf "%s" | dial}}`,
		`{{.Any.Whatever.Else}}{{any.X}}{{eq .Any 1}}{{dial .Any}}{{range .Any}}{{.X}}{{end}}{{with any}}{{.X}}{{end}}`,
		`{{$x := "a"}}{{if .Open}}{{$x = "b"}}{{end}}{{dial $x}}{{$y := 1}}{{$y = "x"}}{{$y.Field}}`,
		`{{dial (or .Title "none")}}{{(or .Title "x") | dial}}`,
		`{{template "card" .Help}}{{define "card"}}{{with .}}{{.Phone}}{{end}}{{end}}`,
		`{{template "twice" .}}{{template "twice" .}}{{template "over" .}}{{define "over"}}{{template "twice" .}}{{end}}{{define "twice"}}{{.Title}}{{end}}`,
		`{{template "none"}}{{define "none"}}{{t "x"}}{{end}}`,
	} {
		if wrong := check(t, text); len(wrong) > 0 {
			t.Errorf("%s: %q", text, wrong)
		}
		// The template language is of the same mind, with a page on which everything is there.
		full := page{frame: frame{Help: &card{Phone: "1", Next: &card{}}}, Title: "t", Cards: []card{{}}, Any: map[string]any{}}
		if set, err := template.New("page.html").Funcs(funcs).Parse(text); err == nil && !strings.Contains(text, ".Any") && !strings.Contains(text, "$y.Field") {
			if err := set.Execute(new(strings.Builder), full); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// What would fail is told, in whichever branch it stands.
func TestWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{{.Titel}}`:                              `1: a page has no Titel; did you mean "Title"?`,
		`{{.hidden}}`:                             `1: a page has no hidden`,
		"\n\n{{.Title.X}}":                        `3: a string has no X`,
		`{{if .Open}}{{else}}{{.X}}{{end}}`:       `1: a page has no X`,
		`{{with .Help}}{{.Fax}}{{end}}`:           `1: a card has no Fax`,
		`{{with .Help}}{{else}}{{.Phone}}{{end}}`: `1: a page has no Phone`,
		`{{range .Cards}}{{.Title}}{{end}}`:       `1: a card has no Title`,
		`{{range .Title}}{{end}}`:                 `1: range cannot go over a string`,
		`{{range 3}}{{end}}`:                      `1: range over a number goes on for as long as that says: wanted a list`,
		`{{range $i := .Count}}{{end}}`:           `1: range over a number`,
		`{{range .Left}}{{end}}`:                  `1: range over a number`,
		`{{template "a" .}}{{define "a"}}{{if .Open}}{{template "a" .}}{{end}}{{end}}`: `1: "a" comes by itself again here, which may have no end`,
		`{{define "a"}}{{template "b" .}}{{end}}{{template "a" .}}` + "\n" +
			`{{define "b"}}{{template "a" .Help}}{{end}}`: `2: "a" comes by itself again here`,
		`{{range $c := .Cards}}{{$c.X}}{{end}}`:                     `1: a card has no X`,
		`{{.Help.Phone}}`:                                           `1: a card may be absent, and .Phone fails then: wanted {{with}} or {{if}} around it`,
		`{{if .Open}}{{.Help.Phone}}{{end}}`:                        `1: a card may be absent`,
		`{{if or .Open .Help}}{{.Help.Phone}}{{end}}`:               `1: a card may be absent`,
		`{{if .Help}}{{else}}{{.Help.Phone}}{{end}}`:                `1: a card may be absent`,
		`{{if .Help}}{{range .Cards}}{{.Next.Phone}}{{end}}{{end}}`: `1: a card may be absent`,
		`{{template "c" .Help}}{{define "c"}}{{.Phone}}{{end}}`:     `1: a card may be absent`,
		`{{template "c" .Title}}{{define "c"}}{{.Phone}}{{end}}`:    `1: a string has no Phone`,
		`{{template "c"}}{{define "c"}}{{.Phone}}{{end}}`:           `1: nothing is given here: there is no .Phone`,
		`{{template "crad" .}}{{define "card"}}{{end}}`:             `1: there is no template "crad"; did you mean "card"?`,
		`{{dail "x"}}`:                           `1: there is no function "dail"; did you mean "dial"?`,
		`{{dial}}`:                               `1: dial wants 1 arguments and has 0`,
		`{{dial .Title .Title}}`:                 `1: dial wants 1 arguments and has 2`,
		`{{dial .Count}}`:                        `1: dial wants a string here, and has an int`,
		`{{dial .Word}}`:                         `1: dial wants a string here, and has a word`,
		`{{.Count | dial}}`:                      `1: dial wants a string here, and has an int`,
		`{{dial 1}}`:                             `1: dial wants a string here, and has a number`,
		`{{dial nil}}`:                           `1: dial wants a string here, and has nil`,
		`{{.Add "x"}}`:                           `1: Add wants an int here, and has a string`,
		`{{.Add 1 2}}`:                           `1: Add wants a string here, and has a number`,
		`{{.Title "x"}}`:                         `1: Title of a page is no function`,
		`{{.Both}}`:                              `1: Both gives nothing that can be shown`,
		`{{eq .Count "1"}}`:                      `1: eq cannot compare an int with a string`,
		`{{eq .Cards .Cards}}`:                   `1: eq cannot compare a []pagecheck_test.card`,
		`{{lt .Open true}}`:                      `1: lt cannot compare a bool`,
		`{{gt .Count}}`:                          `1: gt wants two arguments and has 1`,
		`{{len .Count}}`:                         `1: len wants a list or a text, and has an int`,
		`{{index .Cards 0}}`:                     `1: index can fail before a visitor: wanted range, with or a field`,
		`{{(index .Cards 0).Phone}}`:             `1: index can fail`,
		`{{slice .Title 3}}`:                     `1: slice can fail`,
		`{{t .Title}}`:                           `1: no constant key`,
		`{{if .Open}}{{t (dail .Title)}}{{end}}`: `1: there is no function "dail"`,
		`{{$x := .Help}}{{$x.Phone}}`:            `1: a card may be absent`,
		`{{printf .Count}}`:                      `1: printf wants a text first`,
		`{{"x" "y"}}`:                            `1: "x" is no function`,
	} {
		wrong := check(t, text)
		if len(wrong) == 0 || !strings.HasPrefix(wrong[0], want) {
			t.Errorf("%s: %q, want %q", text, wrong, want)
		}
	}
}

// All mistakes are told, not only the first.
func TestAllAtOnce(t *testing.T) {
	wrong := check(t, "{{.A}}\n{{if .B}}{{.C}}\n{{else}}{{dail .Title}}{{end}}\n{{with .Help}}{{.D}}{{end}}")
	want := []string{`1: a page has no A`, `2: a page has no B`, `2: a page has no C`, `3: there is no function "dail"; did you mean "dial"?`, `4: a card has no D`}
	slices.Sort(wrong)
	if !slices.EqualFunc(wrong, want, strings.HasPrefix) {
		t.Errorf("%q", wrong)
	}
}

// The templates that a page comes by are named: what is never named shows nowhere.
func TestReached(t *testing.T) {
	trees := map[string]*parse.Tree{}
	if _, err := parse.New("page.html").Parse(`{{if .Open}}{{template "a"}}{{end}}{{define "a"}}{{template "b"}}{{end}}{{define "b"}}x{{end}}{{define "c"}}x{{end}}`, "", "", trees); err != nil {
		t.Fatal(err)
	}
	got := pagecheck.Set{Trees: trees, Report: func(string, int, string) {}}.Check("page.html", reflect.TypeFor[page]())
	slices.Sort(got)
	if want := []string{"a", "b", "page.html"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
