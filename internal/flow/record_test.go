package flow_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
)

// lines reads the audit record.
func (w *world) lines() (all []audit.Event) {
	w.t.Helper()
	synctest.Wait()
	scanner := bufio.NewScanner(strings.NewReader(w.trail.String()))
	for scanner.Scan() {
		var e audit.Event
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			w.t.Fatalf("%s: %v", scanner.Text(), err)
		}
		all = append(all, e)
	}
	return all
}

// R58: every line of a reset has its name and its client, in the order in which things were about to happen; what was
// typed is a pseudonym, the same for the same text.
func TestTrail(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v := w.begin("lycee@mail.example")
		synctest.Wait()
		w.enter(v, w.wrongCode())
		r, _, err := w.Enter(t.Context(), v, w.lastCode())
		if err != nil {
			t.Fatal(err)
		}
		v.Grant = r.Grant
		if _, reason, err := w.Pick(t.Context(), v, 1); reason != flow.None || err != nil {
			t.Fatal(reason, err)
		}
		w.choose(v, "Marée-haute-47")
		var events []string
		lines := w.lines()
		for _, e := range lines {
			events = append(events, e.Event+" "+e.Account)
			if e.Ref == "" || e.Ref != lines[0].Ref || e.Subject != lines[0].Subject || e.Population != "usagers" || e.Time.IsZero() {
				t.Errorf("%+v", e)
			}
			if byVisitor := !strings.HasPrefix(e.Event, "code.sent"); byVisitor != (e.Client == "192.0.2.1") {
				t.Errorf("client of %+v", e)
			}
		}
		if got, want := strings.Join(events, ", "), "reset.started , code.sent 2, code.sent 3, code.typed , code.rejected , code.typed , code.accepted , "+
			"account.picked 3, password.writing 3, password.changed 3"; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		w.begin("LYCEE@mail.example")
		w.begin("quelqu.un@mail.example")
		var begun []audit.Event
		for _, e := range w.lines() {
			if e.Event == audit.Started {
				begun = append(begun, e)
			}
		}
		if again, other := begun[1], begun[2]; again.Subject != lines[0].Subject || again.Ref == lines[0].Ref || other.Subject == lines[0].Subject {
			t.Errorf("%+v\n%+v", again, other)
		}
		if strings.Contains(strings.ToLower(w.trail.String()), "mail.example") {
			t.Errorf("an address is recorded:\n%s", w.trail)
		}
	})
}

// unwilling is a record that cannot be written from the given event on.
type unwilling struct {
	flow.Recorder
	event string
}

var errFull = errors.New("no space left on device")

func (u unwilling) Record(ctx context.Context, e audit.Event) error {
	if e.Event == u.event {
		return errFull
	}
	return u.Recorder.Record(ctx, e)
}

// R58, R28: what cannot be recorded is not done.
func TestRecordedFirst(t *testing.T) {
	for _, event := range []string{audit.Started, audit.CodeSent, audit.Typed, audit.Writing} {
		inWorldOf(t, func(p *flow.Parts) { p.Audit = unwilling{p.Audit, event} }, func(t *testing.T, w *world) {
			id, _, err := w.Begin(t.Context(), flow.Start{Population: "usagers", Typed: "camille@mail.example"})
			if event == audit.Started {
				if !errors.Is(err, errFull) || id != "" {
					t.Errorf("begun: %q %v", id, err)
				}
				return
			}
			synctest.Wait()
			v := flow.Visit{ID: id}
			if sent := len(w.letters.of(flow.CodeMail)); (sent == 0) != (event == audit.CodeSent) {
				t.Errorf("%s: %d codes sent", event, sent)
			}
			if event == audit.CodeSent {
				return
			}
			typed := w.lastCode()
			r, _, err := w.Enter(t.Context(), v, typed)
			if event == audit.Typed {
				again, lookErr := w.Look(t.Context(), v)
				if !errors.Is(err, errFull) || lookErr != nil || again.State != flow.Challenge || again.Tries != 0 {
					t.Errorf("%s: %v; the reset is %+v, %v", event, err, again, lookErr)
				}
				return
			}
			v.Grant = r.Grant
			if r, _ := w.choose(v, "Marée-haute-47"); r.State != flow.Choose || r.Why != flow.NotBegun || len(w.people.set("1")) != 0 {
				t.Errorf("%s %s, written: %q", r.State, r.Why, w.people.set("1"))
			}
		})
	}
}

// R13, R58: a code that could not be recorded was not compared, and costs neither the account nor the breaker a try.
func TestUnrecordedCostsNoTry(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) {
		p.Audit = unwilling{p.Audit, audit.Typed}
		p.Limits.FailuresPerPopulation.Count, p.Limits.FailuresPerNetwork.Count = 1, 1
	}, func(t *testing.T, w *world) {
		for _, typed := range []string{"camille@mail.example", "lycee@mail.example"} {
			v := w.begin(typed)
			synctest.Wait()
			for range limit.Defaults().FailuresPerAccount.Count + 1 {
				if _, reason, err := w.Enter(t.Context(), v, w.lastCode()); !errors.Is(err, errFull) || reason == flow.Limited {
					t.Fatalf("%s: %q %v", typed, reason, err)
				}
			}
		}
	})
}

// R58: where the beginning is recorded and what came of it cannot be, the person goes on.
func TestOutcomeThatCannotBeRecorded(t *testing.T) {
	for _, event := range []string{audit.Accepted, audit.Rejected} {
		inWorldOf(t, func(p *flow.Parts) { p.Audit = unwilling{p.Audit, event} }, func(t *testing.T, w *world) {
			v := w.begin("camille@mail.example")
			synctest.Wait()
			if reason := w.enter(v, w.wrongCode()); reason != flow.CodeWrong {
				t.Errorf("%s: a wrong code is told %q", event, reason)
			}
			r, reason, err := w.Enter(t.Context(), v, w.lastCode())
			if err != nil || reason != flow.None || r.State != flow.Choose || r.Grant == "" {
				t.Errorf("%s: %s %s %v", event, r.State, reason, err)
			}
		})
	}
}

// R28: a panic of one search ends neither the others nor the program, and one in the midst of a write leaves an outcome
// that nobody can tell.
func TestPanics(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v := w.verified("camille@mail.example")
		w.people.mu.Lock()
		w.people.panics = fmt.Sprintf("a word that is %s", "Marée-haute-47")
		w.people.mu.Unlock()
		if r, _ := w.choose(v, "Marée-haute-47"); r.State != flow.Ended || r.Why != flow.CannotTell {
			t.Errorf("%s %s", r.State, r.Why)
		}
		for range 20 { // more than there are workers
			w.begin("lycee@mail.example")
		}
		time.Sleep(10 * time.Second)
		w.people.mu.Lock()
		w.people.panics = nil
		w.people.mu.Unlock()
		time.Sleep(time.Minute)
		if sent := len(w.letters.of(flow.CodeMail)); sent < 2 {
			t.Errorf("%d mails", sent)
		}
	})
}
