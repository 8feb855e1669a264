package web_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ssprd/internal/web/webtest"
	"ssprd/templates"
)

// absent are elements that would need what the pages do not have: an alternative, captions, headers of tables, a title of a
// frame; or that are there for their looks alone.
var absent = []string{
	"area", "audio", "bgsound", "blink", "blockquote", "canvas", "center", "embed", "font", "frame", "iframe", "map", "marquee",
	"object", "q", "select", "svg", "table", "track", "video",
}

// atDesk are those among them that the helpdesk has, with their headers and labels: tables of events, choices of what to search.
var atDesk = []string{"select", "table"}

// R63: what docs/accessibility.md calls not applicable is not there: no page in any state has such an element, opens
// another window, moves by itself, takes the keys of a letter, or changes the order of the focus; nor does the script
// add any.
func TestWhatPagesDoNotHave(t *testing.T) {
	for _, lang := range languages {
		for _, s := range webtest.All(lang) {
			each(document(t, s.Page), func(n *html.Node) {
				if slices.Contains(absent, n.Data) && !(ofDesk(s.Page) && slices.Contains(atDesk, n.Data)) {
					t.Errorf("%s, %s: <%s>", lang, s.Name, n.Data)
				}
				if n.Data == "img" && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
					t.Errorf("%s, %s: a picture without an alternative", lang, s.Name)
				}
				for _, a := range n.Attr {
					forbidden := slices.Contains([]string{"target", "accesskey", "http-equiv", "style", "align", "bgcolor", "width", "height", "title", "dir"}, a.Key) ||
						a.Key == "tabindex" && a.Val != "-1" || strings.HasPrefix(a.Key, "on")
					if forbidden {
						t.Errorf("%s, %s: <%s %s=%q>", lang, s.Name, n.Data, a.Key, a.Val)
					}
				}
			})
		}
	}
	var script []byte
	for _, name := range []string{"portal.js", "helpdesk.js"} {
		text, err := templates.FS.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		script = append(script, text...)
	}
	for _, made := range regexp.MustCompile(`createElement\((.*?)\)`).FindAllStringSubmatch(string(script), -1) {
		if !slices.Contains([]string{`"button"`, `"span"`}, made[1]) {
			t.Errorf("the script makes %s", made[1])
		}
	}
	for _, bad := range []string{"window.open", "keydown", "keypress", "keyup", "accessKey", "tabIndex", "mousedown", "mousemove", "mouseover", "mouseenter", "pointer", "touch", "drag", "orientation", "devicemotion", "alert("} {
		if strings.Contains(string(script), bad) {
			t.Errorf("the script has %q", bad)
		}
	}
}
