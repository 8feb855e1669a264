package web

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"ssprd/internal/reference"
)

// R28, R57: a panic is answered by a page with a reference, and logged under it with its kind and where it was. What it
// says of itself is not: it may hold anything that was in the hands of who panicked, a password among it.
func TestPanic(t *testing.T) {
	const password = "Marée-très-haute-47"
	for name, cause := range map[string]any{
		"a text": "cannot write " + password, "an error": fmt.Errorf("writing: %w", errors.New(password)),
		"a value": struct{ Password string }{password}, "bytes": []byte(password), "a pointer": &struct{ p string }{password},
	} {
		t.Run(name, func(t *testing.T) {
			for _, handler := range []func(*bytes.Buffer) slog.Handler{
				func(b *bytes.Buffer) slog.Handler {
					return slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})
				},
				func(b *bytes.Buffer) slog.Handler {
					return slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})
				},
			} {
				var log bytes.Buffer
				answer := panicking(t, slog.New(reference.Log(handler(&log))), cause)
				shown := regexp.MustCompile(`<b>([0-9A-Z]{5}-[0-9A-Z]{5})</b>`).FindStringSubmatch(answer.Body.String())
				if answer.Code != http.StatusInternalServerError || shown == nil {
					t.Fatalf("%d without a reference: %s", answer.Code, answer.Body)
				}
				for _, want := range []string{shown[1], "panic", fmt.Sprintf("%T", cause), "panic_test.go"} {
					if !strings.Contains(log.String(), want) {
						t.Errorf("the log does not say %q: %s", want, &log)
					}
				}
				for _, text := range []string{password, "haute-47", fmt.Sprint([]byte(password)), fmt.Sprintf("%x", password)} {
					if strings.Contains(log.String(), text) || strings.Contains(answer.Body.String(), text) {
						t.Errorf("the password got out: %s", &log)
					}
				}
				if answer.Header().Get("Content-Security-Policy") == "" {
					t.Error("the headers are missing")
				}
			}
		})
	}
}

// panicking is the answer to a request whose handler panics.
func panicking(t *testing.T, log *slog.Logger, cause any) *httptest.ResponseRecorder {
	t.Helper()
	p := bare(t, log)
	request := httptest.NewRequest(http.MethodPost, "https://motdepasse.example.org/fr/password", nil)
	answer := httptest.NewRecorder()
	p.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(cause) })).ServeHTTP(answer, request)
	return answer
}

// bare is a portal without anything behind it.
func bare(t *testing.T, log *slog.Logger) *portal {
	t.Helper()
	pages, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	p := &portal{Options: Options{Portal: Portal{Name: "Portail", Organisation: "Région", Languages: []string{"fr", "en"}}}}
	if p.site, err = newSite(publicURL, "portal.public_url", p.Portal.Languages, pages, nil, log); err != nil {
		t.Fatal(err)
	}
	p.mistaken, p.around = p.errorPage, p.standings()
	return p
}
