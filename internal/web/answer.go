package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ssprd/internal/flow"
	"ssprd/internal/reference"
)

// request is what a handler gets: the language of its pages, the form if it is a post, and a context that holds the
// visitor's session.
type request struct {
	context.Context
	lang   string
	path   string     // without the language, for the same page in another one
	form   url.Values // each field at most once
	query  url.Values
	param  func(name string) string
	client netip.Addr
	ref    string // the reference number of the visitor's reset, if there is one

	browser context.Context // ends when the browser gives up, that of a post too
}

// answer is what a handler gives: a page, or an address to go to.
type answer struct {
	status int // of the page
	page   Page
	part   string // the part of the page that is sent; the whole of it if empty
	to     string
	last   bool // of the session: once the page is out, its cookie is worth nothing

	file func(io.Writer) error // in place of a page: a table to be kept as a file
	name string                // of that file
}

func show(page Page) answer { return answer{status: http.StatusOK, page: page} }
func part(page Page, name string) answer {
	return answer{status: http.StatusOK, page: page, part: name}
}
func correct(page Page) answer   { return answer{status: http.StatusUnprocessableEntity, page: page} }
func last(page Page) answer      { return answer{status: http.StatusOK, page: page, last: true} }
func goTo(address string) answer { return answer{to: address} }

// handler does the work of one route. It writes nothing: what it returns is answered, an error too, in one place.
type handler func(*request) (answer, error)

// visitorError is a request that no page of ours makes; it is the visitor's, and nothing for the log.
type visitorError struct{ status int }

func (e visitorError) Error() string { return http.StatusText(e.status) }

// serve runs a handler: it reads the form, which has no other than these fields, loads the session, and answers.
func (s *site) serve(lang string, h handler, fields ...string) gin.HandlerFunc {
	return func(c *gin.Context) {
		rq := &request{Context: c.Request.Context(), lang: lang, path: c.Request.URL.Path[len(lang)+1:], query: query(c.Request.URL), param: c.Param}
		if err := s.run(c, rq, h, fields); err != nil {
			s.fail(c.Writer, rq, err)
		}
	}
}

func (s *site) run(c *gin.Context, rq *request, h handler, fields []string) (err error) {
	if rq.form, err = readForm(c, fields); err != nil {
		return err
	}
	rq.client, rq.browser = client(c), c.Request.Context()
	ctx, err := s.sessions.load(c.Request)
	if err != nil {
		return err
	}
	rq.Context = ctx
	if c.Request.Method == http.MethodPost { // what is half done is lost: a right code whose session was not kept is used up
		rq.Context = context.WithoutCancel(rq.Context)
	}
	a, err := h(rq)
	if err != nil {
		return err
	}
	return s.answer(c, rq, a)
}

// client is the visitor's address: the peer's, or what a trusted proxy says. Gin knows no address with a zone
// (fe80::1%eth0).
func client(c *gin.Context) netip.Addr {
	if address, err := netip.ParseAddr(c.ClientIP()); err == nil {
		return address
	}
	peer, _ := netip.ParseAddrPort(c.Request.RemoteAddr)
	return peer.Addr()
}

// answer makes everything that the request has changed last, and only then lets the visitor know.
func (s *site) answer(c *gin.Context, rq *request, a answer) error {
	if err := s.sessions.save(rq, c.Writer); err != nil {
		return err
	}
	if c.Request.Method == http.MethodPost && a.part == "" { // of which nothing is lost
		if err := s.store.Sync(rq); err != nil {
			return fmt.Errorf("storing: %w", err)
		}
	}
	if a.to != "" {
		c.Redirect(http.StatusSeeOther, a.to)
		return nil
	}
	if a.file != nil {
		return s.send(rq, c.Writer, a)
	}
	if a.last && c.Request.Method == http.MethodGet { // a HEAD has shown nothing
		return s.writeLast(c.Writer, rq, a)
	}
	if a.part != "" {
		return s.pages.Fragment(htmlWriter{c.Writer, a.status}, a.page, a.part)
	}
	return s.write(c.Writer, a.status, a.page)
}

// writeLast writes the page of an outcome and ends the session (R21): a reload, or whoever comes to this browser next, is
// shown nothing of it. It ends it last, so that a page which could not be written can be had again.
func (s *site) writeLast(w http.ResponseWriter, rq *request, a answer) error {
	s.sessions.forget(rq, w)
	if err := s.write(w, a.status, a.page); err != nil {
		w.Header().Del("Set-Cookie")
		w.Header().Del("Clear-Site-Data")
		return err
	}
	if err := s.sessions.Destroy(rq); err != nil {
		s.log.ErrorContext(rq, "a session could not be ended", "error", err)
	}
	return nil
}

// fileWithin is how long a file may take: making it, and sending it.
const fileWithin = 5 * time.Minute

