package web

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
	"ssprd/internal/state"
)

// DeskOptions are what the helpdesk's pages are made of.
type DeskOptions struct {
	PublicURL      string // the one origin served, another than the portal's
	Portal         Portal
	TrustedProxies []string
	Populations    []Population
	RuleNames      map[string]string // by population
	Checks         []Text            // of a person's identity, before a code is dictated; none: the built-in ones
	NeedReason     bool
	Desk           *desk.Service
	Rules          func(population string, a flow.Account) (own, all []policy.Finding)
	Store          state.Store
	Key            state.Key
	Pages          *Renderer // NewDeskRenderer
	Mailbox        string    // the address of the demo's mailbox
	Log            *slog.Logger
}

// helpdesk answers the requests of agents. It is never changed after NewDesk.
type helpdesk struct {
	DeskOptions
	*site
	labels map[string]Text // of the populations
	keys   secret.Digester // makes the forms' hidden field
}

// NewDesk makes the handler of the helpdesk's pages. It holds no rule of who may do what: it asks desk.
func NewDesk(o DeskOptions) (http.Handler, error) {
	s, err := newSite(o.PublicURL, "helpdesk.public_url", o.Portal.Languages, o.Pages, o.Store, o.Log)
	if err != nil {
		return nil, err
	}
	// Cookies know no ports: on a machine of one name the portal's is another one.
	s.sessions = newSessions("ssprd-desk", state.NewTable[[]byte](o.Store, "desk cookie", o.Key), desk.SessionFor+time.Hour, s.secure())
	d := &helpdesk{DeskOptions: o, site: s, labels: map[string]Text{}, keys: secret.NewDigester(o.Key.Derive("web: forms of the helpdesk"))}
	for _, p := range o.Populations {
		d.labels[p.Name] = p.Label
	}
	s.mistaken = d.errorPage
	engine, err := s.engine(o.TrustedProxies, d.routes)
	if err != nil {
		return nil, err
	}
	return s.guard(engine), nil
}

func (d *helpdesk) routes(g *gin.RouterGroup, lang string) {
	get := func(path string, h handler) { read(g, path, d.serve(lang, h)) }
	post := func(path string, h handler, fields ...string) {
		g.POST(path, d.serve(lang, h, append(fields, formField)...))
	}
	get("/", d.signed(d.firstPage))
	get("/sign-in", d.signInPage)
	post("/sign-in", d.signIn, "name", "password")
	get("/code", d.codePage)
	post("/code", d.enter, "code")
	post("/sign-out", d.signOut)
	get("/sign-out", d.home303)
	post("/extend", d.signed(d.firstPage))
	get("/extend", d.home303)
	get("/search", d.signed(d.searchPage))
	post("/search", d.signed(d.search), "text", "population", "from")
	get("/p/:population/:id", d.signed(d.cardPage))
	get("/p/:population/:id/dictate-code", d.signed(d.dictatePage))
	for _, act := range desk.Acts() {
		post("/p/:population/:id/"+string(act), d.signed(d.act(act)), d.orderFields()...)
		if act != desk.Dictate {
			get("/p/:population/:id/"+string(act), d.signed(d.backToCard))
		}
	}
	get("/requests", d.signed(d.requestsPage))
	post("/requests", d.signed(d.answerRequest), "population", "id", "answer")
	get("/record", d.signed(d.recordPage))
	post("/record", d.signed(d.reading(desk.ToSearch, searchWithin, d.recordFound)), recordFields...)
	post("/record/export", d.signed(d.reading(desk.ToExport, fileWithin, d.recordFile)), recordFields...)
	get("/record/export", d.signed(d.recordPage))
}

// What an agent's session holds.
const (
	deskSession    = "agent"      // the id of the desk's session
	deskEnded      = "ended"      // why nobody is signed in any more: a SignInReason, or « idle »
	deskText       = "text"       // what was looked for last,
	deskPopulation = "population" // where alone, if one page of many was asked for
	deskFrom       = "from"       // and from which place on
	deskDone       = "done"       // the act that has just been done, to be told once on the card
	deskAnswered   = "answered"   // what was just answered to a request, to be told once
	deskOld        = "old"        // that a request is none any more, to be told once beside the others
)

// agentHandler does the work of one route for an agent who is signed in.
type agentHandler func(*request, desk.Signed) (answer, error)

// signed is a handler for whoever is signed in; others are led to where they can be. A form that is none of this session's
// pages does nothing, and leads to the first page.
func (d *helpdesk) signed(h agentHandler) handler {
	return func(rq *request) (answer, error) {
		id := d.sessions.GetString(rq, deskSession)
		if id == "" {
			return goTo(d.home(rq.lang) + "sign-in"), nil
		}
		who, err := d.Desk.Agent(rq, id)
		if errors.Is(err, desk.ErrSignedOut) {
			return d.notIn(rq, id)
		}
		if err != nil {
			return answer{}, err
		}
		if rq.form != nil && !d.isForm(rq, id) {
			return goTo(d.home(rq.lang)), nil
		}
		a, err := h(rq, who)
		return a, deskError(err)
	}
}

// notIn leads whoever has a session that lets nobody in to where it can: to the code that it waits for, or to the sign-in.
func (d *helpdesk) notIn(rq *request, id string) (answer, error) {
	waits, err := d.Desk.Waits(rq, id)
	switch {
	case err != nil:
		return answer{}, err
	case waits:
		return goTo(d.home(rq.lang) + "code"), nil
	}
	return d.signedOut(rq, "idle")
}

