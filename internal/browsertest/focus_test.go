package browsertest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"ssprd/internal/browsertest"
	"ssprd/internal/web/webtest"
)

// R63, RGAA 10.7, 12.8: on every page in every state, Tab leads to all that can be acted on, in the order in which it
// stands there; where the focus is can be seen (WCAG 2.4.7, 1.4.11), and nothing lies over it (2.4.11).
func TestFocus(t *testing.T) {
	t.Parallel() // most of it is waiting
	tab := tabOf(t, browsertest.Start(t), exhibition(t))
	for _, s := range webtest.All("fr") {
		tab.On(browsertest.Screen{Width: narrow})
		tab.Open(exhibit("fr", s))
		acts := browsertest.Value[[]string](tab, beginAtTheTop)
		dates := browsertest.Value[int](tab, `document.querySelectorAll("[type=date]").length`)
		tab.Press(strings.Repeat(kb.Tab, len(acts)+dates*inDate))
		if stops := browsertest.Value[[]string](tab, `walk.stops`); !slices.Equal(stops, acts) {
			t.Errorf("%s: Tab leads to\n%s\nwant\n%s", s.Name, strings.Join(stops, "\n"), strings.Join(acts, "\n"))
		}
		tab.On(browsertest.Screen{Width: narrow, Dark: true})
		for _, problem := range browsertest.Value[[]string](tab, `walk.again()`) {
			t.Errorf("%s: %s", s.Name, problem)
		}
	}
}

// inDate is how many places a field for a date has for Tab beside the first: the month or day, the year, the calendar.
const inDate = 3

// beginAtTheTop lists what can be acted on, puts the focus on the first of it, and looks at each place that Tab leaves.
// walk.again looks at the same places once more, without Tab, and gives what was wrong both times.
const beginAtTheTop = `(() => {
	const all = [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")].filter(e =>
		e.tabIndex >= 0 && e.checkVisibility() && (e.type !== "radio" || e === e.form.elements[e.name][0]));
	const name = e => [e.tagName, e.id || e.className, e.innerText].join(" ");
	const light = colour => {
		const [r, g, b] = colour.match(/[0-9.]+/g).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const contrast = (a, b) => {
		const [low, high] = [light(a), light(b)].sort((a, b) => a - b);
		return (high + .05) / (low + .05);
	};
	const problems = [], stops = [];
	let last;
	const look = e => {
		const style = getComputedStyle(e);
		if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) problems.push("no outline around " + name(e));
		let around = e.parentElement;
		while (getComputedStyle(around).backgroundColor === "rgba(0, 0, 0, 0)") around = around.parentElement;
		const ground = getComputedStyle(around).backgroundColor;
		if (contrast(style.outlineColor, ground) < 3) problems.push(
			["an outline", style.outlineColor, "on", ground, "cannot be told around", name(e)].join(" "));
		const box = e.getBoundingClientRect();
		for (const x of [box.left + 4, box.right - 4]) {
			const seen = document.elementFromPoint(x, box.top + box.height / 2);
			if (!seen || !e.contains(seen)) problems.push([seen ? seen.tagName : "the edge", "is over", name(e)].join(" "));
		}
	};
	const again = () => {
		for (const e of all) {
			e.focus();
			look(e);
		}
		return problems;
	};
	addEventListener("keydown", () => {
		if (document.activeElement === last) return; // another place in the same field
		last = document.activeElement;
		stops.push(name(last));
		look(last);
	}, true);
	globalThis.walk = { stops, again };
	all[0].focus();
	return all.map(name);
})()`
