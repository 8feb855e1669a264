package web_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ssprd/internal/want/wanttest"
	"ssprd/internal/web"
	"ssprd/internal/web/webtest"
)

// statementTitles are those of the statement, in the order and on the levels of RGAA's model of one.
var statementTitles = map[string][]string{
	"fr": {"h1 Déclaration d’accessibilité", "h2 État de conformité", "h3 Résultats des tests",
		"h2 Contenus non accessibles", "h3 Non-conformités", "h3 Dérogations pour charge disproportionnée",
		"h3 Contenus non soumis à l’obligation d’accessibilité",
		"h2 Établissement de cette déclaration d’accessibilité", "h3 Technologies utilisées pour la réalisation du site",
		"h3 Environnement de test", "h3 Outils pour évaluer l’accessibilité",
		"h3 Pages du site ayant fait l’objet de la vérification de conformité",
		"h2 Retour d’information et contact", "h2 Voies de recours"},
	"en": {"h1 Accessibility statement", "h2 Compliance status", "h3 Test results",
		"h2 Content that is not accessible", "h3 Non-compliances", "h3 Exemptions for disproportionate burden",
		"h3 Content to which the duty of accessibility does not apply",
		"h2 Preparation of this accessibility statement", "h3 Technologies used to build the site",
		"h3 Test environment", "h3 Tools used to assess accessibility", "h3 Pages of the site whose compliance was checked",
		"h2 Feedback and contact", "h2 Remedies"},
}

// R67: whatever the configuration says, the statement has every part that the law asks for, in its order.
func TestStatementHasItsParts(t *testing.T) {
	for _, lang := range languages {
		n := 0
		for _, s := range webtest.Gallery(lang) {
			if _, ok := s.Page.(web.AccessibilityPage); !ok {
				continue
			}
			n++
			var titles []string
			root := document(t, s.Page)
			each(root, func(n *html.Node) {
				if slices.Contains([]string{"h1", "h2", "h3", "h4"}, n.Data) {
					titles = append(titles, n.Data+" "+content(n))
				}
			})
			if !slices.Equal(titles, statementTitles[lang]) {
				t.Errorf("%s, %s: %q", lang, s.Name, titles)
			}
			for _, address := range []string{"https://formulaire.defenseurdesdroits.fr/", "https://www.defenseurdesdroits.fr/saisir/delegues"} {
				if !slices.Contains(links(root), address) {
					t.Errorf("%s, %s: no link to %s", lang, s.Name, address)
				}
			}
			if text := mainText(t, s.Page); !strings.Contains(text, "Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07") {
				t.Errorf("%s, %s: no address for letters", lang, s.Name)
			}
		}
		if n < 6 {
			t.Errorf("%s: %d statements", lang, n)
		}
	}
}

// R67: the statement says what is known, and of the rest that it is not.
func TestStatementSaysWhatIsKnown(t *testing.T) {
	for name, want := range map[string]struct{ says, not []string }{
		"accessibility-silent": {[]string{
			"est non conforme avec le référentiel général d’amélioration de l’accessibilité (RGAA), version 4.1, faute d’audit.",
			"Aucun audit n’a encore été réalisé.", "Elles ne sont pas connues : aucun audit ne les a encore relevées.",
			"Aucune dérogation n’est déclarée.", "Aucun contenu n’est déclaré à ce titre.", "Cette déclaration n’est pas encore datée.",
			"Aucun environnement de test n’est encore déclaré.", "Aucun outil n’est encore déclaré.", "Aucune page n’est encore déclarée.",
			"Ni schéma pluriannuel de mise en accessibilité ni plan d’action", "Aucun moyen de contact n’est encore indiqué ici.",
		}, []string{"partiellement", "totalement", "ci-dessous", " %", "mise à jour"}},
		"accessibility-partial": {[]string{
			"RÉGION Nouvelle-Aquitaine s’engage à rendre ses sites internet, intranet et extranet et ses progiciels accessibles, conformément à l’article 47 de la loi nº 2005-102 du 11 février 2005.",
			"s’applique au service de récupération de mot de passe de « Mes démarches en Nouvelle-Aquitaine », à l’adresse https://motdepasse.example.org.",
			"est partiellement conforme avec le référentiel général d’amélioration de l’accessibilité (RGAA), version 4.1, en raison des non-conformités et des dérogations énumérées ci-dessous.",
			"L’audit de conformité réalisé par Cabinet d’audit <Exemple> le 31 août 2026 révèle que 72,5 % des critères du RGAA, version 4.1, sont respectés.",
			"n’est pas <b>annoncée</b> par tous", "La refonte de la charte", "La carte des antennes",
			"Cette déclaration a été établie le 1er septembre 2026. Elle a été mise à jour le 24 novembre 2026.",
			"Firefox 140 et NVDA 2026.1", "Colour Contrast Analyser", "Nouveau mot de passe : https://motdepasse.example.org/fr/password",
		}, []string{"Aucun", "ne sont pas"}},
		"accessibility-full": {[]string{"est totalement conforme", "(RGAA), version 4.1. ", "révèle que 100 % des critères",
			"Aucune non-conformité n’est déclarée."}, []string{"Aucun audit", "ci-dessous"}},
		"accessibility-few": {[]string{"est non conforme", "moins de la moitié de ses critères étant respectés.", "41 %",
			"Elles ne sont pas encore énumérées ici."}, []string{"Aucun audit", "ci-dessous"}},
		"accessibility-claimed": {[]string{"est partiellement conforme", "(RGAA), version 4.1. ", "Aucun audit n’est indiqué ici."},
			[]string{"révèle", " %", "faute d’audit"}},
	} {
		text := mainText(t, named(t, "fr", name))
		for _, w := range want.says {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q\n%s", name, w, text)
			}
		}
		for _, w := range want.not {
			if strings.Contains(text, w) {
				t.Errorf("%s has %q\n%s", name, w, text)
			}
		}
	}
	text := mainText(t, named(t, "en", "accessibility-partial"))
	if want := "carried out by Cabinet d’audit <Exemple> on 31 August 2026 shows that 72.5% of the criteria of RGAA, version 4.1, are met."; !strings.Contains(text, want) {
		t.Errorf("in English it lacks %q\n%s", want, text)
	}
}

