package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"ssprd/internal/seldom"
	"ssprd/internal/state"
)

// site is what the portal and the helpdesk have in common: one origin, under which each language has its pages, sessions,
// headers, and answers to what goes wrong. It is never changed after it was made.
type site struct {
	origin   *url.URL
	setting  string   // of the origin, as the log names it
	tongues  []string // the languages; the first is the default
	matcher  language.Matcher
	pages    *Renderer
	sessions sessions
	store    state.Store
	log      *slog.Logger
	strange  seldom.Seldom // what is said of requests for another host

	mistaken func(*request, ErrorPage) Page // the page of an error, with what stands around it
}

// newSite makes one, without its sessions.
func newSite(publicURL, setting string, tongues []string, pages *Renderer, store state.Store, log *slog.Logger) (*site, error) {
	origin, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	s := &site{origin: origin, setting: setting, tongues: tongues, pages: pages, store: store, log: log}
	var tags []language.Tag
	for _, lang := range tongues {
		tags = append(tags, language.Make(lang))
	}
	s.matcher = language.NewMatcher(tags)
	return s, nil
}

// secure tells whether browsers reach the site by TLS.
func (s *site) secure() bool { return s.origin.Scheme == "https" }

// engine is Gin as both have it: the first page, the static files, and those of each language below its name.
func (s *site) engine(proxies []string, routes func(g *gin.RouterGroup, lang string)) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := engine.SetTrustedProxies(proxies); err != nil {
		return nil, fmt.Errorf("server.trusted_proxies: %w", err)
	}
	engine.NoRoute(s.refuse(http.StatusNotFound))
	engine.NoMethod(s.refuse(http.StatusMethodNotAllowed))
	read(engine, "/", s.chooseLanguage)
	read(engine, "/static/*file", s.staticFile)
	for _, lang := range s.tongues {
		home := s.home(lang)
		read(engine, "/"+lang, func(c *gin.Context) { c.Redirect(http.StatusSeeOther, home) })
		routes(engine.Group("/"+lang), lang)
	}
	return engine, nil
}

// read routes GET, and HEAD beside it, as RFC 9110 section 9.1 asks: the server leaves the content out.
func read(routes gin.IRoutes, path string, h gin.HandlerFunc) { routes.GET(path, h).HEAD(path, h) }

// languages are the page of a path, which is without its language, in each of them.
func (s *site) languages(lang, path string) (links []LangLink) {
	if path == "" {
		path = "/"
	}
	for _, other := range s.tongues {
		links = append(links, LangLink{Lang: other, Name: s.pages.LanguageName(other), URL: "/" + other + path, Current: other == lang})
	}
	return links
}
