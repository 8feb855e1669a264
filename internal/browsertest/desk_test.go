package browsertest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/demo"
	"ssprd/internal/flow"
	"ssprd/internal/portaltest"
)

// agent is somebody of the helpdesk in front of their screen, with a second tab for the mailbox.
type agent struct {
	person
	name string
}

func newAgent(t *testing.T, b *browsertest.Browser, portal *portaltest.Portal, name string) agent {
	return agent{person{b.Tab(t, portal.Helpdesk), b.Tab(t, portal.URL)}, name}
}

// signIn lets an agent in, by password and code.
func (a agent) signIn(t *testing.T, address string) {
	t.Helper()
	a.Open("/fr/")
	a.AwaitPath("/fr/sign-in")
	a.Fill("#name", a.name)
	a.Fill("#password", demo.InitialPassword)
	a.Submit("button.main")
	a.AwaitPath("/fr/code")
	a.Fill("#code", a.code(t, address))
	a.Submit("button.main")
	a.AwaitPath("/fr/")
}

// find looks for somebody, of whom there is one alone: their card comes at once.
func (a agent) find(t *testing.T, text, name string) {
	t.Helper()
	a.Fill("#text", text)
	a.Submit(".find button")
	if h := a.Text("h1"); h != name {
		t.Fatalf("the card of %s is called %q", name, h)
	}
}

