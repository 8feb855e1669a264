package web

import (
	"fmt"
	"math"
	"time"

	"ssprd/internal/want"
)

// Accessibility is what the law asks a public body to say of its service: the « déclaration d'accessibilité » (law
// 2005-102, article 47; decree 2019-768; RGAA 4.1). All but the status may be left out: the page then says that it is
// not known.
type Accessibility struct {
	Status       string  `mapstructure:"status"`       // how far the portal conforms; only none is allowed without an audit
	Contact      string  `mapstructure:"contact"`      // a mail address for those who cannot use a page
	ContactURL   string  `mapstructure:"contact_url"`  // a form for them to write to the organisation
	SchemeURL    string  `mapstructure:"scheme_url"`   // the multi-year scheme of the organisation
	PlanURL      string  `mapstructure:"plan_url"`     // its plan for the year
	DeclaredOn   Day     `mapstructure:"declared_on"`  // the day of the statement, which is good for three years
	UpdatedOn    Day     `mapstructure:"updated_on"`   // the day of its last renewal
	AuditedBy    string  `mapstructure:"audited_by"`   // who made the audit; with audited_on and rate, or none of them
	AuditedOn    Day     `mapstructure:"audited_on"`   // the day of the audit
	Rate         float64 `mapstructure:"rate"`         // of the criteria that apply, how many percent are met
	Faults       []Text  `mapstructure:"faults"`       // what does not conform
	Exemptions   []Text  `mapstructure:"exemptions"`   // what would be too great a burden
	Excluded     []Text  `mapstructure:"excluded"`     // what the law does not ask to be accessible
	Environments []Text  `mapstructure:"environments"` // with which readers and browsers it was tried
	Tools        []Text  `mapstructure:"tools"`        // by which it was tested
	Pages        []Text  `mapstructure:"pages"`        // which were audited
}

// Day is a day as settings have it, 2026-09-30; empty if there is none.
type Day string

// Time is the beginning of the day, in UTC; zero if there is none.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

func (d Day) wrong() string {
	if d != "" && d.Time().IsZero() {
		return want.Got(string(d), "a day, such as 2026-09-30")
	}
	return ""
}

// audited tells whether an audit is named.
func (a Accessibility) audited() bool { return a.AuditedBy != "" || a.AuditedOn != "" || a.Rate != 0 }

// check reports what was wanted of each setting, by its key.
func (a Accessibility) check(languages []string, report func(key, want string)) {
	report("status", want.OneOf(a.Status, "none", "partial", "full"))
	if a.Contact != "" {
		report("contact", want.Mail(a.Contact))
	}
	for _, u := range []struct{ key, url string }{{"contact_url", a.ContactURL}, {"scheme_url", a.SchemeURL}, {"plan_url", a.PlanURL}} {
		if u.url != "" {
			report(u.key, want.WebURL(u.url))
		}
	}
	a.checkDays(report)
	a.checkAudit(report)
	for _, l := range []struct {
		key   string
		texts []Text
	}{
		{"faults", a.Faults}, {"exemptions", a.Exemptions}, {"excluded", a.Excluded},
		{"environments", a.Environments}, {"tools", a.Tools}, {"pages", a.Pages},
	} {
		for i, text := range l.texts {
			text.Check(languages, func(key, want string) { report(join(fmt.Sprintf("%s[%d]", l.key, i), key), want) })
		}
	}
}

func (a Accessibility) checkDays(report func(key, want string)) {
	report("declared_on", a.DeclaredOn.wrong())
	report("updated_on", a.UpdatedOn.wrong())
	report("audited_on", a.AuditedOn.wrong())
	if a.UpdatedOn == "" || a.UpdatedOn.wrong() != "" {
		return
	}
	if a.DeclaredOn == "" {
		report("declared_on", want.Got("", "the day of the statement, as there is an updated_on"))
	}
	if a.DeclaredOn.wrong() == "" && a.UpdatedOn < a.DeclaredOn {
		report("updated_on", want.Got(string(a.UpdatedOn), "a day after declared_on"))
	}
}

