package flow_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/flow"
)

// handsOver is a world whose parts are known, so that a second Service can be made of them.
func handsOver(t *testing.T, test func(t *testing.T, w *world, next flow.Parts, log *bytes.Buffer)) {
	var parts flow.Parts
	log := &bytes.Buffer{}
	inWorldOf(t, func(p *flow.Parts) {
		p.Log = slog.New(slog.NewTextHandler(log, nil))
		parts = *p
	}, func(t *testing.T, w *world) { test(t, w, parts, log) })
}

// R75: searches that wait, for a worker or after a failure, are made by the Service of the newer configuration, and so are
// those that requests of before still ask for, and those that fail only then. None is made twice.
func TestHandOver(t *testing.T) {
	handsOver(t, func(t *testing.T, w *world, parts flow.Parts, log *bytes.Buffer) {
		w.people.fail(errors.New("connection refused"))
		w.begin("nobody-0@mail.example")
		synctest.Wait() // postponed
		w.people.findDelay = time.Second
		for i := range 15 { // eight under way, which will fail; the others queued
			w.begin(fmt.Sprintf("nobody-%d@mail.example", i+1))
		}
		synctest.Wait()
		other := &people{accounts: []flow.Account{camille}}
		parts.Populations = []flow.Population{{Name: "usagers", Directory: other, Wait: time.Minute}}
		next := flow.NewService(parts)
		w.HandOver(next)
		w.begin("camille@mail.example")
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if sent := len(w.letters.of(flow.CodeMail)); sent != 1 || w.letters.toNobody != 16 {
			t.Errorf("%d codes, %d letters to nobody: %s", sent, w.letters.toNobody, log)
		}
		if err := next.Close(t.Context()); err != nil || strings.Contains(log.String(), "given up") {
			t.Errorf("%v: %s", err, log)
		}
	})
}

// R75: of a population that is gone from the configuration the searches are dropped, and its resets end; those of others
// go on.
func TestHandOverWithoutPopulation(t *testing.T) {
	handsOver(t, func(t *testing.T, w *world, parts flow.Parts, log *bytes.Buffer) {
		v := w.verified("camille@mail.example")
		w.people.fail(errors.New("connection refused"))
		w.begin("camille@mail.example")
		synctest.Wait()
		parts.Populations = parts.Populations[1:]
		next := flow.NewService(parts)
		w.HandOver(next)
		if _, err := next.Look(t.Context(), v); !errors.Is(err, flow.ErrNoReset) {
			t.Errorf("a reset of a population that is gone: %v", err)
		}
		if err := next.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), "its population is gone") || strings.Contains(log.String(), "given up") {
			t.Errorf("%s", log)
		}
	})
}

// R75: searches for which the next Service has no room at once are made by and by.
func TestHandOverIsNotLostToAFullQueue(t *testing.T) {
	handsOver(t, func(t *testing.T, w *world, parts flow.Parts, log *bytes.Buffer) {
		w.people.findDelay = 2 * time.Second
		next := flow.NewService(parts)
		both := &world{Service: next, people: w.people, letters: w.letters, t: t}
		const n = 500
		for i := range n {
			w.beginFrom(2*i, fmt.Sprintf("nobody-%d@mail.example", i))
			both.beginFrom(2*i+1, fmt.Sprintf("nobody-too-%d@mail.example", i))
		}
		w.HandOver(next)
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		if w.letters.toNobody != 2*n {
			t.Errorf("%d letters of %d: %s", w.letters.toNobody, 2*n, log)
		}
		if err := next.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// R75: a search that waits after a failure waits as long as it would have, so that a directory which comes back is not asked
// by all at once; and one that fails after the Service that it was handed to has ended is told as given up.
func TestHandOverKeepsPauses(t *testing.T) {
	handsOver(t, func(t *testing.T, w *world, parts flow.Parts, log *bytes.Buffer) {
		w.people.fail(errors.New("connection refused"))
		w.begin("camille@mail.example")
		time.Sleep(32 * time.Second) // made at 0, 1, 3, 7, 15 and 31 s, and next at 61 s
		next := flow.NewService(parts)
		w.HandOver(next)
		w.people.fail(nil)
		time.Sleep(28 * time.Second)
		if sent := len(w.letters.of(flow.CodeMail)); sent != 0 {
			t.Errorf("%d codes before the pause is over", sent)
		}
		time.Sleep(2 * time.Second)
		if sent := len(w.letters.of(flow.CodeMail)); sent != 1 {
			t.Errorf("%d codes: %s", sent, log)
		}
		if err := next.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// R74: what a hand-over has left, and what comes of it afterwards, is counted at the stop, or told by itself.
func TestHandOverIsCounted(t *testing.T) {
	handsOver(t, func(t *testing.T, w *world, parts flow.Parts, log *bytes.Buffer) {
		w.people.fail(errors.New("connection refused"))
		w.begin("nobody-1@mail.example")
		synctest.Wait() // postponed
		w.people.findDelay = 10 * time.Second
		w.begin("nobody-2@mail.example") // under way
		synctest.Wait()
		next := flow.NewService(parts)
		w.HandOver(next)
		if err := next.Close(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, want := range []string{"given up at the stop\" number=1", "its search was given up at the stop"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%q is not in %s", want, log)
			}
		}
	})
}