var referenceOnPage = regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`)

// R53 to R55, in a browser: an agent finds somebody, has a code sent, asks for one to dictate, which another one agrees to,
// and the person chooses a password with it.
func TestHelpdesk(t *testing.T) {
	t.Parallel() // most of it is waiting
	b, portal := browsertest.Start(t), portaltest.PlainDemo(t)
	alex, dominique := newAgent(t, b, portal, "amartin"), newAgent(t, b, portal, "dleroy")
	look := looking(t)
	alex.Open("/fr/sign-in")
	look(alex, "sign-in")
	alex.Fill("#name", "amartin")
	alex.Fill("#password", "not the right one")
	alex.Submit("button.main")
	alex.AwaitError()
	look(alex, "sign-in-wrong")
	alex.signIn(t, "alex.martin@region.example")
	look(alex, "find")
	dominique.signIn(t, "dominique.leroy@region.example")

	alex.Fill("#text", "du")
	alex.Submit(".find button")
	look(alex, "found")
	alex.find(t, "camille durand", "Camille Durand")
	look(alex, "card")
	alex.Submit(".do button.main")
	if why := alex.Text("#reason-why"); !strings.Contains(why, "ticket") {
		t.Errorf("without a reason: %q", why)
	}
	look(alex, "card-no-reason")
	alex.Fill("#reason", "INC-48213")
	if n := alex.SubmitTwice(".do button.main"); n != 1 {
		t.Errorf("a double click sends the form %d times", n)
	}
	alex.Await(`document.querySelector(".notice.good")`)
	look(alex, "card-sent")

	caller := newPerson(t, b, portal)
	caller.begin("usagers", "camille.durand@mail.example")
	reference := referenceOnPage.FindString(browsertest.Value[string](caller.Tab, `document.querySelector("details").textContent`))
	alex.Open("/fr/")
	alex.Fill("#text", strings.ToLower(reference))
	alex.Submit(".find button")
	if events := alex.Text(".events"); reference == "" || !strings.Contains(events, "Code de sécurité envoyé") {
		t.Errorf("by the reference %q: %s", reference, alex.Text("main"))
	}
	look(alex, "traced")
	alex.Submit("section a[href]")
	if h := alex.Text("h1"); h != "Camille Durand" {
		t.Errorf("the reference leads to the card of %q", h)
	}

	alex.find(t, "castelnau", "Hélène Castelnau")
	alex.Submit(".do a.side")
	look(alex, "dictate")
	alex.Submit("button.main")
	alex.AwaitError()
	look(alex, "dictate-unticked")
	alex.Click("#check-1")
	alex.Click("#check-2")
	alex.Fill("#reason", "INC-48214")
	alex.Submit("button.main")
	alex.AwaitPath("/fr/requests")
	look(alex, "requests-mine")
	dominique.Open("/fr/requests")
	look(dominique, "requests")
	dominique.Submit(".request button.main")
	alex.Await(`document.querySelector(".request button.main")`) // without asking for the page again
	look(alex, "requests-agreed")
	if n := alex.SubmitTwice(".request button.main"); n != 1 { // the first answer, which has the code, would be lost
		t.Errorf("a double click in a list that has come by itself sends the form %d times", n)
	}
	alex.Await(`document.querySelector(".spoken")`)
	code := strings.ReplaceAll(alex.Text(".spoken"), "\n", " ") // each group is a line of its own there
	look(alex, "dictated")

	caller.Open("/fr/p/elus/support-code")
	caller.Fill("#address", "h.castelnau")
	caller.Fill("#code", code)
	caller.Submit("button.main")
	caller.AwaitPath("/fr/password")
	caller.choose(newPassword, newPassword)
	caller.AwaitPath("/fr/done")

	dominique.Open("/fr/")
	dominique.find(t, "castelnau", "Hélène Castelnau")
	dominique.Await(`document.querySelector(".events tbody")`)
	look(dominique, "card-events")
	dominique.Open("/fr/record")
	dominique.Fill("#record-text", "INC-48214")
	dominique.Submit("form.ask button.main")
	look(dominique, "record")
	dominique.Submit("header form button")
	dominique.AwaitPath("/fr/sign-in")
	dominique.Open("/fr/record")
	dominique.AwaitPath("/fr/sign-in")

	for _, p := range []person{alex.person, dominique.person, caller} {
		p.sound(t)
	}
}

// R65, R53: an agent needs no JavaScript, neither to help somebody nor to hear what was wrong.
func TestHelpdeskWithoutJavaScript(t *testing.T) {
	t.Parallel() // most of it is waiting
	b, portal := browsertest.Start(t), portaltest.PlainDemo(t)
	alex := newAgent(t, b, portal, "amartin")
	alex.WithoutJavaScript()
	alex.signIn(t, "alex.martin@region.example")
	alex.find(t, "camille durand", "Camille Durand")
	alex.Submit(".do button.main")
	if focus := browsertest.Value[string](alex.Tab, `document.activeElement.id`); focus != "reason" {
		t.Errorf("without a reason the focus is at %q", focus)
	}
	alex.Fill("#reason", "INC-48213")
	alex.Submit(".do button.main")
	if said := alex.Text(".notice.good[role=status]"); !strings.Contains(said, "code est parti") {
		t.Errorf("after the code was sent: %q", said)
	}
	alex.Submit(".do a.side")
	alex.Fill("#reason", "INC-48214")
	alex.Submit("button.main")
	if why := alex.Text(".why[role=alert]"); !strings.Contains(why, "Cochez") {
		t.Errorf("unticked: %q", why)
	}
	alex.Click("#check-1")
	alex.Click("#check-2")
	alex.Submit("button.main")
	if code := strings.Join(strings.Fields(alex.Text(".spoken")), ""); len(code) != flow.AssistedDigits {
		t.Errorf("the code to dictate is %q", code)
	}
	if alex.Text(".clock button") != "" {
		t.Error("more time would lead away from the code")
	}
	alex.Submit("a.main")
	alex.Submit(".clock button")
	alex.Submit("header form button")
	alex.AwaitPath("/fr/sign-in")
	alex.sound(t)
}

// otherScreens are the pages of the helpdesk that are shown on a phone and in the dark as well.
var otherScreens = []string{"card-events", "dictated"}

// looking takes pictures where a folder is asked for.
func looking(t *testing.T) func(a agent, name string) {
	dir, kept := os.LookupEnv(folderVariable)
	return func(a agent, name string) {
		if !kept {
			return
		}
		shoot := func(s browsertest.Screen, more string) {
			a.On(s)
			file := filepath.Join(dir, "helpdesk", name+more+".png")
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, small(t, a.Picture()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if slices.Contains(otherScreens, name) {
			shoot(browsertest.Screen{Width: phone}, "-phone")
			shoot(browsertest.Screen{Width: desk, Dark: true}, "-dark")
		}
		shoot(browsertest.Screen{Width: desk}, "")
	}
}
