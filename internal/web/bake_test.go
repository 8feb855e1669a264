package web_test

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"ssprd/internal/theme"
	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
	"ssprd/templates"
)

// What is written once for all pages (package bake) is what the templates would write each time, byte for byte: every page
// in every state, with and without a theme, and the parts that are sent by themselves.
func TestBakedPagesAreTheSame(t *testing.T) {
	for name, folder := range map[string]string{"no theme": "", "a theme": example} {
		files := theme.Lay(folder, templates.FS)
		portal, err := readPages(files, languages)
		if err != nil {
			t.Fatal(err)
		}
		sameUnbaked(t, name, portal, portal.Unbaked(files, web.PortalKit), webtest.Gallery)
		desk, err := readDeskPages(files, languages)
		if err != nil {
			t.Fatal(err)
		}
		sameUnbaked(t, name, desk, desk.Unbaked(files, web.DeskKit), webtest.DeskGallery)
	}
}

func sameUnbaked(t *testing.T, name string, r *web.Renderer, unbaked func(io.Writer, web.Page, string) error, gallery func(string) []webtest.Sample) {
	for _, lang := range languages {
		for _, s := range gallery(lang) {
			for _, part := range append([]string{"layout"}, web.Fragments(s.Page)...) {
				var got, want strings.Builder
				if err := unbaked(&want, s.Page, part); err != nil {
					t.Fatal(err)
				}
				if err := r.Fragment(&got, s.Page, part); err != nil || got.String() != want.String() {
					t.Errorf("%s, %s, %s of %s: %v\n%s\nwant\n%s", name, lang, part, s.Name, err, got.String(), want.String())
				}
				if got.Reset(); r.OfAny(&got, s.Page, part) != nil || got.String() != want.String() {
					t.Errorf("%s, %s, %s of %s, whatever stands around it:\n%s\nwant\n%s", name, lang, part, s.Name, got.String(), want.String())
				}
			}
		}
	}
}

// The sentences of the built-in pages are written already: if not, after a new Go for example, pages are right and slow.
func TestSentencesAreBaked(t *testing.T) {
	for _, name := range []string{"address", "code", "password", "wait", "done"} {
		parts, err := renderer(t).Templates(named(t, "fr", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"layout", "main"} {
			for _, action := range around.FindAllString(parts[part], -1) {
				t.Errorf("%s: in the template %q is left %s", name, part, action)
			}
			for _, action := range sentence.FindAllString(parts[part], -1) {
				if !strings.ContainsAny(quoted.ReplaceAllString(action, ""), ".$") {
					t.Errorf("%s: in the template %q is left %s", name, part, action)
				}
			}
		}
	}
}

// around finds what stands around every page, but the portal's name in the title, for which html/template has a template of its own.
var around = regexp.MustCompile(`\{\{[^}]*\.(Home|Organisation|Help|LegalURL|Accessibility|AccessibleURL|Demo)\b[^}]*\}\}`)

// A page around which stands something else than around the first one shows what stands around it, and leaves the others as they are.
func TestEachPageHasItsOwnAround(t *testing.T) {
	r := newRenderer(t)
	for _, home := range []string{"/a/", "https://other.example.org/fr/", "/a/", "/b/"} {
		page := named(t, "fr", "done").(web.DonePage)
		page.Home, page.Portal = home, "Portail de "+home
		if text := render(t, r, page); strings.Count(text, `href="`+home+`"`) != 1 || strings.Count(text, page.Portal) != 2 { // the title, and where one is
			t.Errorf("of %s:\n%s", home, text)
		}
	}
}

var sentence, quoted = regexp.MustCompile(`\{\{(t|static) [^}]*\}\}`), regexp.MustCompile(`"[^"]*"`)
