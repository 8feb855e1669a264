package web

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
	"ssprd/internal/locale"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
	"ssprd/templates"
)

// people is a small working directory with one account, which answers as a test asks. What real ones answer, and when, is
// the business of dirtest.
type people struct {
	account flow.Account
	refuse  error           // what it says to a change; nil for yes
	locked  bool            // the account stays locked all the same
	taken   chan<- string   // gets each password that it is given; nil for none
	decides <-chan struct{} // closed once a change is answered; nil for at once
	arrives <-chan struct{} // closed once its one server has the change; nil for at once
}

func (p *people) Find(context.Context, string) ([]flow.Account, error) {
	return []flow.Account{p.account}, nil
}

func (p *people) SetPassword(_ context.Context, _ flow.AccountID, password secret.Text) (flow.Written, error) {
	if p.taken != nil {
		p.taken <- password.Reveal()
	}
	if p.decides != nil {
		<-p.decides
	}
	return flow.Written{ID: p.account.ID, Locked: p.locked}, p.refuse
}

func (p *people) Reached(ctx context.Context, _ flow.Written) iter.Seq[flow.ServerProgress] {
	return func(yield func(flow.ServerProgress) bool) {
		if !yield(flow.ServerProgress{}) {
			return
		}
		if p.arrives != nil {
			select {
			case <-p.arrives:
			case <-ctx.Done():
				return
			}
		}
		yield(flow.ServerProgress{Reached: true})
	}
}

// mailbox hands on the codes that are sent.
type mailbox chan string

func (b mailbox) Enqueue(m flow.Mail) error {
	if m.Kind == flow.CodeMail && !m.Nobody {
		b <- m.Code.Reveal()
	}
	return nil
}

// patience is how long anything may take that has to come.
const patience = 20 * time.Second

// walk is a visitor of a portal in the process.
type walk struct {
	t      testing.TB
	portal http.Handler
	flow   *flow.Service
	mail   mailbox
	cookie string
	at     string // the address of the page shown
	status int
	header http.Header
	page   string
}

const (
	publicURL = "https://motdepasse.example.org"
	address   = "camille@mail.example"
	chosen    = "Marée-très-haute-47"
)

func camille() *people {
	return &people{account: flow.Account{ID: "1", Identifier: "camille", Mail: []string{address}}}
}

// builtIn are the pages without a theme. They are never changed once they are made.
var builtIn = sync.OnceValues(func() (*Renderer, error) {
	speech, err := locale.LoadAll(templates.FS, []string{"fr", "en"})
	if err != nil {
		return nil, err
	}
	return NewRenderer(templates.FS, speech)
})

// visit is a visitor of a portal over p.
func visit(t *testing.T, p *people) *walk {
	t.Helper()
	return visitUnder(t, p, policy.Set{Rules: policy.Rules{MinLength: 8, MaxLength: 64, ForbidIdentity: true}}, limit.Defaults())
}

// visitUnder is a visitor of a portal over p with these rules and limits.
func visitUnder(t testing.TB, p *people, rules policy.Set, limits limit.Config) *walk {
	t.Helper()
	w := &walk{t: t, mail: make(mailbox, 10)}
	quiet, store, key := slog.New(slog.NewTextHandler(io.Discard, nil)), statetest.Guessing(state.NewMemory()), state.NewKey()
	service := flow.NewService(flow.Parts{
		Populations: []flow.Population{{Name: "usagers", Directory: p, Rules: rules.Rules, Breached: rules.Breached, Suggested: 6, Wait: time.Minute}},
		Code:        code.Defaults(), Limits: limits, Store: store, Key: key, Mailer: w.mail, Audit: audit.To(io.Discard), Log: quiet,
	})
	w.flow = service
	t.Cleanup(func() {
		if err := service.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	pages, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	w.portal, err = New(t.Context(), Options{
		Portal: Portal{PublicURL: publicURL, LoginURL: "https://www.example.org/sign-in", Name: "Portail", Organisation: "Région", Languages: []string{"fr", "en"}},
		Populations: []Population{
			{Name: "usagers", Label: Text{"": "Usagers"}},
			{Name: "support", Label: Text{"": "Support"}, Support: &Support{Phone: "05 00 00 00 00", Mail: "assistance@example.org"}},
		},
		Assisted: true, Code: code.Defaults(), Sender: "portal@example.org", Flow: service, Store: store, Key: key, Pages: pages, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// open asks for a page, and is led on as a browser is.
func (w *walk) open(path string) { w.send(http.MethodGet, path, nil) }

var formValue = regexp.MustCompile(`name="form" value="([^"]+)"`)

// post sends a form of the page shown.
func (w *walk) post(path string, fields ...string) {
	form := url.Values{}
	for pair := range slices.Chunk(fields, 2) {
		form.Set(pair[0], pair[1])
	}
	if token := formValue.FindStringSubmatch(w.page); token != nil {
		form.Set("form", token[1])
	}
	w.send(http.MethodPost, path, form)
}

func (w *walk) send(method, path string, form url.Values) {
	w.t.Helper()
	for range 5 {
		request := httptest.NewRequest(method, publicURL+path, strings.NewReader(form.Encode()))
		if method == http.MethodPost {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if w.cookie != "" {
			request.Header.Set("Cookie", w.cookie)
		}
		answer := httptest.NewRecorder()
		w.portal.ServeHTTP(answer, request)
		for _, c := range answer.Result().Cookies() {
			w.cookie = ""
			if c.MaxAge >= 0 && c.Value != "" {
				w.cookie = c.Name + "=" + c.Value
			}
		}
		w.at, w.status, w.header, w.page = path, answer.Code, answer.Header(), plain(answer.Body.String())
		if answer.Code != http.StatusSeeOther {
			return
		}
		method, path, form = http.MethodGet, answer.Header().Get("Location"), nil
	}
	w.t.Fatalf("led on and on: %s", path)
}

// plain makes every space the same.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

// prove goes on past the right code, in a language.
func (w *walk) prove(lang string) {
	w.t.Helper()
	w.open("/" + lang + "/p/usagers")
	w.post("/"+lang+"/p/usagers", "address", address)
	select {
	case code := <-w.mail:
		w.post("/"+lang+"/code", "code", code)
	case <-time.After(patience):
		w.t.Fatal("no code was sent")
	}
}

func (w *walk) choose(lang string) {
	w.t.Helper()
	w.post("/"+lang+"/password", "password", chosen, "confirm", chosen)
}

// is wants the page to be at an address, and to say all of these.
func (w *walk) is(at string, says ...string) {
	w.t.Helper()
	if w.at != at {
		w.t.Fatalf("at %s, want %s\n%s", w.at, at, w.page)
	}
	for _, text := range says {
		if !strings.Contains(w.page, text) {
			w.t.Errorf("%s does not say %q\n%s", at, text, w.page)
		}
	}
}

// openUntil opens an address again and again, until it leads to another page than the waiting page.
func (w *walk) openUntil(path string) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if w.open(path); w.at != "/fr/wait" {
			return
		}
	}
	w.t.Fatal("waited in vain")
}

func (w *walk) saysNot(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		if strings.Contains(w.page, text) {
			w.t.Errorf("%s says %q", w.at, text)
		}
	}
}
