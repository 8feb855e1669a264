package web_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
)

// R63, WCAG 2.4.2, RGAA 8.6: a title begins with the mistake if the page tells of one, then has the words of the page's own
// heading, which no page of another kind of its site has, and the name of the portal, or of the helpdesk.
func TestTitles(t *testing.T) {
	helpdesk := map[string]string{"fr": "Assistance mots de passe", "en": "Password helpdesk"}
	for lang, mistake := range map[string]string{"fr": "Erreur : ", "en": "Error: "} {
		kinds := map[string]string{} // of page, by their title without the mistake
		for _, s := range webtest.All(lang) {
			root := document(t, s.Page)
			heading, wrong := plain(content(find(root, "h1")[0])), tellsOfMistake(root)
			title := heading + " – " + plain(frameOf(s.Page).Portal)
			if ofDesk(s.Page) {
				title = heading + " – " + helpdesk[lang]
			}
			want := title
			if wrong {
				want = mistake + title
			}
			if got := plain(content(find(root, "title")[0])); got != want {
				t.Errorf("%s, %s: the title is %q, want %q", lang, s.Name, got, want)
			}
			kind := reflect.TypeOf(s.Page).Name()
			if other := kinds[title]; other != "" && other != kind {
				t.Errorf("%s: a %s and a %s are both called %q", lang, kind, other, title)
			}
			kinds[title] = kind
		}
	}
}

// tellsOfMistake tells whether a page has words about a field, or about the whole of it, that something was wrong.
func tellsOfMistake(root *html.Node) bool {
	wrong := false
	each(root, func(n *html.Node) {
		classes := strings.Fields(attr(n, "class"))
		wrong = wrong || slices.Contains(classes, "why") || slices.Contains(classes, "bad")
	})
	return wrong
}

func frameOf(p web.Page) web.Frame {
	return reflect.ValueOf(p).FieldByName("Frame").Interface().(web.Frame)
}

// R63, WCAG 3.2.6, 2.4.1: help, the accessibility page and the legal notice stand at the end of every page in the same
// order, at the helpdesk after the languages, and what leads past the head of the page stands before all else.
func TestSamePlaceOnEveryPage(t *testing.T) {
	for _, lang := range languages {
		for _, s := range webtest.All(lang) {
			root, frame := document(t, s.Page), frameOf(s.Page)
			var want, got []string
			if ofDesk(s.Page) && len(frame.Languages) > 1 {
				for _, l := range frame.Languages {
					if !l.Current {
						want = append(want, l.URL)
					}
				}
			}
			if frame.Help != nil {
				want = append(want, frame.Help.URL, "tel:0500000000")
			}
			want = append(want, frame.AccessibleURL)
			if frame.LegalURL != "" {
				want = append(want, frame.LegalURL)
			}
			for _, link := range find(find(root, "footer")[0], "a") {
				got = append(got, attr(link, "href"))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: the footer leads to %q, want %q", lang, s.Name, got, want)
			}
			if first := find(root, "a")[0]; attr(first, "href") != "#"+attr(find(root, "main")[0], "id") {
				t.Errorf("%s, %s: the first link leads to %q", lang, s.Name, attr(first, "href"))
			}
		}
	}
}
