package browsertest_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"ssprd/internal/browsertest"
	"ssprd/internal/portaltest"
)

const (
	toldOfKeyboards = `document.querySelector("#keyboards p").checkVisibility()`
	// tellings are how often the region has had news since noteTellings.
	tellings     = `globalThis.tellings`
	noteTellings = `(() => {
		globalThis.tellings = 0;
		new MutationObserver(() => globalThis.tellings++).observe(document.querySelector("#keyboards"),
			{ attributes: true, attributeFilter: ["hidden"], childList: true, characterData: true, subtree: true });
		return true;
	})()`
)

// R36: the warning comes with a sign that not every keyboard has, once, and goes with it; it holds nothing up.
func TestKeyboardsWarning(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	toPassword(t, p, "camille.durand@mail.example")
	warned(t, p, "before anything is typed", false)
	browsertest.Value[bool](p.Tab, noteTellings)
	for _, step := range []struct {
		name, keys string
		want       bool
		tellings   int
	}{
		{"all of printable ASCII's ends", " ~Merle", false, 0},
		{"an accent", "é", true, 1},
		{"another sign", "€", true, 1},
		{"more letters", "Noir", true, 1},
		{"one sign left", kb.Backspace + kb.Backspace + kb.Backspace + kb.Backspace + kb.Backspace, true, 1},
		{"none left", kb.Backspace, false, 2},
	} {
		if step.tellings == 0 {
			p.Click("#password")
		}
		p.Press(step.keys)
		warned(t, p, step.name, step.want)
		if n := browsertest.Value[int](p.Tab, tellings); n != step.tellings {
			t.Errorf("%s: the region has had news %d times, want %d", step.name, n, step.tellings)
		}
	}

	p.Fill("#password", "é")
	p.Click("button[type=reset]")
	p.Await(`!` + toldOfKeyboards)

	p.choose(newPassword, newPassword+"x")
	p.AwaitError()
	warned(t, p, "after a judgement", true)
	p.Fill("#password", "Merle")
	warned(t, p, "after a judgement, another typed", false)

	p.choose(newPassword, newPassword)
	p.AwaitPath("/fr/done")
	p.sound(t)
}

// R36: without JavaScript the warning stands there.
func TestKeyboardsWarningWithoutJavaScript(t *testing.T) {
	t.Parallel() // most of it is waiting
	p := newPerson(t, browsertest.Start(t), portaltest.PlainDemo(t))
	p.WithoutJavaScript()
	toPassword(t, p, "julien.lacoste@mail.example")
	if browsertest.Value[bool](p.Tab, `Boolean(document.querySelector("#password + button"))`) {
		t.Fatal("the page's script has run")
	}
	warned(t, p, "without JavaScript", true)
	p.Fill("#password", "Merle")
	warned(t, p, "without JavaScript, ASCII typed", true)
}

func toPassword(t *testing.T, p person, address string) {
	t.Helper()
	p.begin("usagers", address)
	p.prove(t, address, "/fr/password")
}

// warned wants the warning to be seen or not, and to be in what describes the field exactly when it is seen.
func warned(t *testing.T, p person, when string, want bool) {
	t.Helper()
	if got := browsertest.Value[bool](p.Tab, toldOfKeyboards); got != want {
		t.Errorf("%s: warned: %v, want %v", when, got, want)
	}
	described := strings.Contains(p.Description("#password"), "tous les claviers")
	if described != want {
		t.Errorf("%s: the field is described by the warning: %v, want %v", when, described, want)
	}
}
