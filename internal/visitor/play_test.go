package visitor_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"ssprd/internal/visitor"
)

// site is a small portal: a form, a cookie, a count, a page of its own making for everything else.
func site(t *testing.T) (url string, posts *atomic.Int32) {
	posts = new(atomic.Int32)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		name := "personne"
		if c, err := r.Cookie("name"); err == nil {
			name = c.Value
		}
		fmt.Fprintf(w, `<title>Accueil</title><p>Bonjour %s, vu %d fois. L’accueil.</p><a href="/away">Partir</a>
			<form method="post" action="/name"><label for="n">Nom</label><input id="n" name="name"><button>Dire</button></form>`,
			name, posts.Load())
	})
	mux.HandleFunc("POST /name", func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		http.SetCookie(w, &http.Cookie{Name: "name", Value: r.FormValue("name")})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/x", http.StatusSeeOther)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "<p>%s %s %s %s %v</p>", r.Method, r.Host, r.Header.Get("Origin"), r.Header.Get("Content-Type"), r.PostForm)
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "tombé", http.StatusInternalServerError) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, posts
}

func world(t *testing.T) visitor.World {
	url, _ := site(t)
	asked := 0
	return visitor.World{
		URL: url, Words: map[string]string{"me": "Camille", "url": url},
		Mail: func(to string) ([]string, error) {
			asked++
			if to == "a@b.example" && asked > 2 { // it takes a while
				return []string{"le code 111111", "Le code est 482\u00a0915, le 1er janvier."}, nil
			}
			return nil, nil
		},
		Verbs: map[string]func(...string) error{"fail": func(args ...string) error { return errors.New("as told: " + args[0]) }},
	}
}

func TestPlay(t *testing.T) {
	err := visitor.Play("way.txt", `
		open /
		title "Accueil"
		at /
		status 200
		see "Bonjour personne, vu 0 fois. L'accueil."
		see not "Camille"
		type "Nom" $me
		holds "Nom" "Camille"
		press "Dire"
		see "Bonjour Camille, vu 1 fois."
		back
		see "Bonjour personne"
		holds "Nom" "Camille"
		reload
		see "Bonjour Camille"
		browser second
		open /
		see "Bonjour personne, vu 1 fois."
		type "Nom" "Deux"
		press Enter twice
		see "Bonjour Deux, vu"
		reload until "vu 3 fois"
		open / until not "personne"
		browser first
		reload
		see "Bonjour Camille, vu 3 fois."
		no mail to nobody@b.example
		mail to a@b.example
		mail says "482 915"
		mail says not "111111"
		keep old
		post /echo code=$old "n=a b" n=c
		status 418
		see "POST"
		see "$url"
		see "map[code:[482 915] n:[a b c]]"
		header Origin https://evil.example
		header Host evil.example
		send PUT /echo text/plain body
		see "PUT evil.example https://evil.example text/plain"
		send DELETE /echo
		see "DELETE"
		see not "evil"
		open /
		follow "Partir"
		at https://elsewhere.example/x
	`, world(t))
	if err != nil {
		t.Error(err)
	}
}

// A failure names the file, the line and the reason, and shows the page.
func TestPlayFails(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"open /\n\nsee \"Rien\"", "bad.txt:3: see \"Rien\": it is not on the page\nat "},
		{"open /\nsee \"Rien\"", "Bonjour personne, vu 0 fois."},
		{"open /\nsee not \"Bonjour\"", "it is on the page"},
		{"open /\nsee maybe \"Bonjour\"", "neither not nor"},
		{"open /\ntitle \"Autre\"", `the title is "Accueil"`},
		{"open /\nat /fr/", `the address is "/"`},
		{"open /\nstatus 404", `the status is "200"`},
		{"open /\nholds \"Nom\" x", `the field is ""`},
		{"open /\npress \"Dire\" often", `"often" is not twice`},
		{"see \"Bonjour\"", "no page was opened"},
		{"back", "there is no page before"},
		{"open /broken", "the portal failed: at "},
		{"open / now", "open takes another number of words"},
		{"jump", "no such command"},
		{"open $nowhere", "$nowhere is not known"},
		{"fail slowly", "as told: slowly"},
		{"fail slowly until \"x\"", "as told: slowly"},
		{"see \"x", "bad.txt:1: see \"x: a quote is not closed"},
		{"mail from a@b.example", "a mail is one to somebody"},
		{"no news to a@b.example", "only mail can be missing"},
		{"mail to a@b.example\nmail says \"rien\"", "it is not in the message:\nLe code est"},
		{"open /\nopen / until \"Bonjour\"\nmail to a@b.example\nbrowser b\nno mail to a@b.example\nsee x", "no page was opened"},
	} {
		err := visitor.Play("bad.txt", c.script, world(t))
		if err == nil || !strings.HasPrefix(err.Error(), "bad.txt:") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.script, err, c.want)
		}
	}
}

// Mail that is there is not missing.
func TestUnexpectedMail(t *testing.T) {
	w := world(t)
	w.Mail = func(string) ([]string, error) { return []string{"bonjour"}, nil }
	if err := visitor.Play("x", "no mail to a@b.example", w); err == nil || !strings.Contains(err.Error(), "there is one: bonjour") {
		t.Error(err)
	}
}