// R67: the statement's links are those of the configuration, and each is there only with its address.
func TestStatementLinks(t *testing.T) {
	const rights = "https://formulaire.defenseurdesdroits.fr/ https://www.defenseurdesdroits.fr/saisir/delegues /fr/"
	for name, want := range map[string]string{
		"accessibility-silent": rights,
		"accessibility-full": "https://www.example.org/schema https://www.example.org/plan-2026 https://www.example.org/contact " +
			"mailto:accessibilite@example.org /fr/support " + rights,
	} {
		if got := strings.Join(links(find(document(t, named(t, "fr", name)), "main")[0]), " "); got != want {
			t.Errorf("%s links to\n%s\nwant\n%s", name, got, want)
		}
	}
}

// R67: every page tells the status, and the words lead to the statement.
func TestEveryPageTellsTheStatus(t *testing.T) {
	for lang, want := range map[string]map[string]string{
		"fr": {"none": "Accessibilité : non conforme", "partial": "Accessibilité : partiellement conforme", "full": "Accessibilité : totalement conforme"},
		"en": {"none": "Accessibility: not compliant", "partial": "Accessibility: partially compliant", "full": "Accessibility: fully compliant"},
	} {
		for _, s := range webtest.All(lang) {
			footer := find(document(t, s.Page), "footer")[0]
			said := slices.ContainsFunc(find(footer, "a"), func(a *html.Node) bool {
				for _, words := range want {
					if plain(content(a)) == words && attr(a, "href") != "" {
						return true
					}
				}
				return false
			})
			if !said {
				t.Errorf("%s, %s: %s", lang, s.Name, plain(content(footer)))
			}
			if p, ok := s.Page.(web.AccessibilityPage); ok && !strings.Contains(plain(content(footer)), want[p.Accessibility]) {
				t.Errorf("%s, %s: not its own status: %s", lang, s.Name, plain(content(footer)))
			}
		}
	}
}

// mainText is what a page says between its frame, with plain spaces.
func mainText(t *testing.T, p web.Page) string {
	t.Helper()
	return plain(content(find(document(t, p), "main")[0]))
}

// links lists where the links lead, in order.
func links(root *html.Node) (all []string) {
	for _, a := range find(root, "a") {
		all = append(all, attr(a, "href"))
	}
	return all
}

