package main

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"ssprd/internal/demo"
	"ssprd/internal/portaltest"
)

// program is `ssprd serve` as a process of its own, over the directory and the mailbox of the demo.
type program struct {
	*portaltest.Portal
	servers    *demo.World
	operations string // the address of that listener
}

// startProgram starts it with another configuration: of the texts, each first one is replaced by the second.
func startProgram(t *testing.T, replace ...string) *program {
	t.Helper()
	servers, err := demo.Start(t.TempDir(), slog.New(slog.DiscardHandler), demo.Options{HashRounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = servers.Close() })
	address, desk := portaltest.FreeAddress(t), portaltest.FreeAddress(t)
	path, err := servers.WriteConfig(address, desk)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{servers: servers, operations: portaltest.FreeAddress(t)}
	text := strings.Replace(read(t, path), `operations: ""`, "operations: "+p.operations, 1)
	p.Portal = portaltest.Serve(t, "http://"+address, replaced(t, text, replace...))
	p.Helpdesk = "http://" + desk
	return p
}

// replaced is a text in which each first one of the pairs stood, and the second one stands.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in %s", pairs[i], text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// get asks the program over a client's kept connections.
func get(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// readyz is what a proxy hears that asks whether to send visitors.
func (p *program) readyz(t *testing.T) (status int, text string) {
	t.Helper()
	answer, text := get(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+p.operations+"/readyz")
	return answer.StatusCode, text
}
