package secret_test

import (
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"ssprd/internal/secret"
)

// R48, R57: no way of printing shows the secret.
func TestTextNeverPrints(t *testing.T) {
	const canary = "Canary-Test-1!"
	inside := struct{ Password secret.Text }{secret.New(canary)}

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, inside)
		fmt.Fprintf(&out, verb, &inside)
		fmt.Fprintf(&out, verb, inside.Password)
	}
	if err := json.NewEncoder(&out).Encode(inside); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", inside, "b", inside.Password)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "a", inside, "b", inside.Password)
	if err := template.Must(template.New("").Parse("{{.Password}}")).Execute(&out, inside); err != nil {
		t.Fatal(err)
	}
	hex := fmt.Sprintf("%x", canary)
	if s := out.String(); strings.Contains(s, canary) || strings.Contains(s, hex) {
		t.Errorf("a secret was printed: %s", s)
	}
	if inside.Password.Reveal() != canary {
		t.Error("Reveal does not give the secret")
	}
}
