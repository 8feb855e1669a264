package web

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// whose is the person of the address. Whether there is one, and whether this agent may see them, desk tells.
func whose(rq *request) (population string, id flow.AccountID) {
	return rq.param("population"), flow.AccountID(rq.param("id"))
}

// cardPage shows a person.
func (d *helpdesk) cardPage(rq *request, who desk.Signed) (answer, error) {
	page, err := d.card(rq, who)
	if err != nil {
		return answer{}, err
	}
	page.Done, page.Enter = d.told(rq, deskDone), d.codePageOf(rq.lang, rq.param("population"))
	return show(page), nil
}

// backToCard is for the address of an act: a reload after it leads to its person.
func (d *helpdesk) backToCard(rq *request, _ desk.Signed) (answer, error) {
	return goTo(d.cardURL(rq.lang, rq.param("population"), flow.AccountID(rq.param("id")))), nil
}

func (d *helpdesk) card(rq *request, who desk.Signed) (DeskCardPage, error) {
	population, id := whose(rq)
	c, err := d.Desk.Card(rq, rq.client, who.Agent, population, id)
	if err != nil {
		return DeskCardPage{}, err
	}
	f, err := d.around(rq, who)
	if err != nil {
		return DeskCardPage{}, err
	}
	f.Typed = d.sessions.GetString(rq, deskText)
	p, now := c.Person, time.Now()
	page := DeskCardPage{
		DeskFrame: f, Population: d.label(rq, population), Name: p.Name, Identifier: p.Identifier, Mail: p.Mail, Phone: p.Phone,
		Barred: p.Barred, Held: c.Held, HeldUntil: wholeMinute(c.HeldUntil), Locked: p.Locked, LockedUntil: wholeMinute(p.LockedUntil),
		Changed: local(p.Changed), Expires: local(p.Expires), Expired: !p.Expires.IsZero() && p.Expires.Before(now),
		MustChange: p.MustChange, Operator: c.Operator, Rules: d.RuleNames[population], History: p.Demands.History, OtherRules: p.Demands.Others,
		Events: d.events(rq, who, c.Events), Need: d.NeedReason, Once: rand.Text(),
	}
	if desk.RecentAddress(p.MailChanged, now) {
		page.MailChanged = local(p.MailChanged)
	}
	var all []policy.Finding
	page.Own, all = d.Rules(population, p.Account)
	for _, rule := range all {
		if !slices.Contains(page.Own, rule) {
			page.Added = append(page.Added, rule)
		}
	}
	for _, act := range desk.Acts() {
		if decision, has := c.Acts[act]; has {
			page.Acts = append(page.Acts, DeskAct{act, d.cardURL(rq.lang, population, id) + "/" + string(act), decision.Refusal, decision.Approval})
		}
	}
	return page, nil
}

// local is a time in the zone of the process, as pages tell it.
func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Local()
}

// builtInChecks is how many checks of a person's identity there are where the configuration has none of its own.
const builtInChecks = 2

// checks are the fields that are ticked before a code is dictated, one for each of them.
func (d *helpdesk) checks() (names []string) {
	n := len(d.Checks)
	if n == 0 {
		n = builtInChecks
	}
	for i := range n {
		names = append(names, fmt.Sprintf("check-%d", i+1))
	}
	return names
}

func (d *helpdesk) orderFields() []string { return append(d.checks(), "reason", "request", "once") }

// order is what the form asks for.
func (d *helpdesk) order(rq *request, act desk.Right) desk.Order {
	population, id := whose(rq)
	o := desk.Order{Act: act, Population: population, Person: id, Reason: rq.form.Get("reason"), Request: rq.form.Get("request"), Once: rq.form.Get("once")}
	o.Verified = !slices.ContainsFunc(d.checks(), func(name string) bool { return rq.form.Get(name) == "" })
	return o
}

