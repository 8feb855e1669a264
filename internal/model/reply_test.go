package model

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// reply is what came back.
type reply struct {
	status  int
	to      string // where it leads, without the language; of an event stream, the first event
	page    string // what it shows, by its title
	cookie  string // the new one, if there is one
	dropped bool   // the cookie is taken away
	hidden  map[string]url.Values
}

func (r reply) String() string {
	s := fmt.Sprintf("%d %s%s", r.status, r.page, r.to)
	if r.cookie != "" {
		s += ", a new cookie"
	}
	if r.dropped {
		s += ", no more cookie"
	}
	return s
}

// patience is how long an answer, or a mail, may take.
const patience = 30 * time.Second

// cookieName is that of the session, without TLS.
const cookieName = "ssprd"

// send does a with the cookie.
func (w *world) send(a act, cookie string) (reply, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel() // ends a stream of which the first event was read
	request, err := a.request(ctx, w.url, cookie)
	if err != nil {
		return reply{}, err
	}
	response, err := w.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	r := reply{status: response.StatusCode, to: strings.TrimPrefix(response.Header.Get("Location"), "/"+a.lang)}
	for _, c := range response.Cookies() {
		if c.Name == cookieName {
			r.cookie, r.dropped = c.Value, c.Value == ""
		}
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		r.to, err = firstEvent(response.Body, a.lang)
		return r, err
	}
	if r.to != "" {
		_, err = io.Copy(io.Discard, response.Body)
		return r, err
	}
	return r, r.read(response.Body, a.lang)
}

func (a act) request(ctx context.Context, portal, cookie string) (*http.Request, error) {
	body, kind := a.fields.Encode(), "application/x-www-form-urlencoded"
	address := portal + a.address()
	switch {
	case a.fault == notAForm:
		body, kind = `{"code": "000000"}`, "application/json"
	case a.method == http.MethodGet || a.method == http.MethodHead || a.method == http.MethodTrace:
		if body != "" { // what would move a reset if it were posted
			address += "?" + body
		}
		body, kind = "", ""
	}
	request, err := http.NewRequestWithContext(ctx, a.method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if a.method != http.MethodGet && a.method != http.MethodHead {
		request.Header.Set("Origin", portal)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if cookie != "" {
		request.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
	}
	switch a.fault {
	case crossOrigin:
		request.Header.Set("Origin", "https://evil.example")
		request.Header.Set("Sec-Fetch-Site", "cross-site")
	case foreignHost:
		request.Host = "evil.example"
	}
	return request, nil
}

// firstEvent is what a stream says first.
func firstEvent(body io.Reader, lang string) (string, error) {
	lines := bufio.NewScanner(body)
	var event []string
	for lines.Scan() && lines.Text() != "" {
		_, value, _ := strings.Cut(lines.Text(), ": ")
		event = append(event, value)
	}
	if err := lines.Err(); err != nil || len(event) < 2 {
		return "", fmt.Errorf("an event of %d lines: %v", len(event), err)
	}
	if event[0] == "over" {
		return "over " + strings.TrimPrefix(event[1], "/"+lang), nil
	}
	return event[0], nil
}

// titles are those of the pages, in both languages, and what this test calls them.
var titles = map[string]string{
	"Mot de passe oublié": "/", "Forgotten password": "/", "Assistance": "support", "Support": "support",
	"Renseignez votre adresse mail ou votre identifiant": "address", "Enter your email address or your identifier": "address",
	"Saisissez le code de sécurité": "/code", "Enter the security code": "/code",
	"Choisissez le compte": "/account", "Choose the account": "/account",
	"Modifier le mot de passe": "/password", "Change the password": "/password",
	"Veuillez patienter": "/wait", "Please wait": "/wait", "Réussite": "/done", "Success": "/done",
	"Demande annulée": "/ended", "Request cancelled": "/ended", "La demande a expiré": "/ended", "The request has expired": "/ended",
	"La demande n’est plus ouverte": "/ended", "The request is no longer open": "/ended",
	"Trop de codes erronés": "/ended", "Too many wrong codes": "/ended",
	"Trop de mots de passe refusés": "/ended", "Too many refused passwords": "/ended",
	"Déclaration d’accessibilité": "accessibility", "Accessibility statement": "accessibility",
	"Demande incomprise": "error", "Request not understood": "error", "Demande refusée": "error", "Request refused": "error",
	"Page introuvable": "error", "Page not found": "error", "Demande trop longue": "error", "Request too long": "error",
	"Adresse inconnue": "error", "Unknown address": "error",
}

// read takes from a page what the model looks at: its title, and the hidden fields of its forms.
func (r *reply) read(body io.Reader, lang string) error {
	root, err := html.Parse(body)
	if err != nil {
		return err
	}
	r.hidden = map[string]url.Values{}
	form := ""
	for n := range root.Descendants() {
		switch {
		case n.DataAtom == atom.Title && n.FirstChild != nil:
			title, _, _ := strings.Cut(strings.Join(strings.Fields(n.FirstChild.Data), " "), " – ")
			if _, after, ok := strings.Cut(title, ":"); ok { // « Erreur : »
				title = strings.TrimSpace(after)
			}
			if r.page = titles[title]; r.page == "" {
				r.page = title
			}
		case n.DataAtom == atom.Form:
			form = strings.TrimPrefix(attribute(n, "action"), "/"+lang)
			r.hidden[form] = url.Values{}
		case n.DataAtom == atom.Input && attribute(n, "type") == "hidden":
			r.hidden[form].Add(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return nil
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
