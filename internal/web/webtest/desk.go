package webtest

import (
	"fmt"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/web"
)

// All has the pages of both sites.
func All(lang string) []Sample { return append(Gallery(lang), DeskGallery(lang)...) }

// DeskGallery has every page type of the helpdesk in all its states, in one language.
func DeskGallery(lang string) (all []Sample) {
	for _, part := range []func(string) []Sample{
		deskSignIns, deskSearches, deskCards, deskOrders, deskEvents, deskDictates, deskRequests, deskRecords, deskErrors,
	} {
		all = append(all, part(lang)...)
	}
	return all
}

// noon is when whatever happens in the gallery does.
var noon = time.Date(2026, 11, 24, 12, 5, 0, 0, time.UTC)

const (
	deskForm = "a-form-of-the-tests"
	deskCard = "/fr/p/usagers/camille"
	deskOnce = "a-mark-of-the-tests"
	unbroken = "prenom.de-famille-qui-ne-finit-pas.et.qui.n-a.nulle-part.ou.se-couper@une-organisation-au-nom-tres-long.example.org"
)

// outside is the frame of a page before anybody is signed in.
func outside(lang string, wrong bool) web.DeskFrame {
	f := frame(lang, 0, wrong)
	f.Help, f.AccessibleURL = nil, "https://motdepasse.example.org/fr/accessibility"
	return web.DeskFrame{Frame: f}
}

func deskFrame(lang string, wrong bool) web.DeskFrame {
	f := outside(lang, wrong)
	f.Agent, f.SignOut, f.Find, f.Form = "Alex Martin", "/fr/sign-out", "/fr/search", deskForm
	f.Clock = web.Clock{Left: 15 * time.Minute, Extend: "/fr/extend"}
	f.Asked, f.Waiting, f.Record = "/fr/requests", 2, "/fr/record"
	return f
}

func deskSignIns(lang string) []Sample {
	page := func(name string, reason desk.SignInReason) web.DeskSignInPage {
		return web.DeskSignInPage{DeskFrame: outside(lang, reason != ""), Action: "/fr/sign-in", Name: name, Reason: reason}
	}
	code := func(reason desk.SignInReason) web.DeskCodePage {
		p := web.DeskCodePage{DeskFrame: outside(lang, reason != ""), Action: "/fr/code", Digits: desk.CodeDigits, Reason: reason}
		p.Form, p.SignOut = deskForm, "/fr/sign-out"
		return p
	}
	ended, demo := page("", ""), page("", "")
	ended.Ended = true
	demo.Demo, demo.Languages, demo.LegalURL = "/demo/mail", demo.Languages[:1], ""
	return []Sample{
		{"desk-sign-in", page("", "")}, {"desk-sign-in-wrong", page(`<b>"amartin`, desk.SignInWrong)},
		{"desk-sign-in-limited", page("amartin", desk.SignInLimited)}, {"desk-sign-in-over", page("", desk.SignInOver)},
		{"desk-sign-in-ended", ended}, {"desk-sign-in-demo", demo},
		{"desk-code", code("")}, {"desk-code-wrong", code(desk.SignInCode)}, {"desk-code-form", code(desk.SignInForm)},
	}
}

// people are n persons of a page of the search, of whom some cannot be reset, some are locked, and one has a name that does
// not break.
func people(n int) (all []web.FoundPerson) {
	for i := range n {
		p := web.FoundPerson{URL: deskCard, Name: fmt.Sprintf("Camille Durand %d", i+1), Identifier: fmt.Sprintf("c.durand%d", i+1), Mail: "camille.durand@exemple.fr"}
		switch i {
		case 0:
			p.Mail = ""
		case 1:
			p.Barred, p.Locked = true, true
		case 2:
			p.Locked = true
		case 3:
			p.Name, p.Identifier = `<script>alert("Zoé")</script> de-la-Tour-qui-ne-finit-pas-et-ne-se-coupe-nulle-part`, unbroken
		}
		all = append(all, p)
	}
	return all
}