// act carries one out, or asks a second agent, or says why not.
func (d *helpdesk) act(act desk.Right) agentHandler {
	return func(rq *request, who desk.Signed) (answer, error) {
		o := d.order(rq, act)
		f, err := d.around(rq, who) // before a code is made: it is shown whatever fails after it
		if err != nil {
			return answer{}, err
		}
		done, err := d.Desk.Do(rq, rq.client, who.Agent, o)
		switch {
		case err != nil:
			return answer{}, err
		case done.Refusal == desk.Repeated && act != desk.Dictate: // the page of the first one tells what was done
			return d.backToCard(rq, who)
		case done.Refusal == desk.NotAgreed:
			d.sessions.Put(rq, deskOld, string(desk.NotAgreed))
			return goTo(d.home(rq.lang) + "requests"), nil
		case done.Refusal != desk.Allowed:
			return d.refused(rq, who, o, done)
		case done.Request != "":
			return goTo(d.home(rq.lang) + "requests"), nil
		case act == desk.Dictate:
			return d.dictated(rq, f, done), nil
		}
		d.sessions.Put(rq, deskDone, string(act))
		return d.backToCard(rq, who)
	}
}

// refused shows the form again, with what is wrong, and what was typed.
func (d *helpdesk) refused(rq *request, who desk.Signed, o desk.Order, done desk.Done) (answer, error) {
	if o.Act == desk.Dictate && slices.Contains([]desk.Refusal{desk.NoReason, desk.NotVerified, desk.Repeated}, done.Refusal) {
		page, err := d.dictateForm(rq, who)
		page.Reason, page.Why, page.Error = shown(o.Reason), done.Refusal, true
		return correct(page), err
	}
	page, err := d.card(rq, who)
	page.Reason, page.At, page.Why, page.Code, page.Error = shown(o.Reason), o.Act, done.Refusal, done.Code, true
	return correct(page), err
}

// dictatePage asks for the checks of the person's identity.
func (d *helpdesk) dictatePage(rq *request, who desk.Signed) (answer, error) {
	page, err := d.dictateForm(rq, who)
	return show(page), err
}

func (d *helpdesk) dictateForm(rq *request, who desk.Signed) (DeskDictatePage, error) {
	card, err := d.card(rq, who)
	if err != nil {
		return DeskDictatePage{}, err
	}
	i := slices.IndexFunc(card.Acts, func(a DeskAct) bool { return a.Act == desk.Dictate })
	if i < 0 {
		return DeskDictatePage{}, desk.ErrNoRight
	}
	act := card.Acts[i]
	page := DeskDictatePage{
		DeskFrame: card.DeskFrame, Population: card.Population, Name: card.Name, Identifier: card.Identifier, Action: act.Action,
		Back: strings.TrimSuffix(act.Action, "/"+string(desk.Dictate)), Need: card.Need, Approval: act.Approval, Refusal: act.Refusal, Barred: card.Barred, Once: card.Once,
	}
	for i, field := range d.checks() {
		check := DeskCheck{Field: field, Ticked: rq.form.Get(field) != ""}
		if i < len(d.Checks) {
			check.Text = d.Checks[i].In(rq.lang)
		}
		page.Checks = append(page.Checks, check)
	}
	return page, nil
}

// dictated shows the code, which nothing shows again: what the address of the form gives after a reload is the form.
func (d *helpdesk) dictated(rq *request, f DeskFrame, done desk.Done) answer {
	population, id := whose(rq)
	f.Languages = nil // the code would not be there in another one
	f.Extend = ""     // the session outlasts the code, and without a script more of it would lead away from the code
	return show(DeskDictatedPage{
		DeskFrame: f, Population: d.label(rq, population), Name: done.Person.Name, Identifier: done.Person.Identifier, Back: d.cardURL(rq.lang, population, id),
		Portal: d.codePageOf(rq.lang, population),
		Groups: inGroups(done.Dictate.Reveal()), Lifetime: flow.AssistedFor,
	})
}
