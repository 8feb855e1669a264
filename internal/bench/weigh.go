package bench

import (
	"net/http"
	"regexp"
	"slices"
)

// Page is what a browser loads for a page whose files it does not have yet, in bytes as they come over the line,
// without headers.
type Page struct {
	Path  string
	HTML  int
	Files int // style sheet, script and icon, packed where the portal packs them
}

var staticFile = regexp.MustCompile(`"(/static/[^"]+)"`)

// weigh loads every page that a reset shows for certain, in the course of one.
func (w *world) weigh() (pages []Page, err error) {
	v, files := w.visitor(w.host), w.visitor(w.host)
	v.seen = func(path string, body []byte) {
		weight := Page{Path: path, HTML: len(body)} // pages are never packed, and the last one is shown once
		var names []string
		for _, match := range staticFile.FindAllSubmatch(body, -1) {
			names = append(names, string(match[1]))
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			files.ask(http.MethodGet, name, "", func(_ answer, file []byte) { weight.Files += len(file) }, "Accept-Encoding: gzip")
		}
		pages = append(pages, weight)
	}
	v.get("/fr/")
	people, err := w.people(1)
	if err != nil {
		return nil, err
	}
	if _, err := v.reset(people[0].Mail, password(people[0]), w.sink.code); err != nil {
		return nil, err
	}
	return pages, files.err
}
