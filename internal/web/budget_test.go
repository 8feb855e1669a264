package web_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ssprd/internal/theme"
	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
	"ssprd/templates"
)

// What a page may cost, before it is compressed, of people on slow lines.
type budget struct {
	requests int // the page, its styles, its scripts, its icon; a theme adds none
	bytes    int // all of them together
	own      int // styles and scripts
}

// Those of the helpdesk lie on the portal's; agents have a line and a cache, and tables to look at.
var portalBudget, deskBudget = budget{4, 60_000, 30_000}, budget{6, 70_000, 40_000}

// Every page in every state, with and without a theme, stays within what it may cost.
func TestBudget(t *testing.T) {
	for name, folder := range map[string]string{"no theme": "", "a theme": example} {
		files := theme.Lay(folder, templates.FS)
		portal, err := readPages(files, languages)
		if err != nil {
			t.Fatal(err)
		}
		desk, err := readDeskPages(files, languages)
		if err != nil {
			t.Fatal(err)
		}
		portalBudget.keep(t, name, portal, webtest.Gallery, "portal.css", "portal.js")
		deskBudget.keep(t, name+", helpdesk", desk, webtest.DeskGallery, "portal.css", "portal.js", "helpdesk.css", "helpdesk.js")
	}
}

func (b budget) keep(t *testing.T, name string, r *web.Renderer, gallery func(lang string) []webtest.Sample, files ...string) {
	t.Helper()
	own, largest := 0, 0
	for _, file := range files {
		own += len(served(t, r, r.Static().Address(file)))
	}
	if own > b.own {
		t.Errorf("%s: style and script have %d bytes", name, own)
	}
	for _, lang := range languages {
		for _, s := range gallery(lang) {
			text := render(t, r, s.Page)
			addresses := loaded(t, text)
			bytes := len(text)
			for address := range addresses {
				bytes += len(served(t, r, address))
			}
			largest = max(largest, bytes)
			if requests := 1 + len(addresses); requests > b.requests || bytes > b.bytes {
				t.Errorf("%s: %s in %s takes %d requests and %d bytes: %v", name, s.Name, lang, requests, bytes, addresses)
			}
		}
	}
	t.Logf("%s: at most %d bytes, of which style and script have %d", name, largest, own)
}

// loaded are the addresses that a browser asks for with a page, each once.
func loaded(t *testing.T, text string) map[string]bool {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	each(root, func(n *html.Node) {
		switch n.Data {
		case "link":
			all[attr(n, "href")] = true
		case "script", "img", "iframe", "source", "object", "video", "audio", "embed":
			all[attr(n, "src")+attr(n, "data")] = true
		}
	})
	return all
}

// A theme's style is the end of the built-in one and its logo is the icon too: neither costs a request.
func TestThemeCostsNoRequest(t *testing.T) {
	for name, c := range map[string]struct {
		files    map[string]string
		requests int
	}{
		"style":         {map[string]string{"theme.css": "a { color: red }"}, 4},
		"logo":          {map[string]string{"logo.svg": "<svg/>"}, 4},
		"logo and icon": {map[string]string{"logo.svg": "<svg/>", "static/favicon.svg": "<svg/>"}, 5}, // as it asks for
	} {
		r, err := readPages(themed(t, c.files), languages)
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, r, named(t, "fr", "password"))
		if got := 1 + len(loaded(t, text)); got != c.requests {
			t.Errorf("%s: %d requests, want %d", name, got, c.requests)
		}
	}
}
