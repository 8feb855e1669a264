package browsertest_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/code"
	"ssprd/internal/locale"
	"ssprd/internal/state"
	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
	"ssprd/templates"
)

var languages = []string{"fr", "en"}

// exhibition serves every page in every state, with the headers and the static files of a portal, which are the helpdesk's as
// well, and gives its origin.
func exhibition(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	origin := "http://" + server.Listener.Addr().String()
	speech, err := locale.LoadAll(templates.FS, languages)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.NewRenderer(templates.FS, speech)
	if err != nil {
		t.Fatal(err)
	}
	deskPages, err := web.NewDeskRenderer(templates.FS, speech)
	if err != nil {
		t.Fatal(err)
	}
	portal, err := web.New(t.Context(), web.Options{
		Portal: web.Portal{PublicURL: origin, Name: "Portail", Organisation: "Région", Languages: languages},
		Code:   code.Defaults(), Store: state.NewMemory(), Key: state.NewKey(), Pages: pages,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	routes := http.NewServeMux()
	routes.Handle("/", portal)
	for _, lang := range languages {
		show := func(s webtest.Sample, pages *web.Renderer) {
			routes.HandleFunc(exhibit(lang, s), func(w http.ResponseWriter, r *http.Request) {
				frame := httptest.NewRecorder()
				portal.ServeHTTP(frame, r) // the page is not there, and its headers are those of every page
				for name, values := range frame.Header() {
					w.Header()[name] = values
				}
				if err := pages.Render(w, s.Page); err != nil {
					t.Error(err)
				}
			})
		}
		for _, s := range webtest.Gallery(lang) {
			show(s, pages)
		}
		for _, s := range webtest.DeskGallery(lang) {
			show(s, deskPages)
		}
	}
	server.Config.Handler = routes
	server.Start()
	t.Cleanup(server.Close)
	return origin
}

// exhibit is the path of a page of the exhibition.
func exhibit(lang string, s webtest.Sample) string { return "/exhibition/" + lang + "/" + s.Name }

// tabOf opens a tab for the exhibition, in which waiting pages stay as they are.
func tabOf(t *testing.T, b *browsertest.Browser, origin string) *browsertest.Tab {
	t.Helper()
	tab := b.Tab(t, origin)
	tab.Before(withoutStream)
	return tab
}
