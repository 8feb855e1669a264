package browsertest_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"ssprd/internal/browsertest"
	"ssprd/internal/demo"
	"ssprd/internal/portaltest"
)

// R35, R63, RGAA 12: the whole way without a mouse, over a mistake in every form. The focus goes where the page reads, and
// is to be seen; after a mistake it is in the field that is to be corrected, which is described by what is wrong.
func TestByKeyboard(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	const address = "lycee.montaigne@lycees.example"
	p.Open("/fr/")
	p.Press(kb.Tab)
	p.Await(`document.activeElement.matches(".skip")`)
	p.Press(kb.Enter)
	p.Press(kb.Tab)
	focused(t, p, "Je suis un usager")
	p.Press(kb.Enter)
	p.AwaitPath("/fr/p/usagers")

	addressByKeyboard(t, p, address)
	codeByKeyboard(t, p, address)
	accountByKeyboard(t, p)
	passwordByKeyboard(t, p)
	madeByKeyboard(t, p)
	p.AwaitPath("/fr/done")
	tabTo(t, p, "a.main")
	focused(t, p, "Continuer")
	p.Press(kb.Enter)
	p.AwaitPath(demo.LoginPath)
}

func addressByKeyboard(t *testing.T, p person, address string) {
	t.Helper()
	name, domain, _ := strings.Cut(address, "@")
	tabTo(t, p, "#address")
	p.Press(name + kb.Enter)
	mistake(t, p, "#address", "adresse")
	p.Press(kb.End + "@" + domain + kb.Enter)
	p.AwaitPath("/fr/code")
}

func codeByKeyboard(t *testing.T, p person, address string) {
	t.Helper()
	tabTo(t, p, "#code")
	p.Press(kb.Enter)
	mistake(t, p, "#code", "Saisissez le code de sécurité")
	code := p.code(t, address)
	p.Press(another(code) + kb.Enter)
	p.Await(`document.querySelector("#code-why")?.innerText.includes("pas le bon")`)
	mistake(t, p, "#code", "Ce code n’est pas le bon")

	tabTo(t, p, "[form=resend]")
	p.Press(kb.Enter)
	p.Await(`document.querySelector("[role=alert]")?.innerText.includes("Vous pourrez en demander un autre")`)
	tabTo(t, p, "summary")
	p.Press(kb.Enter)
	p.Await(`document.querySelector("details").open`)
	backTo(t, p, "#code")
	p.Press(code + kb.Enter)
	p.AwaitPath("/fr/account")
}

func accountByKeyboard(t *testing.T, p person) {
	t.Helper()
	tabTo(t, p, "button.main")
	p.Press(" ")
	p.AwaitError()
	p.Await(`document.activeElement.matches("[type=radio]")`)
	if why := p.Description("fieldset"); !strings.Contains(why, "Choisissez l’un des comptes") {
		t.Errorf("the choice is described by %q", why)
	}
	p.Press(kb.ArrowDown + kb.Enter)
	p.AwaitPath("/fr/password")
}

func passwordByKeyboard(t *testing.T, p person) {
	t.Helper()
	tabTo(t, p, "#password")
	p.Press(kb.Enter)
	mistake(t, p, "#password", "Saisissez votre nouveau mot de passe")
	p.Press(newPassword + kb.Tab)
	focused(t, p, "Afficher")
	for _, kind := range []string{"text", "password"} {
		p.Press(" ")
		p.Await(`document.querySelector("#password").type === "` + kind + `"`)
	}
	tabTo(t, p, "#confirm")
	p.Press(newPassword + "x" + kb.Enter)
	p.Await(`document.querySelector("#confirm-why")`)
	mistake(t, p, "#password", "ne sont pas identiques")
	mistake(t, p, "#password", "8 caractères minimum")
}

