package web

import (
	"net/http"

	"ssprd/internal/flow"
)

// assistedPage asks for a code that the helpdesk has dictated or mailed: its person has begun no reset, an agent has.
func (p *portal) assistedPage(rq *request) (answer, error) {
	population, err := p.assisting(rq)
	if err != nil {
		return answer{}, err
	}
	if to, err := p.comeBack(rq); to != "" || err != nil {
		return goTo(to), err
	}
	return show(p.assistedForm(rq, population, "", flow.None)), nil
}

// assisting is the population of the address, where the helpdesk may have codes for it.
func (p *portal) assisting(rq *request) (Population, error) {
	population, ok := p.populations[rq.param("population")]
	if !ok || !p.Assisted || population.Link != nil || population.Support != nil {
		return Population{}, visitorError{http.StatusNotFound}
	}
	return population, nil
}

func (p *portal) assistedForm(rq *request, population Population, typed string, reason flow.Reason) AssistedPage {
	back := p.populationURL(rq.lang, population)
	page := AssistedPage{
		Frame: p.frame(rq, population.Name, 2), Action: back + "/support-code", Back: back, Typed: shown(typed), Identifier: population.Identifier,
		Digits: flow.AssistedDigits, Lifetime: flow.AssistedFor, Reason: reason,
	}
	page.Error = reason != flow.None
	return page
}

// redeem judges such a code. Whatever is wrong, the page says the same, and leaves the code to be typed again.
func (p *portal) redeem(rq *request) (answer, error) {
	population, err := p.assisting(rq)
	if err != nil {
		return answer{}, err
	}
	typed := rq.form.Get("address")
	v, r, reason, err := p.flow.Redeem(rq, flow.Redemption{
		Population: population.Name, Lang: rq.lang, Typed: typed, Code: rq.form.Get("code"), Client: rq.client,
	})
	if err != nil {
		return answer{}, err
	}
	if v.Grant == "" {
		return correct(p.assistedForm(rq, population, typed, reason)), nil
	}
	if err := p.sessions.keep(rq, v); err != nil {
		return answer{}, err
	}
	return goTo(p.where(rq.lang, r)), nil
}