func deskSearches(lang string) []Sample {
	page := func(typed string, found ...web.Found) web.DeskSearchPage {
		p := web.DeskSearchPage{DeskFrame: deskFrame(lang, false), Searched: typed != "", Found: found}
		p.Typed = typed
		return p
	}
	few := web.Found{Name: "elus", Label: "Je suis un élu de la Région", People: people(2), From: 1, Before: -1}
	first := web.Found{Name: "usagers", Label: "Je suis un usager des services de la Région", People: people(20), From: 1, Before: -1, Next: 20}
	second, last := first, first
	second.From, second.Before, second.Next = 21, 0, 40
	last.People, last.From, last.Before, last.Next = people(4), 41, 20, 0
	traced, nameless := page("K7204-QXAM3"), page("K7204-QXAM3", few)
	traced.Traced = &web.Traced{Population: first.Label, Card: deskCard, Events: events(audit.CodeSent, audit.Typed, audit.Accepted, audit.Refused)}
	nameless.Traced = &web.Traced{Population: first.Label, Events: events(audit.Started, audit.Nobody)}
	plain := page("")
	plain.Asked, plain.Waiting, plain.Record = "", 0, "" // an agent who may only search
	none := page("")
	none.Waiting = 0
	short, number := page("d"), page("K7204-QXAM3")
	short.Short, number.Number = true, true
	return []Sample{
		{"desk-search", page("")}, {"desk-search-plain", plain}, {"desk-search-none-waiting", none}, {"desk-search-short", short}, {"desk-search-number", number}, {"desk-search-nobody", page(`<b>"durand`)},
		{"desk-search-one", page("durand", few)}, {"desk-search-several", page("durand", first, few)}, {"desk-search-middle", page("durand", second)},
		{"desk-search-last", page("durand", last)}, {"desk-search-traced", traced}, {"desk-search-traced-nobody", nameless},
	}
}

// events are those of the record, each a minute before the one above it.
func events(names ...string) (all []web.DeskEvent) {
	for i, name := range names {
		e := audit.Event{Time: noon.Add(-time.Duration(i) * time.Minute), Event: name, Ref: "K7204-QXAM3", Population: "usagers",
			Account: "5b1f6f0e-7c0f-4f5e-9f1c-0d7a0c1b2a3d", Client: "2001:db8:85a3:1234:5678:8a2e:370:7334"}
		all = append(all, web.DeskEvent{Event: e, Label: "Je suis un usager des services de la Région"})
	}
	return all
}

// everyEvent has each event once, and all that can stand with one.
func everyEvent() []web.DeskEvent {
	all := events(audit.Events()...)
	all[3].Code, all[3].Reason = "DISABLED", "DISABLED"
	all[15].Code, all[15].Reason = "PWD_IN_HISTORY", "PWD_IN_HISTORY"
	all[7].Why, all[7].Reason = string(flow.CodeWrong), string(flow.CodeWrong)
	for i := range all[23:] {
		e := &all[23+i]
		e.Agent, e.Mine, e.Ref = "0f7c", i%3 == 0, ""
		if i%3 == 1 {
			e.By = "Dominique Leroy <" + unbroken + ">"
		}
		switch e.Event.Event {
		case audit.Asked, audit.Agreed, audit.Acted:
			e.Act, e.Card, e.Reason = desk.Dictate, deskCard, string(desk.Dictate)
		case audit.ActRefused:
			e.No, e.Reason = desk.NoReason, string(desk.NoReason)
		case audit.RecordRead:
			e.Reason, e.Note = string(desk.ToExport), "usagers elus"
		}
	}
	all[len(all)-2].Note = `Rappelée au <b>numéro</b> de l’annuaire, INC-48213`
	return all
}