// madeByKeyboard takes a password that is offered, asks for more time, and loses nothing by it.
func madeByKeyboard(t *testing.T, p person) {
	t.Helper()
	tabTo(t, p, "summary")
	p.Press(kb.Enter)
	tabTo(t, p, ".made button")
	offered := browsertest.Value[string](p.Tab, `document.activeElement.innerText`)
	p.Press(kb.Enter)
	p.Await(`document.activeElement.ariaPressed === "true" && document.querySelector("#filled").textContent`)
	tabTo(t, p, "[form=extend]")
	p.Press(" ")
	p.Await(`!document.querySelector("[form=extend][aria-busy]")`)
	if n := p.Sent("POST /fr/extend"); n != 1 {
		t.Errorf("more time was asked for %d times", n)
	}
	for _, field := range []string{"#password", "#confirm"} {
		if got := browsertest.Value[string](p.Tab, `document.querySelector("`+field+`").value`); got != offered || got == "" {
			t.Errorf("%s holds %q, want %q", field, got, offered)
		}
	}
	backTo(t, p, "#confirm")
	p.Press(kb.Enter)
}

// A reset is cancelled, and begun again, without a mouse.
func TestCancelByKeyboard(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	p.begin("usagers", "karim.haddad@mail.example")
	tabTo(t, p, "[form=cancel]")
	focused(t, p, "Annuler")
	p.Press(" ")
	p.AwaitPath("/fr/ended")
	tabTo(t, p, "a.main")
	p.Press(kb.Enter)
	p.AwaitPath("/fr/")
}

// R66, WCAG 3.3.8: a code is pasted as it was copied from a message, whatever came along.
func TestPastedCode(t *testing.T) {
	t.Parallel() // most of it is waiting
	b, portal := browsertest.Start(t), portaltest.PlainDemo(t)
	for _, c := range []struct{ address, before, between, after string }{
		{"camille.durand@mail.example", " ", " ", " "},
		{"julien.lacoste@mail.example", "", "-", ""},
		{"lucie.fontanel@mail.example", "\u00a0", "\u00a0", "\r\n"},
		{"karim.haddad@mail.example", "\n\n\t" + strings.Repeat(" ", 40), "\u202f", strings.Repeat("\u200b", 10) + "\n"},
	} {
		p := newPerson(t, b, portal)
		p.begin("usagers", c.address)
		code := p.code(t, c.address)
		const half = 3
		p.mail.Copy(c.before + code[:half] + c.between + code[len(code)-half:] + c.after)
		p.Click("#code")
		p.Paste()
		p.Press(kb.Enter)
		p.AwaitPath("/fr/password")
	}
}

// mistake wants the focus in the field that is to be corrected, and the field to be described by what is wrong.
func mistake(t *testing.T, p person, field, why string) {
	t.Helper()
	p.AwaitError()
	p.Await(`document.activeElement.matches("` + field + `[aria-invalid=true]")`)
	if got := p.Description(field); !strings.Contains(got, why) {
		t.Errorf("%s is described by %q, want %q", field, got, why)
	}
}

// focused wants the focus on what reads so, with an outline around it.
func focused(t *testing.T, p person, text string) {
	t.Helper()
	if got := browsertest.Value[string](p.Tab, `document.activeElement.innerText`); !strings.Contains(got, text) {
		t.Errorf("the focus is on %q, want %q", got, text)
	}
	if style := browsertest.Value[string](p.Tab, `getComputedStyle(document.activeElement).outlineStyle`); style == "none" {
		t.Errorf("the focus on %q cannot be seen", text)
	}
}

// tabTo presses Tab until the focus is on such an element.
func tabTo(t *testing.T, p person, selector string) {
	t.Helper()
	leadTo(t, p, selector, func() { p.Press(kb.Tab) })
}

// backTo does so with Shift and Tab, which lead back.
func backTo(t *testing.T, p person, selector string) {
	t.Helper()
	leadTo(t, p, selector, func() { p.PressWith(chromedp.ModifierShift, kb.Tab) })
}

func leadTo(t *testing.T, p person, selector string, press func()) {
	t.Helper()
	const enough = 30 // more than any page has
	for range enough {
		if browsertest.Value[bool](p.Tab, `document.activeElement.matches("`+selector+`")`) {
			return
		}
		press()
	}
	t.Fatalf("Tab does not lead to %s", selector)
}
