package theme_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ssprd/internal/theme"
	"ssprd/internal/theme/themetest"
	"ssprd/templates"
)

// link makes a symbolic link in a theme.
func link(t *testing.T, dir, name, to string) {
	t.Helper()
	place := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, place); err != nil {
		t.Fatal(err)
	}
}

// looked gives what is told of the theme in a folder.
func looked(dir string) (told []string) {
	wrong, warnings := theme.Check(dir, templates.FS, []string{"fr", "en"})
	for _, m := range append(wrong, warnings...) {
		told = append(told, strings.TrimPrefix(m.String(), dir+"/"))
	}
	return told
}

// names are the static files of a theme laid over the built-in look.
func names(t *testing.T, files fs.FS) (names []string) {
	t.Helper()
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A link out of the theme publishes nothing, wherever it stands and however it is written; nor does an editor's copy.
func TestNothingFromOutside(t *testing.T) {
	outside := themetest.Folder(t, map[string]string{"key": "Test-Secret", "static/key": "Test-Secret", "page.html": "Test-Secret"})
	dir := themetest.Folder(t, map[string]string{"static/.portal.css.swp": "Test-Secret", "static/font.woff2": "x", "static/sub/x": "x"})
	up, err := filepath.Rel(filepath.Join(dir, "static"), filepath.Join(outside, "key"))
	if err != nil {
		t.Fatal(err)
	}
	link(t, dir, "static/absolute", filepath.Join(outside, "key"))
	link(t, dir, "static/relative", up)
	link(t, dir, "static/folder", "sub")
	link(t, dir, "static/nothing", "none")
	link(t, dir, "static/round", "round")
	link(t, dir, "theme.css", filepath.Join(outside, "key"))
	link(t, dir, "templates/done.html", filepath.Join(outside, "page.html"))
	link(t, dir, "locales", filepath.Join(outside, "static"))
	is(t, looked(dir),
		"locales: cannot be read: the link leads to nothing in the theme's folder: path escapes from parent",
		"static/absolute: cannot be read: the link leads to nothing in the theme's folder: path escapes from parent",
		"static/folder: this is a link to a folder: wanted a file",
		"static/nothing: cannot be read: the link leads to nothing in the theme's folder: no such file or directory",
		"static/relative: cannot be read: the link leads to nothing in the theme's folder: path escapes from parent",
		"static/round: cannot be read: the link leads to nothing in the theme's folder: too many levels of symbolic links",
		"static/sub/x: nothing takes this file",
		"templates/done.html: cannot be read: the link leads to nothing in the theme's folder: path escapes from parent",
		"theme.css: cannot be read: the link leads to nothing in the theme's folder: path escapes from parent",
	)
	files := theme.Lay(dir, templates.FS)
	if got := names(t, files); !slices.Equal(got, []string{"favicon.svg", "font.woff2", "helpdesk.css", "helpdesk.js", "portal.css", "portal.js"}) {
		t.Errorf("listed: %q", got)
	}
	for _, name := range []string{"static/absolute", "static/relative", "static/theme.css", "done.html", "locales/key"} {
		if text, err := fs.ReadFile(files, name); err == nil || strings.Contains(string(text), "Secret") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// What Kubernetes mounts is links within the folder: each name to that below ..data, and that to the newest files.
func TestLinksInside(t *testing.T) {
	dir := themetest.Folder(t, map[string]string{
		"..2026_11_25/theme.css":           "a { color: red }",
		"..2026_11_25/templates/done.html": "x",
		"..2026_11_25/static/font.woff2":   "font",
		"..2026_11_25/locales/fr.yaml":     "done.title: Bravo",
	})
	link(t, dir, "..data", "..2026_11_25")
	for _, name := range []string{"theme.css", "templates", "static", "locales"} {
		link(t, dir, name, "..data/"+name)
	}
	mounted := filepath.Join(t.TempDir(), "theme")
	if err := os.Symlink(dir, mounted); err != nil { // the folder itself may be a link anywhere
		t.Fatal(err)
	}
	is(t, looked(mounted))
	files := theme.Lay(mounted, templates.FS)
	for name, want := range map[string]string{
		"static/theme.css": "a { color: red }", "done.html": "x", "static/font.woff2": "font", "locales/fr.yaml": "done.title: Bravo",
	} {
		if text, err := fs.ReadFile(files, name); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if got := names(t, files); !slices.Contains(got, "font.woff2") || !slices.Contains(got, "theme.css") {
		t.Errorf("listed: %q", got)
	}
}

// A pipe is told of and never opened: nobody may ever write to it.
func TestPipe(t *testing.T) {
	dir := themetest.Folder(t, map[string]string{"static/x": "", "templates/mail/x": "", "locales/en.yaml": ""})
	for _, name := range []string{"static/pipe", "theme.css", "templates/done.html"} {
		if err := syscall.Mkfifo(filepath.Join(dir, filepath.FromSlash(name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "templates/mail/x")); err != nil {
		t.Fatal(err)
	}
	is(t, looked(dir),
		"static/pipe: cannot be read: it is no regular file",
		"templates/done.html: cannot be read: it is no regular file",
		"theme.css: cannot be read: it is no regular file",
	)
	files := theme.Lay(dir, templates.FS)
	if got := names(t, files); slices.Contains(got, "pipe") || slices.Contains(got, "theme.css") {
		t.Errorf("listed: %q", got)
	}
	var wrong theme.Mistakes
	if theme.ParseTemplates(files, "done.html", &wrong); len(wrong) != 1 || wrong[0].File != filepath.Join(dir, "templates/done.html") {
		t.Errorf("%v", wrong)
	}
}

// A folder that cannot be opened is told, and is nowhere taken for an empty one.
func TestNoFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	is(t, looked(dir), dir+": cannot be read: no such file or directory")
}
