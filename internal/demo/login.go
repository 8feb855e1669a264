package demo

import (
	"log/slog"
	"net/http"
	"strings"
)

// formSize bounds what the sign-in page reads of a post, in bytes.
const formSize = 4 << 10

type loginPage struct {
	frame
	Identifier string
	Problem    string
	Accepted   bool
	Name       string
	Servers    []serverView
}

type serverView struct {
	Label    string
	Accepted bool
}

// LoginPage stands for the Region's own sign-in page, to which « Continuer » leads: it tries the password on both
// servers of the directory and opens no session.
func (d *Directory) LoginPage(look Look, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := loginPage{frame: look.frame("Connexion")}
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			show(w, http.StatusOK, "login.html", page)
		case http.MethodPost:
			r.Body = http.MaxBytesReader(w, r.Body, formSize)
			page.Identifier = strings.TrimSpace(r.PostFormValue("identifier"))
			show(w, d.answer(&page, r.PostFormValue("password"), log), "login.html", page)
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		}
	})
}

// answer fills the page in and gives its status. What a wrong identifier and a wrong password look like is the same.
func (d *Directory) answer(page *loginPage, password string, log *slog.Logger) int {
	s, err := d.trySignIn(page.Identifier, password)
	switch {
	case err != nil:
		log.Warn("sign-in page of the demo", "error", err)
		page.Problem = "L’annuaire ne répond pas. Réessayez dans un instant."
		return http.StatusServiceUnavailable
	case len(s.Accepted) == 0:
		page.Title, page.Problem = "Erreur : connexion", "Identifiant ou mot de passe incorrect"
		return http.StatusUnprocessableEntity
	}
	page.Accepted, page.Name = true, s.Name
	for i, ok := range s.Accepted {
		page.Servers = append(page.Servers, serverView{labels[i], ok})
	}
	return http.StatusOK
}
