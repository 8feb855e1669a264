package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/chromedp/chromedp"

	"ssprd/internal/dirtest"
)

// axeFile is axe-core as scripts/install-test-servers installs it, seen from this package's folder. It lies in testdata,
// where Go looks for no packages.
const axeFile = "testdata/axe/node_modules/axe-core/axe.min.js"

// axeTags choose the rules: every one of WCAG 2.2, levels A and AA, and those that axe-core calls best practice.
var axeTags = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"}

// Axe is what axe-core makes of a page.
type Axe struct {
	Rules      int       // that were asked
	Violations []Finding // what is wrong
	Incomplete []Finding // what only a person can judge
}

// Finding is a rule, and the elements that it names.
type Finding struct {
	Rule     string
	Help     string
	Elements []string
}

// String is the finding as a test tells it.
func (f Finding) String() string {
	return fmt.Sprintf("%s (%s)\n\t%s", f.Rule, f.Help, strings.Join(f.Elements, "\n\t"))
}

// BringAxe brings axe-core to every page that is opened from now on: for tabs in which many are judged.
func (tab *Tab) BringAxe() {
	tab.t.Helper()
	tab.Before(axeSource(tab))
}

// Axe lets axe-core judge the page as it stands now. It runs as what one types into the browser's console, which no
// policy of the page forbids.
func (tab *Tab) Axe() Axe {
	tab.t.Helper()
	if !Value[bool](tab, `"axe" in globalThis`) {
		Value[bool](tab, axeSource(tab)+`;"axe" in globalThis`)
	}
	tags, err := json.Marshal(axeTags)
	if err != nil {
		tab.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[Axe](fmt.Sprintf(runAxe, tags), chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("axe-core: %v", err)
	}
	return found
}

// runAxe names each rule, so that none of those is left out that axe-core leaves out by itself.
const runAxe = `(async () => {
	const ids = axe.getRules(%s).map(rule => rule.ruleId);
	const found = await axe.run(document, { runOnly: { type: "rule", values: ids }, resultTypes: ["violations", "incomplete"] });
	const told = results => results.map(r => ({ Rule: r.id, Help: r.help, Elements: r.nodes.map(
		n => n.html + " at " + n.target.join(" ") + ": " + [...n.any, ...n.all, ...n.none].map(c => c.message).join("; ")) }));
	return { Rules: ids.length, Violations: told(found.violations), Incomplete: told(found.incomplete) };
})()`

func axeSource(tab *Tab) string {
	tab.t.Helper()
	source, err := os.ReadFile(axeFile)
	if err != nil {
		dirtest.Unable(tab.t, "axe-core is not installed (scripts/install-test-servers installs it): "+err.Error())
	}
	return string(source)
}
