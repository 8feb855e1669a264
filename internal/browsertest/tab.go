package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pause lies between two looks at a page that is not there yet.
const pause = 20 * time.Millisecond

// Tab is one page of the browser. What fails in it ends the test.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	origin string
	watch  *watch
}

// Tab opens a tab, which has cookies of its own, for a portal at origin.
func (b *Browser) Tab(t testing.TB, origin string) *Tab {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	w := &watch{origin: u}
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	tab := &Tab{t: t, ctx: ctx, origin: origin, watch: w}
	if err := chromedp.Listen(ctx, w.see); err != nil {
		t.Fatal(err)
	}
	tab.Before(reportViolations)
	return tab
}

// Before runs a script before those of every page that is opened from now on.
func (tab *Tab) Before(script string) {
	tab.t.Helper()
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// Open goes to a path of the portal, as by typing it.
func (tab *Tab) Open(path string) {
	tab.t.Helper()
	tab.do(chromedp.Navigate(tab.origin + path))
	tab.Await(`true`)
}

// OpenUntil opens a path again and again, until the expression is true in it.
func (tab *Tab) OpenUntil(path, expression string) {
	tab.t.Helper()
	deadline := time.Now().Add(Patience)
	for tab.Open(path); !Value[bool](tab, `Boolean(`+expression+`)`); tab.Open(path) {
		if time.Now().After(deadline) {
			tab.t.Fatalf("%s: after %s not yet: %s", path, Patience, expression)
		}
	}
}

// Click clicks in the middle of the first such element. The page itself tells where that is: chromedp's own copy of the
// document is written by one goroutine while others read it, and the race detector sees it.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.Await(fmt.Sprintf(`document.querySelector(%q)?.checkVisibility()`, selector))
	at := Value[struct{ X, Y float64 }](tab, fmt.Sprintf(`(() => {
		const element = document.querySelector(%q);
		element.scrollIntoView({ block: "center", behavior: "instant" });
		const box = element.getBoundingClientRect();
		return { X: box.x + box.width / 2, Y: box.y + box.height / 2 };
	})()`, selector))
	tab.do(chromedp.MouseClickXY(at.X, at.Y))
}

// Submit clicks what leads to another page, and waits until that is there.
func (tab *Tab) Submit(selector string) {
	tab.t.Helper()
	Value[bool](tab, `globalThis.left = true`)
	tab.Click(selector)
	tab.Await(`globalThis.left !== true`) // an element of that name would be there too
}

// Back goes back to the page before, and waits until something else than this page is there.
func (tab *Tab) Back() {
	tab.t.Helper()
	Value[bool](tab, `globalThis.before = true`) // not left: a page that the browser has kept still says that
	tab.do(chromedp.NavigateBack())
	tab.Await(`!globalThis.before`)
}

// SubmitTwice clicks twice before any answer can come, however fast the server is, waits until another page is there,
// and tells how many of the two the page let through to the server.
func (tab *Tab) SubmitTwice(selector string) int {
	tab.t.Helper()
	Value[bool](tab, fmt.Sprintf(`(() => {
		globalThis.left = true;
		sessionStorage.through = 0;
		addEventListener("submit", e => { if (!e.defaultPrevented) sessionStorage.through++; });
		const button = document.querySelector(%q);
		button.click();
		button.click();
		return true;
	})()`, selector))
	tab.Await(`globalThis.left !== true`) // an element of that name would be there too
	return Value[int](tab, `Number(sessionStorage.through)`)
}

// Fill replaces what stands in a field by typing.
func (tab *Tab) Fill(selector, text string) {
	tab.t.Helper()
	tab.Click(selector)
	Value[bool](tab, `document.activeElement.select() || true`)
	tab.Press(kb.Delete + text)
}

// Press presses keys one after another, wherever the focus is.
func (tab *Tab) Press(keys string) {
	tab.t.Helper()
	tab.do(chromedp.KeyEvent(keys))
}

// PressWith presses keys while others, such as Shift, are held.
func (tab *Tab) PressWith(held chromedp.Modifier, keys string) {
	tab.t.Helper()
	tab.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(held)))
}

// Copy puts a text on the clipboard, as by copying it from the page, which has it afterwards.
func (tab *Tab) Copy(text string) {
	tab.t.Helper()
	Value[bool](tab, fmt.Sprintf(`(() => {
		const note = document.createElement("pre");
		note.textContent = %q;
		document.body.append(note);
		getSelection().selectAllChildren(note);
		return true;
	})()`, text))
	tab.edit("c", "copy")
}

// Paste pastes from the clipboard, wherever the focus is.
func (tab *Tab) Paste() {
	tab.t.Helper()
	tab.edit("v", "paste")
}

// edit presses a key with Ctrl, which Chromium takes for a command of editing only where a window's system says so.
func (tab *Tab) edit(key, command string) {
	tab.t.Helper()
	tab.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierCtrl), func(p *input.DispatchKeyEventParams) {
		if p.Type != input.DispatchKeyEventTypeKeyUp {
			p.Commands = []string{command}
		}
	}))
}

// Text is what a person reads of the first such element, and "" if there is none.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return Value[string](tab, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// Await waits until the page is complete and the expression is true, over as many pages as it takes.
func (tab *Tab) Await(expression string) {
	tab.t.Helper()
	if !tab.holds(expression, Patience) {
		tab.t.Fatalf("after %s not yet: %s\nthe page %s says:\n%s", Patience, expression,
			Value[string](tab, `location.href`), tab.Text("body"))
	}
}

// AwaitPath waits until the page of a path is there.
func (tab *Tab) AwaitPath(path string) {
	tab.t.Helper()
	tab.Await(fmt.Sprintf(`location.pathname === %q`, path))
}

// AwaitError waits until the page says that something has to be corrected.
func (tab *Tab) AwaitError() {
	tab.t.Helper()
	tab.Await(`document.title.startsWith("Erreur")`)
}

func (tab *Tab) holds(expression string, within time.Duration) bool {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	whole := `document.readyState === "complete" && Boolean(` + expression + `)`
	for {
		// An error is a page that goes away while it is asked: the next one will answer.
		if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](whole)); err == nil && yes {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// Value is what an expression gives in the page.
func Value[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Sent tells how often a request such as "POST /fr/code" has left the tab.
func (tab *Tab) Sent(request string) int { return tab.watch.count(request) }

// Problems are the errors and violations of all pages so far, and what was asked of other hosts.
func (tab *Tab) Problems() []string { return tab.watch.said() }

func (tab *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tab.t.Fatal(err)
	}
}
