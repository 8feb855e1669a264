package browsertest_test

import (
	"strings"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/portaltest"
)

// R50: Back shows nothing, and neither does a reload. The browser may keep the page of the password as it was left,
// whatever its headers say: it has no password in it then, and leads to the first page as soon as it is seen again.
func TestBackAfterSuccess(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	const address = "camille.durand@mail.example"
	p.begin("usagers", address)
	p.prove(t, address, "/fr/password")
	const password = "Rivage-de-pierre-47"
	p.Fill("#password", password)
	p.Fill("#confirm", password)
	p.Click(".side") // which shows it
	if left := browsertest.Value[string](p.Tab, noteLeft); !strings.Contains(left, password) {
		t.Fatalf("before it is sent, the password is to be in the page: %s", left)
	}
	p.Submit("button.main")
	p.AwaitPath("/fr/done") // so the emptied fields were not what was sent

	left := browsertest.Value[string](p.Tab, `window.name`)
	if strings.Contains(left, password) {
		t.Errorf("the page that was left keeps the new password: %s", left)
	}
	if strings.Contains(left, "password as text") {
		t.Errorf("the page that was left keeps its field open: %s", left)
	}
	p.Back()
	p.AwaitPath("/fr/")
	p.Open("/fr/done")
	p.AwaitPath("/fr/")
	p.sound(t)
}

// Who leaves the waiting page for the first one is led back to it, and sees how it ends.
func TestComeBackWhileWaiting(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	const address = "lucie.fontanel@mail.example"
	p.begin("usagers", address)
	p.prove(t, address, "/fr/password")
	p.choose(newPassword, newPassword)
	p.AwaitPath("/fr/wait")
	p.Open("/")
	p.Await(`["/fr/wait", "/fr/done"].includes(location.pathname)`)
	p.AwaitPath("/fr/done")
	p.Open("/")
	p.AwaitPath("/fr/")
	p.sound(t)
}

// noteLeft gives all that the page holds, and notes it once more after the page has tidied up to be left.
const noteLeft = `(() => {
	const all = () => document.documentElement.outerHTML + [...document.querySelectorAll("input")].map(
		i => ` + "`${i.name} as ${i.type}: ${i.value}`" + `).join("\n");
	addEventListener("pagehide", () => window.name = all());
	return all();
})()`

// The answer to a form with a mistake is a page to go back to, not one that the browser would have to send again.
func TestBackOverAnError(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	p.Open("/fr/p/usagers")
	p.Fill("#address", "camille.durand")
	p.Submit("button.main")
	p.AwaitError()
	p.Fill("#address", "camille.durand@mail.example")
	p.Submit("button.main")
	p.AwaitPath("/fr/code")

	p.Back()
	p.Await(`location.pathname === "/fr/p/usagers" && document.querySelector("#address")`)
	if n := p.Sent("POST /fr/p/usagers"); n != 2 {
		t.Errorf("with Back, the address was sent %d times, want 2", n)
	}
	p.sound(t)
}
