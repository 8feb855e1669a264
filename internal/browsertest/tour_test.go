package browsertest_test

import (
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/demo"
	"ssprd/internal/portaltest"
)

// withoutStream keeps the stream of a waiting page from leading away while it is looked at.
const withoutStream = `globalThis.EventSource = class { addEventListener() {} close() {} }`

// tour shows every page and its main states to look, each under its name, in the order in which a person may meet them.
func tour(t *testing.T, look func(p person, name string)) {
	t.Helper()
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	p.Before(withoutStream)
	at := func(name string) { look(p, name) }
	tourOfCode(t, p, at)
	tourOfPassword(t, p, at)
	tourOfEnds(t, p, at)
	tourAround(p, at)
}

func tourOfCode(t *testing.T, p person, at func(string)) {
	const address = "lycee.montaigne@lycees.example"
	p.Open("/fr/")
	at("population")
	p.Open("/fr/p/elus")
	at("address-or-identifier")
	p.Open("/fr/p/usagers")
	at("address")
	p.Submit("button.main")
	p.AwaitError()
	at("address-error")
	p.begin("usagers", address)
	at("code")
	p.Fill("#code", another(p.code(t, address)))
	p.Submit("button.main")
	p.AwaitError()
	at("code-error")
	p.Submit("button[form=resend]")
	p.Click("details summary")
	at("code-resend-soon")
	p.prove(t, address, "/fr/account")
	at("pick")
	p.Submit("button.main")
	p.AwaitError()
	at("pick-error")
}

func tourOfPassword(t *testing.T, p person, at func(string)) {
	p.Click(".pick input")
	p.Submit("button.main")
	p.AwaitPath("/fr/password")
	at("password")
	p.Fill("#password", "Merle-Noir")
	p.Await(`document.querySelector("#said").textContent`)
	at("password-typing")
	p.Fill("#password", newPassword)
	p.Await(`document.querySelector("#said .next")`)
	at("password-good")
	p.Click("#made summary")
	p.Click("#made li:nth-child(2) button")
	p.Await(`document.querySelector("#matched").textContent `)
	p.Await(`document.querySelector("#strength").innerText`)
	at("password-proposed")
	p.Open("/fr/password")
	p.choose("montaigne", "montaigne")
	p.AwaitError()
	p.Await(`document.querySelector("#password-why")`)
	at("password-refused")
	p.choose(newPassword, "Merle-Noir")
	p.Await(`document.querySelector("#confirm-why")`)
	at("password-differs")
	p.choose(demo.InitialPassword, demo.InitialPassword)
	p.OpenUntil("/fr/wait", `location.pathname === "/fr/password"`)
	at("password-refused-by-directory")
	p.choose(newPassword, newPassword)
	p.OpenUntil("/fr/wait", `document.querySelectorAll(".trip .done").length >= 3`)
	at("waiting")
	p.OpenUntil("/fr/wait", `location.pathname === "/fr/done"`)
	at("done")
}

func tourOfEnds(t *testing.T, p person, at func(string)) {
	const address = "karim.haddad@mail.example"
	p.begin("usagers", address)
	p.Submit("button[form=cancel]")
	p.AwaitPath("/fr/ended")
	at("ended-cancelled")
	p.begin("usagers", address)
	for wrong := another(p.code(t, address)); !browsertest.Value[bool](p.Tab, `location.pathname === "/fr/ended"`); {
		p.Fill("#code", wrong)
		p.Submit("button.main")
	}
	at("ended-too-many-tries")
}

func tourAround(p person, at func(string)) {
	for _, stop := range []struct{ path, name string }{
		{"/fr/p/support", "support"}, {"/fr/nowhere", "error-404"}, {"/fr/accessibility", "accessibility"},
		{demo.MailboxPath, "demo-mailbox"}, {demo.LoginPath, "demo-login"},
	} {
		p.Open(stop.path)
		at(stop.name)
	}
	p.Fill("#identifier", "karim.haddad@mail.example")
	p.Fill("#password", demo.InitialPassword)
	p.Submit("button.main")
	p.Await(`document.querySelector("[role=status]")`)
	at("demo-login-done")
}

// R63: on the way as on show, axe-core finds nothing once the script has added what it adds, nothing has to be scrolled
// sideways at 320 px, and nothing moves for people who asked for less motion. The title tells of a mistake exactly where
// the page does. Where pictures are asked for, they are taken on the way.
func TestTour(t *testing.T) {
	t.Parallel() // most of it is waiting
	photograph := photographing(t)
	tour(t, func(p person, name string) {
		p.On(browsertest.Screen{Width: narrow})
		axe(t, p.Tab, name)
		fits(t, p.Tab, name)
		if n := browsertest.Value[int](p.Tab, `document.getAnimations().length`); n > 0 {
			t.Errorf("%s has %d animations for people who asked for less motion", name, n)
		}
		told := browsertest.Value[bool](p.Tab, `document.title.startsWith("Erreur\u00a0: ")`)
		if wrong := browsertest.Value[bool](p.Tab, `Boolean(document.querySelector(".notice.bad, .why"))`); told != wrong {
			t.Errorf("%s: the title tells of a mistake: %v, the page: %v", name, told, wrong)
		}
		photograph(p, name)
	})
}
