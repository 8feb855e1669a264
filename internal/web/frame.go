package web

import (
	"net/http"
	"strings"
	"time"

	"ssprd/internal/flow"
)

// frame is what stands around a page. population is its name, or "" before one was chosen.
func (p *portal) frame(rq *request, population string, step int) Frame {
	return Frame{
		Standing: p.around[rq.lang], Languages: p.languages(rq.lang, rq.path), Step: step, Population: p.populations[population].Label.In(rq.lang),
	}
}

// standings are what stands around every page, by language.
func (p *portal) standings() map[string]Standing {
	all := map[string]Standing{}
	for _, lang := range p.Portal.Languages {
		all[lang] = Standing{
			Lang: lang, Home: p.home(lang), Portal: p.Portal.Name, Organisation: p.Portal.Organisation, Help: p.help(lang), LegalURL: p.Portal.LegalURL,
			Accessibility: p.Portal.Accessibility.Status, AccessibleURL: p.home(lang) + "accessibility", Demo: p.Mailbox,
		}
	}
	return all
}

// errorPage is that of an error.
func (p *portal) errorPage(rq *request, page ErrorPage) Page {
	page.Frame = p.frame(rq, "", 0)
	if page.Status == http.StatusMisdirectedRequest {
		page.Frame = p.elsewhere(page.Frame)
	}
	return page
}

// elsewhere is what stands around the page of an error for another host: there are no pages under that name.
func (s *site) elsewhere(f Frame) Frame {
	origin := s.origin.Scheme + "://" + s.origin.Host
	whole := func(address *string) {
		if strings.HasPrefix(*address, "/") {
			*address = origin + *address
		}
	}
	f.Elsewhere = true
	whole(&f.Home)
	whole(&f.AccessibleURL)
	if f.Help != nil {
		help := *f.Help
		whole(&help.URL)
		f.Help = &help
	}
	for i := range f.Languages { // made for this page
		whole(&f.Languages[i].URL)
	}
	return f
}

// help is the first population that is a support card: it stands at the same place on every page.
func (p *portal) help(lang string) *Help {
	for _, population := range p.Populations {
		if population.Support != nil {
			h := p.card(lang, population)
			return &h
		}
	}
	return nil
}

func (p *portal) card(lang string, population Population) Help {
	s := population.Support
	return Help{URL: p.populationURL(lang, population), Text: s.Text.In(lang), Phone: s.Phone, Mail: s.Mail, Site: s.URL}
}

func (p *portal) populationURL(lang string, population Population) string {
	return p.home(lang) + "p/" + population.Name
}

func (p *portal) endedPage(rq *request, why flow.Reason, from time.Time) EndedPage {
	page := EndedPage{Frame: p.frame(rq, "", 0), Reason: why, From: wholeMinute(from), Again: p.home(rq.lang), Reference: rq.ref}
	switch why {
	case flow.CannotTell, flow.Gone: // whether the new password is the one is best tried
		page.Continue = p.Portal.LoginURL
	case flow.RefusedTooYoung: // the present password is good
		page.Again, page.Support, page.Continue = "", true, p.Portal.LoginURL
	case flow.NotAllowed:
		page.Again, page.Support = "", true
	}
	return page
}

// wholeMinute is the first minute, as pages tell it, at which t has come for certain.
func wholeMinute(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(time.Minute - 1).Truncate(time.Minute).Local()
}
