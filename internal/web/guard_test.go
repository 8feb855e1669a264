package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