// card is one of somebody who is in order, for an agent who may do everything.
func card(lang string) web.DeskCardPage {
	return web.DeskCardPage{
		DeskFrame: typed(deskFrame(lang, false)), Population: "Je suis un usager des services de la Région", Name: "Camille Durand", Identifier: "camille.durand@exemple.fr",
		Mail: []string{"camille.durand@exemple.fr"}, Phone: []string{"05 49 00 00 00"}, Changed: noon.AddDate(0, -8, 0), Expires: noon.AddDate(0, 1, 12),
		Rules: "standard", Own: rules()[:4], Events: events(audit.Refused, audit.Accepted, audit.Typed, audit.CodeSent, audit.Started),
		Acts: acts(desk.Allowed, desk.NotLocked, desk.Allowed), Need: true, Once: deskOnce,
	}
}

// typed is the frame after a search.
func typed(f web.DeskFrame) web.DeskFrame {
	f.Typed = `<b>"durand`
	return f
}

// acts are those of a card, each with why it cannot be done.
func acts(refusals ...desk.Refusal) (all []web.DeskAct) {
	for i, act := range desk.Acts() {
		all = append(all, web.DeskAct{Act: act, Action: deskCard + "/" + string(act), Refusal: refusals[i]})
	}
	return all
}

// of is a card that differs.
func of(lang, name string, change func(*web.DeskCardPage)) Sample {
	p := card(lang)
	change(&p)
	return Sample{"desk-card-" + name, p}
}

// deskCards are cards of people whose accounts are in different states.
func deskCards(lang string) []Sample {
	locked := acts(desk.Allowed, desk.Allowed, desk.Allowed)
	return []Sample{
		{"desk-card", card(lang)},
		of(lang, "locked", func(p *web.DeskCardPage) { p.Locked, p.LockedUntil, p.Acts = true, noon.Add(15*time.Minute), locked }),
		of(lang, "locked-for-ever", func(p *web.DeskCardPage) { p.Locked, p.Acts = true, locked }),
		of(lang, "expired", func(p *web.DeskCardPage) { p.Expired, p.Expires = true, noon.AddDate(0, 0, -3) }),
		of(lang, "must-change", func(p *web.DeskCardPage) { p.MustChange, p.Changed, p.Expires = true, time.Time{}, time.Time{} }),
		of(lang, "barred", func(p *web.DeskCardPage) { p.Barred, p.Acts = "DISABLED", acts(desk.Barred, desk.Barred, desk.Barred) }),
		of(lang, "held", func(p *web.DeskCardPage) { p.Held, p.HeldUntil = "codes_per_account", noon.Add(40*time.Minute) }),
		of(lang, "closed", func(p *web.DeskCardPage) { p.Held = audit.Closed }),
		of(lang, "self", func(p *web.DeskCardPage) { p.Operator, p.Acts = true, acts(desk.Self, desk.Self, desk.Self) }),
		of(lang, "operator", func(p *web.DeskCardPage) { p.Operator, p.Acts = true, approved(locked) }),
		of(lang, "recent-address", func(p *web.DeskCardPage) { p.MailChanged, p.Acts = noon.Add(-20*time.Hour), approved(p.Acts[:1]) }),
		of(lang, "no-address", func(p *web.DeskCardPage) {
			p.Mail, p.Phone, p.Acts = nil, nil, acts(desk.NoAddress, desk.NotLocked, desk.Allowed)
		}),
		of(lang, "viewed", func(p *web.DeskCardPage) { p.Acts, p.Events = nil, nil }), // by an agent who may do nothing
		of(lang, "unbroken", func(p *web.DeskCardPage) {
			p.Name, p.Identifier, p.Locked, p.LockedUntil = `<script>alert("Zoé")</script> de-la-Tour-qui-ne-finit-pas-et-ne-se-coupe-nulle-part`, unbroken, true, noon
			p.Mail, p.Phone = []string{unbroken, "camille.durand@exemple.fr"}, []string{"05 49 00 00 00", "+33 6 00 00 00 00", "poste 4711"}
		}),
		of(lang, "every-rule", func(p *web.DeskCardPage) { p.Own, p.Added, p.History, p.OtherRules = rules(), added(), 12, true }),
		of(lang, "every-event", func(p *web.DeskCardPage) { p.Events = everyEvent() }),
	}
}

