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
		Form: p.form(p.visit(rq), r), Identifier: MaskIdentifier(a.Identifier), Username: a.Identifier, Rules: rules, Judged: judged, Reason: reason,
	}
	// A limit that nobody is near is not worth a line, except to whom it is told.
	page.Rules = slices.DeleteFunc(slices.Clone(rules), func(f policy.Finding) bool {
		return f.Rule == policy.TooLong && (f.Met || !judged)
	})
	if len(r.Accounts) > 1 {
		page.Name = MaskName(a.Name)
	}
	page.Error = reason != flow.None
	return page
}

// choosePassword submits it. The password goes no further than flow, and is never sent back.
func (p *portal) choosePassword(rq *request, _ flow.Reset) (answer, error) {
	password, confirm := secret.New(rq.form.Get("password")), secret.New(rq.form.Get("confirm"))
	r, reason, findings, err := p.flow.Choose(rq, p.visit(rq), password, confirm)
	if err != nil {
		return answer{}, err
	}
	if reason != flow.None && r.State == flow.Choose {
		return correct(p.passwordForm(rq, r, reason, findings, !password.Empty())), nil
	}
	return goTo(p.where(rq.lang, r)), nil
}
