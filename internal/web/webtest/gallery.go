// Package webtest has every page of the portal in all its states, with sample content: what the templates are tested
// with, in the process and in a browser, and what one looks at when the look changes. Only tests use it.
package webtest

import (
	"fmt"
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/web"
)

// Sample is one page in one of its states.
type Sample struct {
	Name string
	Page web.Page
}

// Gallery has every page type in all its states, in one language.
func Gallery(lang string) []Sample {
	all := []Sample{
		{"populations", web.PopulationsPage{Frame: frame(lang, 0, false), Choices: choices()}},
		{"support", web.SupportPage{Frame: frame(lang, 0, false), Card: *help()}},
		{"accessibility", web.AccessibilityPage{Frame: frame(lang, 0, false), Contact: "accessibilite@example.org", URL: "https://motdepasse.example.org"}},
		{"bare", web.SupportPage{Frame: web.Frame{Standing: web.Standing{Lang: lang, Home: "/", Portal: "P", Organisation: "Organisation", AccessibleURL: "/a"}}}},
		{"demo", demo(lang)},
	}
	all = append(all, statements(lang)...)
	all = append(all, addresses(lang)...)
	all = append(all, assisted(lang)...)
	all = append(all, codes(lang)...)
	all = append(all, picks(lang)...)
	all = append(all, passwords(lang)...)
	all = append(all, waits(lang)...)
	all = append(all, dones(lang)...)
	all = append(all, ends(lang)...)
	for _, status := range []int{400, 403, 404, 405, 413, 421, 429, 500, 503} {
		p := web.ErrorPage{Frame: frame(lang, 0, false), Status: status}
		if status >= 500 {
			p.Reference = "K7204QXA"
		}
		if status == 503 {
			p.Retry = "/" + lang + "/code"
		}
		all = append(all, Sample{fmt.Sprintf("error-%d", status), p})
	}
	return all
}

func frame(lang string, step int, wrong bool) web.Frame {
	f := web.Frame{
		Standing: web.Standing{
			Lang: lang, Home: "/" + lang + "/", Portal: "Mes démarches en Nouvelle-Aquitaine", Organisation: "RÉGION Nouvelle-Aquitaine",
			Help: helpOfAll, LegalURL: "https://example.org/legal", Accessibility: "none", AccessibleURL: "/fr/accessibilite",
		},
		Languages: []web.LangLink{
			{Lang: "fr", Name: "Français", URL: "/fr/", Current: lang == "fr"},
			{Lang: "en", Name: "English", URL: "/en/", Current: lang == "en"},
		},
		Step: step, Error: wrong,
	}
	if step > 0 {
		f.Population = "Je suis un usager des services de la Région"
	}
	return f
}

func demo(lang string) web.Page {
	f := frame(lang, 0, false)
	f.Demo, f.Languages, f.Accessibility = "/demo/mail", f.Languages[:1], "partial"
	return web.PopulationsPage{Frame: f, Choices: choices()[:1]}
}

// helpOfAll is the same on all pages, as in a portal.
var helpOfAll = help()

func help() *web.Help {
	return &web.Help{URL: "/fr/support", Text: "L’assistance vous répond du lundi au vendredi, de 8 h à 18 h.",
		Phone: "05 00 00 00 00", Mail: "assistance@example.org", Site: "https://assistance.example.org/"}
}

func choices() []web.Choice {
	return []web.Choice{
		{Label: "Je suis un usager des services de la Région", URL: "/fr/usagers",
			Hint: "Exemples : demandeur d’aide, gestionnaire d’un lycée, partenaire, prestataire."},
		{Label: "Je suis un élu de la Région", URL: "/fr/elus"},
		{Label: "Je suis un agent des lycées", URL: "https://assistance-lycees.example.org/mot-de-passe", Away: true},
		{Label: "Je suis un agent du siège", URL: "/fr/agents-siege"},
		{Label: "J’ai besoin de support", URL: "/fr/support", Quiet: true},
	}
}

func addresses(lang string) []Sample {
	page := func(identifier bool, typed string, reason flow.Reason) web.AddressPage {
		return web.AddressPage{Frame: frame(lang, 1, reason != ""), Action: "/fr/usagers", Typed: typed, Identifier: identifier, Reason: reason}
	}
	assisted := page(true, "", "")
	assisted.Assisted = "/fr/p/usagers/support-code"
	return []Sample{
		{"address", page(false, "", "")},
		{"address-identifier", page(true, `<b>"Camille`, "")},
		{"address-assisted", assisted},
		{"address-empty", page(false, "  ", flow.AddressEmpty)},
		{"address-malformed", page(false, "camille@", flow.AddressMalformed)},
		{"address-limited", page(false, "camille@exemple.fr", flow.Limited)},
		{"address-busy", page(false, "camille@exemple.fr", flow.Busy)},
	}
}

