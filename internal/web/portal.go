// Package web is the portal and its helpdesk as a browser sees them: routes, forms, sessions, headers, pages and languages. It
// holds no rule of what a reset or an agent may do; it asks flow and desk, and shows what they say. Gin lives here and nowhere
// else.
package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
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
	*site
	flow        *flow.Service
	populations map[string]Population
	around      map[string]Standing // every page, by language
	forms       secret.Digester     // makes the forms' hidden field
}

// New makes the portal's handler. ctx ends the event streams of waiting pages.
func New(ctx context.Context, o Options) (http.Handler, error) {
	s, err := newSite(o.Portal.PublicURL, "portal.public_url", o.Portal.Languages, o.Pages, o.Store, o.Log)
	if err != nil {
		return nil, err
	}
	s.sessions = newSessions("ssprd", state.NewTable[[]byte](o.Store, "session", o.Key), lifetime(o.Code), s.secure())
	p := &portal{Options: o, site: s, flow: o.Flow, forms: secret.NewDigester(o.Key.Derive("web: forms")), populations: map[string]Population{}}
	s.mistaken = p.errorPage
	for _, population := range o.Populations {
		p.populations[population.Name] = population
	}
	p.around = p.standings()
	engine, err := p.routes(ctx)
	if err != nil {
		return nil, err
	}
	return s.guard(engine), nil
}

// routes are all pages, under each language.
func (p *portal) routes(ctx context.Context) (*gin.Engine, error) {
	engine, err := p.engine(p.TrustedProxies, func(g *gin.RouterGroup, lang string) { p.pageRoutes(ctx, g, lang) })
	if err != nil || p.Extra == nil {
		return engine, err
	}
	for path, extra := range p.Extra(p.pages.Static().Address("portal.css"), "/") {
		engine.GET(path, gin.WrapH(extra))
		engine.POST(path, gin.WrapH(extra))
	}
	return engine, nil
}

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

func (s *site) home(lang string) string { return "/" + lang + "/" }

// chooseLanguage leads to the first page in the language that the browser asks for.
func (s *site) chooseLanguage(c *gin.Context) {
	c.Header("Vary", "Accept-Language")
	c.Redirect(http.StatusSeeOther, s.home(s.asked(c.Request)))
}

// asked is the language that the browser asks for.
func (s *site) asked(r *http.Request) string {
	asked, _, _ := language.ParseAcceptLanguage(firstLanguages(r.Header.Get("Accept-Language")))
	_, i, _ := s.matcher.Match(asked...)
	return s.tongues[i]
}

// refuse answers what no page of ours asks for.
func (s *site) refuse(status int) gin.HandlerFunc {
	return func(c *gin.Context) { s.reject(c.Writer, c.Request, status) }
}

// staticFile serves a static file. What is none is answered by a page, as everything that is not there.
func (s *site) staticFile(c *gin.Context) {
	if files := s.pages.Static(); files.Has(c.Request.URL.Path) {
		files.ServeHTTP(c.Writer, c.Request)
		return
	}
	s.reject(c.Writer, c.Request, http.StatusNotFound)
}

// reject answers a request that reaches no handler, in the language of its address if it has one.
func (s *site) reject(w http.ResponseWriter, r *http.Request, status int) {
	s.fail(w, &request{Context: r.Context(), lang: s.languageOf(r)}, visitorError{status})
}

// languageOf is the language of an address, else the one that the browser asks for.
func (s *site) languageOf(r *http.Request) string {
	path := r.URL.Path
	for _, lang := range s.tongues {
		if len(path) > len(lang)+1 && path[1:len(lang)+2] == lang+"/" {
			return lang
		}
	}
	return s.asked(r)
}
