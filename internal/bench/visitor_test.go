package bench_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"ssprd/internal/bench"
)

// scripted is a portal as far as a visitor sees it: each request has one answer.
type scripted map[string]string

// good is how a reset goes whose change takes longer than the answer to the password is held. An address is a redirect.
func good() scripted {
	const form = `<form class="sheet" method="post" action="%s">`
	return scripted{
		"GET /fr/p/usagers":                 fmt.Sprintf(form, "/fr/p/usagers"),
		"POST /fr/p/usagers a@exemple.fr":   "/fr/code",
		"GET /fr/code":                      fmt.Sprintf(form, "/fr/code?a=1&amp;b=2"),
		"POST /fr/code?a=1&b=2 482915":      "/fr/password",
		"GET /fr/password":                  fmt.Sprintf(form, "/fr/password"),
		"POST /fr/password Falaise Falaise": "/fr/wait",
		"GET /fr/wait":                      `<a class="main" href="/fr/wait?seen=7">`,
		"GET /fr/wait?seen=7":               "/fr/done",
		"GET /fr/done":                      "<h1>Réussite</h1>",
	}
}

func (s scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := r.Method + " " + r.URL.String()
	for _, field := range []string{"address", "code", "password", "confirm"} {
		if value := r.PostFormValue(field); value != "" {
			asked += " " + value
		}
	}
	answer, ok := s[asked]
	switch {
	case !ok:
		http.Error(w, asked, http.StatusUnprocessableEntity)
	case strings.HasPrefix(answer, "/"):
		w.Header().Set("Location", answer)
		w.WriteHeader(http.StatusSeeOther)
	default:
		fmt.Fprint(w, answer)
	}
}

func visit(t *testing.T, s scripted) error {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	_, err := bench.NewVisitor(server.Listener.Addr().String()).Reset("a@exemple.fr", "Falaise", func(to string) (string, error) {
		if to != "a@exemple.fr" {
			t.Errorf("the mail to %s is read", to)
		}
		return "482915", nil
	})
	return err
}

// A figure is worth something only if a reset that failed is never counted as a fast one.
func TestVisitor(t *testing.T) {
	if err := visit(t, good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(scripted){
		"the address is refused":      func(s scripted) { delete(s, "POST /fr/p/usagers a@exemple.fr") },
		"the address leads elsewhere": func(s scripted) { s["POST /fr/p/usagers a@exemple.fr"] = "/fr/ended" },
		"the code is refused":         func(s scripted) { delete(s, "POST /fr/code?a=1&b=2 482915") },
		"a page without a form":       func(s scripted) { s["GET /fr/password"] = "<p>Mot de passe</p>" },
		"the password is refused":     func(s scripted) { delete(s, "POST /fr/password Falaise Falaise") },
		"the change fails":            func(s scripted) { s["GET /fr/wait?seen=7"] = "/fr/ended" },
		"the session is lost":         func(s scripted) { s["GET /fr/done"] = "/fr/" },
		"it is not done":              func(s scripted) { s["GET /fr/done"] = "<h1>Échec</h1>" },
	} {
		t.Run(name, func(t *testing.T) {
			s := good()
			spoil(s)
			if err := visit(t, s); err == nil {
				t.Error("it is taken for a reset")
			}
		})
	}
}

func TestVisitorSkipsWait(t *testing.T) {
	s := good()
	s["GET /fr/wait"] = "/fr/done" // it was over before the page was asked for
	if err := visit(t, s); err != nil {
		t.Error(err)
	}
}

func TestDrive(t *testing.T) {
	const n, atATime = 100, 8
	var done [n]atomic.Int32
	var now, most atomic.Int32
	perSecond, err := bench.Drive(atATime, n, func(i int) error {
		at := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); at > old && !most.CompareAndSwap(old, at); old = most.Load() {
		}
		done[i].Add(1)
		return nil
	})
	if err != nil || perSecond <= 0 || most.Load() > atATime {
		t.Errorf("%v a second, %v, %d at a time", perSecond, err, most.Load())
	}
	for i := range done {
		if done[i].Load() != 1 {
			t.Errorf("number %d was done %d times", i, done[i].Load())
		}
	}
}

func TestDriveEndsAtError(t *testing.T) {
	wrong := errors.New("wrong")
	const atATime = 8
	var calls atomic.Int32
	if _, err := bench.Drive(atATime, 1000, func(int) error { calls.Add(1); return wrong }); !errors.Is(err, wrong) {
		t.Error(err)
	}
	if n := calls.Load(); n > atATime {
		t.Errorf("%d calls after an error", n)
	}
}
