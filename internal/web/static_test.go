package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"ssprd/internal/web"
	"ssprd/templates"
)

func static(t *testing.T, files fstest.MapFS) *web.Static {
	t.Helper()
	s, err := web.NewStatic(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(h http.Handler, method, path, encoding string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

var css = bytes.Repeat([]byte("p { margin: 0 }\n"), 50)

func TestStaticServes(t *testing.T) {
	s := static(t, fstest.MapFS{"static/a.css": {Data: css}, "static/b.js": {Data: []byte("1")}, "static/c.svg": {Data: []byte("<svg/>")},
		"static/d.png": {}, "static/e.woff2": {}, "static/f.bin": {}, "static/folder/g.css": {}, "static/.a.css.swp": {Data: css}})
	for name, want := range map[string]string{
		"a.css": "text/css; charset=utf-8", "b.js": "text/javascript; charset=utf-8", "c.svg": "image/svg+xml",
		"d.png": "image/png", "e.woff2": "font/woff2", "f.bin": "application/octet-stream",
	} {
		res := ask(s, "GET", s.Address(name), "")
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s", name, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
	if s.Address("no.css") != "" || s.Address("folder") != "" || s.Address(".a.css.swp") != "" {
		t.Error("an address of what is not there")
	}
	good := s.Address("a.css")
	for path, want := range map[string]int{
		good + "x": 404, "/static/0000000000000000/b.js": 404, "/static/000000000000000g/a.css": 404, "/static/00000000000000/a.css": 404, "/static/a.css": 404, "/a.css": 404,
		strings.Replace(good, "a.css", "", 1): 404, strings.Replace(good, "a.css", "../a.css", 1): 404, "/x" + good: 404,
	} {
		if res := ask(s, "GET", path, ""); res.StatusCode != want || res.Header.Get("Cache-Control") != "" {
			t.Errorf("%s: %d, Cache-Control %q", path, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
	// R68: the page of another instance, which is of another version for a while, has its looks here too, and keeps none.
	other := ask(s, "GET", "/static/0000000000000000/a.css", "")
	if body, _ := io.ReadAll(other.Body); other.StatusCode != 200 || string(body) != string(css) || other.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("another version: %d %q, Cache-Control %q", other.StatusCode, body, other.Header.Get("Cache-Control"))
	}
	if res := ask(s, "POST", good, ""); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", res.StatusCode)
	}
	head := ask(s, "HEAD", good, "")
	if body, _ := io.ReadAll(head.Body); len(body) > 0 || head.ContentLength != int64(len(css)) {
		t.Errorf("HEAD: %d bytes, Content-Length %d", len(body), head.ContentLength)
	}
}

func TestStaticCompresses(t *testing.T) {
	s := static(t, fstest.MapFS{"static/a.css": {Data: css}, "static/b.js": {Data: []byte("1")}})
	for encoding, want := range map[string]string{
		"gzip, br": "gzip", "br, gzip;q=0.5": "gzip", "": "", "br": "", "gzip;q=0": "", "x-gzip": "",
	} {
		res := ask(s, "GET", s.Address("a.css"), encoding)
		if res.Header.Get("Content-Encoding") != want || res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", encoding, res.Header)
		}
		var body io.Reader = res.Body
		if want == "gzip" {
			z, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		if text, err := io.ReadAll(body); err != nil || !bytes.Equal(text, css) {
			t.Errorf("%q: other bytes (%v)", encoding, err)
		}
	}
	if res := ask(s, "GET", s.Address("b.js"), "gzip"); res.Header.Get("Content-Encoding") != "" {
		t.Error("what is not made smaller is compressed")
	}
}

// A change of any file changes the address of all: they may name each other.
func TestStaticAddressFollowsContent(t *testing.T) {
	address := func(a, b string) string {
		return static(t, fstest.MapFS{"static/a.css": {Data: []byte(a)}, "static/b.css": {Data: []byte(b)}}).Address("a.css")
	}
	if address("1", "2") != address("1", "2") {
		t.Error("the address changes by itself")
	}
	if address("1", "2") == address("1", "3") || address("1", "2") == address("2", "1") || address("12", "") == address("1", "2") {
		t.Error("the address does not follow the content")
	}
	if _, err := web.NewStatic(fstest.MapFS{}); err == nil {
		t.Error("no static folder: no error")
	}
}

// The built-in style and script are small, and take nothing from anywhere else (R25).
func TestBuiltInStaticFiles(t *testing.T) {
	size := 0
	for _, name := range []string{"portal.css", "portal.js"} {
		text, err := templates.FS.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		size += len(text)
		for _, bad := range []string{"http:", "https:", "url(", "@import", "eval("} {
			if bytes.Contains(text, []byte(bad)) {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
	if size > 30_000 {
		t.Errorf("%d bytes", size)
	}
}
