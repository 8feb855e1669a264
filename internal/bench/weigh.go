package bench

import (
	"io"
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
func (w *world) weigh() (pages []Page) {
	w.t.Helper()
	v := newVisitor(w.url, w.transport)
	v.seen = func(path, page string) {
		weight := Page{Path: path, HTML: len(page)} // pages are never packed, and the last one is shown once
		var names []string
		for _, match := range staticFile.FindAllStringSubmatch(page, -1) {
			names = append(names, match[1])
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			weight.Files += v.weight(name)
		}
		pages = append(pages, weight)
	}
	v.get("/fr/")
	p := w.people(1)[0]
	if _, err := v.reset(p.Mail, password(p), w.code); err != nil {
		w.t.Fatal(err)
	}
	return pages
}

// weight loads something once more, as a browser asks for it: a header of our own keeps net/http from unpacking.
func (v *visitor) weight(path string) int {
	if v.err != nil {
		return 0
	}
	request, err := http.NewRequest(http.MethodGet, v.url+path, nil)
	if err != nil {
		v.err = err
		return 0
	}
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := v.client.Do(request)
	if err != nil {
		v.err = err
		return 0
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	v.err = err
	return int(n)
}