func approved(all []web.DeskAct) (more []web.DeskAct) {
	for _, a := range all {
		a.Approval = true
		more = append(more, a)
	}
	return more
}

// added are rules that a directory adds.
func added() []policy.Finding {
	return []policy.Finding{{Rule: policy.Length, N: 14}, {Rule: policy.Kinds, N: 3}, {Rule: policy.Identity}}
}

// deskOrders are cards after an act was asked for: what came of it.
func deskOrders(lang string) (all []Sample) {
	for _, act := range []desk.Right{desk.SendCode, desk.Unlock} {
		all = append(all, of(lang, "done-"+string(act), func(p *web.DeskCardPage) {
			p.Done, p.Enter = string(act), "https://motdepasse.example.org/fr/p/usagers/support-code"
		}))
	}
	for _, why := range []desk.Refusal{desk.NoRight, desk.Self, desk.Barred, desk.NoAddress, desk.NotLocked, desk.NoReason, desk.TooOften, desk.Held, desk.Declined} {
		all = append(all, of(lang, "refused-"+string(why), func(p *web.DeskCardPage) {
			p.DeskFrame, p.At, p.Why = typed(deskFrame(lang, true)), desk.SendCode, why
			switch why {
			case desk.NoReason:
			case desk.Declined:
				p.At, p.Code, p.Reason = desk.Unlock, "NO_UNLOCK", `<b>"INC-48213`
			default:
				p.Reason = `<b>"INC-48213`
			}
		}))
	}
	return append(all, of(lang, "reason-optional", func(p *web.DeskCardPage) { p.Need = false }))
}

func deskEvents(lang string) []Sample {
	p := deskRecord(lang)
	p.Searched, p.Events, p.More = true, everyEvent(), true
	return []Sample{{"desk-record-results", p}}
}

func deskDictates(lang string) []Sample {
	page := func(why desk.Refusal, ticked ...bool) web.DeskDictatePage {
		p := web.DeskDictatePage{
			DeskFrame: deskFrame(lang, why != ""), Population: "Je suis un élu de la Région", Name: "Hélène Castelnau", Identifier: "h.castelnau",
			Action: deskCard + "/dictate-code", Back: deskCard, Need: true, Why: why, Once: deskOnce,
		}
		for i, yes := range ticked {
			p.Checks = append(p.Checks, web.DeskCheck{Field: fmt.Sprintf("check-%d", i+1), Ticked: yes})
		}
		return p
	}
	reason := page(desk.NoReason, true, true)
	unticked := page(desk.NotVerified, true, false)
	unticked.Reason = `<b>"INC-48213`
	approval := page("", false, false)
	approval.Approval, approval.Need = true, false
	refused := page("", false, false)
	refused.Refusal, refused.Barred = desk.Barred, "PRIVILEGED"
	self := page("", false, false)
	self.Refusal = desk.Self
	own := page("", false, true, false, false)
	for i, text := range []string{"Rappel à un numéro de l’annuaire", "Date d’entrée dans l’organisation", "Nom <b>du</b> responsable", "Question : " + unbroken} {
		own.Checks[i].Text = text
	}
	own.Name, own.Identifier = `<script>alert("Zoé")</script>`, unbroken
	dictated := web.DeskDictatedPage{
		DeskFrame: deskFrame(lang, false), Population: reason.Population, Name: reason.Name, Identifier: reason.Identifier, Back: deskCard,
		Portal: "https://motdepasse.une-organisation-au-nom-tres-long.example.org/fr/p/elus/support-code", Groups: []string{"482", "913", "705", "264"}, Lifetime: flow.AssistedFor,
	}
	return []Sample{
		{"desk-dictate", page("", false, false)}, {"desk-dictate-no-reason", reason}, {"desk-dictate-unticked", unticked},
		{"desk-dictate-repeated", page(desk.Repeated, true, true)},
		{"desk-dictate-approval", approval}, {"desk-dictate-barred", refused}, {"desk-dictate-self", self}, {"desk-dictate-own-checks", own},
		{"desk-dictated", dictated},
	}
}

