package browsertest_test

import (
	"strings"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/portaltest"
)

// marks are the rules in order, each as the person sees it: met, unmet, or not yet either.
const marks = `[...document.querySelectorAll(".rules li")].map(li => li.className || "open").join(" ")`

// R31, R37: the rules follow what is typed, one by one, and the guide's sentence comes when all are kept. Whoever does not see
// the list and the bar is told what they say, once a pause and not once a key.
func TestRulesWhileTyping(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	toPassword(t, p, "camille.durand@mail.example")
	browsertest.Value[bool](p.Tab, `(() => {
		globalThis.heard = [];
		new MutationObserver(() => {
			const words = document.querySelector("#said").textContent;
			if (words && words !== heard.at(-1)) heard.push(words);
		}).observe(document.querySelector("#said"), { childList: true, characterData: true, subtree: true });
		return true;
	})()`)
	if got := browsertest.Value[string](p.Tab, marks); strings.Contains(got, "met") {
		t.Errorf("before anything is typed: %s", got)
	}
	for _, step := range []struct{ typed, marks, strength, heard string }{
		{"merle", "open met open open met met met", "Très faible", "1 majuscule minimum, 1 chiffre minimum. Force"},
		{"Merle-Noir", "met met met open met met met", "Moyenne", "comporter : 1 chiffre minimum. Force"},
		{"Camille-26-Merle", "met met met met unmet met met", "Force", "Il ne doit pas contenir : votre nom"},
		{newPassword, "met met met met met met met", "Très bonne", "confirmation. Force"},
	} {
		p.Fill("#password", "")
		p.Click("#password")
		p.Press(step.typed)
		p.Await(marks + ` === "` + step.marks + `"`)
		if got := p.Text("#strength"); !strings.Contains(got, step.strength) {
			t.Errorf("%q: %q, want %q", step.typed, got, step.strength)
		}
		p.Await(`heard.at(-1)?.replaceAll("\u00a0", " ").includes("` + step.heard + `")`)
	}
	p.Await(`document.querySelector("#said").innerText.startsWith("Le mot de passe répond aux exigences, veuillez entrer le mot de passe de confirmation")`)
	heard := browsertest.Value[[]string](p.Tab, `heard`)
	if len(heard) > 2*4 {
		t.Errorf("four passwords are told %d times: %q", len(heard), heard)
	}

	p.Click("#confirm")
	p.Press(newPassword)
	p.Await(`document.querySelector("#matched").textContent === "Les deux mots de passe sont identiques."`)
	p.Await(`!document.querySelector("#said .next").checkVisibility()`) // nothing is asked for any more
	p.Click("button[type=reset]")
	p.Await(`!document.querySelector("#password").value && !document.querySelector("#confirm").value`)
	p.Await(marks + `.split(" ").every(mark => mark === "open")`)
	p.Await(`!document.querySelector("#strength").innerText && !document.querySelector("#matched").textContent`)
	p.Await(`document.querySelector("#said").textContent === "Les deux champs sont vides."`)
	p.sound(t)
}

// R38: a proposed password fills both fields and shows; others are to be had; none is left on a page that is left.
func TestProposedPassword(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	toPassword(t, p, "julien.lacoste@mail.example")
	const proposed = `[...document.querySelectorAll("#made li button")].map(b => b.textContent)`
	first := browsertest.Value[[]string](p.Tab, proposed)
	p.Click("#made summary")
	p.Click("#made > button")
	p.Await(`document.querySelectorAll("#made li button").length === ` + "6 && !" + proposed + `.includes("` + first[0] + `")`)
	p.Click("#made li:nth-child(2) button")
	second := browsertest.Value[[]string](p.Tab, proposed)[1]
	p.Await(`["#password", "#confirm"].every(id => document.querySelector(id).value === "` + second + `" && document.querySelector(id).type === "text")`)
	p.Await(`document.querySelector("#matched").textContent`)
	p.Await(marks + `.split(" ").every(mark => mark === "met")`)
	p.Await(`document.querySelector("#made [aria-pressed=true]").textContent === "` + second + `" && document.querySelector("#filled").textContent`)
	browsertest.Value[bool](p.Tab, `Boolean(addEventListener("pagehide", () => window.name = document.body.innerText)) || true`)
	p.Submit("button.main")
	p.AwaitPath("/fr/done")
	if rest := browsertest.Value[string](p.Tab, `window.name`); rest == "" || strings.Contains(rest, second) {
		t.Errorf("the page is left with the proposed password on it: %q", rest)
	}
	p.sound(t)
}

