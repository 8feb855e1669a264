// Package theme is the look of the portal as a set of files: the built-in ones, over which the folder of a theme can be
// laid. It also finds what is wrong with such a folder before anybody sees a page of it, and has the words for the place
// of a mistake in any of these files. What is wrong within a template or within a language is found by those who read
// them.
package theme

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Lay lays the folder of a theme over base: a file of the theme wins over the built-in one of the same name. In the
// folder, templates/ holds pages and mail, locales/ and static/ what their names say, and logo.svg and theme.css may
// stand at the top, where most themes have nothing else. An empty folder name gives base itself.
func Lay(folder string, base fs.FS) fs.FS {
	if folder == "" {
		return base
	}
	return &laid{folder: folder, theme: open(folder), base: base}
}

// open gives the files of a folder, and none that a link in it names outside of it: what is in static/ anybody can read.
func open(folder string) fs.FS {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return closed{err}
	}
	return root.FS()
}

// closed is a folder that cannot be opened.
type closed struct{ err error }

func (c closed) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: reason(c.err)}
}

type laid struct {
	folder      string
	theme, base fs.FS
}

// Open gives the theme's file, else the built-in one. A file of the theme that is there and cannot be read is an
// error: showing the built-in one instead would hide the mistake.
func (l *laid) Open(name string) (fs.File, error) {
	place, err := l.own(name)
	if err != nil {
		return nil, err
	}
	if place != "" {
		return l.theme.Open(place)
	}
	return l.base.Open(name)
}

// own is where the theme has a file of this name, or "". A folder of the theme never hides a built-in one. What is there
// and is no file to be read comes with an error.
func (l *laid) own(name string) (place string, err error) {
	for _, place := range places(name) {
		if there, err := isFile(l.theme, place); there || err != nil {
			return place, err
		}
	}
	return "", nil
}

// isFile tells whether there is a file of this name, which may be a link to one. Nothing is opened for it: to open a named
// pipe would wait for ever.
func isFile(files fs.FS, name string) (bool, error) {
	info, err := fs.Stat(files, name)
	if err == nil && (info.IsDir() || info.Mode().IsRegular()) {
		return !info.IsDir(), nil
	}
	if err == nil {
		return false, errors.New("it is no regular file")
	}
	if entry, itself := fs.Lstat(files, name); itself == nil && entry.Mode().Type() == fs.ModeSymlink {
		return false, fmt.Errorf("the link leads to nothing in the theme's folder: %w", reason(err))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return false, err
}

// hidden tells whether a name is that of what editors, version control and Kubernetes keep beside the files.
func hidden(name string) bool { return strings.HasPrefix(name, ".") && name != "." }

// ReadDir lists what is in either, once each, sorted by name; but of the theme the files alone, and none that is hidden.
func (l *laid) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(l.base, name)
	if err != nil {
		return nil, err
	}
	all := map[string]fs.DirEntry{}
	for _, e := range entries {
		all[e.Name()] = e
	}
	for _, place := range places(name) {
		added, err := fs.ReadDir(l.theme, place)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range added {
			if there, err := isFile(l.theme, path.Join(place, e.Name())); there && err == nil && !hidden(e.Name()) {
				all[e.Name()] = e
			}
		}
	}
	if name == staticDir {
		for _, top := range topFiles {
			if info, err := fs.Stat(l.theme, top); err == nil && info.Mode().IsRegular() {
				all[top] = fs.FileInfoToDirEntry(info)
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }), nil
}

// The names of a theme's files.
const (
	staticDir = "static"
	style     = "theme.css"
	logo      = "logo.svg"
)

// topFiles are static files that may stand at the top of a theme.
var topFiles = []string{logo, style}

// places says where in a theme the file of the built-in name may be.
func places(name string) []string {
	dir, file := path.Split(name)
	switch {
	case dir == staticDir+"/" && slices.Contains(topFiles, file):
		return []string{name, file}
	case name == staticDir, name == "locales", dir == staticDir+"/", dir == "locales/":
		return []string{name}
	default:
		return []string{path.Join("templates", name)}
	}
}

// Own tells whether the file is the theme's, and not a built-in one.
func Own(files fs.FS, name string) bool {
	l, ok := files.(*laid)
	if !ok {
		return false
	}
	place, err := l.own(name)
	return err == nil && place != ""
}

// Place is what the administrator calls a file: its path, if it is the theme's.
func Place(files fs.FS, name string) string {
	if l, ok := files.(*laid); ok {
		if place, _ := l.own(name); place != "" {
			return filepath.Join(l.folder, filepath.FromSlash(place))
		}
	}
	return "built-in " + name
}

// File is one of the files behind a name.
type File struct {
	Place string // what the administrator calls it
	Text  []byte
	Own   bool // of the theme
}

// Layers gives the files behind a name that go one on the other, as languages do: the built-in one first, then the
// theme's. It is an error if there is neither.
func Layers(files fs.FS, name string) ([]File, error) {
	l, ok := files.(*laid)
	if !ok {
		l = &laid{base: files}
	}
	text, err := fs.ReadFile(l.base, name)
	all := []File{{"built-in " + name, text, false}}
	if err != nil {
		all = nil
	}
	if !ok || !Own(files, name) {
		return all, err
	}
	text, err = fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	return append(all, File{Place(files, name), text, true}), nil
}

// Shipped tells whether the files are those that the program was built with and no others: what is wrong with them the tests
// have seen, so that no start looks for it.
func Shipped(files fs.FS) bool {
	_, ok := files.(embed.FS)
	return ok
}

// Laid tells whether there is a theme.
func Laid(files fs.FS) bool {
	_, ok := files.(*laid)
	return ok
}

// BuiltIn are the files without the theme.
func BuiltIn(files fs.FS) fs.FS {
	if l, ok := files.(*laid); ok {
		return l.base
	}
	return files
}
