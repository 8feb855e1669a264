package browsertest_test

import (
	"fmt"
	"strings"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/demo"
	"ssprd/internal/portaltest"
)

// R25: no page asks anything of another host, breaks the policy, or leaves an error in the console.
// R35: show and hide; the field is one of a password again when it leaves. R47, R51: the wait moves by itself.
func TestWholeWayWithJavaScript(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	const address = "camille.durand@mail.example"

	p.Open("/")
	p.AwaitPath("/fr/")
	p.Click(`a[href="/fr/p/usagers"]`)
	p.AwaitPath("/fr/p/usagers")
	p.Fill("#address", address)
	once(t, p, "/fr/code")

	wrongCode(t, p, address)
	p.Fill("#code", p.code(t, address))
	once(t, p, "/fr/password")

	if !browsertest.Value[bool](p.Tab, `Boolean(document.querySelector("form:has(input[autocomplete=username]) #password"))
		&& document.querySelector("input[autocomplete=username]").compareDocumentPosition(document.querySelector("#password")) === Node.DOCUMENT_POSITION_FOLLOWING`) {
		t.Error("a browser that keeps passwords is not told whose it is")
	}
	confirmedWrong(t, p)
	passwordShown(t, p)
	p.Fill("#confirm", newPassword)
	once(t, p, "/fr/wait")
	if kind := browsertest.Value[string](p.Tab, `sessionStorage.left`); kind != "password" {
		t.Errorf("the field leaves as one of type %q, which a browser would keep and offer", kind)
	}
	waiting(t, p)
	done(t, p, address)

	for _, problem := range append(p.Problems(), p.mail.Problems()...) {
		t.Error(problem)
	}
}

// once clicks the main button twice, and wants one submission.
func once(t *testing.T, p person, next string) {
	t.Helper()
	if n := p.SubmitTwice("button.main"); n != 1 {
		t.Errorf("a double click sends the form %d times", n)
	}
	p.AwaitPath(next)
}

// wrongCode wants the error told at the field: in words, tied to it, with the focus in it.
func wrongCode(t *testing.T, p person, address string) {
	t.Helper()
	p.Fill("#code", another(p.code(t, address)))
	p.Submit("button.main")
	p.AwaitError()
	p.Await(`document.activeElement.id === "code"`)
	if why := p.Text("#code-why"); !strings.Contains(why, "Ce code n’est pas le bon") || !strings.Contains(why, "essais") {
		t.Errorf("a wrong code: %q", why)
	}
	if !browsertest.Value[bool](p.Tab, `document.querySelector("#code").matches("[aria-invalid=true][aria-describedby~=code-why]")`) {
		t.Error("the error is not tied to its field")
	}
}

// confirmedWrong wants the focus where both are to be typed again from.
func confirmedWrong(t *testing.T, p person) {
	t.Helper()
	p.choose(newPassword, newPassword+"x")
	p.AwaitError()
	p.Await(`document.activeElement.id === "password"`)
	if why := p.Text("#confirm-why"); !strings.Contains(why, "ne sont pas identiques") {
		t.Errorf("another confirmation: %q", why)
	}
}

// passwordShown types the password where it can be read, and leaves it so.
func passwordShown(t *testing.T, p person) {
	t.Helper()
	const kind = `document.querySelector("#password").type`
	p.Fill("#password", newPassword)
	for _, want := range []string{"text", "password", "text"} {
		p.Click("#password + button")
		if got := browsertest.Value[string](p.Tab, kind); got != want {
			t.Errorf("after the button the field has the type %q, want %q", got, want)
		}
	}
	if word := p.Text("#password + button"); !strings.HasPrefix(word, "Masquer") {
		t.Errorf("the button of a shown password says %q", word)
	}
	browsertest.Value[bool](p.Tab, `Boolean(addEventListener("submit", () => sessionStorage.left = `+kind+`)) || true`)
}

// waiting sees the list move without a request of the person: the first server has the change, the second not yet.
func waiting(t *testing.T, p person) {
	t.Helper()
	p.Await(`document.querySelectorAll(".trip .done").length >= 3 && document.querySelector(".trip .now") ||
		location.pathname === "/fr/done"`)
	if list := p.Text(".trip"); !strings.Contains(list, "Annuaire de Limoges") {
		t.Errorf("the wait for the second server was not seen: %q", list)
	}
	p.AwaitPath("/fr/done")
	if n := p.Sent("GET /fr/wait"); n != 1 {
		t.Errorf("the waiting page was asked for %d times, though it follows the stream", n)
	}
}

// done is the end: what was changed, masked, and the way to the sign-in, where the new password opens.
func done(t *testing.T, p person, address string) {
	t.Helper()
	if title := p.Text("h1"); title != "Réussite" {
		t.Errorf("the last page is called %q", title)
	}
	facts := p.Text(".facts")
	if strings.Contains(facts, address) || strings.Count(facts, "…") < 2 || !strings.Contains(facts, "Votre identifiant est") {
		t.Errorf("the last page is to name the account, masked: %q", facts)
	}
	p.Click("a.main")
	p.AwaitPath(demo.LoginPath)
	for _, try := range []struct{ password, want string }{
		{demo.InitialPassword, "incorrect"}, {newPassword, "Connexion réussie"},
	} {
		p.Fill("#identifier", address)
		p.Fill("#password", try.password)
		p.Click("button.main")
		p.Await(fmt.Sprintf(`document.body.innerText.includes(%q)`, try.want))
	}
}

// R65: the whole way without JavaScript. Nothing leads on by itself, on the waiting page neither: what moves it is the
// person, by a link that answers once there is something new.
func TestWholeWayWithoutJavaScript(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	p.WithoutJavaScript()
	const address = "lucie.fontanel@mail.example"
	p.begin("usagers", address)
	p.prove(t, address, "/fr/password")
	p.choose(newPassword, newPassword)
	p.AwaitPath("/fr/wait")
	if n := browsertest.Value[int](p.Tab, `document.querySelectorAll("meta[http-equiv=refresh]").length`); n > 0 {
		t.Error("the waiting page moves by itself")
	}
	asked := 0
	for ; browsertest.Value[string](p.Tab, `location.pathname`) == "/fr/wait"; asked++ {
		if told := p.Text("[role=status]"); told == "" {
			t.Error("the waiting page does not tell how far the change is")
		}
		p.Submit(".acts a")
	}
	p.AwaitPath("/fr/done")
	if asked == 0 {
		t.Error("the wait was over by itself")
	}
	p.sound(t)
}
