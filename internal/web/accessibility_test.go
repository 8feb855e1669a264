package web

import (
	"reflect"
	"testing"
	"time"
)

// R67: the statement is the configuration's, each text in the language of the page.
func TestStatementFollowsTheConfiguration(t *testing.T) {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	one := func(s string) []Text { return []Text{{"": s}} }
	p := &portal{Options: Options{Portal: Portal{PublicURL: publicURL, Name: "Portail", Languages: []string{"fr", "en"}, Accessibility: Accessibility{
		Status: "partial", Contact: "a@example.org", ContactURL: "https://www.example.org/form",
		SchemeURL: "https://www.example.org/scheme", PlanURL: "https://www.example.org/plan",
		DeclaredOn: "2026-09-01", UpdatedOn: "2026-11-24", AuditedBy: "Office", AuditedOn: "2026-08-31", Rate: 72.5,
		Faults:     []Text{{"fr": "Une image", "en": "A picture"}, {"": "PDF"}},
		Exemptions: one("exempt"), Excluded: one("excluded"), Environments: one("reader"), Tools: one("tool"), Pages: one("page"),
	}}}, site: &site{pages: &Renderer{}}}
	want := AccessibilityPage{
		URL: publicURL, Contact: "a@example.org", ContactURL: "https://www.example.org/form",
		Scheme: "https://www.example.org/scheme", Plan: "https://www.example.org/plan",
		Declared: day(time.September, 1), Updated: day(time.November, 24),
		Audit:  &Audit{By: "Office", On: day(time.August, 31), Rate: 72.5},
		Faults: []string{"A picture", "PDF"}, Exemptions: []string{"exempt"}, Excluded: []string{"excluded"},
		Environments: []string{"reader"}, Tools: []string{"tool"}, Pages: []string{"page"},
	}
	p.around = p.standings()
	got := statement(t, p)
	if got.Accessibility != "partial" {
		t.Errorf("the status is %q", got.Accessibility)
	}
	want.Frame = got.Frame
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}

	p.Portal.Accessibility = Accessibility{Status: "none"}
	p.around = p.standings()
	if got := statement(t, p); got.Audit != nil || !got.Declared.IsZero() || got.Because() != "no-audit" {
		t.Errorf("of a silent configuration: %+v", got)
	}
}

func statement(t *testing.T, p *portal) AccessibilityPage {
	t.Helper()
	a, err := p.accessibilityPage(&request{Context: t.Context(), lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return a.page.(AccessibilityPage)
}
