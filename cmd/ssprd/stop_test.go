package main

import (
	"context"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"ssprd/internal/child"
)

// R74: told to stop, the portal says so to whoever sends it visitors, and serves those who come all the same, on kept
// connections too; each answer ends its connection. A code asked for meanwhile arrives. A second signal ends the wait.
func TestStopDrains(t *testing.T) {
	p := startProgram(t, "drain: 0s", "drain: 1m")
	kept := &http.Client{Transport: &http.Transport{}}
	if answer, _ := get(t, kept, p.URL+"/fr/"); answer.Close {
		t.Error("a connection is not kept")
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, "503", func() bool {
		status, text := p.readyz(t)
		return status == http.StatusServiceUnavailable && text == "stopping\n"
	})
	for range 2 { // on the kept connection, and on a new one
		if answer, _ := get(t, kept, p.URL+"/fr/"); answer.StatusCode != http.StatusOK || !answer.Close {
			t.Errorf("in the drain: %s, close: %v", answer.Status, answer.Close)
		}
	}
	const address = "karim.haddad@mail.example"
	if status, _ := newBrowser(p.URL).do(t, http.MethodPost, "/fr/p/usagers", url.Values{"address": {address}}); status != http.StatusSeeOther {
		t.Errorf("a beginning in the drain: %d", status)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ends(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := p.servers.Mailbox.WaitFor(ctx, address); err != nil {
		t.Errorf("no code: %v", err)
	}
}

// ends waits for the end of the program, which is a good one and does not take the minute of the drain.
func (p *program) ends(t *testing.T) {
	t.Helper()
	select {
	case <-p.Exited():
	case <-time.After(child.Patience / 2):
		t.Fatalf("it does not end: %s", p.Output())
	}
	if code := p.ExitCode(); code != exitOK {
		t.Errorf("it ends with %d: %s", code, p.Output())
	}
}

// R74: without a drain it takes no more requests at once, and those that were answered have their code.
func TestStopAtOnce(t *testing.T) {
	p := startProgram(t)
	const address = "karim.haddad@mail.example"
	newBrowser(p.URL).do(t, http.MethodPost, "/fr/p/usagers", url.Values{"address": {address}})
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ends(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := p.servers.Mailbox.WaitFor(ctx, address); err != nil {
		t.Errorf("no code: %v", err)
	}
}
