package webtest

import (
	"time"

	"ssprd/internal/web"
)

// statements are accessibility statements: of a configuration that is silent, and of those that say all there is to say.
func statements(lang string) []Sample {
	page := func(status string) web.AccessibilityPage {
		p := web.AccessibilityPage{Frame: frame(lang, 0, false), URL: "https://motdepasse.example.org"}
		p.Accessibility = status
		return p
	}
	silent := page("none")
	silent.Help = nil
	audited := func(status string, rate float64) web.AccessibilityPage {
		p := page(status)
		p.Scheme, p.Plan = "https://www.example.org/schema", "https://www.example.org/plan-2026"
		p.Contact, p.ContactURL = "accessibilite@example.org", "https://www.example.org/contact"
		p.Declared, p.Updated = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		p.Audit = &web.Audit{By: "Cabinet d’audit <Exemple>", On: time.Date(2026, 8, 31, 0, 0, 0, 0, time.UTC), Rate: rate}
		p.Environments = []string{"Firefox 140 et NVDA 2026.1", "Safari 26 et VoiceOver"}
		p.Tools = []string{"axe-core", "Colour Contrast Analyser"}
		p.Pages = []string{"Accueil : https://motdepasse.example.org/fr/", "Nouveau mot de passe : https://motdepasse.example.org/fr/password"}
		return p
	}
	partial := audited("partial", 72.5)
	partial.Faults = []string{"La force du mot de passe n’est pas <b>annoncée</b> par tous les lecteurs d’écran.", "Le logo n’a pas d’alternative."}
	partial.Exemptions = []string{"La refonte de la charte, dont le coût dépasse le budget de l’année."}
	partial.Excluded = []string{"La carte des antennes, fournie par un tiers."}
	few := audited("none", 41)
	claimed := page("partial")
	claimed.Contact = "accessibilite@example.org"
	return []Sample{
		{"accessibility-silent", silent}, {"accessibility-partial", partial}, {"accessibility-full", audited("full", 100)},
		{"accessibility-few", few}, {"accessibility-claimed", claimed},
	}
}
