package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"sync"
)

//go:embed pages
var files embed.FS

// pages are parsed when the first is shown: the program is seldom a demo.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.ParseFS(files, "pages/*.html")) })

// Where the pages of the demo stand, beside the portal.
const (
	MailboxPath = "/demo/mailbox"
	LoginPath   = "/demo/login"
)

// Look is what the demo's pages take from the portal that they stand beside.
type Look struct {
	CSS  string // the address of the portal's style sheet
	Home string // the address of the portal's first page
}

// frame is what stands around a page.
type frame struct {
	Look
	Title          string
	Mailbox, Login string
}

func (l Look) frame(title string) frame {
	return frame{Look: l, Title: title, Mailbox: MailboxPath, Login: LoginPath}
}

// policy lets a page load the style sheet of its own site and post to it, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// show renders a page whole before the first byte of it leaves.
func show(w http.ResponseWriter, status int, name string, page any) {
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, name, page); err != nil {
		http.Error(w, "Page indisponible.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
