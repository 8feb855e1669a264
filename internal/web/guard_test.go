package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// R26: one host, in whichever way a browser writes it, and no other.
func TestHost(t *testing.T) {
	for _, c := range []struct {
		got, public, scheme string
		same                bool
	}{
		{"motdepasse.example.org", "motdepasse.example.org", "https", true},
		{"MotDePasse.example.org", "motdepasse.example.org", "https", true},
		{"motdepasse.example.org", "Motdepasse.Example.org:443", "https", true},
		{"motdepasse.example.org:443", "motdepasse.example.org", "https", true},
		{"motdepasse.example.org:80", "motdepasse.example.org", "https", false},
		{"motdepasse.example.org:8443", "motdepasse.example.org", "https", false},
		{"127.0.0.1:8080", "127.0.0.1:8080", "http", true},
		{"localhost:8080", "127.0.0.1:8080", "http", true},
		{"127.0.0.1:8080", "localhost:8081", "http", false},
		{"localhost:80", "localhost", "http", true},
		{"motdepasse.example.org.evil.example", "motdepasse.example.org", "https", false},
		{"motdepasse.example.org.", "motdepasse.example.org", "https", false},
		{"", "motdepasse.example.org", "https", false},
	} {
		if same := host(c.got, c.scheme) == host(c.public, c.scheme); same != c.same {
			t.Errorf("%q for %s://%s: %v", c.got, c.scheme, c.public, same)
		}
	}
}

// R26: of the page for another host every link leads to ours: there is nothing under the other name. Nor do the error pages that
// come after it have anything from it, whoever came first.
func TestPageForAnotherHost(t *testing.T) {
	p := bare(t, slog.New(slog.DiscardHandler))
	p.Populations = []Population{{Name: "aide", Support: &Support{Phone: "05 00 00 00 00"}}}
	p.around = p.standings()
	ask := func(host string, header ...string) string {
		request := httptest.NewRequest(http.MethodGet, "/nowhere", nil)
		request.Host = host
		request.Header.Set("Accept-Language", "en")
		answer := httptest.NewRecorder()
		p.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.reject(w, r, http.StatusNotFound) })).ServeHTTP(answer, request)
		return answer.Body.String()
	}
	links := regexp.MustCompile(`<a\b[^>]* href="([^"]*)"`)
	for _, page := range []string{ask("other.example.org"), ask("other.example.org")} {
		all := links.FindAllStringSubmatch(page, -1)
		for _, link := range all {
			if !strings.HasPrefix(link[1], publicURL+"/") && !strings.HasPrefix(link[1], "tel:") && link[1] != "#main" {
				t.Errorf("a link leads to %s", link[1])
			}
		}
		if len(all) < 5 || !strings.Contains(page, publicURL+"/en/p/aide") {
			t.Errorf("links: %q", all)
		}
	}
	own := ask("motdepasse.example.org")
	if strings.Contains(own, publicURL) || !strings.Contains(own, `<html lang="en">`) {
		t.Errorf("the page of an error here:\n%s", own)
	}
	if first := p.pages.sets[setKey{"en", "error"}].first; first != p.around["en"] {
		t.Errorf("pages of errors are made as the first one was: %+v", first)
	}
}

// R26: a host that is not ours is refused, and the log says so, which an administrator needs whose proxy does not pass it on;
// a stranger can fill it neither with many, nor with what they send (R57).
func TestOtherHostIsTold(t *testing.T) {
	var log bytes.Buffer
	p := bare(t, slog.New(slog.NewTextHandler(&log, nil)))
	for range 20 {
		request := httptest.NewRequest(http.MethodGet, "/fr/", nil)
		request.Host = "backend:8080"
		answer := httptest.NewRecorder()
		p.guard(http.NotFoundHandler()).ServeHTTP(answer, request)
		if answer.Code != http.StatusMisdirectedRequest {
			t.Fatal(answer.Code)
		}
	}
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "wanted=motdepasse.example.org") || strings.Contains(said, "backend") {
		t.Error(said)
	}
}
