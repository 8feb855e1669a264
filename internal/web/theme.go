package web

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// Overlay lays the folder theme over base: a file of the theme wins over the built-in one of the same name. In the
// folder, templates/ holds pages and mail, locales/ and static/ what their names say, and logo.svg and theme.css may
// stand at the top, where most themes have nothing else. An empty theme gives base itself.
func Overlay(theme string, base fs.FS) fs.FS {
	if theme == "" {
		return base
	}
	return overlay{theme: os.DirFS(theme), base: base}
}

type overlay struct{ theme, base fs.FS }

// Open gives the theme's file, else the built-in one. A file of the theme that is there and cannot be read is an
// error: showing the built-in one instead would hide the mistake.
func (o overlay) Open(name string) (fs.File, error) {
	for _, place := range places(name) {
		f, err := o.theme.Open(place)
		if err == nil && !isDir(f) {
			return f, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil {
			_ = f.Close() // a folder of the theme never hides a built-in one
		}
	}
	return o.base.Open(name)
}

// ReadDir lists what is in either, once each, sorted by name; but for the folders of the theme, which hold nothing that
// is asked for.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.base, name)
	if err != nil {
		return nil, err
	}
	all := map[string]fs.DirEntry{}
	for _, e := range entries {
		all[e.Name()] = e
	}
	for _, place := range places(name) {
		added, err := fs.ReadDir(o.theme, place)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range added {
			if !e.IsDir() {
				all[e.Name()] = e
			}
		}
	}
	if name == staticDir {
		for _, top := range topFiles {
			if info, err := fs.Stat(o.theme, top); err == nil {
				all[top] = fs.FileInfoToDirEntry(info)
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }), nil
}

// topFiles are static files that may stand at the top of a theme.
var topFiles = []string{"logo.svg", "theme.css"}

// places says where in a theme the built-in name may be.
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

func isDir(f fs.File) bool {
	info, err := f.Stat()
	return err == nil && info.IsDir()
}
