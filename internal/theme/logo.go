package theme

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// pictures wants of each SVG, the logo first, that a browser shows it as a picture: well-formed, and with nothing that the
// Content-Security-Policy stops, which would leave a hole in every page.
func (c *checker) pictures() {
	entries, err := fs.ReadDir(c.files, staticDir)
	if err != nil {
		return // walk has told
	}
	for _, e := range entries {
		file := path.Join(staticDir, e.Name())
		if path.Ext(file) != ".svg" || !Own(c.files, file) {
			continue
		}
		text, err := fs.ReadFile(c.files, file)
		if err != nil {
			c.wrong.Add(Place(c.files, file), 0, "cannot be read: %v", reason(err))
			continue
		}
		checkSVG(text, func(line int, wrong string) { c.wrong.Add(Place(c.files, file), line, "%s", wrong) })
	}
}

func checkSVG(text []byte, report func(line int, wrong string)) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	root := ""
	for {
		token, err := decoder.Token()
		line, _ := decoder.InputPos()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var syntax *xml.SyntaxError
			if errors.As(err, &syntax) {
				report(syntax.Line, "not SVG: "+syntax.Msg)
			} else {
				report(line, "not SVG: "+err.Error())
			}
			return
		}
		if d, ok := token.(xml.Directive); ok {
			decoder.Entity = entities(d)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if root == "" {
			root = element.Name.Local
			if root != "svg" {
				report(line, "not SVG: its root is <"+root+">")
			} else if element.Name.Space != "http://www.w3.org/2000/svg" {
				report(line, `<svg> lacks xmlns="http://www.w3.org/2000/svg": browsers do not show it`)
			}
		}
		checkElement(element, func(wrong string) { report(line, wrong) })
	}
	if root == "" {
		report(0, "not SVG: it is empty")
	}
}

var entity = regexp.MustCompile(`<!ENTITY\s+(\S+)\s+["']([^"']*)["']\s*>`)

// entities are those of a DOCTYPE, by which drawing programs name their namespaces.
func entities(d xml.Directive) map[string]string {
	all := map[string]string{}
	for _, found := range entity.FindAllStringSubmatch(string(d), -1) {
		all[found[1]] = found[2]
	}
	return all
}

// checkElement tells of what no browser runs or loads within a picture.
func checkElement(e xml.StartElement, report func(string)) {
	if name := e.Name.Local; name == "script" || name == "foreignObject" {
		report("<" + name + "> is not shown in a picture")
	}
	for _, a := range e.Attr {
		value := strings.TrimSpace(a.Value)
		switch {
		case strings.HasPrefix(a.Name.Local, "on"):
			report(a.Name.Local + "= is not run in a picture")
		case a.Name.Local == "href" && e.Name.Local != "a" && value != "" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "data:image/"):
			report("href=\"" + value + "\" is not loaded in a picture: wanted what it names in the file itself")
		}
	}
}
