package bench

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
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

// visitor is one person at a browser, as cheap as can be, for it shares the processors with what is measured: it loads no
// files, and reads of a page only where its first form goes. What pages say is tested elsewhere. After the first thing that goes wrong it does
// nothing any more, and err says what it was.
type visitor struct {
	client *http.Client
	url    string                  // of the portal
	seen   func(path, page string) // is told of each page that is shown; may be nil
	err    error
}

func newVisitor(url string, transport http.RoundTripper) *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{url: url, client: &http.Client{Jar: jar, Transport: transport, CheckRedirect: stay, Timeout: 30 * time.Second}}
}

// reset goes through the pages. code reads the code from the mail to an address.
func (v *visitor) reset(mail, password string, code func(to string) string) (took Took, err error) {
	start := time.Now()
	took.Address, _ = v.begin(mail)
	page := v.get("/fr/code")
	typed := ""
	took.Mail = v.clock(func() { typed = code(mail) })
	took.Code = v.clock(func() { v.post(page, url.Values{"code": {typed}}, "/fr/password") })
	page = v.get("/fr/password")
	took.Password = v.clock(func() {
		at := v.post(page, url.Values{"password": {password}, "confirm": {password}}, "/fr/done", "/fr/wait")
		page = v.wait(at)
	})
	took.Whole = time.Since(start)
	if v.err == nil && !strings.Contains(page, "Réussite") {
		v.err = errors.New("the last page does not say that it is done")
	}
	if v.err != nil {
		v.err = fmt.Errorf("the reset of %s: %w", mail, v.err)
	}
	return took, v.err
}

// begin types an address, and tells how long the answer took.
func (v *visitor) begin(address string) (time.Duration, error) {
	page := v.get("/fr/p/usagers")
	took := v.clock(func() { v.post(page, url.Values{"address": {address}}, "/fr/code") })
	return took, v.err
}

// wait follows the waiting page, whose button is answered once something has moved, to its end.
func (v *visitor) wait(at string) string {
	for until := time.Now().Add(time.Minute); at != "/fr/done"; {
		status, to, page := v.do(http.MethodGet, at, nil)
		_, refresh, ok := strings.Cut(page, `href="/fr/wait?`)
		switch {
		case v.err != nil:
			return ""
		case status == http.StatusSeeOther && to == "/fr/done":
			at = to
		case status != http.StatusOK || !ok:
			v.err = fmt.Errorf("GET %s: %d %s", at, status, to)
		case time.Now().After(until):
			v.err = errors.New("the change does not come to its end")
		default:
			refresh, _, _ = strings.Cut(refresh, `"`)
			at = "/fr/wait?" + html.UnescapeString(refresh)
		}
	}
	return v.get(at)
}

// get shows a page.
func (v *visitor) get(path string) string {
	status, to, page := v.do(http.MethodGet, path, nil)
	if v.err == nil && status != http.StatusOK {
		v.err = fmt.Errorf("GET %s: %d %s", path, status, to)
	}
	if v.err == nil && v.seen != nil {
		v.seen(path, page)
	}
	return page
}

// post submits the first form of a page. It must lead to one of the pages named, and tells to which.
func (v *visitor) post(page string, form url.Values, leads ...string) (to string) {
	_, action, ok := strings.Cut(page, `method="post" action="`)
	action, _, _ = strings.Cut(action, `"`)
	if v.err == nil && !ok {
		v.err = errors.New("a page without a form")
	}
	if _, ours, ok := strings.Cut(page, `name="form" value="`); ok {
		ours, _, _ = strings.Cut(ours, `"`)
		form.Set("form", ours)
	}
	status, to, _ := v.do(http.MethodPost, html.UnescapeString(action), strings.NewReader(form.Encode()))
	if v.err == nil && (status != http.StatusSeeOther || !slices.Contains(leads, to)) {
		v.err = fmt.Errorf("POST %s: %d %s", action, status, to)
	}
	return to
}

func (v *visitor) do(method, path string, form io.Reader) (status int, to, body string) {
	if v.err != nil {
		return 0, "", ""
	}
	request, err := http.NewRequest(method, v.url+path, form)
	if err != nil {
		v.err = err
		return 0, "", ""
	}
	if method == http.MethodPost { // as browsers do
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", v.url)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := v.client.Do(request)
	if err != nil {
		v.err = err
		return 0, "", ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	v.err = err
	return response.StatusCode, response.Header.Get("Location"), string(text)
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
