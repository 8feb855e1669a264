package faults

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"ssprd/internal/portaltest"
)

// screen is what a visitor has before them; the zero screen is that nothing came.
type screen struct {
	status int
	path   string
	body   string
}

// failed tells whether a person sees that the service, and not they, went wrong.
func (s screen) failed() bool { return s.status == 0 || s.status >= http.StatusInternalServerError }

// says tells whether a sentence stands there.
func (s screen) says(key string) bool {
	return strings.Contains(html.UnescapeString(s.body), portaltest.Sentences()[key])
}

// reason is the part after the prefix of the key of the longest sentence that stands there: "code-wrong" of reason.
func (s screen) reason(prefix string) (reason string) {
	length := 0
	for key, sentence := range portaltest.Sentences() {
		name, ok := strings.CutPrefix(key, prefix+".")
		if ok && len(sentence) > length && s.says(key) {
			reason, length = name, len(sentence)
		}
	}
	return reason
}

func (v *Visitor) get(path string) screen { return v.do(http.MethodGet, path, nil) }

var ours = regexp.MustCompile(`name="form" value="([^"]*)"`)

// post submits a form of a page.
func (v *Visitor) post(s screen, path string, form url.Values) screen {
	if match := ours.FindStringSubmatch(s.body); match != nil {
		form.Set("form", html.UnescapeString(match[1]))
	}
	return v.do(http.MethodPost, path, form)
}

// do sends a request, and follows where it is led.
func (v *Visitor) do(method, path string, form url.Values) screen {
	for range 10 {
		s, to := v.send(method, path, form)
		if to == "" {
			return s
		}
		method, path, form = http.MethodGet, to, nil
	}
	v.note("led in a circle at %s", path)
	return screen{}
}

func (v *Visitor) send(method, path string, form url.Values) (s screen, to string) {
	rq, err := http.NewRequest(method, v.portal()+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.fail(method, path, err.Error())
		return screen{}, ""
	}
	rq.Host = v.site.proxy.address
	if method == http.MethodPost { // as browsers do
		rq.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rq.Header.Set("Origin", v.site.proxy.URL())
		rq.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	answer, err := v.client.Do(rq)
	if err != nil {
		v.fail(method, path, err.Error())
		return screen{}, ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.fail(method, path, err.Error())
		return screen{}, ""
	}
	v.answers[answer.StatusCode]++
	path, _, _ = strings.Cut(path, "?")
	s = screen{answer.StatusCode, path, string(body)}
	v.note("%s %s: %d %s%s", method, path, s.status, answer.Header.Get("Location"), s.reason("reason"))
	if s.failed() {
		v.fail(method, path, answer.Status)
	}
	return s, answer.Header.Get("Location")
}

func (v *Visitor) fail(method, path, why string) {
	v.note("%s %s: %s", method, path, why)
	v.trouble = append(v.trouble, fmt.Sprintf("%s %s: %s", method, path, why))
}

// portal is where they send their requests; they know it by the proxy's name wherever that is.
func (v *Visitor) portal() string {
	if v.direct != nil {
		return "http://" + v.direct.address
	}
	return v.site.proxy.URL()
}

// events follows the event stream of the waiting page, and tells where it leads; "" if it broke before.
func (v *Visitor) events() (to string) {
	ctx, cancel := context.WithDeadline(context.Background(), v.until)
	defer cancel()
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, v.portal()+"/en/wait/events", nil)
	if err != nil {
		return ""
	}
	rq.Host = v.site.proxy.address
	client := *v.client
	client.Timeout = 0
	answer, err := client.Do(rq)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	over := false
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		line := lines.Text()
		data, isData := strings.CutPrefix(line, "data: ")
		if over && isData {
			return data
		}
		over = line == "event: over"
		if line == "event: progress" {
			v.progress.Add(1)
		}
	}
	return ""
}
