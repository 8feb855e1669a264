package theme

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ssprd/internal/want"
)

// Check looks at the folder of a theme: at files that nothing takes, at the style sheet, the logo and their weight. What
// wrong holds would show to visitors, or was meant to and does not; warnings are what a portal can run with and should
// not. The languages are those that the portal offers. Templates and languages are checked by those who read them.
func Check(folder string, base fs.FS, languages []string) (wrong, warnings Mistakes) {
	if folder == "" {
		return nil, nil
	}
	c := checker{folder: folder, theme: open(folder), base: base, files: Lay(folder, base)}
	c.walk(".", languages)
	c.style()
	c.pictures()
	c.weight()
	return c.wrong.sorted(), c.warnings.sorted()
}

type checker struct {
	folder          string
	theme, base     fs.FS
	files           fs.FS    // both
	named           []string // the static files that the style sheets name
	wrong, warnings Mistakes
}

// place is what the administrator calls a file of the theme.
func (c *checker) place(name string) string {
	return filepath.Join(c.folder, filepath.FromSlash(name))
}

// walk looks for files that nothing takes: a misspelt name changes nothing, and nobody is told why.
func (c *checker) walk(dir string, languages []string) {
	entries, err := fs.ReadDir(c.theme, dir)
	if err != nil {
		c.wrong.Add(c.place(dir), 0, "cannot be read: %v", reason(err))
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if hidden(e.Name()) {
			continue
		}
		if e.IsDir() || e.Type() == fs.ModeSymlink && slices.Contains(folders, name) && c.isFolder(name) {
			c.walk(name, languages)
			continue
		}
		switch there, err := isFile(c.theme, name); {
		case err != nil:
			c.wrong.Add(c.place(name), 0, "cannot be read: %v", reason(err))
		case !there:
			c.wrong.Add(c.place(name), 0, "this is a link to a folder: wanted a file")
		default:
			c.file(name, languages)
		}
	}
}

// folders are those that a theme may have. Each may be a link to another folder in the theme, as in what Kubernetes mounts.
var folders = []string{"templates", "templates/helpdesk", "templates/mail", "locales", "static"}

func (c *checker) isFolder(name string) bool {
	info, err := fs.Stat(c.theme, name)
	return err == nil && info.IsDir()
}

// notes may stand at the top of a theme: they are for people.
var notes = []string{"README", "LICENSE", "LICENCE", "COPYING", "NOTICE"}

func (c *checker) file(name string, languages []string) {
	dir, file := path.Split(name)
	switch dir {
	case "static/":
		return // the style sheet and templates may name any
	case "locales/":
		c.language(file, languages)
		return
	case "":
		if slices.Contains(topFiles, file) || slices.Contains(notes, strings.TrimSuffix(file, path.Ext(file))) {
			return
		}
	case "templates/", "templates/helpdesk/", "templates/mail/":
		if info, err := fs.Stat(c.base, strings.TrimPrefix(name, "templates/")); err == nil && !info.IsDir() {
			return
		}
	}
	c.wrong.Add(c.place(name), 0, "nothing takes this file%s", cmp.Or(want.Meant(name, c.taken()), elsewhere(name, c.taken())))
}

// language wants the file of a language: of one that is built in, or that the portal offers.
func (c *checker) language(file string, languages []string) {
	lang, isYAML := strings.CutSuffix(file, ".yaml")
	switch {
	case !isYAML:
		lang = strings.TrimSuffix(file, path.Ext(file))
		c.wrong.Add(c.place("locales/"+file), 0, "nothing takes this file; did you mean \"locales/%s.yaml\"?", lang)
	case !slices.Contains(languages, lang):
		c.warnings.Add(c.place("locales/"+file), 0, "portal.languages does not offer %q", lang)
	}
}

// taken are the names of files that a theme may have.
func (c *checker) taken() []string {
	all := slices.Clone(topFiles)
	_ = fs.WalkDir(c.base, ".", func(name string, d fs.DirEntry, err error) error { // an embedded tree
		switch {
		case err != nil || d.IsDir():
		case strings.HasPrefix(name, "static/"), strings.HasPrefix(name, "locales/"):
			all = append(all, name)
		default:
			all = append(all, "templates/"+name)
		}
		return nil
	})
	return all
}

// elsewhere proposes the place of a file whose name is right: templates/done.html for done.html.
func elsewhere(name string, taken []string) string {
	for _, t := range taken {
		if path.Base(t) == path.Base(name) {
			return fmt.Sprintf("; did you mean %q?", t)
		}
	}
	return ""
}

// reason leaves out the path, which the mistake names anyway.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// maxWeight is what the files of a page may weigh, in bytes: with the page itself they stay below 60 kB.
const maxWeight = 50_000

// weight adds up what a browser loads for a page.
func (c *checker) weight() {
	total, heaviest, most := 0, "", 0
	names := append([]string{"portal.css", style, "portal.js", logo, "favicon.svg"}, c.named...)
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		text, err := fs.ReadFile(c.files, path.Join(staticDir, name))
		if err != nil || name == "favicon.svg" && c.logoIsIcon() {
			continue
		}
		total += len(text)
		if Own(c.files, path.Join(staticDir, name)) && len(text) > most {
			heaviest, most = name, len(text)
		}
	}
	if total > maxWeight && heaviest != "" {
		c.warnings.Add(Place(c.files, path.Join(staticDir, heaviest)), 0,
			"%d bytes: style and what it names, script, logo and icon weigh %d together, wanted at most %d, for people on slow lines", most, total, maxWeight)
	}
}

func (c *checker) logoIsIcon() bool {
	return Own(c.files, path.Join(staticDir, logo)) && !Own(c.files, path.Join(staticDir, "favicon.svg"))
}