// checkAudit wants the whole of an audit or nothing of it, and the word that its rate allows.
func (a Accessibility) checkAudit(report func(key, want string)) {
	if !a.audited() {
		return
	}
	if a.AuditedBy == "" {
		report("audited_by", want.Got("", "who made the audit"))
	}
	if a.AuditedOn == "" {
		report("audited_on", want.Got("", "the day of the audit"))
	}
	report("rate", a.wrongRate())
}

// wrongRate wants a rate that bears the status out: RGAA calls partial what meets half of the criteria, and full what
// meets them all.
func (a Accessibility) wrongRate() string {
	wanted := map[string]string{"full": "100, as the status is full", "partial": "50 or more, and less than 100, as the status is partial",
		"none": "less than 50, as the status is none"}[a.Status]
	rate := fmt.Sprint(a.Rate)
	switch {
	case a.Rate == 0:
		return want.Got("", "how many percent of the criteria are met, as an audit is named")
	case math.IsNaN(a.Rate) || a.Rate < 0 || a.Rate > 100:
		return want.Got(rate, "a percentage, 0 to 100")
	case a.Status == "full" && a.Rate < 100,
		a.Status == "partial" && (a.Rate < 50 || a.Rate == 100),
		a.Status == "none" && a.Rate >= 50:
		return want.Got(rate, wanted)
	}
	return ""
}

// validFor is for how many years a statement is valid.
const validFor = 3

// Unfounded reports what the statement claims and nothing bears out: without an audit the one word allowed is none, and
// after three years a statement is valid no longer. A portal can run so, and `ssprd check` refuses it.
func (a Accessibility) Unfounded(now time.Time, report func(key, want string)) {
	if a.Status != "none" && !a.audited() {
		report("audited_by", want.Got("", "who made the audit, audited_on and rate: without an audit the only status is none"))
	}
	if a.Status == "full" && len(a.Faults)+len(a.Exemptions) > 0 {
		report("status", want.Got(a.Status, "partial, as there are faults or exemptions"))
	}
	if last := max(a.DeclaredOn, a.UpdatedOn); a.AuditedOn > last && last != "" {
		report("audited_on", want.Got(string(a.AuditedOn), "no day after that of the statement, "+string(last)))
	}
	if a.Status == "partial" && a.audited() && len(a.Faults)+len(a.Exemptions) == 0 {
		report("faults", want.Got("", "what does not conform, as the status is partial"))
	}
	if a.Status != "none" && a.DeclaredOn == "" {
		report("declared_on", want.Got("", "the day of the statement, as it claims a status"))
	}
	key, day := "declared_on", a.DeclaredOn
	if a.UpdatedOn != "" {
		key, day = "updated_on", a.UpdatedOn
	}
	switch at := day.Time(); {
	case at.IsZero():
	case at.After(now):
		report(key, want.Got(string(day), "a day that has come"))
	case at.AddDate(validFor, 0, 0).Before(now):
		report(key, want.Got(string(day), "a day of the last three years: then a statement has to be renewed"))
	}
	if at := a.AuditedOn.Time(); at.After(now) {
		report("audited_on", want.Got(string(a.AuditedOn), "a day that has come"))
	}
}

// accessibilityPage tells how accessible the portal is.
func (p *portal) accessibilityPage(rq *request) (answer, error) {
	a := p.Portal.Accessibility
	page := AccessibilityPage{
		Frame: p.frame(rq, "", 0), URL: p.Portal.PublicURL, Contact: a.Contact, ContactURL: a.ContactURL,
		Scheme: a.SchemeURL, Plan: a.PlanURL, Declared: a.DeclaredOn.Time(), Updated: a.UpdatedOn.Time(),
		Faults: texts(a.Faults, rq.lang), Exemptions: texts(a.Exemptions, rq.lang), Excluded: texts(a.Excluded, rq.lang),
		Environments: texts(a.Environments, rq.lang), Tools: texts(a.Tools, rq.lang), Pages: texts(a.Pages, rq.lang),
	}
	if a.audited() {
		page.Audit = &Audit{By: a.AuditedBy, On: a.AuditedOn.Time(), Rate: a.Rate}
	}
	return show(page), nil
}

// texts are those of all in one language.
func texts(all []Text, lang string) (list []string) {
	for _, t := range all {
		list = append(list, t.In(lang))
	}
	return list
}
