package canary

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// browser is one visitor's. It takes down every answer, its cookies and its forms' tokens.
type browser struct {
	w      *world
	url    string // of the portal, or of the helpdesk
	name   string // of the cookie there
	cookie string
	forms  map[string]url.Values // hidden fields, by action
	at     string                // where the last answer leads, or what was asked for
	status int
	page   string
	what   string // the last answer, as it was taken down
}

func (w *world) browser() *browser { return &browser{w: w, url: w.url, name: cookieName} }

const cookieName = "ssprd"

var tags = regexp.MustCompile(`<[^>]*>`)

// get asks for a page.
func (b *browser) get(path string) *browser { return b.send(http.MethodGet, path, "", "", nil) }

// post sends a form, with what is hidden in it.
func (b *browser) post(path string, fields ...string) *browser {
	values := url.Values{}
	for name, hidden := range b.forms[path] {
		values[name] = hidden
	}
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, "application/x-www-form-urlencoded", values.Encode(), nil)
}

// send sends any request, with headers that take the place of a browser's.
func (b *browser) send(method, path, kind, body string, header http.Header) *browser {
	b.w.t.Helper()
	request, err := http.NewRequestWithContext(b.w.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.w.t.Fatal(err)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if method != http.MethodGet {
		request.Header.Set("Origin", b.url)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if b.cookie != "" {
		request.AddCookie(&http.Cookie{Name: b.name, Value: b.cookie})
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		request.Host = host
	}
	answer, err := b.w.client.Do(request)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.took(method+" "+path, path, answer, text)
	return b
}

// took takes an answer down, all but the cookie that it brings.
func (b *browser) took(what, path string, answer *http.Response, text []byte) {
	for _, c := range answer.Cookies() {
		if c.Name == b.name {
			b.cookie = b.w.add(secret{what: "a session's cookie", value: c.Value})
		}
	}
	answer.Header.Del("Set-Cookie")
	var whole bytes.Buffer
	fmt.Fprintln(&whole, answer.Status, answer.Header)
	whole.Write(text)
	b.w.answers++
	b.what = fmt.Sprintf("the answer %d, to %s", b.w.answers, what)
	b.w.put(output{what: b.what, content: whole.Bytes(), page: b})
	b.w.put(output{what: b.what, content: dense(tags.ReplaceAll(text, nil)), page: b}) // a code is written in groups
	b.status, b.at, b.page = answer.StatusCode, path, string(text)
	if to := answer.Header.Get("Location"); to != "" {
		b.at = to
		return
	}
	b.read(text)
}

// read takes down what is hidden in the page's forms.
func (b *browser) read(text []byte) {
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		b.w.t.Fatal(err)
	}
	action := ""
	b.forms = map[string]url.Values{}
	for n := range root.Descendants() {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		switch {
		case n.DataAtom == atom.Form:
			action = attributes["action"]
			b.forms[action] = url.Values{}
		case n.DataAtom == atom.Input && attributes["type"] == "hidden":
			b.forms[action].Add(attributes["name"], attributes["value"])
			if attributes["name"] == "form" {
				b.w.add(secret{what: "a form's token", value: attributes["value"], page: b})
			}
		case n.DataAtom == atom.Button && attributes["formaction"] != "":
			b.forms[attributes["formaction"]] = b.forms[action]
		case n.DataAtom == atom.Code && n.FirstChild != nil:
			b.w.add(secret{what: "a proposed password", value: n.FirstChild.Data, page: b})
		}
	}
}

// led fails the test unless the last answer led there.
func (b *browser) led(to string) *browser {
	b.w.t.Helper()
	if b.at != to || b.status != http.StatusSeeOther {
		b.w.t.Fatalf("%d %s, want to be led to %s\n%s", b.status, b.at, to, b.page)
	}
	return b
}

// answered fails the test unless the last answer had this status.
func (b *browser) answered(status int) *browser {
	b.w.t.Helper()
	if b.status != status {
		b.w.t.Fatalf("%d %s, want %d\n%s", b.status, b.at, status, b.page)
	}
	return b
}
