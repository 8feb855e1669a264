package flow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/flow"
)

// logged is inWorld with the log.
func logged(t *testing.T, test func(t *testing.T, w *world, log *bytes.Buffer)) {
	log := &bytes.Buffer{}
	inWorldOf(t, func(p *flow.Parts) { p.Log = slog.New(slog.NewTextHandler(log, nil)) }, func(t *testing.T, w *world) { test(t, w, log) })
}

// R74: whose request was answered before the stop gets the code, though the search was still queued; nobody is taken on
// after it.
func TestCloseMakesQueuedSearches(t *testing.T) {
	logged(t, func(t *testing.T, w *world, log *bytes.Buffer) {
		w.people.findDelay = time.Second
		const n = 18 // more than there are workers
		for i := range n {
			w.begin(fmt.Sprintf("nobody-%d@mail.example", i))
		}
		w.begin("camille@mail.example")
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if sent := len(w.letters.of(flow.CodeMail)); sent != 1 || w.letters.toNobody != n {
			t.Errorf("%d codes, and %d of %d letters to nobody: %s", sent, w.letters.toNobody, n, log)
		}
		if strings.Contains(log.String(), "given up") {
			t.Errorf("%s", log)
		}
		_, reason, err := w.Begin(t.Context(), flow.Start{Population: "usagers", Typed: "camille@mail.example"})
		if reason != flow.Busy || err != nil {
			t.Errorf("after the end: %q %v", reason, err)
		}
	})
}

// R74: a search that has failed is not waited for at the stop; the log counts it, and it never comes back.
func TestCloseGivesUpWhatFails(t *testing.T) {
	logged(t, func(t *testing.T, w *world, log *bytes.Buffer) {
		w.people.fail(errors.New("connection refused"))
		w.begin("camille@mail.example") // postponed
		synctest.Wait()
		w.people.findDelay = time.Second
		w.begin("camille@mail.example") // under way, and fails during the stop
		began := time.Now()
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s", took)
		}
		w.people.fail(nil)
		time.Sleep(time.Hour)
		if sent := w.letters.of(flow.CodeMail); len(sent) > 0 || !strings.Contains(log.String(), "given up at the stop\" number=2") {
			t.Errorf("%d codes: %s", len(sent), log)
		}
	})
}

// R74: searches that hang hold up the stop no longer than it may take, and are counted.
func TestCloseIsBounded(t *testing.T) {
	logged(t, func(t *testing.T, w *world, log *bytes.Buffer) {
		w.people.findDelay = 30 * time.Second
		for range 20 {
			w.begin("camille@mail.example")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if err := w.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(began); took != 5*time.Second || !strings.Contains(log.String(), "given up at the stop\" number=20") {
			t.Errorf("after %s: %s", took, log)
		}
	})
}
