package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ssprd/internal/audit"
	"ssprd/internal/child"
	"ssprd/internal/flow"
	"ssprd/internal/reference"
	"ssprd/internal/state"
	"ssprd/internal/web"
)

// fault is what goes wrong while it is on.
type fault struct{ on atomic.Bool }

var errFault = errors.New("the disk is gone")

func (f *fault) err() error {
	if f.on.Load() {
		return errFault
	}
	return nil
}

type faultyStore struct {
	state.Store
	*fault
}

func (s faultyStore) Get(ctx context.Context, key string) (state.Record, error) {
	if err := s.err(); err != nil {
		return state.Record{}, err
	}
	return s.Store.Get(ctx, key)
}

func (s faultyStore) Update(ctx context.Context, key string, f func([]byte) (state.Record, error)) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.Update(ctx, key, f)
}

func (s faultyStore) Sync(ctx context.Context) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.Sync(ctx)
}

type faultyRecord struct {
	flow.Recorder
	*fault
}

func (r faultyRecord) Record(ctx context.Context, e audit.Event) error {
	if err := r.err(); err != nil {
		return err
	}
	return r.Recorder.Record(ctx, e)
}

// faulty is a portal in the process whose parts fail on demand, and its log.
type faulty struct {
	url           string
	store, record fault
	log           *lines
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func startFaulty(t *testing.T) *faulty {
	t.Helper()
	_, c, p := joined(t)
	f := &faulty{log: &lines{}}
	p.store, p.log = faultyStore{p.store, &f.store}, slog.New(reference.Log(slog.NewTextHandler(f.log, nil)))
	p.flow = flow.NewService(flow.Parts{Populations: p.populations(c), Code: c.Code, Limits: c.Limits, Store: p.store, Key: p.key,
		Mailer: p.mail, Audit: faultyRecord{p.audit, &f.record}, Log: p.log})
	server := httptest.NewUnstartedServer(nil)
	f.url = "http://" + server.Listener.Addr().String()
	c.Portal.PublicURL = f.url
	handler, err := web.New(t.Context(), p.portal(c, extras{}))
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return f
}

// browser is a visitor who follows nothing by itself.
type browser struct {
	*http.Client
	url, form string // the last hidden field seen
}

func (f *faulty) browser() *browser { return newBrowser(f.url) }

func newBrowser(url string) *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{url: url, Client: &http.Client{Jar: jar, Timeout: child.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var hiddenForm = regexp.MustCompile(`name="form" value="([^"]+)"`)

func (b *browser) do(t *testing.T, method, path string, form url.Values) (status int, body string) {
	t.Helper()
	if form != nil && b.form != "" {
		form.Set("form", b.form)
	}
	rq, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		rq.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if match := hiddenForm.FindSubmatch(text); match != nil {
		b.form = string(match[1])
	}
	return answer.StatusCode, string(text)
}

var shownNumber = regexp.MustCompile(`<b>([0-9A-Z]{5}-[0-9A-Z]{5})</b>`) // of a request, or of a reset

// R28: whatever part fails, at whatever step, the answer is one page with a reference, the same for somebody and for
// nobody; the log has the cause under that reference, the page has not; and nothing has gone on.
func TestFaultsAreToldAlike(t *testing.T) {
	f := startFaulty(t)
	for name, broken := range map[string]*fault{"state": &f.store, "record": &f.record} {
		answers := map[string][]string{}
		for _, typed := range []string{"camille.durand@mail.example", "nobody@mail.example"} {
			b := f.browser()
			fail := func(method, path string, form url.Values) {
				t.Helper()
				broken.on.Store(true)
				status, body := b.do(t, method, path, form)
				broken.on.Store(false)
				match := shownNumber.FindStringSubmatch(body)
				if status != http.StatusServiceUnavailable || match == nil {
					t.Fatalf("%s, %s %s: %d %s", name, method, path, status, body)
				}
				if log := f.log.String(); !strings.Contains(log, "request="+match[1]) && !strings.Contains(log, "ref="+match[1]) || strings.Contains(body, errFault.Error()) {
					t.Errorf("%s, %s %s: the reference %s is not in the log, or the cause is in the page", name, method, path, match[1])
				}
				if !strings.Contains(body, `href="`+path+`"`) {
					t.Errorf("%s, %s %s: the page does not lead on to where the person was: %s", name, method, path, body)
				}
				answers[typed] = append(answers[typed], strings.Replace(body, match[1], "REFERENCE", 1))
			}
			goOn := func(want int, method, path string, form url.Values) {
				t.Helper()
				if status, body := b.do(t, method, path, form); status != want {
					t.Fatalf("%s, %s %s: %d %s", name, method, path, status, body)
				}
			}
			start := url.Values{"address": {typed}}
			fail(http.MethodPost, "/fr/p/usagers", start)
			goOn(http.StatusSeeOther, http.MethodGet, "/fr/code", nil) // nothing was begun: it leads to the first page
			goOn(http.StatusSeeOther, http.MethodPost, "/fr/p/usagers", start)
			goOn(http.StatusOK, http.MethodGet, "/fr/code", nil)
			if broken == &f.store {
				fail(http.MethodGet, "/fr/code", nil)
				fail(http.MethodPost, "/fr/code/resend", url.Values{})
			}
			fail(http.MethodPost, "/fr/code", url.Values{"code": {"000000"}})
			fail(http.MethodPost, "/fr/cancel", url.Values{})
			goOn(http.StatusOK, http.MethodGet, "/fr/code", nil)
		}
		if a, b := strings.Join(answers["camille.durand@mail.example"], "\n"), strings.Join(answers["nobody@mail.example"], "\n"); a != b {
			t.Errorf("%s: somebody is told\n%s\nand nobody\n%s", name, a, b)
		}
	}
	if !strings.Contains(f.log.String(), errFault.Error()) {
		t.Error("the log does not have the cause")
	}
}

// R21, R25: over TLS the cookie is bound to this host by the browser itself, and goes along with nothing that comes from
// another site; the browser is told to come back by TLS alone.
func TestSecureCookie(t *testing.T) {
	_, c, p := joined(t)
	c.Portal.PublicURL = "https://motdepasse.example.org"
	handler, err := web.New(t.Context(), p.portal(c, extras{}))
	if err != nil {
		t.Fatal(err)
	}
	rq := httptest.NewRequest(http.MethodPost, "/fr/p/usagers", strings.NewReader("address=nobody%40mail.example"))
	rq.Host = "motdepasse.example.org"
	rq.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rq.Header.Set("Cookie", "__Host-ssprd=chosen-by-a-stranger")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, rq)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies: %v", len(cookies), w.Header())
	}
	k := cookies[0]
	if k.Name != "__Host-ssprd" || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Path != "/" || k.Domain != "" ||
		k.MaxAge != 0 || !k.Expires.IsZero() {
		t.Errorf("%s", k)
	}
	if len(k.Value) < 43 || k.Value == "chosen-by-a-stranger" { // 32 random bytes in base64
		t.Errorf("the token is %q", k.Value)
	}
	if got := w.Header().Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
		t.Errorf("HSTS: %q", got)
	}
}
