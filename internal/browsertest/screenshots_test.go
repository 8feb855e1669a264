package browsertest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/browsertest"
	"ssprd/internal/web/webtest"
)

// folderVariable names the environment variable with the folder that takes the pictures: `make screenshots` sets it.
const folderVariable = "SCREENSHOTS"

// The screens that pages are shown on, in CSS pixels: the narrowest that has to do (WCAG 1.4.10), a phone, a desk, and
// the one that WCAG reckons from.
const (
	narrow = 320
	phone  = 390
	desk   = 1200
	wide   = 1280
)

// What is shown beside a phone's and a desk's screen in daylight, in French.
var (
	inTheDark = []string{"population", "code-error", "password-typing", "password-refused", "waiting", "done"}
	inEnglish = []string{"population", "code", "password", "done"}
	narrowToo = []string{"password-typing", "password-refused"}
	onPaper   = []string{"done"}
)

// photographing takes pictures of the tour where a folder is asked for, and with them those of every state.
func photographing(t *testing.T) func(p person, name string) {
	dir, asked := os.LookupEnv(folderVariable)
	if !asked {
		return func(person, string) {}
	}
	everyState(t, filepath.Join(dir, "states"))
	n := 0
	return func(p person, name string) {
		n++
		album(p, name, func(s browsertest.Screen, more string) {
			p.On(s)
			file := filepath.Join(dir, fmt.Sprintf("%02d-%s-%d%s.png", n, name, s.Width, more))
			if err := os.WriteFile(file, small(t, p.Picture()), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
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
	if slices.Contains(onPaper, name) {
		shoot(browsertest.Screen{Width: desk, Paper: true}, "-paper")
		p.On(browsertest.Screen{Width: phone})
	}
	if slices.Contains(inEnglish, name) {
		path := browsertest.Value[string](p.Tab, `location.pathname`)
		p.Open(strings.Replace(path, "/fr/", "/en/", 1))
		shoot(browsertest.Screen{Width: phone}, "-en")
		p.Open(path)
	}
}

// everyState takes a picture of each page in each of its states, on a phone: also of those to which no visitor of the demo
// comes.
func everyState(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tab := tabOf(t, browsertest.Start(t), exhibition(t))
	for _, s := range webtest.All("fr") {
		tab.Open(exhibit("fr", s))
		tab.On(browsertest.Screen{Width: phone})
		if err := os.WriteFile(filepath.Join(dir, s.Name+".png"), small(t, tab.Picture()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