func deskRequests(lang string) []Sample {
	page := func(old bool) web.DeskRequestsPage {
		return web.DeskRequestsPage{DeskFrame: deskFrame(lang, old), Action: "/fr/requests", Agrees: true, Old: old, Checks: []string{"check-1", "check-2"}}
	}
	request := func(act desk.Right, state desk.RequestState) web.DeskRequest {
		q := web.DeskRequest{
			ID: "id-" + string(act), Act: act, PopulationName: "elus", Population: "Je suis un élu de la Région", Name: "Hélène Castelnau", Card: deskCard,
			Reason: "INC-48214", Asker: "Alex Martin", Asked: noon, Until: noon.Add(15 * time.Minute), State: state, CarryOut: deskCard + "/" + string(act), Once: deskOnce,
		}
		if state != desk.Waiting {
			q.By = "Dominique Leroy"
		}
		return q
	}
	forMe, mine := page(false), page(false)
	for _, act := range desk.Acts() {
		forMe.ForMe = append(forMe.ForMe, request(act, desk.Waiting))
	}
	odd := request(desk.Dictate, desk.Waiting)
	odd.Name, odd.Asker, odd.Reason = `<script>alert("Zoé")</script>`, unbroken, ""
	forMe.ForMe = append(forMe.ForMe, odd)
	for _, state := range []desk.RequestState{desk.Waiting, desk.Accepted, desk.Rejected} {
		mine.Mine = append(mine.Mine, request(desk.Dictate, state))
	}
	mine.Mine = append(mine.Mine, request(desk.SendCode, desk.Accepted))
	mine.Agrees = false
	agreed, declined := page(false), page(false)
	agreed.Done, declined.Done = string(desk.Accepted), string(desk.Rejected)
	return []Sample{{"desk-requests", page(false)}, {"desk-requests-agreed", agreed}, {"desk-requests-declined", declined}, {"desk-requests-for-me", forMe}, {"desk-requests-mine", mine}, {"desk-requests-old", page(true)}}
}

func deskRecord(lang string) web.DeskRecordPage {
	return web.DeskRecordPage{
		DeskFrame: deskFrame(lang, false), Action: "/fr/record", Export: "/fr/record/export", Kinds: audit.Events(),
		Populations: []web.NamedLabel{{Name: "usagers", Label: "Je suis un usager des services de la Région"}, {Name: "elus", Label: "Je suis un élu de la Région"}},
	}
}

func deskRecords(lang string) []Sample {
	wrong, nothing := deskRecord(lang), deskRecord(lang)
	wrong.Wrong, wrong.Error = true, true // a browser with fields for dates sends none that is wrong, and shows none
	nothing.Searched, nothing.Text, nothing.Population, nothing.Kind, nothing.Since, nothing.Until = true, `<b>"INC-48213`, "elus", audit.Acted, "2026-11-01", "2026-11-24"
	few := nothing
	few.Events = everyEvent()[30:]
	return []Sample{{"desk-record", deskRecord(lang)}, {"desk-record-wrong", wrong}, {"desk-record-nothing", nothing}, {"desk-record-few", few}}
}

func deskErrors(lang string) (all []Sample) {
	for _, status := range []int{400, 403, 404, 405, 413, 421, 429, 500, 503} {
		p := web.DeskErrorPage{DeskFrame: outside(lang, false), Status: status}
		if status >= 500 {
			p.Reference = "K7204-QXAM3"
		}
		if status == 503 {
			p.Retry = "/" + lang + "/search"
		}
		all = append(all, Sample{fmt.Sprintf("desk-error-%d", status), p})
	}
	return all
}
