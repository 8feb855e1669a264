package web

import (
	"strconv"
	"time"

	"ssprd/internal/flow"
)

// codePage asks for the security code, or for another one once it has expired.
func (p *portal) codePage(rq *request, r flow.Reset) (answer, error) {
	reason := flow.None
	if !time.Now().Before(r.CodeUntil) {
		reason = flow.CodeExpired
	}
	return show(p.codeForm(rq, r, reason)), nil
}

func (p *portal) codeForm(rq *request, r flow.Reset, reason flow.Reason) CodePage {
	now, home := time.Now(), p.home(rq.lang)
	page := CodePage{
		Reference: rq.ref, Frame: p.frame(rq, r.Population, 2), Action: home + "code", Resend: home + "code/resend", Cancel: home + "cancel",
		Form: p.form(p.visit(rq), r), Typed: r.Typed, Sender: p.Sender, Digits: p.Code.Digits, Lifetime: p.Code.Lifetime, Left: max(0, r.CodeUntil.Sub(now)),
		TriesLeft: p.Code.Tries - r.Tries, Resent: rq.query.Has("new") && r.Sends > 1 && reason == flow.None,
		Wait: max(0, r.SentAt.Add(p.Code.ResendAfter).Sub(now)), Reason: reason,
	}
	page.Error = reason != flow.None
	return page
}

// enterCode judges a typed code. A right one makes the session worth more: it goes on under a new token.
func (p *portal) enterCode(rq *request, _ flow.Reset) (answer, error) {
	v := p.visit(rq)
	r, reason, err := p.flow.Enter(rq, v, rq.form.Get("code"))
	if err != nil {
		return answer{}, err
	}
	if r.Grant != v.Grant {
		v.Grant = r.Grant
		if err := p.sessions.keep(rq, v); err != nil {
			return answer{}, err
		}
	}
	if reason != flow.None {
		return p.codeAgain(rq, r, reason)
	}
	return goTo(p.where(rq.lang, r)), nil
}

// codeAgain shows the code page with what was wrong, or the page of where the reset stands now.
func (p *portal) codeAgain(rq *request, r flow.Reset, reason flow.Reason) (answer, error) {
	rq.path = "/code" // where the page is to be had in another language
	if r.State != flow.Challenge {
		return goTo(p.where(rq.lang, r)), nil
	}
	return correct(p.codeForm(rq, r, reason)), nil
}

// resend asks for a new code.
func (p *portal) resend(rq *request, _ flow.Reset) (answer, error) {
	r, reason, err := p.flow.Resend(rq, p.visit(rq))
	if err != nil {
		return answer{}, err
	}
	if reason != flow.None {
		return p.codeAgain(rq, r, reason)
	}
	return goTo(p.home(rq.lang) + "code?new"), nil
}

// pickPage asks which of several accounts is meant.
func (p *portal) pickPage(rq *request, r flow.Reset) (answer, error) {
	return show(p.pickForm(rq, r, flow.None)), nil
}

func (p *portal) pickForm(rq *request, r flow.Reset, reason flow.Reason) PickPage {
	page := PickPage{
		Frame: p.frame(rq, r.Population, 2), Clock: p.clock(rq, r), Action: p.home(rq.lang) + "account", Cancel: p.home(rq.lang) + "cancel",
		Form: p.form(p.visit(rq), r), Reason: reason,
	}
	page.Error = reason != flow.None
	for i, a := range r.Accounts {
		page.Accounts = append(page.Accounts, PickAccount{Number: i + 1, Identifier: MaskIdentifier(a.Identifier), Name: MaskName(a.Name)})
	}
	return page
}

// pickAccount takes the choice.
func (p *portal) pickAccount(rq *request, _ flow.Reset) (answer, error) {
	number, err := strconv.Atoi(rq.form.Get("account"))
	if err != nil {
		number = 0
	}
	r, reason, err := p.flow.Pick(rq, p.visit(rq), number-1)
	if err != nil {
		return answer{}, err
	}
	if reason == flow.NotAnAccount {
		return correct(p.pickForm(rq, r, reason)), nil
	}
	return goTo(p.where(rq.lang, r)), nil
}

// cancel ends the reset.
func (p *portal) cancel(rq *request, _ flow.Reset) (answer, error) {
	r, _, err := p.flow.Cancel(rq, p.visit(rq))
	if err != nil {
		return answer{}, err
	}
	return goTo(p.where(rq.lang, r)), nil
}

// ended says why a reset is over.
func (p *portal) ended(rq *request, r flow.Reset) (answer, error) {
	rq.path = "/" // the page in another language: this one is shown once
	return last(p.endedPage(rq, r.Why, r.Again)), nil
}
