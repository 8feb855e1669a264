package demo

import (
	"net/http"
	"strings"
	"time"
)

type mailboxPage struct {
	frame
	To       string
	Messages []messageView
}

// messageView is a message as the page shows it: text only, since the page lets nobody's HTML in.
type messageView struct {
	Subject    string
	To         []string
	When, ISO  string
	Paragraphs [][]string // lines
}

// Page shows the messages, the newest first; ?to=ADDRESS those to one address.
func (m *Mailbox) Page(look Look) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		page := mailboxPage{frame: look.frame("Boîte aux lettres de démonstration"), To: strings.TrimSpace(r.URL.Query().Get("to"))}
		for _, msg := range m.Messages() {
			if page.To == "" || msg.isTo(page.To) {
				page.Messages = append(page.Messages, msg.view())
			}
		}
		show(w, http.StatusOK, "mailbox.html", page)
	})
}

func (m Message) view() messageView {
	v := messageView{Subject: m.Subject, To: m.To, When: m.Date.Local().Format("02/01/2006 à 15:04:05"), ISO: m.Date.Format(time.RFC3339)}
	if v.Subject == "" {
		v.Subject = "(sans objet)"
	}
	text := strings.ReplaceAll(m.Text, "\r\n", "\n")
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.Trim(p, "\n"); p != "" {
			v.Paragraphs = append(v.Paragraphs, strings.Split(p, "\n"))
		}
	}
	return v
}
