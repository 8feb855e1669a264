package browsertest_test

import (
	"fmt"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/web/webtest"
)

// spread sets the text as far apart as WCAG 1.4.12 names; a sheet made by script is not the page's, so that its policy lets
// it pass.
const spread = `(() => {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }");
	document.adoptedStyleSheets = [sheet];
	return getComputedStyle(document.querySelector("h1")).letterSpacing !== "normal";
})()`

// cut names the elements of which a part cannot be seen; not those that nobody is to see.
const cut = `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".hush, progress"))
	.filter(e => getComputedStyle(e).overflow !== "visible" && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
	.filter(e => e.tagName !== "INPUT").map(e => e.tagName + "." + e.className).join(" ")`

// WCAG 1.4.12, RGAA 10.12: text that a person has set wider is cut off nowhere, and pushes nothing off the screen. R63.
func TestSpacedText(t *testing.T) {
	t.Parallel() // most of it is waiting
	origin := exhibition(t)
	tab := tabOf(t, browsertest.Start(t), origin)
	for _, s := range webtest.All("fr") {
		tab.Open(exhibit("fr", s))
		browsertest.Value[bool](tab, unfold)
		for _, width := range []int64{narrow, wide} {
			tab.On(browsertest.Screen{Width: width})
			if !browsertest.Value[bool](tab, spread) {
				t.Fatal("the text is not spaced")
			}
			name := fmt.Sprintf("%s, %d px", s.Name, width)
			if parts := browsertest.Value[string](tab, cut); parts != "" {
				t.Errorf("%s: cut off: %s", name, parts)
			}
			fits(t, tab, name)
		}
	}
}
