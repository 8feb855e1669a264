package web

import (
	"slices"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// passwordPage asks for the new password; after a refusal by the directory it says why.
func (p *portal) passwordPage(rq *request, r flow.Reset) (answer, error) {
	return show(p.passwordForm(rq, r, r.Why, p.flow.Rules(r), false)), nil
}

func (p *portal) passwordForm(rq *request, r flow.Reset, reason flow.Reason, rules []policy.Finding, judged bool) PasswordPage {
	a, _ := r.Chosen()
	page := PasswordPage{
		Frame: p.frame(rq, r.Population, 3), Action: p.home(rq.lang) + "password", Cancel: p.home(rq.lang) + "cancel",
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
		return correct(p.passwordForm(rq, r, reason, findings, judged)), nil
	}
	return goTo(p.where(rq.lang, r)), nil
}