func assisted(lang string) []Sample {
	page := func(identifier bool, typed string, reason flow.Reason) web.AssistedPage {
		return web.AssistedPage{Frame: frame(lang, 2, reason != ""), Action: "/fr/p/usagers/support-code", Back: "/fr/p/usagers", Typed: typed,
			Identifier: identifier, Digits: flow.AssistedDigits, Lifetime: flow.AssistedFor, Reason: reason}
	}
	all := []Sample{{"assisted", page(false, "", "")}, {"assisted-identifier", page(true, `<b>"Camille`, "")}}
	for _, r := range []flow.Reason{flow.AddressEmpty, flow.CodeEmpty, flow.CodeShort, flow.CodeLong, flow.CodeNotDigits, flow.AssistedWrong, flow.Limited} {
		all = append(all, Sample{"assisted-" + string(r), page(true, "camille.durand", r)})
	}
	return all
}

func codes(lang string) []Sample {
	page := func(reason flow.Reason) web.CodePage {
		return web.CodePage{Frame: frame(lang, 2, reason != ""), Action: "/fr/code", Resend: "/fr/code/resend", Cancel: "/fr/cancel", Form: "a-form-of-the-tests",
			Typed: "camille.durand@exemple.fr", Sender: "ne-pas-repondre@example.org", Digits: 6,
			Lifetime: 10 * time.Minute, Left: 9*time.Minute + 50*time.Second, TriesLeft: 4, Wait: 42 * time.Second, Reason: reason}
	}
	all := []Sample{{"code", page("")}}
	resent := page("")
	resent.Resent = true
	all = append(all, Sample{"code-resent", resent})
	for _, r := range []flow.Reason{flow.CodeWrong, flow.CodeEmpty, flow.CodeShort, flow.CodeLong, flow.CodeNotDigits, flow.CodeExpired,
		flow.CodeReplaced, flow.ResendSoon, flow.ResendOften, flow.OutOfOrder, flow.Limited} {
		p := page(r)
		if r == flow.CodeExpired {
			p.Left = 0
		}
		all = append(all, Sample{"code-" + string(r), p})
	}
	last := page(flow.CodeWrong)
	last.TriesLeft, last.Sender, last.Typed = 1, "", `<script>alert(1)</script>@a-very-long-address-that-has-nowhere-to-break.example.org`
	return append(all, Sample{"code-last-try", last})
}

func picks(lang string) []Sample {
	p := web.PickPage{Frame: frame(lang, 2, false), Action: "/fr/compte", Cancel: "/fr/cancel", Form: "a-form-of-the-tests", Clock: clock(), Accounts: []web.PickAccount{
		{Number: 1, Identifier: "c…@…", Name: "C… D…"}, {Number: 2, Identifier: "l…e", Name: "Lycée M…"}, {Number: 3, Identifier: "…"}}}
	none := p
	none.Frame, none.Reason = frame(lang, 2, true), flow.NotAnAccount
	old := p
	old.Frame, old.Reason = frame(lang, 2, true), flow.OutOfOrder
	return []Sample{{"pick", p}, {"pick-none", none}, {"pick-old", old}}
}

// rules are every rule there is; met are those that a password keeps.
func rules(met ...policy.Name) []policy.Finding {
	all := []policy.Finding{
		{Rule: policy.Length, N: 8}, {Rule: policy.Lower, N: 1}, {Rule: policy.Upper, N: 1}, {Rule: policy.Digits, N: 1},
		{Rule: policy.PlainLower, N: 1}, {Rule: policy.PlainUpper, N: 1}, {Rule: policy.PlainLetters, N: 3},
		{Rule: policy.Symbols, N: 2}, {Rule: policy.Kinds, N: 3}, {Rule: policy.Repeats, N: 2}, {Rule: policy.TooLong, N: 256},
		{Rule: policy.TooBig, N: 256}, {Rule: policy.Identity}, {Rule: policy.Words}, {Rule: policy.Common},
		{Rule: policy.Breached}, {Rule: policy.Strength, N: 3}}
	for i := range all {
		for _, name := range met {
			all[i].Met = all[i].Met || all[i].Rule == name
		}
	}
	return all
}

