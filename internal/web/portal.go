// Package web is the portal as a browser sees it: routes, forms, sessions, headers, pages and languages. It holds no
// rule of what a reset may do; it asks flow, and shows what flow says. Gin lives here and nowhere else.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/seldom"
	"ssprd/internal/state"
)

// Population is one choice of the first page. It has a reset in flow, or a link, or a support card.
type Population struct {
	Name        string
	Label, Hint Text
	Link        *Link
	Support     *Support
	Identifier  bool // a person may type an identifier, not only a mail address
}

// Options are what a portal is made of.
type Options struct {
	Portal         Portal
	TrustedProxies []string // CIDRs of the proxies that may name a client's address
	Populations    []Population
	Code           code.Config // what the pages say of a code
	Assisted       bool        // the helpdesk may have codes for people
	Sender         string      // the address that mails come from
	Flow           *flow.Service
	Store          state.Store
	Key            state.Key
	Pages          *Renderer                                      // templates, locales, static files
	Extra          func(css, home string) map[string]http.Handler // further pages, by path: the demo's
	Mailbox        string                                         // the address of the demo's mailbox
	Log            *slog.Logger
}

// portal answers requests. It is never changed after New.
type portal struct {
	Options
	flow        *flow.Service
	store       state.Store
	log         *slog.Logger
	pages       *Renderer
	sessions    sessions
	populations map[string]Population
	languages   language.Matcher
	origin      *url.URL
	forms       []byte        // keys the forms' hidden field
	strange     seldom.Seldom // what is said of requests for another host
}

// New makes the portal's handler. ctx ends the event streams of waiting pages.
func New(ctx context.Context, o Options) (http.Handler, error) {
	origin, err := url.Parse(o.Portal.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("portal.public_url: %w", err)
	}
	p := &portal{Options: o, flow: o.Flow, store: o.Store, log: o.Log, pages: o.Pages, origin: origin, forms: o.Key.Derive("web: forms"),
		sessions: newSessions(o.Store, o.Key, lifetime(o.Code), origin.Scheme == "https"), populations: map[string]Population{}}
	var tags []language.Tag
	for _, lang := range o.Portal.Languages {
		tags = append(tags, language.Make(lang))
	}
	p.languages = language.NewMatcher(tags)
	for _, population := range o.Populations {
		p.populations[population.Name] = population
	}
	engine, err := p.routes(ctx)
	if err != nil {
		return nil, err
	}
	return p.guard(engine), nil
}

// routes are all pages, under each language.
func (p *portal) routes(ctx context.Context) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := engine.SetTrustedProxies(p.TrustedProxies); err != nil {
		return nil, fmt.Errorf("server.trusted_proxies: %w", err)
	}
	engine.NoRoute(p.refuse(http.StatusNotFound))
	engine.NoMethod(p.refuse(http.StatusMethodNotAllowed))
	read(engine, "/", p.chooseLanguage)
	read(engine, "/static/*file", p.staticFile)
	if p.Extra != nil {
		for path, extra := range p.Extra(p.pages.Static().Address("portal.css"), "/") {
			engine.GET(path, gin.WrapH(extra))
			engine.POST(path, gin.WrapH(extra))
		}
	}
	for _, lang := range p.Portal.Languages {
		home := p.home(lang)
		read(engine, "/"+lang, func(c *gin.Context) { c.Redirect(http.StatusSeeOther, home) })
		p.pageRoutes(ctx, engine.Group("/"+lang), lang)
	}
	return engine, nil
}

// read routes GET, and HEAD beside it, as RFC 9110 section 9.1 asks: the server leaves the content out.
func read(routes gin.IRoutes, path string, h gin.HandlerFunc) { routes.GET(path, h).HEAD(path, h) }

func (p *portal) pageRoutes(ctx context.Context, g *gin.RouterGroup, lang string) {
	get := func(path string, h handler) { read(g, path, p.serve(lang, h)) }
	post := func(path string, h handler, fields ...string) { g.POST(path, p.serve(lang, h, fields...)) }
	challenge, pick, choose := flow.Challenge, flow.Pick, flow.Choose

	get("/", p.populationsPage)
	get("/p/:population", p.populationPage)
	post("/p/:population", p.begin, "address")
	get("/p/:population/support-code", p.assistedPage)
	post("/p/:population/support-code", p.redeem, "address", "code")
	get("/code", p.at(p.codePage, challenge))
	post("/code", p.at(p.enterCode, challenge), "code", formField)
	post("/code/resend", p.at(p.resend, challenge), formField)
	get("/code/resend", p.at(p.current)) // whoever goes to the address of a form is led to its page
	get("/account", p.at(p.pickPage, pick))
	post("/account", p.at(p.pickAccount, pick), "account", formField)
	get("/password", p.at(p.passwordPage, choose))
	post("/password", p.at(p.choosePassword, choose), "password", "confirm", formField)
	post("/password/check", p.at(p.checkPassword, choose), "password", formField)
	get("/password/check", p.at(p.current))
	post("/extend", p.at(p.extend, pick, choose), formField)
	get("/extend", p.at(p.current))
	get("/wait", p.at(p.waitPage, flow.Changing, flow.Spreading))
	g.GET("/wait/events", p.events(ctx, lang))
	get("/done", p.at(p.donePage, flow.Done))
	get("/ended", p.at(p.ended, flow.Ended))
	post("/cancel", p.at(p.cancel, challenge, pick, choose), formField)
	get("/cancel", p.at(p.current))
	get("/accessibility", p.accessibilityPage)
}

// where is the page of a reset's state.
func (p *portal) where(lang string, r flow.Reset) string {
	page := map[flow.State]string{
		flow.Challenge: "code", flow.Pick: "account", flow.Choose: "password", flow.Changing: "wait",
		flow.Spreading: "wait", flow.Done: "done", flow.Ended: "ended",
	}[r.State]
	return p.home(lang) + page
}

func (p *portal) home(lang string) string { return "/" + lang + "/" }

// chooseLanguage leads to the first page in the language that the browser asks for.
func (p *portal) chooseLanguage(c *gin.Context) {
	asked, _, _ := language.ParseAcceptLanguage(firstLanguages(c.GetHeader("Accept-Language")))
	_, i, _ := p.languages.Match(asked...)
	c.Header("Vary", "Accept-Language")
	c.Redirect(http.StatusSeeOther, p.home(p.Portal.Languages[i]))
}

// refuse answers what no page of ours asks for.
func (p *portal) refuse(status int) gin.HandlerFunc {
	return func(c *gin.Context) { p.reject(c.Writer, c.Request, status) }
}

// staticFile serves a static file. What is none is answered by a page, as everything that is not there.
func (p *portal) staticFile(c *gin.Context) {
	if files := p.pages.Static(); files.Has(c.Request.URL.Path) {
		files.ServeHTTP(c.Writer, c.Request)
		return
	}
	p.reject(c.Writer, c.Request, http.StatusNotFound)
}

// reject answers a request that reaches no handler, in the language of its address if it has one.
func (p *portal) reject(w http.ResponseWriter, r *http.Request, status int) {
	p.fail(w, &request{Context: r.Context(), lang: p.languageOf(r.URL.Path)}, visitorError{status})
}

func (p *portal) languageOf(path string) string {
	for _, lang := range p.Portal.Languages {
		if len(path) > len(lang)+1 && path[1:len(lang)+2] == lang+"/" {
			return lang
		}
	}
	return p.Portal.Languages[0]
}
