package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/locale"
	"ssprd/internal/theme"
	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
	"ssprd/templates"
)

var languages = []string{"fr", "en"}

// made and madeDesk are the pages without a theme, of the portal and of the helpdesk.
var (
	made     = sync.OnceValues(func() (*web.Renderer, error) { return readPages(templates.FS, languages) })
	madeDesk = sync.OnceValues(func() (*web.Renderer, error) { return readDeskPages(templates.FS, languages) })
)

// readPages reads the languages, and the pages of the portal in them, and gives the mistakes of both.
func readPages(files fs.FS, languages []string) (*web.Renderer, error) {
	return withLanguages(files, languages, web.NewRenderer)
}

// readDeskPages is readPages for the helpdesk.
func readDeskPages(files fs.FS, languages []string) (*web.Renderer, error) {
	return withLanguages(files, languages, web.NewDeskRenderer)
}

func withLanguages(files fs.FS, languages []string, read func(fs.FS, locale.Speech) (*web.Renderer, error)) (*web.Renderer, error) {
	var wrong theme.Mistakes
	speech, err := locale.LoadAll(files, languages)
	wrong.Join("", err)
	r, err := read(files, speech)
	wrong.Join("", err)
	return r, wrong.Err()
}

func renderer(t *testing.T) *web.Renderer {
	t.Helper()
	r, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rendererOf makes pages of the site whose page this is.
func rendererOf(t *testing.T, p web.Page) *web.Renderer {
	t.Helper()
	if !ofDesk(p) {
		return renderer(t)
	}
	r, err := madeDesk()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ofDesk tells whether a page is the helpdesk's.
func ofDesk(p web.Page) bool { return reflect.ValueOf(p).FieldByName("DeskFrame").IsValid() }

func render(t *testing.T, r *web.Renderer, p web.Page) string {
	t.Helper()
	var b strings.Builder
	if err := r.Render(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every page in every state and language renders, and is sound HTML (R63). With GALLERY=FOLDER the pages are
// also written there, with the static files, to be looked at.
func TestPages(t *testing.T) {
	for _, lang := range languages {
		for _, s := range webtest.All(lang) {
			t.Run(lang+"/"+s.Name, func(t *testing.T) {
				text := render(t, rendererOf(t, s.Page), s.Page)
				root, err := html.Parse(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				for _, problem := range problems(root, lang) {
					t.Error(problem)
				}
				for _, bad := range []string{"ZgotmplZ", "<no value>", "<script>", "style=", "onclick", "%!"} {
					if strings.Contains(text, bad) {
						t.Errorf("the page has %q", bad)
					}
				}
				keep(t, lang+"-"+s.Name+".html", text)
			})
		}
	}
	keepStatic(t)
}

// The galleries have every page type, and each of their pages a name of its own.
func TestGalleryIsComplete(t *testing.T) {
	for source, want := range map[string]struct {
		types   int
		gallery []webtest.Sample
	}{"pages.go": {12, webtest.Gallery("fr")}, "deskpages.go": {9, webtest.DeskGallery("fr")}} {
		if types := missing(t, source, want.gallery); types != want.types {
			t.Errorf("%s: %d page types found", source, types)
		}
	}
	names := map[string]bool{}
	for _, s := range webtest.All("fr") {
		if names[s.Name] {
			t.Errorf("two pages of the gallery are called %s", s.Name)
		}
		names[s.Name] = true
	}
}

// missing tells of page types of a file that a gallery does not have, and how many there are.
func missing(t *testing.T, source string, gallery []webtest.Sample) (types int) {
	t.Helper()
	shown := map[string]bool{}
	for _, s := range gallery {
		shown[reflect.TypeOf(s.Page).Name()] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "template" {
			types++
			if name := f.Recv.List[0].Type.(*ast.Ident).Name; !shown[name] {
				t.Errorf("the gallery has no %s", name)
			}
		}
		return true
	})
	return types
}

// Every reason, every rule, and every word of the helpdesk has its words in every language, and every message is used by some template.
func TestEveryWordIsKnownAndUsed(t *testing.T) {
	elsewhere := []string{ // reasons that have a sentence of their own on their page, with a duration in it
		"reason.code-expired", "reason.resend-soon",
	}
	var wanted []string
	for _, w := range constants(t, "../flow/reason.go", "Reason") {
		if key := "reason." + w; w != "" && !slices.Contains(elsewhere, key) {
			wanted = append(wanted, key)
		}
	}
	ended := []string{"cancelled", "expired", "too-many-tries", "too-many-refusals", "refused-too-young", "not-allowed", "superseded", "cannot-tell", "gone"}
	wanted = slices.DeleteFunc(wanted, func(key string) bool { return slices.Contains(ended, strings.TrimPrefix(key, "reason.")) })
	for _, w := range ended {
		wanted = append(wanted, "ended."+w, "ended-title."+w, "ended-next."+w)
	}
	for _, w := range constants(t, "../policy/rules.go", "Name") {
		if w != "strength" { // it tells a word, not a number
			wanted = append(wanted, "rule."+w)
		}
	}
	for _, code := range locale.Codes() {
		wanted = append(wanted, "code."+code)
	}
	wanted = append(wanted, deskWords(t)...)
	used := templateUses(t)
	for _, lang := range languages {
		l, err := locale.Load(templates.FS, lang)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Require(append(wanted, used.Keys...)...); err != nil {
			t.Error(err)
		}
		for _, key := range l.Keys() {
			family, _, _ := strings.Cut(key, ".")
			known := key == "language" || slices.Contains(used.Keys, key) || slices.Contains(locale.Own(), key) || slices.Contains(wanted, key) ||
				strings.HasPrefix(key, "mail.") && strings.HasSuffix(key, ".subject") ||
				family != "reason" && !strings.HasPrefix(family, "desk-") && slices.ContainsFunc(used.Families, func(f string) bool { return strings.HasPrefix(key, f+".") })
			if !known {
				t.Errorf("%s: nothing uses %s", lang, key)
			}
		}
	}
}

// deskWords are the keys of the words by which the helpdesk's pages are told what is.
func deskWords(t *testing.T) (keys []string) {
	t.Helper()
	family := func(name string, words ...string) {
		for _, w := range words {
			if w != "" {
				keys = append(keys, name+"."+w)
			}
		}
	}
	family("desk-refusal", constants(t, "../desk/decide.go", "Refusal")...)
	family("desk-refusal", constants(t, "../desk/acts.go", "Refusal")...)
	family("desk-sign-in", constants(t, "../desk/signin.go", "SignInReason")...)
	family("desk-request", constants(t, "../desk/requests.go", "RequestState")...)
	family("desk-event", audit.Events()...)
	for _, act := range desk.Acts() {
		family("desk-act", string(act))
		family("desk-act-next", string(act))
		if act != desk.Dictate { // of which the page of the code tells
			family("desk-done", string(act))
		}
	}
	states := []string{"good", "barred", "held", "locked", "must-change", "expired"}
	family("desk-state", states...)
	for _, state := range states {
		if state != "barred" && state != "held" { // there the code, or the limit, has its own words
			family("desk-state-next", state)
		}
	}
	family("desk-check", "check-1", "check-2")
	family("desk-read", string(desk.ToSearch), string(desk.ToExport))
	family("desk-answered", string(desk.Accepted), string(desk.Rejected))
	for _, status := range []int{400, 403, 404, 405, 413, 421, 429, 500, 503} {
		family("desk-error", strconv.Itoa(status))
	}
	return keys
}

// constants lists the values of the string constants of one type in a Go file.
func constants(t *testing.T, file, typ string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := v.Type.(*ast.Ident); ok && name.Name == typ && len(v.Values) == 1 {
			values = append(values, strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	if len(values) < 3 {
		t.Fatalf("%s has only %d constants of type %s", file, len(values), typ)
	}
	return values
}

// keep writes a file of the gallery, where one is asked for.
func keep(t *testing.T, name, text string) {
	t.Helper()
	dir := os.Getenv("GALLERY")
	if dir == "" {
		return
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// keepStatic puts the static files at the addresses that the pages have for them.
func keepStatic(t *testing.T) {
	static := renderer(t).Static()
	entries, err := fs.ReadDir(templates.FS, "static")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := fs.ReadFile(templates.FS, "static/"+e.Name())
		if err != nil {
			t.Fatal(err)
		}
		keep(t, static.Address(e.Name()), string(text))
	}
}