// R64: the time is counted down; before it is over the person is warned, can have more with what they have typed left as it
// is, and in the end is told.
func TestTimeIsExtended(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	p.Before(`{
		const now = Date.now, later = setTimeout;
		globalThis.ahead = 0; // of the clock
		Date.now = () => now() + 60000 * globalThis.ahead;
		globalThis.setTimeout = (f, ms, ...more) => later(f, Math.min(ms, 50), ...more);
	}`)
	toPassword(t, p, "karim.haddad@mail.example")
	const left, notice = `document.querySelector("#time-left").textContent`, `document.querySelector("#clock .notice")`
	p.Await(left + `.includes("15")`)
	p.Fill("#password", "Merle-Noir")
	browsertest.Value[bool](p.Tab, `(globalThis.ahead = 5) > 0`)
	p.Await(left + `.includes("10 minutes") && !` + notice + `.textContent`)
	browsertest.Value[bool](p.Tab, `(globalThis.ahead = 14) > 0`)
	p.Await(left + `.includes("secondes") && ` + notice + `.matches("[role=alert]") && ` + notice + `.innerText.includes("Prolonger")`)
	p.Click("#clock button")
	p.Await(`document.querySelector("#extended").textContent === "Le délai est prolongé."`)
	p.Await(left + `.includes("15") && !` + notice + `.textContent`)
	if typed := browsertest.Value[string](p.Tab, `document.querySelector("#password").value`); typed != "Merle-Noir" {
		t.Errorf("after the extension the field holds %q", typed)
	}
	browsertest.Value[bool](p.Tab, `(globalThis.ahead = 40) > 0`)
	p.Await(notice + `.innerText.includes("n’est plus valable")`)
	p.Await(`!document.querySelector("#clock button").checkVisibility() && document.querySelector("#clock a").checkVisibility()`)
	p.sound(t)
}

// What was said of another text, or of a mistake that is mended, does not stay.
func TestNothingStaleIsSaid(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	toPassword(t, p, "julien.lacoste@mail.example")
	p.Fill("#password", newPassword)
	p.Await(marks + `.split(" ").every(mark => mark === "met")`)
	browsertest.Value[bool](p.Tab, `Boolean(globalThis.online = fetch) && Boolean(globalThis.fetch = () => Promise.reject(new TypeError("offline")))`)
	p.Fill("#password", "abc")
	p.Await(marks + `.split(" ").every(mark => mark === "open") && !document.querySelector("#strength").innerText`)
	if class := browsertest.Value[string](p.Tab, `document.querySelector("#matched").className`); class != "said" {
		t.Errorf("nothing is confirmed yet, and it looks %q", class)
	}
	browsertest.Value[bool](p.Tab, `Boolean(globalThis.fetch = globalThis.online)`)

	p.choose("montaigne", "montaigne")
	p.AwaitError()
	p.Await(`document.querySelector("#password-why") && document.querySelector(".rules .unmet")`)
	p.Fill("#password", newPassword)
	p.Await(`!document.querySelector(".why, .field.error, [aria-invalid]") && !document.title.startsWith("Erreur")`)
	p.choose("montaigne", "montaigne")
	p.Await(`document.querySelector("#password-why")`)
	p.Click("button[type=reset]")
	p.Await(`!document.querySelector(".why, .field.error, [aria-invalid], .rules .unmet, .rules em")`)
}

// A page that was left behind is led to where its reset is, at the next check.
func TestLiveCheckOfAPageLeftBehind(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	toPassword(t, p, "camille.durand@mail.example")
	browsertest.Value[bool](p.Tab, `(() => { // as another tab would
		const form = document.querySelector("#cancel");
		fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).then(() => { globalThis.cancelled = true; });
		return true;
	})()`)
	p.Await(`globalThis.cancelled`)
	p.Fill("#password", "Merle")
	p.AwaitPath("/fr/ended")
}
