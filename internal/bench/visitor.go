package bench

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Took is how long one reset took, step by step. The portal answers for all of them but Mail, which the mail server and
// the queue before it take; no page waits for it.
type Took struct {
	Address  time.Duration // the answer to the address
	Mail     time.Duration // from then on until the code is there
	Code     time.Duration // the answer to the code
	Password time.Duration // from the new password until the page says that it is done
	Whole    time.Duration // all of this, and the pages
}

// patience is how long a person waits for anything.
const patience = 30 * time.Second

// visitor is one person at a browser: it loads no files, and reads of a page only where its first form goes. What pages say is
// tested elsewhere. After the first thing that goes wrong it does nothing any more, and err says what it was.
type visitor struct {
	client
	population string                         // whose form is filled in
	seen       func(path string, body []byte) // is told of each page that is shown; may be nil
	err        error
}

// page is what a visitor needs of one: where its first form goes and what is hidden in it, where the waiting page's button leads,
// and whether it says that all is done.
type page struct {
	action, form, refresh string
	done                  bool
}

func read(body []byte) page {
	return page{
		action:  between(body, `method="post" action="`),
		form:    between(body, `name="form" value="`),
		refresh: between(body, `href="/fr/wait?`),
		done:    bytes.Contains(body, []byte("Réussite")),
	}
}

// between is what stands in a body from a text to the next quotation mark, as a browser understands it; empty if there is none.
func between(body []byte, text string) string {
	_, rest, _ := bytes.Cut(body, []byte(text))
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return html.UnescapeString(string(value))
}

// reset goes through the pages. code reads the code from the mail to an address.
func (v *visitor) reset(mail, password string, code func(to string) (string, error)) (took Took, err error) {
	start := time.Now()
	took.Address, _ = v.begin(mail)
	page := v.get("/fr/code")
	typed := ""
	took.Mail = v.clock(func() { typed, v.err = code(mail) })
	took.Code = v.clock(func() { v.post(page, []string{"/fr/password"}, "code", typed) })
	page = v.get("/fr/password")
	took.Password = v.clock(func() {
		at := v.post(page, []string{"/fr/done", "/fr/wait"}, "password", password, "confirm", password)
		page = v.wait(at)
	})
	took.Whole = time.Since(start)
	if v.err == nil && !page.done {
		v.err = errors.New("the last page does not say that it is done")
	}
	if v.err != nil {
		v.err = fmt.Errorf("the reset of %s: %w", mail, v.err)
	}
	return took, v.err
}

// begin types an address, and tells how long the answer took.
func (v *visitor) begin(address string) (time.Duration, error) {
	page := v.get("/fr/p/" + v.population)
	took := v.clock(func() { v.post(page, []string{"/fr/code"}, "address", address) })
	return took, v.err
}

// wait follows the waiting page, whose button is answered once something has moved, to its end.
func (v *visitor) wait(at string) page {
	for until := time.Now().Add(2 * patience); at != "/fr/done"; {
		a, page := v.page(http.MethodGet, at, "")
		switch {
		case v.err != nil:
			return page
		case a.status == http.StatusSeeOther && a.location == "/fr/done":
			at = a.location
		case a.status != http.StatusOK || page.refresh == "":
			v.err = fmt.Errorf("GET %s: %d %s", at, a.status, a.location)
		case time.Now().After(until):
			v.err = errors.New("the change does not come to its end")
		default:
			at = "/fr/wait?" + page.refresh
		}
	}
	return v.get(at)
}

// get shows a page.
func (v *visitor) get(path string) page {
	a, page := v.page(http.MethodGet, path, "")
	if v.err == nil && a.status != http.StatusOK {
		v.err = fmt.Errorf("GET %s: %d %s", path, a.status, a.location)
	}
	return page
}

// post submits the first form of a page, with names and values by turns. It must lead to one of the pages named, and tells to
// which.
func (v *visitor) post(page page, leads []string, fields ...string) (to string) {
	if v.err == nil && page.action == "" {
		v.err = errors.New("a page without a form")
	}
	if page.form != "" {
		fields = append(fields, "form", page.form)
	}
	var form strings.Builder
	for i := 0; i < len(fields); i += 2 {
		form.WriteString(fields[i] + "=" + url.QueryEscape(fields[i+1]) + "&")
	}
	a, _ := v.page(http.MethodPost, page.action, strings.TrimSuffix(form.String(), "&"))
	if v.err == nil && (a.status != http.StatusSeeOther || !slices.Contains(leads, a.location)) {
		v.err = unexpected{page.action, a}
	}
	return a.location
}

// unexpected is an answer to a form that leads nowhere, or elsewhere.
type unexpected struct {
	to string
	answer
}

func (u unexpected) Error() string { return fmt.Sprintf("POST %s: %d %s", u.to, u.status, u.location) }

// page makes a request, and reads the page that it shows if it is one.
func (v *visitor) page(method, path, form string) (a answer, p page) {
	a = v.ask(method, path, form, func(a answer, body []byte) {
		if p = read(body); v.seen != nil && a.status == http.StatusOK {
			v.seen(path, body)
		}
	})
	return a, p
}

// ask makes a request, unless something has gone wrong before.
func (v *visitor) ask(method, path, form string, read func(a answer, body []byte), more ...string) (a answer) {
	if v.err == nil {
		a, v.err = v.client.do(method, path, form, read, more...)
	}
	return a
}

// clock tells how long f took.
func (v *visitor) clock(f func()) time.Duration {
	if v.err != nil {
		return 0
	}
	start := time.Now()
	f()
	return time.Since(start)
}
