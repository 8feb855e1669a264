package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// passwordPage asks for the new password; after a refusal by the directory it says why.
func (p *portal) passwordPage(rq *request, r flow.Reset) (answer, error) {
	page := p.passwordForm(rq, r, r.Why, p.flow.Rules(r), false)
	page.Suggestions = p.flow.Suggest(rq, p.visit(rq), r)
	return show(page), nil
}

func (p *portal) passwordForm(rq *request, r flow.Reset, reason flow.Reason, rules []policy.Finding, judged bool) PasswordPage {
	a, _ := r.Chosen()
	home := p.home(rq.lang)
	page := PasswordPage{
		Frame: p.frame(rq, r.Population, 3), Clock: p.clock(rq, r), Action: home + "password", Cancel: home + "cancel", Check: home + "password/check",
		Form: p.form(p.visit(rq), r), Identifier: MaskIdentifier(a.Identifier), Username: a.Identifier, Rules: worthALine(rules, judged),
		Judged: judged, History: p.flow.History(r), OtherRules: p.flow.OtherRules(r), Reason: reason,
	}
	if len(r.Accounts) > 1 {
		page.Name = MaskName(a.Name)
	}
	page.Error = reason != flow.None
	return page
}

// worthALine leaves out the quiet rules, except those that the judged password breaks.
func worthALine(rules []policy.Finding, judged bool) []policy.Finding {
	return slices.DeleteFunc(slices.Clone(rules), func(f policy.Finding) bool { return f.Quiet && (f.Met || !judged) })
}

// choosePassword submits it. The password goes no further than flow, and is never sent back.
func (p *portal) choosePassword(rq *request, _ flow.Reset) (answer, error) {
	password, confirm := secret.New(rq.form.Get("password")), secret.New(rq.form.Get("confirm"))
	r, reason, findings, err := p.flow.Choose(rq, p.visit(rq), password, confirm)
	if err != nil {
		return answer{}, err
	}
	if reason != flow.None && r.State == flow.Choose {
		judged := reason == flow.PasswordWeak || reason == flow.PasswordDiffers
		page := p.passwordForm(rq, r, reason, findings, judged)
		page.Suggestions, page.Keyboards = p.flow.Suggest(rq, p.visit(rq), r), needsKeyboard(password)
		return correct(page), nil
	}
	return goTo(p.where(rq.lang, r)), nil
}

// needsKeyboard tells whether a password has a sign that not every keyboard has (R36).
func needsKeyboard(password secret.Text) bool {
	return strings.ContainsFunc(password.Reveal(), func(r rune) bool { return r < ' ' || r > '~' })
}

// checkPassword is the live check: it answers with the part of the page that tells what the rules say of what is being
// typed (R37).
func (p *portal) checkPassword(rq *request, r flow.Reset) (answer, error) {
	checked, err := p.flow.Check(rq, p.visit(rq), r, secret.New(rq.form.Get("password")))
	if err != nil {
		return answer{}, err
	}
	if checked.Reason == flow.Limited {
		return answer{}, visitorError{http.StatusTooManyRequests}
	}
	page := p.passwordForm(rq, r, checked.Reason, checked.Findings, checked.Judged)
	page.Live, page.Scored, page.Strength = true, checked.Judged, checked.Strength
	return part(page, "verdict"), nil
}

// clock is how long the reset still waits for its person.
func (p *portal) clock(rq *request, r flow.Reset) Clock {
	c := Clock{Left: max(0, time.Until(r.Deadline))}
	if r.Extendable() {
		c.Extend = p.home(rq.lang) + "extend"
	}
	return c
}

// extend gives the person more time, and shows the page on which they ask for it again: the script takes the new time from
// it, and leaves what was typed.
func (p *portal) extend(rq *request, r flow.Reset) (answer, error) {
	r, _, err := p.flow.Extend(rq, p.visit(rq))
	if err != nil {
		return answer{}, err
	}
	rq.path = strings.TrimPrefix(p.where(rq.lang, r), "/"+rq.lang) // where the page is to be had in another language
	switch r.State {
	case flow.Pick:
		return p.pickPage(rq, r)
	case flow.Choose:
		return p.passwordPage(rq, r)
	}
	return goTo(p.where(rq.lang, r)), nil
}
