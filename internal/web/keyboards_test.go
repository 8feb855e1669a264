package web

import (
	"testing"
	"time"
)

// R36: what was typed reaches the directory byte for byte, past the form and the judgement.
func TestBytesAsTyped(t *testing.T) {
	for name, password := range map[string]string{
		"composed":      "Mar\u00e9e-tr\u00e8s-haute-47",
		"decomposed":    "Mare\u0301e-tre\u0300s-haute-47",
		"compatibility": "\ufb01let-\uff21-haute-47-€",
		"spaces":        "  Marée +%41 haute\u00a047  ",
	} {
		t.Run(name, func(t *testing.T) {
			taken := make(chan string, 1)
			p := camille()
			p.taken = taken
			w := visit(t, p)
			w.prove("fr")
			w.post("/fr/password", "password", password, "confirm", password)
			select {
			case got := <-taken:
				if got != password {
					t.Errorf("the directory is given %q, want %q", got, password)
				}
			case <-time.After(patience):
				t.Fatalf("nothing reaches the directory\n%s", w.page)
			}
		})
	}
}
