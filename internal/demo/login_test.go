package demo_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ssprd/internal/demo"
)

func signIn(w *demo.World, identifier, password string) *httptest.ResponseRecorder {
	form := url.Values{"identifier": {identifier}, "password": {password}}
	r := httptest.NewRequest("POST", demo.LoginPath, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.Directory.LoginPage(demo.Look{CSS: "/static/portal.css", Home: "/"}, discard).ServeHTTP(rec, r)
	return rec
}

func TestLoginPage(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	rec := httptest.NewRecorder()
	w.Directory.LoginPage(demo.Look{CSS: "/static/portal.css", Home: "/accueil"}, discard).ServeHTTP(rec, httptest.NewRequest("GET", demo.LoginPath, nil))
	if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, `<a class="plain" href="/accueil">Mot de passe perdu</a>`) {
		t.Errorf("%d %s", rec.Code, body)
	}
	checkStrict(t, rec)

	const yes, no = "Connexion réussie", "Identifiant ou mot de passe incorrect"
	tests := []struct{ name, identifier, password, want string }{
		{"by address", "camille.durand@mail.example", demo.InitialPassword, yes},
		{"by identifier", "h.castelnau", demo.InitialPassword, yes},
		{"spaces around", " mlaborde ", demo.InitialPassword, yes},
		{"shared mailbox", "lycee.montaigne@lycees.example", demo.InitialPassword, yes},
		{"wrong", "camille.durand@mail.example", "autre", no},
		{"nobody", "personne@mail.example", demo.InitialPassword, no},
		{"no password", "camille.durand@mail.example", "", no},
		{"closed account", "ines.marchal@courriel.example", demo.InitialPassword, no},
		{"R8: everybody", "*", demo.InitialPassword, no},
		{"nothing", "", "", no},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := signIn(w, test.identifier, test.password)
			body := rec.Body.String()
			if strings.Contains(body, yes) != (test.want == yes) || strings.Contains(body, no) != (test.want == no) {
				t.Errorf("want %q, got %d %s", test.want, rec.Code, body)
			}
			if test.password != "" && strings.Contains(body, test.password) {
				t.Error("the page shows the password")
			}
		})
	}
}

// Right after a change the page says which server does not have it yet.
func TestLoginTellsTheReplica(t *testing.T) {
	opts := fast
	opts.ReplicaDelay = time.Hour
	w := startWorld(t, t.TempDir(), opts)
	if _, err := reset(service(t, w, w.Directory.Primary()), camille, "Nouveau-2026-Passe"); err != nil {
		t.Fatal(err)
	}
	body := signIn(w, "camille.durand@mail.example", "Nouveau-2026-Passe").Body.String()
	if !strings.Contains(body, "Annuaire de Bordeaux : mot de passe accepté") || !strings.Contains(body, "Annuaire de Limoges : pas encore à jour") {
		t.Errorf("got %s", body)
	}
}

func TestLoginWithoutADirectory(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rec := signIn(w, "camille.durand@mail.example", demo.InitialPassword)
	if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "ne répond pas") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestLoginMethods(t *testing.T) {
	w := startWorld(t, t.TempDir(), fast)
	rec := httptest.NewRecorder()
	w.Directory.LoginPage(demo.Look{}, discard).ServeHTTP(rec, httptest.NewRequest("PUT", demo.LoginPath, nil))
	if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") == "" {
		t.Errorf("PUT: %d", rec.Code)
	}
}
