package bench_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ssprd/internal/bench"
)

// The client does what browsers do: bodies of a length and in chunks, cookies that come, change and go, a connection that is
// ended.
func TestClient(t *testing.T) {
	long := strings.Repeat("Réussite ", 5000)
	handler := http.NewServeMux()
	handler.HandleFunc("GET /long", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, long) })
	handler.HandleFunc("GET /chunks", func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			fmt.Fprint(w, "part ")
			w.(http.Flusher).Flush()
		}
	})
	handler.HandleFunc("GET /end", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	handler.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "s", Value: r.PostFormValue("a"), HttpOnly: true, MaxAge: 60})
		http.SetCookie(w, &http.Cookie{Name: "t", Value: r.Header.Get("Origin")[:4]})
		http.Redirect(w, r, "/next", http.StatusSeeOther)
	})
	handler.HandleFunc("GET /next", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.Header["Cookie"]) })
	handler.HandleFunc("POST /out", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "s", MaxAge: -1})
	})
	server := httptest.NewServer(handler)
	defer server.Close()
	host := server.Listener.Addr().String()

	v := bench.NewVisitor(host)
	for _, c := range []struct {
		method, path, form string
		status             int
		location, body     string
	}{
		{"GET", "/long", "", 200, "", long},
		{"GET", "/chunks", "", 200, "", "part part part "},
		{"GET", "/end", "", 200, "", ""},
		{"GET", "/none", "", 404, "", "404 page not found\n"},
		{"POST", "/form", "a=1&b=2", 303, "/next", ""},
		{"GET", "/next", "", 200, "", host + "[s=1; t=http]"},
		{"POST", "/form", "a=3", 303, "/next", ""},
		{"GET", "/next", "", 200, "", host + "[s=3; t=http]"},
		{"POST", "/out", "", 200, "", ""},
		{"GET", "/next", "", 200, "", host + "[t=http]"},
	} {
		status, location, body, err := v.Ask(c.method, c.path, c.form)
		if err != nil || status != c.status || location != c.location || body != c.body {
			t.Errorf("%s %s: %d %q %.80q, %v", c.method, c.path, status, location, body, err)
		}
	}
	server.CloseClientConnections()
	server.Close()
	if _, _, _, err := v.Ask("GET", "/long", ""); err == nil {
		t.Error("an answer of a server that has ended")
	}
}