func passwords(lang string) []Sample {
	page := func(reason flow.Reason) web.PasswordPage {
		return web.PasswordPage{Frame: frame(lang, 3, reason != ""), Action: "/fr/mot-de-passe", Cancel: "/fr/cancel", Form: "a-form-of-the-tests",
			Clock: clock(), Identifier: "c…@…", Username: "camille.durand@exemple.fr", Rules: rules()[:4], Reason: reason, Check: "/fr/mot-de-passe/check",
			Suggestions: []string{"tavin-Rumek-47-batir-Dupen", "R7mq-Xe4t-Vp9h-nKcd", "Metav-burin-63-Pakit-duren", "h4Xk-mRt9-Pq7w-Tace"}}
	}
	weak := page(flow.PasswordWeak)
	weak.Judged, weak.Rules, weak.Scored, weak.Strength = true, rules(policy.Length, policy.Lower, policy.TooLong, policy.Words), true, 1
	keyboards := weak
	keyboards.Keyboards = true
	last := page("")
	last.Left, last.Extend = 90*time.Second, ""
	typing := weak
	typing.Frame, typing.Reason, typing.Live = frame(lang, 3, false), "", true
	good := page("")
	good.Judged, good.Rules, good.Scored, good.Strength, good.Suggestions = true, rules(policy.Length, policy.Lower, policy.Upper, policy.Digits)[:4], true, 3, nil
	all := []Sample{{"password", page("")}, {"password-weak", weak}, {"password-keyboards", keyboards}, {"password-typing", typing}, {"password-good", good},
		{"password-last-minutes", last}, {"password-every-rule", everyRule(page(""))}}
	for _, r := range []flow.Reason{flow.PasswordDiffers, flow.PasswordEmpty, flow.PasswordUnusable, flow.RefusedPolicy, flow.RefusedShort, flow.RefusedLong,
		flow.RefusedQuality, flow.RefusedHistory, flow.WriteInterrupted, flow.Unavailable, flow.NotBegun} {
		all = append(all, Sample{"password-" + string(r), page(r)})
	}
	return all
}

func clock() web.Clock { return web.Clock{Left: 15 * time.Minute, Extend: "/fr/extend"} }

// everyRule is a password page with all rules that there are.
func everyRule(p web.PasswordPage) web.PasswordPage {
	p.Rules, p.History, p.OtherRules = rules(), 12, true
	return p
}

func stages(done int, last web.StageState) []web.Stage {
	all := []web.Stage{
		{Kind: web.StageCheck}, {Kind: web.StageWrite, After: 240 * time.Millisecond},
		{Kind: web.StageServer, Label: "Annuaire de Bordeaux", After: 400 * time.Millisecond},
		{Kind: web.StageServer, N: 2, After: 12 * time.Second}, {Kind: web.StageServer, Label: "Annuaire de Poitiers"}}
	for i := range all {
		all[i].State = web.StageTodo
		if i < done {
			all[i].State = web.StageDone
		}
		if i == done {
			all[i].State = last
		}
	}
	return all
}

func waits(lang string) []Sample {
	p := web.WaitPage{Frame: frame(lang, 4, false), Refresh: "/fr/attente", Events: "/fr/attente/events", Next: "/fr/reussite"}
	first, some, late, over := p, p, p, p
	first.Stages = stages(0, web.StageNow)
	some.Stages, some.Percent = stages(3, web.StageNow), 60
	four := p
	four.Stages = append(stages(3, web.StageNow), web.Stage{Kind: web.StageServer, Label: "Annuaire de l’antenne de Mont-de-Marsan", State: web.StageSlow})
	four.Stages[3].State, four.Stages[4].State, four.Stages[4].After, four.Percent = web.StageNow, web.StageDone, 3*time.Second, 66
	late.Stages, late.Percent, late.Over = stages(4, web.StageLate), 100, true
	over.Stages, over.Percent, over.Over = stages(5, ""), 100, true
	return []Sample{{"wait-first", first}, {"wait", some}, {"wait-four", four}, {"wait-late", late}, {"wait-over", over}}
}

func dones(lang string) []Sample {
	p := web.DonePage{Frame: frame(lang, 0, false), Identifier: "c…@…", Mail: "c…@…mail.com", At: time.Date(2026, 11, 24, 9, 5, 0, 0, time.UTC), Continue: "https://mes-demarches.example.org/"}
	must, late := p, p
	must.MustChange, must.Mail = true, ""
	late.Late = stages(3, web.StageLate)[3:]
	locked := p
	locked.Locked = true
	return []Sample{{"done", p}, {"done-must-change", must}, {"done-late", late}, {"done-locked", locked}}
}

func ends(lang string) (all []Sample) {
	const signIn = "https://mes-demarches.example.org/"
	page := func(r flow.Reason) web.EndedPage { return web.EndedPage{Frame: frame(lang, 0, false), Reason: r} }
	for _, r := range []flow.Reason{flow.Cancelled, flow.Expired, flow.TooManyTries, flow.TooManyRefusals, flow.Superseded} {
		p := page(r)
		p.Again = "/fr/"
		all = append(all, Sample{"ended-" + string(r), p})
	}
	untold := page(flow.CannotTell)
	untold.Again, untold.Continue = "/fr/", signIn
	gone := page(flow.Gone)
	gone.Again, gone.Continue = "/fr/", signIn
	young := page(flow.RefusedTooYoung)
	young.Support, young.Continue = true, signIn
	until := young
	until.From = time.Date(2026, 11, 24, 9, 5, 0, 0, time.UTC)
	barred := page(flow.NotAllowed)
	barred.Support = true
	return append(all, Sample{"ended-cannot-tell", untold}, Sample{"ended-gone", gone}, Sample{"ended-refused-too-young", until},
		Sample{"ended-refused-too-young-until-unknown", young}, Sample{"ended-not-allowed", barred})
}