// send streams a file. What fails once a part of it is out cuts the connection: half a file must not look like a whole one.
func (s *site) send(ctx context.Context, w http.ResponseWriter, a answer) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+a.name+`"`)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fileWithin)) // the server's own is for answers that end at once
	if err := a.file(w); err != nil {
		s.log.ErrorContext(ctx, "a file could not be sent whole", "file", a.name, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (s *site) write(w http.ResponseWriter, status int, page Page) error {
	if err := s.pages.Render(htmlWriter{w, status}, page); err != nil {
		return defect{err}
	}
	return nil
}

// htmlWriter sends the status with the first byte, so that a page that cannot be rendered can still become an error.
type htmlWriter struct {
	http.ResponseWriter
	status int
}

func (w htmlWriter) Write(b []byte) (int, error) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(w.status)
	return w.ResponseWriter.Write(b)
}

// defect is an error of the program itself: what is asked again is answered by it again.
type defect struct{ error }

func (d defect) Unwrap() error { return d.error }

// retryAfter is when a browser, or whatever else asked, may try again what we cannot do now, in seconds.
const retryAfter = "30"

// fail answers an error: a page for the person, with a reference number under which the log has the whole chain. Where it
// is no fault of the request or of the program, something is away on which the portal stands (the state, the record): the
// page says so, and leads on to where the person was once that is back.
func (s *site) fail(w http.ResponseWriter, rq *request, err error) {
	path := rq.path
	rq.path = "/" // the page in another language: this address may be one that no page has
	page := ErrorPage{Status: http.StatusServiceUnavailable}
	var visitor visitorError
	var own defect
	switch {
	case errors.As(err, &visitor):
		page.Status = visitor.status
	case errors.As(err, &own):
		page.Status = http.StatusInternalServerError
	default:
		page.Retry = s.home(rq.lang) + strings.TrimPrefix(path, "/") // there is a page at the address of every form
		w.Header().Set("Retry-After", retryAfter)
	}
	if page.Status >= http.StatusInternalServerError {
		page.Reference = cmp.Or(rq.ref, reference.From(rq).Request)
		s.log.ErrorContext(rq, "a request failed", "path", path, "error", err)
	}
	if err := s.write(w, page.Status, s.mistaken(rq, page)); err != nil {
		s.log.ErrorContext(rq, "an error page could not be written", "error", err)
	}
}

// maxForm is more than any form of ours needs, in bytes: a password of 4096 bytes twice, percent-encoded.
const maxForm = 32 << 10

// readForm reads the form of a post: urlencoded, small, of these fields alone, each once (R5: of two addresses in one
// field, one was checked and the other was used, CVE-2023-7028).
func readForm(c *gin.Context, fields []string) (url.Values, error) {
	if c.Request.Method != http.MethodPost {
		return nil, nil
	}
	if c.ContentType() != gin.MIMEPOSTForm {
		return nil, visitorError{http.StatusBadRequest}
	}
	if len(c.Request.URL.RawQuery) > maxQuery {
		return nil, visitorError{http.StatusBadRequest}
	}
	c.Request.Body = &fewFields{http.MaxBytesReader(c.Writer, c.Request.Body, maxForm), maxFields}
	if err := c.Request.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, visitorError{http.StatusRequestEntityTooLarge}
		}
		return nil, visitorError{http.StatusBadRequest}
	}
	for name, values := range c.Request.Form { // of the address and the body together
		if len(values) != 1 || !slices.Contains(fields, name) {
			return nil, visitorError{http.StatusBadRequest}
		}
	}
	return c.Request.PostForm, nil
}

// at is a handler for one step: it gets the visitor's reset if that is where it stands, and otherwise leads to the page
// of where it does (a reload, the back button, a second tab).
func (p *portal) at(h func(*request, flow.Reset) (answer, error), states ...flow.State) handler {
	return func(rq *request) (answer, error) {
		v := p.visit(rq)
		if v.ID == "" {
			return goTo(p.home(rq.lang)), nil
		}
		rq.ref = p.flow.Reference(v)
		rq.Context = reference.ForReset(rq.Context, rq.ref)
		a, err := p.atStep(rq, v, h, states)
		if !errors.Is(err, flow.ErrNoReset) {
			return a, err
		}
		if rq.form != nil { // another request of the session may have won: whoever has its cookie is led to where it has led
			return goTo(p.home(rq.lang) + "code"), nil
		}
		rq.path = "/" // the page in another language: this one is shown once
		return last(p.endedPage(rq, flow.Gone, time.Time{})), nil
	}
}

func (p *portal) atStep(rq *request, v flow.Visit, h func(*request, flow.Reset) (answer, error), states []flow.State) (answer, error) {
	r, err := p.flow.Look(rq, v)
	if err != nil {
		return answer{}, err
	}
	if !slices.Contains(states, r.State) || rq.form != nil && !p.isForm(rq, v, r) {
		return goTo(p.where(rq.lang, r)), nil
	}
	return h(rq, r)
}

// current is a handler for an address that has no page: with no state of its own, at leads on from it.
func (p *portal) current(rq *request, r flow.Reset) (answer, error) {
	return goTo(p.where(rq.lang, r)), nil
}
