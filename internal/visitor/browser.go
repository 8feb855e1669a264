package visitor

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
)

// formType is how a browser sends a form.
const formType = "application/x-www-form-urlencoded"

// browser is one visitor's: its cookies, and the pages it has shown, of which the last is on the screen.
type browser struct {
	home   *url.URL
	client *http.Client
	pages  []*page
	header http.Header // of the next request alone
}

func newBrowser(home *url.URL) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{home: home, header: http.Header{}}
	b.client = &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if next.URL.Host != home.Host || len(via) > 10 {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b, nil
}

// page is the one on the screen; nil before the first.
func (b *browser) page() *page {
	if len(b.pages) == 0 {
		return nil
	}
	return b.pages[len(b.pages)-1]
}

// shown is the page on the screen, or an error before the first.
func (b *browser) shown() (*page, error) {
	if p := b.page(); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no page was opened")
}

// request is what the browser sends.
type request struct {
	method      string
	to          *url.URL
	contentType string
	body        string
	header      http.Header // what a script adds, or puts in the place of what a browser sends
}

// dressed is the request with the headers that were set for the next one, of which there are none from now on.
func (b *browser) dressed(rq request) request {
	rq.header, b.header = b.header, http.Header{}
	return rq
}

func (s *submission) request() request {
	if s.method == http.MethodPost {
		return request{method: s.method, to: s.to, contentType: formType, body: s.values.Encode()}
	}
	to := *s.to
	to.RawQuery = s.values.Encode()
	return request{method: s.method, to: &to}
}

// open sends a request and shows the page that it leads to. Pages of other sites are not asked for.
func (b *browser) open(rq request) error {
	next, err := b.fetch(b.dressed(rq))
	if err != nil {
		return err
	}
	b.pages = append(b.pages, next)
	return nil
}

// openTwice sends a request twice at once and shows the page of the second. Where the first leads nobody goes: a browser
// gives up a page on its way when another is asked for.
func (b *browser) openTwice(rq request) error {
	var both sync.WaitGroup
	var first error
	rq = b.dressed(rq)
	both.Go(func() {
		message, err := b.message(rq)
		if err != nil {
			first = err
			return
		}
		client := *b.client
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		answer, err := client.Do(message)
		if err == nil {
			err = answer.Body.Close()
		}
		first = err
	})
	second, err := b.fetch(rq)
	both.Wait()
	if err != nil {
		return err
	}
	b.pages = append(b.pages, second)
	return first
}

func (b *browser) fetch(rq request) (*page, error) {
	if rq.to.Host != b.home.Host {
		return newPage(rq.to, 0, strings.NewReader(""))
	}
	message, err := b.message(rq)
	if err != nil {
		return nil, err
	}
	answer, err := b.client.Do(message)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if away, err := answer.Location(); err == nil {
		return newPage(away, 0, strings.NewReader(""))
	}
	p, err := newPage(answer.Request.URL, answer.StatusCode, answer.Body)
	if err == nil && p.status >= http.StatusInternalServerError {
		return nil, fmt.Errorf("the portal failed: %s", p.describe())
	}
	return p, err
}

// message is the request with the headers that a browser adds to it (Fetch Metadata, RFC 6454 section 7).
func (b *browser) message(rq request) (*http.Request, error) {
	message, err := http.NewRequest(rq.method, rq.to.String(), io.Reader(strings.NewReader(rq.body)))
	if err != nil {
		return nil, err
	}
	if rq.contentType != "" {
		message.Header.Set("Content-Type", rq.contentType)
	}
	if rq.method != http.MethodGet {
		message.Header.Set("Origin", b.home.Scheme+"://"+b.home.Host)
		message.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range rq.header {
		message.Header[name] = values
	}
	if host := rq.header.Get("Host"); host != "" {
		message.Host = host
	}
	return message, nil
}
