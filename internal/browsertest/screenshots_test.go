package browsertest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/browsertest"
)

// folderVariable names the environment variable with the folder that takes the pictures: `make screenshots` sets it.
const folderVariable = "SCREENSHOTS"

// The screens that pages are shown on, in CSS pixels: the narrowest that has to do (WCAG 1.4.10), a phone, a desk.
const (
	narrow = 320
	phone  = 390
	desk   = 1200
)

// What is shown beside a phone's and a desk's screen in daylight, in French.
var (
	inTheDark = []string{"population", "code-error", "password-refused", "waiting", "done"}
	inEnglish = []string{"population", "code", "password", "done"}
	narrowToo = []string{"password", "password-refused"}
)

func TestScreenshots(t *testing.T) {
	t.Parallel() // most of it is waiting
	dir, kept := os.LookupEnv(folderVariable)
	if !kept {
		dir = t.TempDir()
	}
	n := 0
	tour(t, func(p person, name string) {
		n++
		shoot := func(s browsertest.Screen, more string) {
			p.On(s)
			picture := p.Picture()
			if kept { // it takes a while, and changes nothing of what is proved
				picture = small(t, picture)
			}
			file := filepath.Join(dir, fmt.Sprintf("%02d-%s-%d%s.png", n, name, s.Width, more))
			if err := os.WriteFile(file, picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		album(p, name, shoot)
	})
}

func small(t *testing.T, picture []byte) []byte {
	t.Helper()
	picture, err := browsertest.Shrink(picture)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// album takes the pictures of one page.
func album(p person, name string, shoot func(s browsertest.Screen, more string)) {
	shoot(browsertest.Screen{Width: desk}, "")
	shoot(browsertest.Screen{Width: phone}, "")
	if slices.Contains(narrowToo, name) {
		shoot(browsertest.Screen{Width: narrow}, "")
	}
	if slices.Contains(inTheDark, name) {
		shoot(browsertest.Screen{Width: phone, Dark: true}, "-dark")
	}
	if slices.Contains(inEnglish, name) {
		path := browsertest.Value[string](p.Tab, `location.pathname`)
		p.Open(strings.Replace(path, "/fr/", "/en/", 1))
		shoot(browsertest.Screen{Width: phone}, "-en")
		p.Open(path)
	}
}

// WCAG 1.4.10, RGAA 10.11: at 320 px nothing has to be scrolled sideways, on any page. Nothing moves for people who asked
// for less motion.
func TestNarrowAndStill(t *testing.T) {
	t.Parallel() // most of it is waiting
	tour(t, func(p person, name string) {
		p.On(browsertest.Screen{Width: narrow})
		if wide := browsertest.Value[int](p.Tab, `document.documentElement.scrollWidth`); wide > narrow {
			t.Errorf("%s is %d px wide on a screen of %d: %s", name, wide, narrow, browsertest.Value[string](p.Tab, widest))
		}
		if n := browsertest.Value[int](p.Tab, `document.getAnimations().length`); n > 0 {
			t.Errorf("%s has %d animations for people who asked for less motion", name, n)
		}
	})
}

// widest names the elements that stick out.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth)
	.map(e => e.tagName + "." + e.className).join(" ")`
