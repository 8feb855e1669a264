package web

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"ssprd/internal/desk"
	"ssprd/internal/reference"
)

// firstPage has the field of the search, and nothing found yet.
func (d *helpdesk) firstPage(rq *request, who desk.Signed) (answer, error) {
	f, err := d.around(rq, who)
	return show(DeskSearchPage{DeskFrame: f}), err
}

// search takes down what is looked for, which does not belong into an address: those stand in histories and logs.
func (d *helpdesk) search(rq *request, _ desk.Signed) (answer, error) {
	for _, field := range []string{deskText, deskPopulation, deskFrom} {
		d.sessions.Put(rq, field, shown(rq.form.Get(field)))
	}
	return goTo(d.home(rq.lang) + "search"), nil
}

// searchPage looks for it. One person alone is shown at once: somebody is waiting on the telephone.
func (d *helpdesk) searchPage(rq *request, who desk.Signed) (answer, error) {
	text, population := d.sessions.GetString(rq, deskText), d.sessions.GetString(rq, deskPopulation)
	from, _ := strconv.Atoi(d.sessions.GetString(rq, deskFrom)) // what is no number is the beginning
	f, err := d.around(rq, who)
	if err != nil || text == "" {
		return show(DeskSearchPage{DeskFrame: f}), err
	}
	f.Typed = text
	page := DeskSearchPage{DeskFrame: f, Searched: true, Short: utf8.RuneCountInString(strings.TrimSpace(text)) < 2}
	if ref, is := reference.Parse(text); is {
		page.Number = true
		found, err := d.trace(rq, who, ref)
		if err != nil {
			return answer{}, err
		}
		page.Traced = found
	}
	hits, err := d.Desk.Search(rq, rq.client, who.Agent, population, text, from)
	if err != nil {
		return answer{}, err
	}
	if len(hits) == 1 && len(hits[0].People) == 1 && !hits[0].More && hits[0].From == 0 && page.Traced == nil {
		return goTo(d.cardURL(rq.lang, hits[0].Population, hits[0].People[0].ID)), nil
	}
	for _, h := range hits {
		page.Found = append(page.Found, d.found(rq, h))
	}
	return show(page), nil
}

// trace looks a reference number up; nil where there is none, as for a telephone number that looks like one.
func (d *helpdesk) trace(rq *request, who desk.Signed, ref string) (*Traced, error) {
	t, err := d.Desk.Trace(rq, rq.client, who.Agent, ref)
	if errors.Is(err, desk.ErrNobody) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := &Traced{Population: d.label(rq, t.Population), Events: d.events(rq, who, t.Events)}
	if t.Account != "" {
		found.Card = d.cardURL(rq.lang, t.Population, t.Account)
	}
	return found, nil
}

func (d *helpdesk) found(rq *request, h desk.Hits) Found {
	f := Found{Name: h.Population, Label: d.label(rq, h.Population), From: h.From + 1, Before: -1}
	if h.From > 0 {
		f.Before = max(0, h.From-desk.PageSize)
	}
	if h.More {
		f.Next = h.From + len(h.People)
	}
	for _, p := range h.People {
		one := FoundPerson{URL: d.cardURL(rq.lang, h.Population, p.ID), Name: p.Name, Identifier: p.Identifier, Barred: p.Barred != "", Locked: p.Locked}
		if len(p.Mail) > 0 && p.Mail[0] != p.Identifier {
			one.Mail = p.Mail[0]
		}
		f.People = append(f.People, one)
	}
	return f
}
