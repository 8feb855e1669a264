package desk_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
)

// remembered are events that a Journal would have.
type remembered map[string][]audit.Event

func (r remembered) OfAccount(_ context.Context, id flow.AccountID) ([]audit.Event, error) {
	return r[string(id)], nil
}

func (r remembered) OfReference(_ context.Context, ref string) ([]audit.Event, error) {
	return r[ref], nil
}

// A reference number leads to its events, in the populations that the agent may view, and is recorded when it does. What leads
// to nothing may be somebody's telephone number: it is not (R58).
func TestTrace(t *testing.T) {
	known := remembered{
		"K7204-QXAB9": {{Event: audit.Refused, Population: "usagers", Account: "1"}, {Event: audit.Started, Population: "usagers"}},
		"AAAAA-00000": {{Event: audit.Started, Population: "agents-siege"}},
		"1":           {{Event: audit.Refused, Population: "usagers", Account: "1"}, {Event: audit.Acted, Population: "agents-siege", Account: "1", Note: "not for alex"}},
	}
	inWorld(t, func(p *desk.Parts) { p.Events = known }, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		found, err := w.Trace(t.Context(), client, alex, "K7204-QXAB9")
		if err != nil || found.Account != "1" || found.Population != "usagers" || len(found.Events) != 2 {
			t.Errorf("%+v, %v", found, err)
		}
		before := w.trail.String()
		if !strings.Contains(before, `"event":"desk.searched","population":"usagers"`) || !strings.Contains(before, "K7204-QXAB9") {
			t.Errorf("it is not recorded: %s", before)
		}
		for what, ref := range map[string]string{"of another population": "AAAAA-00000", "of none": "06123-45678"} {
			if found, err := w.Trace(t.Context(), client, alex, ref); !errors.Is(err, desk.ErrNobody) {
				t.Errorf("%s: %+v, %v", what, found, err)
			}
		}
		if w.trail.String() != before {
			t.Errorf("what leads to nothing is recorded: %s", w.trail)
		}
		c, err := w.Card(t.Context(), client, alex, "usagers", "1")
		if err != nil || len(c.Events) != 1 {
			t.Errorf("the card's events: %+v, %v", c.Events, err)
		}
	})
}

// R55: an agent sees of the record what their roles let them, and that they looked is in it before.
func TestHistory(t *testing.T) {
	var asked []audit.Query
	var recorded bool
	var w *world
	past := func(_ context.Context, q audit.Query, found func(audit.Event) bool) error {
		asked, recorded = append(asked, q), strings.Contains(w.trail.String(), audit.RecordRead)
		found(audit.Event{Event: audit.Changed})
		return nil
	}
	inWorld(t, func(p *desk.Parts) { p.Past = past }, func(t *testing.T, here *world) {
		w = here
		_, alex := w.signIn("alex")
		_, dominique := w.signIn("dominique")
		nothing := func(audit.Event) bool { return true }
		if err := w.history(t.Context(), alex, audit.Query{}, nothing); !errors.Is(err, desk.ErrNoRight) || len(asked) > 0 {
			t.Errorf("without the right: %v, %+v", err, asked)
		}
		n := 0
		if err := w.history(t.Context(), dominique, audit.Query{Text: "INC-1"}, func(audit.Event) bool { n++; return true }); err != nil || n != 1 || !recorded {
			t.Errorf("%v; %d found; recorded before: %t", err, n, recorded)
		}
		may := w.Config.Populations(dominique, desk.Audit)
		if len(may) == 0 || !slices.Equal(asked[0].Populations, may) || strings.Contains(w.trail.String(), "INC-1") {
			t.Errorf("asked for %+v, of %q; the record: %s", asked[0], may, w.trail)
		}
		for name, want := range map[string]error{may[0]: nil, "agents-lycees": desk.ErrNoRight} {
			if err := w.history(t.Context(), dominique, audit.Query{Populations: []string{name}}, nothing); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		if last := asked[len(asked)-1]; !slices.Equal(last.Populations, may[:1]) {
			t.Errorf("of one population: %+v", last)
		}
	})
}

// Few searches go through the record at once, and whoever gives up lets the next one begin.
func TestSearchesAtOnce(t *testing.T) {
	var running atomic.Int32
	past := func(ctx context.Context, _ audit.Query, _ func(audit.Event) bool) error {
		if running.Add(1) > 2 {
			t.Error("three at once")
		}
		<-ctx.Done()
		running.Add(-1)
		return ctx.Err()
	}
	inWorld(t, func(p *desk.Parts) { p.Past = past }, func(t *testing.T, w *world) {
		_, dominique := w.signIn("dominique")
		var all sync.WaitGroup
		began := time.Now()
		for i := range 5 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i)*time.Second)
				defer cancel()
				if err := w.history(ctx, dominique, audit.Query{}, nil); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		if all.Wait(); time.Since(began) != 5*time.Second {
			t.Error(time.Since(began))
		}
	})
}

// R54: what is under approval in one population is not to be had by way of another one, whose base or filter has the account too.
func TestOverlappingPopulations(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.People["usagers"] = part{w.directory, nil}
		_, alex := w.signIn("alex")
		for id, want := range map[flow.AccountID]bool{"1": false, "3": true} {
			done := w.do(alex, desk.Order{Act: desk.Dictate, Population: "usagers", Person: id, Verified: true})
			if asked := done.Request != ""; asked != want || asked == !done.Dictate.Empty() {
				t.Errorf("%s: %+v", id, done)
			}
		}
	})
}

// What stands in the record of an act is what the second agent has agreed to, whatever is sent with it.
func TestReasonThatWasAgreedTo(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, sacha := w.signIn("sacha")
		_, dominique := w.signIn("dominique")
		order := desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true, Reason: "INC-1"}
		order.Request = w.do(sacha, order).Request
		if why, err := w.Answer(t.Context(), client, dominique, "elus", order.Request, true); why != desk.Allowed || err != nil {
			t.Fatal(why, err)
		}
		order.Reason = "something else"
		if done := w.do(sacha, order); done.Dictate.Empty() || done.Person.Name != "Claude" {
			t.Fatalf("%+v", done)
		}
		events := w.events()
		i := slices.IndexFunc(events, func(e audit.Event) bool { return e.Event == audit.Acted })
		if i < 0 || events[i].Note != "INC-1" {
			t.Errorf("%+v", events)
		}
	})
}

// A directory that is asked for a name once need not be asked again for every line of a page.
func TestNames(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		for range 5 {
			if name := w.NameOf(t.Context(), "d"); name != "Dominique Roy" {
				t.Errorf("%q", name)
			}
			if name := w.NameOf(t.Context(), "gone"); name != "" {
				t.Errorf("%q", name)
			}
		}
		if w.directory.asked != 2 {
			t.Errorf("the directory was asked %d times", w.directory.asked)
		}
	})
}

// history reads the record, to be shown.
func (w *world) history(ctx context.Context, a desk.Agent, q audit.Query, found func(audit.Event) bool) error {
	read, err := w.History(ctx, client, a, desk.ToSearch, q)
	if err != nil {
		return err
	}
	return read(ctx, found)
}
