package browsertest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// reportViolations runs before the scripts of every page. What the policy forbids reaches the watch by the console.
const reportViolations = `addEventListener("securitypolicyviolation",
	e => console.error("policy violated:", e.violatedDirective, e.blockedURI))`

// watch keeps what happens in a tab beside what its person sees.
type watch struct {
	origin   *url.URL
	mu       sync.Mutex
	requests []string // "POST /fr/code"
	problems []string
}

// see takes one event of the browser. It must not wait.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.request(e.Request)
	case *network.EventWebSocketCreated:
		w.problem("a web socket to %s", e.URL)
	case *runtime.EventExceptionThrown:
		w.problem("an exception: %s %s", e.ExceptionDetails.Text, description(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			w.problem("the console: %s", arguments(e.Args))
		}
	case *log.EventEntryAdded:
		if !answeredWithError(e.Entry) && !cleared(e.Entry) && !halfSeen(e.Entry) {
			w.problem("the log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	}
}

func (w *watch) request(r *network.Request) {
	u, err := url.Parse(r.URL)
	if err == nil && u.Scheme == "data" { // it leaves for nowhere, as the picture in Chromium's own field of a date
		return
	}
	if err != nil || u.Scheme != w.origin.Scheme || u.Host != w.origin.Host {
		w.problem("a request leaves for another host: %s", r.URL)
		return
	}
	w.requests = append(w.requests, r.Method+" "+u.Path)
}

func (w *watch) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// answeredWithError tells whether Chromium only notes that a page came with a status such as 422 or 404: the page itself
// tells the person.
func answeredWithError(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && strings.Contains(e.Text, "the server responded with a status of")
}

// cleared tells whether Chromium only notes that it has done what Clear-Site-Data asked for.
func cleared(e *log.Entry) bool {
	return e.Level == log.EntryLevelInfo && strings.Contains(e.Text, "Cleared data types")
}

// halfSeen tells whether Chromium only hints that a form of a password has no field of a username. It looks at each field
// once: where a page is still arriving, the field of the username is in the first look, the passwords in the second alone.
// TestWholeWayWithJavaScript looks for the field itself.
func halfSeen(e *log.Entry) bool {
	return e.Level == log.EntryLevelVerbose && strings.Contains(e.Text, "[DOM] Password forms should have (optionally hidden) username fields")
}

func description(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description + strings.Trim(string(o.Value), `"`) // an object has the one, a value the other
}

func arguments(objects []*runtime.RemoteObject) string {
	words := make([]string, 0, len(objects))
	for _, o := range objects {
		words = append(words, description(o))
	}
	return strings.Join(words, " ")
}

// count tells how many such requests were sent.
func (w *watch) count(request string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.requests {
		if r == request {
			n++
		}
	}
	return n
}

func (w *watch) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.problems)
}
