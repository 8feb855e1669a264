package browsertest_test

import (
	"fmt"
	"slices"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/web/webtest"
)

// screens are those on which pages are judged: the narrowest that has to do, and a phone with text at 200 %, by day and in
// the dark.
var screens = []browsertest.Screen{
	{Width: narrow}, {Width: narrow, Dark: true}, {Width: phone, Large: true}, {Width: phone, Large: true, Dark: true},
}

// judging says on which screens axe-core judges pages in a language, and on which others it is only seen whether they fit.
type judging struct{ judged, fitted []browsertest.Screen }

// R63: axe-core finds nothing on any page in any state, in every language, by day and in the dark, at 320 px and with text
// at 200 %; nothing has to be scrolled sideways (WCAG 1.4.4, 1.4.10), and what is to be hit is large enough (2.5.8). Each pair of
// these is judged in some language, and not every page on every screen in each, which takes ten minutes.
func TestAxe(t *testing.T) {
	t.Parallel() // most of it is waiting
	judged(t, webtest.Gallery, map[string]judging{
		"fr": {[]browsertest.Screen{screens[0], screens[3]}, []browsertest.Screen{screens[2]}},
		"en": {[]browsertest.Screen{screens[1]}, []browsertest.Screen{screens[2]}},
	})
}

// R63: nor on any page of the helpdesk, which agents have before them on larger screens too.
func TestAxeOfTheHelpdesk(t *testing.T) {
	t.Parallel() // most of it is waiting
	judged(t, webtest.DeskGallery, map[string]judging{
		"fr": {[]browsertest.Screen{screens[0], screens[3]}, []browsertest.Screen{screens[2], {Width: desk}}},
		"en": {nil, []browsertest.Screen{screens[0]}}, // the markup is the same; words may be too long
	})
}

func judged(t *testing.T, gallery func(lang string) []webtest.Sample, by map[string]judging) {
	t.Helper()
	b, origin := browsertest.Start(t), exhibition(t)
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			soundOn(t, tabOf(t, b, origin), lang, gallery(lang), by[lang])
		})
	}
}

// soundOn lets axe-core judge the pages of a gallery, with all that they can show, on each of some screens; on others it is only
// seen whether they fit, which takes a tenth of the time.
func soundOn(t *testing.T, tab *browsertest.Tab, lang string, gallery []webtest.Sample, on judging) {
	t.Helper()
	if len(on.judged) > 0 {
		tab.BringAxe()
	}
	for _, s := range gallery {
		tab.Open(exhibit(lang, s))
		browsertest.Value[bool](tab, unfold)
		for i, screen := range slices.Concat(on.judged, on.fitted) {
			tab.On(screen)
			name := fmt.Sprintf("%s, %+v", s.Name, screen)
			if i < len(on.judged) {
				axe(t, tab, name)
			}
			fits(t, tab, name)
		}
	}
	for _, problem := range tab.Problems() {
		t.Error(problem)
	}
}

// unfold shows all that a page can show.
const unfold = `(() => {
	for (const details of document.querySelectorAll("details")) details.open = true;
	for (const words of document.querySelectorAll("p[hidden]")) words.hidden = false;
	return true;
})()`

// forPeople are what axe-core leaves to a person, and why it is in order.
var forPeople = map[string]string{
	"hidden-content": "TestAxe judges every page with all of it shown",
}

// axe wants axe-core to find nothing on the page as it stands now, and to leave nothing open.
func axe(t *testing.T, tab *browsertest.Tab, name string) {
	t.Helper()
	found := tab.Axe()
	const atLeast = 80 // a selection that selects nothing finds nothing
	if found.Rules < atLeast {
		t.Fatalf("axe-core asked only %d rules", found.Rules)
	}
	for _, f := range found.Violations {
		t.Errorf("%s: %s", name, f)
	}
	for _, f := range found.Incomplete {
		if forPeople[f.Rule] == "" {
			t.Errorf("%s: for a person to judge: %s", name, f)
		}
	}
}

// fits wants nothing to be scrolled sideways, and targets of 24 px, or of 44 where they are acts.
func fits(t *testing.T, tab *browsertest.Tab, name string) {
	t.Helper()
	for _, problem := range browsertest.Value[[]string](tab, misfits) {
		t.Errorf("%s: %s", name, problem)
	}
}

const misfits = `(() => {
	const problems = [];
	const page = document.scrollingElement;
	if (page.scrollWidth > page.clientWidth) {
		const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > page.clientWidth);
		problems.push("it is " + page.scrollWidth + " px wide: " + out.map(e => e.tagName + "." + e.className).join(" "));
	}
	for (const e of document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), .pick, .check label, select")) {
		if (!e.checkVisibility() || e.matches(".skip, .hush *, .pick input, .check input")) continue;
		const least = e.matches("p:not(.acts) a, dd a, h3 a, td a, .statement li a, footer a, .lang a, .mark") ? 24 : 44;
		const { width, height } = e.getBoundingClientRect();
		if (Math.min(width, height) < least) problems.push(
			[e.tagName, e.className, e.innerText, "is", width, "by", height, "px, and is to be", least].join(" "));
	}
	return problems;
})()`
