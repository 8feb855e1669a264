package web

import (
	"net/http"
	"testing"

	"ssprd/internal/flow"
)

// dictated is a code that the helpdesk has for camille.
func (w *walk) dictated(p *people) string {
	w.t.Helper()
	c, err := w.flow.Issue(w.t.Context(), flow.Assisted{Population: "usagers", Account: p.account, Lang: "fr"})
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Reveal()
}

// R53: whoever was dictated a code comes to it from the page of the address, types it as it was read out, and chooses the
// password themselves.
func TestAssistedWalk(t *testing.T) {
	p := camille()
	w := visit(t, p)
	code := w.dictated(p)
	w.open("/fr/p/usagers")
	w.is("/fr/p/usagers", `href="/fr/p/usagers/support-code"`, "J’ai un code de l’assistance")
	w.open("/fr/p/usagers/support-code")
	w.is("/fr/p/usagers/support-code", "15 chiffres", "10 minutes")
	before := w.cookie
	w.post("/fr/p/usagers/support-code", "address", address, "code", code[:3]+" "+code[3:6]+"-"+code[6:])
	w.is("/fr/password")
	if w.cookie == before {
		t.Error("R21: the session goes on under the same token")
	}
	if w.choose("fr"); w.at == "/fr/wait" {
		w.openUntil("/fr/done")
	}
	w.is("/fr/done")
}

// R1: what is wrong with such a code is told alike, and nothing that was typed is lost but the code.
func TestAssistedRefused(t *testing.T) {
	p := camille()
	w := visit(t, p)
	code := w.dictated(p)
	const path = "/fr/p/usagers/support-code"
	var told []string
	for _, typed := range []string{"nobody@mail.example", address} {
		w.open(path)
		w.post(path, "address", typed, "code", "000000000000000")
		if w.status != http.StatusUnprocessableEntity {
			t.Fatalf("%s: %d", typed, w.status)
		}
		w.is(path, typed, "n’est pas valable pour ce que vous avez indiqué")
		told = append(told, w.header.Get("Set-Cookie"))
	}
	if told[0] != told[1] || w.cookie != "" {
		t.Errorf("%q", told)
	}
	w.post(path, "address", "", "code", code)
	w.is(path, "Renseignez cette ligne")
	w.post(path, "address", address, "code", code[1:])
	w.is(path, "Il manque des chiffres")
	w.post(path, "address", address, "code", code)
	w.is("/fr/password")
}

// There is no such page where the helpdesk has no codes, nor for a population that has no reset.
func TestAssistedIsNotThere(t *testing.T) {
	w := visit(t, camille())
	for _, path := range []string{"/fr/p/support/support-code", "/fr/p/nowhere/support-code"} {
		if w.open(path); w.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.status)
		}
		if w.post(path, "address", address, "code", "000000000000000"); w.status != http.StatusNotFound {
			t.Errorf("post %s: %d", path, w.status)
		}
	}
}
