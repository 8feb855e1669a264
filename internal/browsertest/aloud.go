package browsertest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// WithoutJavaScript opens pages from now on as a browser does that runs no scripts. The test's own expressions still run.
func (tab *Tab) WithoutJavaScript() {
	tab.t.Helper()
	tab.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// Description is what a screen reader adds to the name of the first such element, as the browser computes it.
func (tab *Tab) Description(selector string) string {
	tab.t.Helper()
	var description string
	tab.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		found, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{Expression: fmt.Sprintf(`document.querySelector(%q)`, selector)})
		if err != nil {
			return err
		}
		alone := false
		tree, err := cdp.Call(ctx, t, accessibility.GetPartialAXTree,
			accessibility.GetPartialAXTreeParams{ObjectID: found.Result.ObjectID, FetchRelatives: &alone})
		if err != nil || len(tree.Nodes) == 0 || tree.Nodes[0].Description == nil {
			return err
		}
		return json.Unmarshal(tree.Nodes[0].Description.Value, &description)
	}))
	return description
}
