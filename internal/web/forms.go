package web

import (
	"crypto/hmac"
	"encoding/base64"

	"ssprd/internal/flow"
)

// formField is the hidden field by which a form is known as one of ours (R24). It also ties the form to its reset and its
// step: a page left open from an older reset of the same browser cannot act on a newer one, nor a page of the code on the
// step behind it (CVE-2026-18963). The first form has none, for there is no session yet that it could act for: of it
// Sec-Fetch-Site and Origin alone are judged.
const formField = "form"

// form is the value of that field: a keyed digest of what it is tied to.
func (p *portal) form(v flow.Visit, r flow.Reset) string {
	sum := p.forms.Of(v.ID, v.Grant, string(r.State), "") // which ends as it did before: an older instance's forms are good
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// isForm tells whether what was posted is the form of the page at which r stands.
func (p *portal) isForm(rq *request, v flow.Visit, r flow.Reset) bool {
	return hmac.Equal([]byte(rq.form.Get(formField)), []byte(p.form(v, r)))
}
