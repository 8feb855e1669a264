package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"ssprd/internal/flow"
)

// populationsPage is the first page: who the person is. Somebody who has closed the waiting page and comes back this way is
// led to it, or to the outcome; and so at the address of a population, which may be a bookmark.
func (p *portal) populationsPage(rq *request) (answer, error) {
	if to, err := p.comeBack(rq); to != "" || err != nil {
		return goTo(to), err
	}
	page := PopulationsPage{Frame: p.frame(rq, "", 0)}
	for _, population := range p.Populations {
		choice := Choice{
			Label: population.Label.In(rq.lang), Hint: population.Hint.In(rq.lang),
			URL: p.populationURL(rq.lang, population), Quiet: population.Support != nil,
		}
		if population.Link != nil {
			choice.URL, choice.Away = population.Link.URL, true
		}
		page.Choices = append(page.Choices, choice)
	}
	return show(page), nil
}

// comeBack is where a visitor is led who may want to know how the change went; "" for everybody else.
func (p *portal) comeBack(rq *request) (string, error) {
	v := p.visit(rq)
	if v.ID == "" {
		return "", nil
	}
	r, err := p.flow.Look(rq, v)
	if errors.Is(err, flow.ErrNoReset) {
		return "", nil
	}
	if err != nil || !toldNothing(r) {
		return "", err
	}
	return p.where(rq.lang, r), nil
}

// toldNothing tells whether a change is under way, or over, of which its person was not told how it went: whoever has seen
// the outcome has no session any more. In any other step somebody may begin anew.
func toldNothing(r flow.Reset) bool {
	return moving(r) || r.State == flow.Done || r.State == flow.Ended && r.Claims > 0
}

// populationPage is what a choice leads to: the address of the person, a support card, or another site.
func (p *portal) populationPage(rq *request) (answer, error) {
	population, ok := p.populations[rq.param("population")]
	switch {
	case !ok:
		return answer{}, visitorError{http.StatusNotFound}
	case population.Link != nil:
		return goTo(population.Link.URL), nil
	case population.Support != nil:
		return show(SupportPage{Frame: p.frame(rq, "", 0), Card: p.card(rq.lang, population)}), nil
	}
	if to, err := p.comeBack(rq); to != "" || err != nil {
		return goTo(to), err
	}
	return show(p.addressPage(rq, population, "", flow.None)), nil
}

func (p *portal) addressPage(rq *request, population Population, typed string, reason flow.Reason) AddressPage {
	page := AddressPage{
		Frame: p.frame(rq, population.Name, 1), Action: p.populationURL(rq.lang, population),
		Typed: shown(typed), Identifier: population.Identifier, Reason: reason,
	}
	if p.Assisted {
		page.Assisted = page.Action + "/support-code"
	}
	page.Error = reason != flow.None
	return page
}

// begin takes the address. Whoever it names, or nobody: the answer is the same.
func (p *portal) begin(rq *request) (answer, error) {
	population, ok := p.populations[rq.param("population")]
	if !ok || population.Link != nil || population.Support != nil {
		return answer{}, visitorError{http.StatusNotFound}
	}
	typed := rq.form.Get("address")
	if strings.TrimSpace(typed) != "" && malformed(typed, population.Identifier) {
		return correct(p.addressPage(rq, population, typed, flow.AddressMalformed)), nil
	}
	id, reason, err := p.flow.Begin(rq, flow.Start{Population: population.Name, Lang: rq.lang, Typed: typed, Client: rq.client})
	if err != nil {
		return answer{}, err
	}
	if reason != flow.None {
		return correct(p.addressPage(rq, population, typed, reason)), nil
	}
	if err := p.sessions.keep(rq, flow.Visit{ID: id}); err != nil {
		return answer{}, err
	}
	return goTo(p.home(rq.lang) + "code"), nil
}

// malformed tells whether something typed cannot be an address: a slip of the keyboard would else be answered by « a code
// was sent ». It looks at the text alone. An identifier may be anything without an @.
func malformed(typed string, identifier bool) bool {
	typed = strings.TrimSpace(typed)
	local, domain, found := strings.Cut(typed, "@")
	if !found {
		return !identifier
	}
	return len(typed) > maxShown || local == "" || strings.ContainsAny(local, " <>,;:") ||
		strings.ContainsAny(domain, "@,;:<>()[]/ ") || slices.Contains(strings.Split(domain, "."), "") ||
		strings.ContainsFunc(typed, func(r rune) bool { return unicode.Is(unicode.Cf, r) }) // marks that nobody sees, from a paste
}