// deskError makes what an agent may not see, or what is not there, an answer and not a fault of ours.
func deskError(err error) error {
	switch {
	case errors.Is(err, desk.ErrNobody):
		return visitorError{http.StatusNotFound}
	case errors.Is(err, desk.ErrNoRight):
		return visitorError{http.StatusForbidden}
	case errors.Is(err, desk.ErrTooMany):
		return visitorError{http.StatusTooManyRequests}
	}
	return err
}

// home303 is for the address of a form that has no page: a reload leads on.
func (d *helpdesk) home303(rq *request) (answer, error) { return goTo(d.home(rq.lang)), nil }

// form is the value of the hidden field of all forms of a session (R24).
func (d *helpdesk) form(id string) string {
	sum := d.keys.Of(id)
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

func (d *helpdesk) isForm(rq *request, id string) bool {
	return hmac.Equal([]byte(rq.form.Get(formField)), []byte(d.form(id)))
}

// frame is what stands around a page that nobody has to be signed in for.
func (d *helpdesk) frame(rq *request) DeskFrame {
	portal := strings.TrimSuffix(d.Portal.PublicURL, "/") + d.home(rq.lang)
	return DeskFrame{
		Frame: Frame{Languages: d.languages(rq.lang, rq.path), Standing: Standing{
			Lang: rq.lang, Home: d.home(rq.lang), Portal: d.Portal.Name, Organisation: d.Portal.Organisation, LegalURL: d.Portal.LegalURL,
			Accessibility: d.Portal.Accessibility.Status, AccessibleURL: portal + "accessibility", Demo: d.Mailbox,
		}},
	}
}

// around is what stands around a page of an agent who is signed in.
func (d *helpdesk) around(rq *request, who desk.Signed) (DeskFrame, error) {
	home := d.home(rq.lang)
	f := d.frame(rq)
	f.Agent, f.SignOut, f.Find = who.Name, home+"sign-out", home+"search"
	f.Form = d.form(d.sessions.GetString(rq, deskSession))
	f.Clock = Clock{Left: max(0, time.Until(who.Ends)), Extend: home + "extend"}
	config := d.Desk.Config
	if len(config.Populations(who.Agent, desk.Audit)) > 0 {
		f.Record = home + "record"
	}
	if len(config.Populations(who.Agent, desk.View, desk.Approve)) == 0 {
		return f, nil
	}
	forMe, _, err := d.Desk.Requests(rq, who.Agent)
	f.Asked, f.Waiting = home+"requests", len(forMe)
	return f, err
}

func (d *helpdesk) errorPage(rq *request, e ErrorPage) Page {
	page := DeskErrorPage{DeskFrame: d.frame(rq), Status: e.Status, Reference: e.Reference, Retry: e.Retry}
	if page.Status == http.StatusMisdirectedRequest {
		page.Frame = d.elsewhere(page.Frame)
	}
	return page
}

func (d *helpdesk) label(rq *request, population string) string {
	return d.labels[population].In(rq.lang)
}

// cardURL is the page of a person.
func (d *helpdesk) cardURL(lang, population string, id flow.AccountID) string {
	return d.home(lang) + "p/" + url.PathEscape(population) + "/" + url.PathEscape(string(id))
}

// mostNamed is how many agents of a page are told by name: each may have to be asked of the directory.
const mostNamed = 10

// events are those of the record, as pages tell them. The reason of one is a word of several families, or of none.
func (d *helpdesk) events(rq *request, who desk.Signed, all []audit.Event) (shown []DeskEvent) {
	called := map[string]string{}
	for _, e := range all {
		e.Time = e.Time.Local()
		one := DeskEvent{Event: e, Label: d.label(rq, e.Population), Mine: e.Agent != "" && e.Agent == string(who.ID)}
		if _, known := called[e.Agent]; e.Agent != "" && !one.Mine && !known && len(called) < mostNamed {
			called[e.Agent] = d.Desk.NameOf(rq, flow.AccountID(e.Agent))
		}
		one.By = called[e.Agent]
		if e.Account != "" && d.Desk.Config.May(who.Agent, desk.View, e.Population) {
			one.Card = d.cardURL(rq.lang, e.Population, flow.AccountID(e.Account))
		}
		switch {
		case e.Reason == "":
		case slices.Contains(desk.Acts(), desk.Right(e.Reason)):
			one.Act = desk.Right(e.Reason)
		case e.Event == audit.ActRefused && d.pages.Knows(rq.lang, "desk-refusal."+e.Reason):
			one.No = desk.Refusal(e.Reason)
		case d.pages.Knows(rq.lang, "code."+e.Reason):
			one.Code = e.Reason
		case d.pages.Knows(rq.lang, "reason."+e.Reason):
			one.Why = e.Reason
		}
		shown = append(shown, one)
	}
	return shown
}

// codePageOf is the portal's page on which the people of a population enter a code of the helpdesk.
func (d *helpdesk) codePageOf(lang, population string) string {
	return strings.TrimSuffix(d.DeskOptions.Portal.PublicURL, "/") + d.home(lang) + "p/" + population + "/support-code"
}

// told takes what is to be told once.
func (d *helpdesk) told(rq *request, key string) string {
	return d.sessions.PopString(rq, key)
}
