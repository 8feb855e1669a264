package attack

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Browser is one visitor's: its cookies, its address, the last page that was shown. It sends what a browser sends, and
// of a form every hidden field; what it is told to send beside that is the attack.
type Browser struct {
	site    *Site
	From    string // the client's address
	To      string // HOST:PORT of what it visits: the portal, or the helpdesk
	Header  []string
	cookies map[string]string
	page    *html.Node
}

// Browser is a new visitor, at an address of its own.
func (s *Site) Browser() *Browser {
	return &Browser{site: s, From: s.client(), To: s.Address, cookies: map[string]string{}}
}

// Twin is another browser with the same cookies: a second tab, or a thief.
func (b *Browser) Twin() *Browser {
	return &Browser{site: b.site, From: b.From, To: b.To, Header: b.Header, cookies: maps.Clone(b.cookies), page: b.page}
}

// Request is what the browser would send.
func (b *Browser) Request(method, target, form string) Request {
	rq := Request{Method: method, Target: target, Host: b.To, From: b.From, To: b.To, Body: form}
	for name, value := range b.cookies {
		rq.Header = append(rq.Header, "Cookie: "+name+"="+value)
	}
	if method == http.MethodPost { // Fetch Metadata, RFC 6454 section 7
		rq.Header = append(rq.Header, "Origin: https://"+b.To, "Sec-Fetch-Site: same-origin",
			"Content-Type: application/x-www-form-urlencoded")
	}
	rq.Header = append(rq.Header, b.Header...)
	return rq
}

// Do sends a request, takes its cookies, and shows its page if it is one with a form.
func (b *Browser) Do(rq Request) Answer {
	b.site.t.Helper()
	return b.Take(b.site.Send(rq))
}

// Take takes an answer as the browser's own.
func (b *Browser) Take(a Answer) Answer {
	for _, cookie := range (&http.Response{Header: a.Header}).Cookies() {
		b.cookies[cookie.Name] = cookie.Value
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		}
	}
	if page, err := html.Parse(strings.NewReader(a.Body)); err == nil && len(forms(page)) > 0 {
		b.page = page
	}
	return a
}

// Get opens an address.
func (b *Browser) Get(path string) Answer {
	b.site.t.Helper()
	return b.Do(b.Request(http.MethodGet, path, ""))
}

// Post submits the form of an address, as it stands on the last page; with the values alone if there is none there.
func (b *Browser) Post(path string, values ...string) Answer {
	b.site.t.Helper()
	return b.Do(b.Request(http.MethodPost, path, b.Form(path, values...)))
}

// Form is the body of a form: the hidden fields that the last page has for the address, then names and values by turns.
func (b *Browser) Form(path string, values ...string) string {
	form := b.Hidden(path)
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	for _, name := range []string{"password", "confirm"} {
		b.site.keepSecret("password", form.Get(name))
	}
	return form.Encode()
}

// Hidden are the hidden fields that the last page has for an address.
func (b *Browser) Hidden(path string) url.Values {
	hidden := url.Values{}
	if b.page == nil {
		return hidden
	}
	form := forms(b.page)[path]
	if form == nil {
		return hidden
	}
	for n := range form.Descendants() {
		if n.DataAtom == atom.Input && attribute(n, "type") == "hidden" {
			hidden.Set(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return hidden
}

// forms are those of a page, by where they go: by their own address, or by a button's.
func forms(page *html.Node) map[string]*html.Node {
	found := map[string]*html.Node{}
	for n := range page.Descendants() {
		if n.DataAtom != atom.Form {
			continue
		}
		found[attribute(n, "action")] = n
		for button := range n.Descendants() {
			if to := attribute(button, "formaction"); to != "" {
				found[to] = n
			}
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// reach makes sure that the page with the form of an address is the last one shown.
func (b *Browser) reach(path, page string) {
	b.site.t.Helper()
	if b.page == nil || forms(b.page)[path] == nil {
		b.Get(page)
	}
}

// Begin types an address.
func (b *Browser) Begin(population, address string) Answer {
	b.site.t.Helper()
	b.Get("/en/p/" + population)
	return b.Post("/en/p/"+population, "address", address)
}

// Code types a code.
func (b *Browser) Code(code string) Answer {
	b.site.t.Helper()
	b.reach("/en/code", "/en/code")
	return b.Post("/en/code", "code", code)
}

// Resend asks for another code.
func (b *Browser) Resend() Answer {
	b.site.t.Helper()
	b.reach("/en/code/resend", "/en/code")
	return b.Post("/en/code/resend")
}

// Cancel ends the reset, from the page of the code.
func (b *Browser) Cancel() Answer {
	b.site.t.Helper()
	b.reach("/en/cancel", "/en/code")
	return b.Post("/en/cancel")
}

// Password chooses a new password.
func (b *Browser) Password(password string) Answer {
	b.site.t.Helper()
	b.reach("/en/password", "/en/password")
	return b.Post("/en/password", twice(password)...)
}

// twice are the fields of a new password.
func twice(password string) []string { return []string{"password", password, "confirm", password} }

// Cookie is the session's.
func (b *Browser) Cookie() string {
	for name, value := range b.cookies {
		return name + "=" + value
	}
	return ""
}
