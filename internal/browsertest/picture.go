package browsertest

import (
	"context"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Screen is what a page is looked at on.
type Screen struct {
	Width int64 // CSS pixels
	Dark  bool
	Large bool // text at 200 %, as a person sets it in the browser
	Paper bool // as it is printed
}

// The sizes of text, in CSS pixels, at which Chromium begins, and of text in one width.
const (
	textSize  = 16
	fixedSize = 13
)

// height is that of a phone; a picture has the whole page.
const height = 844

// On shows the page on a screen from now on, without motion.
func (tab *Tab) On(s Screen) {
	tab.t.Helper()
	scheme := "light"
	if s.Dark {
		scheme = "dark"
	}
	const beside = 1 // where nothing is, so that nothing is shown as pointed at
	tab.do(chromedp.EmulateViewport(s.Width, height),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, beside, beside),
		prefers(s.medium(), "prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce"), magnify(s.Large))
	tab.Await(fmt.Sprintf(`innerWidth === %d`, s.Width))
}

func (s Screen) medium() string {
	if s.Paper {
		return "print"
	}
	return "screen"
}

// prefers sets the medium and its features, names and values by turns.
func prefers(medium string, features ...string) chromedp.Action[chromedp.Void] {
	media := emulation.SetEmulatedMediaParams{Media: medium}
	for pair := range slices.Chunk(features, 2) {
		media.Features = append(media.Features, &emulation.MediaFeature{Name: pair[0], Value: pair[1]})
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
		return err
	})
}

// magnify sets the size of text that the browser gives to pages which ask for none.
func magnify(large bool) chromedp.Action[chromedp.Void] {
	sizes := page.FontSizes{Standard: textSize, Fixed: fixedSize}
	if large {
		sizes = page.FontSizes{Standard: 2 * textSize, Fixed: 2 * fixedSize}
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &sizes})
		return err
	})
}

// Picture is the whole page as a PNG file.
func (tab *Tab) Picture() []byte {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		tab.t.Fatal(err)
	}
	return picture
}
