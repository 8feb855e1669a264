package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/demo"
)

// joined is the whole program over the demo's directory and mailbox, without its listeners.
func joined(t *testing.T) (*demo.World, *config.Config, *parts) {
	t.Helper()
	dir := t.TempDir()
	world, err := demo.Start(dir, slog.New(slog.DiscardHandler), demo.Options{HashRounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	path, err := world.WriteConfig("127.0.0.1:1", "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close(t.Context()) })
	return world, c, p
}

// R13: an administrator reopens an account through the running portal, and nobody who does not hold the key does.
func TestReopen(t *testing.T) {
	_, c, p := joined(t)
	server := httptest.NewServer(newRunning(p, extras{}).operations())
	defer server.Close()
	c.Server.Operations = strings.TrimPrefix(server.URL, "http://")
	if n, err := askReopen(t.Context(), c, "usagers", "camille.durand@mail.example"); n != "1" || err != nil {
		t.Errorf("%q %v", n, err)
	}
	if n, err := askReopen(t.Context(), c, "usagers", "nobody@mail.example"); n != "0" || err != nil {
		t.Errorf("nobody: %q %v", n, err)
	}
	if _, err := askReopen(t.Context(), c, "no-such", "camille.durand@mail.example"); err == nil {
		t.Error("no such population, and no error")
	}
	again := reopenRequest{"usagers", "camille.durand@mail.example", time.Now().Unix() + 1}
	for i, want := range []int{http.StatusOK, http.StatusForbidden} {
		answer, err := http.PostForm(server.URL+reopenPath, url.Values{"population": {again.population}, "address": {again.address},
			"at": {strconv.FormatInt(again.at, 10)}, "signature": {again.sign(p.key)}})
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("the same request, time %d: %s", i+1, answer.Status)
		}
	}
	good := reopenRequest{"usagers", "camille.durand@mail.example", time.Now().Unix()}
	old := reopenRequest{good.population, good.address, good.at - 3600}
	for name, c := range map[string]struct {
		q         reopenRequest
		signature string
	}{
		"unsigned": {good, ""}, "of another request": {good, old.sign(p.key)}, "old": {old, old.sign(p.key)},
	} {
		answer, err := http.PostForm(server.URL+reopenPath, url.Values{"population": {c.q.population}, "address": {c.q.address},
			"at": {strconv.FormatInt(c.q.at, 10)}, "signature": {c.signature}})
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, answer.Status)
		}
	}
}
