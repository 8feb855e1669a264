// Package browsertest uses the portal as a person with a browser does: Debian's Chromium, built without windows, with an
// empty profile, against the program itself. It watches what a person does not see as well: errors in the console,
// violations of the content security policy, and requests to any other host.
package browsertest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ssprd/internal/dirtest"
)

// Patience is how long a page may take for what it usually does in some tenths of a second.
const Patience = 30 * time.Second

// chromium is where Debian's package chromium-headless-shell has the browser itself; what is in the PATH is a script around
// it. The whole Chromium, with --headless, takes a third of a processor while it does nothing, and six times as long for a tab.
const chromium = "/usr/lib/chromium/chromium-headless-shell"

// Browser is a running Chromium.
type Browser struct{ ctx context.Context }

// Start starts a browser that ends with the test. Where Chromium is not installed the test is skipped, or fails where
// everything has to run.
func Start(t testing.TB) *Browser {
	t.Helper()
	dirtest.Need(t, chromium)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, // which root cannot have
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "fr-FR"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-prompt-on-repost", false), // a person is asked before a form is sent again
		// Should a page ask for another host, it is not found: nothing leaves the machine.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, quit := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // asks Chromium to end, and waits: its profile goes with the test
		quit()
		end()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return &Browser{ctx}
}