func TestAccessibilityCheck(t *testing.T) {
	text := func(s string) []web.Text { return []web.Text{{"": s}} }
	audited := func(status string, rate float64) web.Accessibility {
		return web.Accessibility{Status: status, AuditedBy: "An office", AuditedOn: "2026-08-31", Rate: rate}
	}
	for name, tt := range map[string]struct {
		a    web.Accessibility
		want []string
	}{
		"silent": {web.Accessibility{Status: "none"}, nil},
		"older":  {web.Accessibility{Status: "partial", Contact: "a@example.org"}, nil},
		"all": {web.Accessibility{Status: "partial", Contact: "a@example.org", ContactURL: "https://a.example", SchemeURL: "https://a.example/s",
			PlanURL: "https://a.example/p", DeclaredOn: "2026-09-01", UpdatedOn: "2026-09-01", AuditedBy: "An office", AuditedOn: "2026-08-31",
			Rate: 72.5, Faults: text("a"), Exemptions: text("b"), Excluded: text("c"), Environments: text("d"), Tools: text("e"),
			Pages: []web.Text{{"fr": "f", "en": "f"}}}, nil},
		"addresses": {web.Accessibility{Status: "none", Contact: "desk", ContactURL: "form", SchemeURL: "s.pdf", PlanURL: "javascript:x"},
			[]string{"accessibility.contact: ", "accessibility.contact_url: ", "accessibility.scheme_url: ", "accessibility.plan_url: "}},
		"days": {web.Accessibility{Status: "none", DeclaredOn: "1/9/2026", UpdatedOn: "2026-02-30", AuditedOn: "soon", AuditedBy: "x", Rate: 1},
			[]string{`accessibility.declared_on: "1/9/2026": wanted a day`, "accessibility.updated_on: ", "accessibility.audited_on: "}},
		"updated before": {web.Accessibility{Status: "none", DeclaredOn: "2026-09-02", UpdatedOn: "2026-09-01"}, []string{"accessibility.updated_on: "}},
		"updated only":   {web.Accessibility{Status: "none", UpdatedOn: "2026-09-01"}, []string{"accessibility.declared_on: missing"}},
		"by":             {web.Accessibility{Status: "none", AuditedBy: "x"}, []string{"accessibility.audited_on: missing", "accessibility.rate: missing"}},
		"rate":           {web.Accessibility{Status: "none", Rate: 40}, []string{"accessibility.audited_by: missing", "accessibility.audited_on: missing"}},
		"no number":      {audited("none", math.NaN()), []string{"accessibility.rate: "}},
		"below nothing":  {audited("none", -1), []string{"accessibility.rate: "}},
		"beyond all":     {audited("full", 100.5), []string{`accessibility.rate: "100.5": wanted a percentage`}},
		"full, not all":  {audited("full", 99.9), []string{`accessibility.rate: "99.9": wanted 100, as the status is full`}},
		"full":           {audited("full", 100), nil},
		"partial, few":   {audited("partial", 49.9), []string{"accessibility.rate: "}},
		"partial, half":  {audited("partial", 50), nil},
		"partial, all":   {audited("partial", 100), []string{"accessibility.rate: "}},
		"none, half":     {audited("none", 50), []string{"accessibility.rate: "}},
		"none, few":      {audited("none", 49.9), nil},
		"texts": {web.Accessibility{Status: "none", Faults: []web.Text{{"": "a"}, {"fr": "b"}}, Pages: text(" ")},
			[]string{"accessibility.faults[1]: missing: wanted a text in en", "accessibility.pages[0]: missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := validPortal()
			p.Accessibility = tt.a
			wanttest.Expect(t, p.Check, tt.want...)
		})
	}
}

// R67: without an audit the one word allowed is « non conforme », and a statement is valid for three years.
func TestAccessibilityUnfounded(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	fault := []web.Text{{"": "a"}}
	for name, tt := range map[string]struct {
		a    web.Accessibility
		want []string
	}{
		"silent":       {web.Accessibility{Status: "none"}, nil},
		"claimed":      {web.Accessibility{Status: "full"}, []string{"audited_by: missing: wanted who made the audit, audited_on and rate", "declared_on: missing"}},
		"borne out":    {web.Accessibility{Status: "partial", AuditedBy: "x", AuditedOn: "2026-08-31", Rate: 60, Faults: fault, DeclaredOn: "2026-09-01"}, nil},
		"no faults":    {web.Accessibility{Status: "partial", AuditedBy: "x", AuditedOn: "2026-08-31", Rate: 60, DeclaredOn: "2026-09-01"}, []string{"faults: missing"}},
		"three years":  {web.Accessibility{Status: "none", DeclaredOn: "2023-11-26"}, nil},
		"older":        {web.Accessibility{Status: "none", DeclaredOn: "2023-11-24"}, []string{`declared_on: "2023-11-24": wanted a day of the last three years`}},
		"renewed":      {web.Accessibility{Status: "none", DeclaredOn: "2020-01-01", UpdatedOn: "2026-01-01"}, nil},
		"renewed, old": {web.Accessibility{Status: "none", DeclaredOn: "2019-01-01", UpdatedOn: "2020-01-01"}, []string{"updated_on: "}},
		"not yet":      {web.Accessibility{Status: "none", DeclaredOn: "2026-11-26"}, []string{"declared_on: "}},
		"full, with faults": {web.Accessibility{Status: "full", AuditedBy: "x", AuditedOn: "2026-08-31", Rate: 100, Faults: fault, DeclaredOn: "2026-09-01"},
			[]string{`status: "full": wanted partial`}},
		"audit after the statement": {web.Accessibility{Status: "partial", AuditedBy: "x", AuditedOn: "2026-08-31", Rate: 60, Faults: fault, DeclaredOn: "2025-09-01"},
			[]string{`audited_on: "2026-08-31": wanted no day after`}},
		"audit not yet": {web.Accessibility{Status: "none", AuditedBy: "x", AuditedOn: "2027-01-01", Rate: 10}, []string{"audited_on: "}},
	} {
		t.Run(name, func(t *testing.T) {
			wanttest.Expect(t, func(report func(key, want string)) { tt.a.Unfounded(now, report) }, tt.want...)
		})
	}
}
