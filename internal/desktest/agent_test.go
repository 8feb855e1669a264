package desktest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// browser is somebody's: its cookies, and an address of the loopback network of its own.
type browser struct {
	w      *world
	origin string
	http   *http.Client
}

func (w *world) browser(origin string) *browser {
	w.browsers++
	from := &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+w.browsers/250), byte(1+w.browsers%250))}
	jar, _ := cookiejar.New(nil) // never fails
	dialer := net.Dialer{LocalAddr: from, Timeout: child.Patience}
	return &browser{w, origin, &http.Client{
		Jar: jar, Timeout: child.Patience,
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, to)
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is what came back.
type reply struct {
	status int
	to     string // where a redirect leads
	body   string
}

// says tells whether a sentence of the locale stands in the page.
func (r reply) says(key string) bool {
	sentence := portaltest.Sentences()[key]
	return sentence != "" && strings.Contains(html.UnescapeString(r.body), sentence)
}

func (r reply) page() *html.Node {
	page, err := html.Parse(strings.NewReader(r.body))
	if err != nil {
		panic(err) // of a reader that cannot fail
	}
	return page
}

// short is what there is to tell of it in a failure.
func (r reply) short() string {
	main := strings.Join(strings.Fields(text(find(r.page(), func(n *html.Node) bool { return n.DataAtom == atom.Main }))), " ")
	return fmt.Sprintf("%d to %q: %.300s", r.status, r.to, main)
}

func (b *browser) do(method, path string, form url.Values) (reply, error) {
	request, err := http.NewRequest(method, b.origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		return reply{}, err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", b.origin)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := b.http.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header.Get("Location"), string(body)}, err
}

func (b *browser) get(path string) reply {
	b.w.t.Helper()
	r, err := b.do(http.MethodGet, path, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return r
}

// form is one with these values, in turns names and values.
func form(values ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		f.Set(values[i], values[i+1])
	}
	return f
}

func (b *browser) post(path string, f url.Values) reply {
	b.w.t.Helper()
	r, err := b.do(http.MethodPost, path, f)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return r
}

// atOnce sends requests at the same time, each of them from a browser, whose connections are open already.
func (w *world) atOnce(sends ...func() (reply, error)) []reply {
	w.t.Helper()
	replies, errs := make([]reply, len(sends)), make([]error, len(sends))
	var ready, all sync.WaitGroup
	now := make(chan struct{})
	ready.Add(len(sends))
	for i, send := range sends {
		all.Go(func() {
			ready.Done()
			<-now
			replies[i], errs[i] = send()
		})
	}
	ready.Wait()
	close(now)
	all.Wait()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return replies
}

// agent is one who is signed in.
type agent struct {
	*browser
	who
	token string // of the forms of the session
}

// signIn lets somebody in by password and code; nil, and what the page says, where they are not let in.
func (w *world) signIn(p who) (*agent, reply) {
	w.t.Helper()
	a := &agent{browser: w.browser(w.desk), who: p}
	mailed := len(w.codes(p.Mail))
	r := a.browser.post("/en/sign-in", form("name", p.UID, "password", dirtest.InitialPassword))
	if r.to != "/en/code" {
		return nil, r
	}
	w.expect(p.Mail, "code of an agent")
	w.until("the code of "+p.UID, func() bool { return len(w.codes(p.Mail)) > mailed })
	f := a.shown(a.get("/en/code"), "/en/code")
	f.Set("code", w.codes(p.Mail)[mailed])
	if r = a.browser.post("/en/code", f); r.to != "/en/" {
		w.t.Fatalf("the right code of %s: %s", p.UID, r.short())
	}
	a.token = a.shown(a.get("/en/"), "/en/search").Get("form")
	if a.token == "" {
		w.t.Fatalf("the first page of %s has no form", p.UID)
	}
	return a, r
}

// agent is signIn of somebody who must be let in.
func (w *world) agent(p who) *agent {
	w.t.Helper()
	a, r := w.signIn(p)
	if a == nil {
		w.t.Fatalf("%s is not let in: %s", p.UID, r.short())
	}
	return a
}

// post sends a form with the token of the session.
func (a *agent) post(path string, f url.Values) reply {
	a.w.t.Helper()
	f.Set("form", a.token)
	return a.browser.post(path, f)
}

// order is the form of an act, as pages have it, but for the mark of the page: each is another order.
func order(reason string) url.Values {
	return form("reason", reason, "once", rand.Text(), "check-1", "on", "check-2", "on")
}

// shown are the fields of the form of a page that goes to a path; of a card, whose buttons go to several, those of its form.
func (a *agent) shown(r reply, action string) url.Values {
	goesThere := func(n *html.Node) bool {
		return n.DataAtom == atom.Form && attribute(n, "method") == "post" && (attribute(n, "action") == action ||
			find(n, func(n *html.Node) bool { return n.DataAtom == atom.Button && attribute(n, "formaction") == action }) != nil)
	}
	f := url.Values{}
	if n := find(r.page(), goesThere); n != nil {
		for field := range n.Descendants() {
			if field.DataAtom == atom.Input && attribute(field, "name") != "" {
				f.Set(attribute(field, "name"), attribute(field, "value"))
			}
		}
	}
	return f
}

func find(page *html.Node, is func(*html.Node) bool) *html.Node {
	for n := range page.Descendants() {
		if is(n) {
			return n
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// offers are the acts of a card, and what it says of each: done, asked, or why not.
func (r reply) offers() map[string]string {
	said := map[string]string{}
	page := r.page()
	for n := range page.Descendants() {
		to := attribute(n, "href") + attribute(n, "formaction")
		switch act := to[strings.LastIndex(to, "/")+1:]; {
		case (n.DataAtom == atom.A || n.DataAtom == atom.Button) && isAct(act):
			said[act] = done
			if strings.Contains(next(n), portaltest.Sentences()["desk.approval"]) {
				said[act] = asked
			}
		case n.DataAtom == atom.Div && attribute(n, "class") == "cannot":
			act, why := cannot(text(n))
			said[act] = why
		}
	}
	return said
}

// next is the text of the element that follows.
func next(n *html.Node) string {
	for n = n.NextSibling; n != nil; n = n.NextSibling {
		if n.Type == html.ElementNode {
			return text(n)
		}
	}
	return ""
}

// cannot reads what a card says of an act that it does not offer.
func cannot(said string) (act, why string) {
	for _, a := range acts {
		if strings.HasPrefix(said, portaltest.Sentences()["desk-act."+a]) {
			act = a
		}
	}
	for key, sentence := range portaltest.Sentences() {
		if word, is := strings.CutPrefix(key, "desk-refusal."); is && strings.HasSuffix(said, sentence) {
			why = word
		}
	}
	return act, why
}

func isAct(word string) bool { return word == send || word == unlock || word == dictate }

// spoken is the code that a page shows to be dictated.
func (r reply) spoken() string {
	n := find(r.page(), func(n *html.Node) bool { return strings.Contains(attribute(n, "class"), "spoken") })
	if n == nil {
		return ""
	}
	return digits(text(n))
}

// long is a code of the helpdesk as it stands in a mail, alone.
var long = regexp.MustCompile(`(?m)^\d{3}(\D?\d{3}){4}$`)

// short is one of an agent, in a sentence.
var short = regexp.MustCompile(`\b\d{3}[\s\x{a0}\x{202f}]?\d{3}\b`)

func digits(text string) string { return regexp.MustCompile(`\D`).ReplaceAllString(text, "") }
