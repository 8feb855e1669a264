package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// inStores runs a test over every kind of store.
func inStores(t *testing.T, test func(t *testing.T, s state.Store)) {
	file := func(t *testing.T) state.Store {
		s, err := state.OpenFile(filepath.Join(t.TempDir(), "state.db"), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	for name, open := range map[string]func(t *testing.T) state.Store{
		"memory":   func(*testing.T) state.Store { return state.NewMemory() },
		"file":     file,
		"guessing": func(t *testing.T) state.Store { return statetest.Guessing(file(t)) },
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// journal is one over a record in memory.
type journal struct {
	*desk.Journal
	t     *testing.T
	trail bytes.Buffer
	said  bytes.Buffer // in the log; to be read once the journal is closed
}

func newJournal(t *testing.T, s state.Store) *journal {
	j := &journal{t: t}
	j.Journal = desk.NewJournal(audit.To(&j.trail), s, state.NewKey(), slog.New(slog.NewTextHandler(&j.said, nil)))
	t.Cleanup(func() { j.Close(context.Background()) })
	return j
}

// happens records events, numbered in their notes.
func (j *journal) happens(e audit.Event, numbers ...int) {
	j.t.Helper()
	for _, n := range numbers {
		e.Note = fmt.Sprint(n)
		if err := j.Record(j.t.Context(), e); err != nil {
			j.t.Fatal(err)
		}
	}
}

func (j *journal) flush() {
	j.t.Helper()
	if err := j.Flush(j.t.Context()); err != nil {
		j.t.Fatal(err)
	}
}

// notes are those of what is known.
func notes(t *testing.T, events []audit.Event, err error) (all []string) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	for _, e := range events {
		all = append(all, e.Note)
	}
	return all
}

func (j *journal) ofAccount(id flow.AccountID) []string {
	j.t.Helper()
	events, err := j.OfAccount(j.t.Context(), id)
	return notes(j.t, events, err)
}

func (j *journal) ofReference(ref string) []string {
	j.t.Helper()
	events, err := j.OfReference(j.t.Context(), ref)
	return notes(j.t, events, err)
}

// upTo are the numbers from 1 on, and down are numbers as notes, downwards.
func upTo(n int) (all []int) {
	for i := range n {
		all = append(all, i+1)
	}
	return all
}

func down(from, to int) (all []string) {
	for i := from; i >= to; i-- {
		all = append(all, fmt.Sprint(i))
	}
	return all
}

// The last twenty events of an account and the last forty of a reset are known, the newest first, whether they came one by
// one or together.
func TestJournal(t *testing.T) {
	for name, pause := range map[string]bool{"one by one": true, "together": false} {
		t.Run(name, func(t *testing.T) {
			inStores(t, func(t *testing.T, s state.Store) {
				j := newJournal(t, s)
				for _, n := range upTo(50) {
					j.happens(audit.Event{Event: audit.Typed, Account: "1", Ref: "r"}, n)
					if pause {
						j.flush()
					}
				}
				j.happens(audit.Event{Event: audit.CodeSent, Account: "2", Ref: "q"}, 1, 2)
				j.happens(audit.Event{Event: audit.Typed, Ref: "r"}, 51) // one of the three follows, and is worth showing
				j.happens(audit.Event{Event: audit.Closed, Account: "2"}, 3)
				j.flush()
				for what, tt := range map[string]struct{ got, want []string }{
					"an account":     {j.ofAccount("1"), down(50, 31)},
					"a reset":        {j.ofReference("r"), down(51, 12)},
					"another":        {j.ofAccount("2"), down(3, 1)},
					"another reset":  {j.ofReference("q"), down(2, 1)},
					"nobody":         {j.ofAccount("3"), nil},
					"no account":     {j.ofAccount(""), nil},
					"no reset":       {j.ofReference(""), nil},
					"the other kind": {j.ofReference("1"), nil},
				} {
					if !slices.Equal(tt.got, tt.want) {
						t.Errorf("%s: %q, want %q", what, tt.got, tt.want)
					}
				}
			})
		})
	}
}

// All of an event is known, with its time; the record has it as if there were no journal.
func TestJournalKeepsAll(t *testing.T) {
	inStores(t, func(t *testing.T, s state.Store) {
		j := newJournal(t, s)
		e := audit.Event{Event: audit.Acted, Ref: "r", Population: "usagers", Subject: "s", Account: "1", Client: "192.0.2.1", Server: "dc1", Agent: "a",
			Note: "INC-48213", Reason: "unlock"}
		before := time.Now()
		if err := j.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		j.flush()
		events, err := j.OfAccount(t.Context(), "1")
		if err != nil || len(events) != 1 {
			t.Fatalf("%+v, %v", events, err)
		}
		var recorded audit.Event
		if err := json.Unmarshal(j.trail.Bytes(), &recorded); err != nil {
			t.Fatal(err)
		}
		for _, got := range []audit.Event{events[0], recorded} {
			if got.Time.Before(before) || got.Time.After(time.Now()) || got.Time.Location() != time.UTC {
				t.Errorf("at %v", got.Time)
			}
			if got.Time = e.Time; got != e {
				t.Errorf("%+v, want %+v", got, e)
			}
		}
	})
}

// What is not about a person, or only that somebody has looked, would push out what matters.
func TestJournalLeavesOut(t *testing.T) {
	j := newJournal(t, state.NewMemory())
	for i, event := range audit.Events() {
		j.happens(audit.Event{Event: event, Account: "1"}, i)
		j.flush()
		left := strings.HasPrefix(event, "agent.") ||
			slices.Contains([]string{audit.Viewed, audit.Searched, audit.RecordRead, audit.ActRefused, audit.Nobody}, event) // the last has no account
		if known := slices.Contains(j.ofAccount("1"), fmt.Sprint(i)); known == left {
			t.Errorf("%s: known %t", event, known)
		}
	}
	if n := strings.Count(j.trail.String(), "\n"); n != len(audit.Events()) {
		t.Errorf("%d events are in the record", n)
	}
}

// Whoever keeps asking for codes that are not sent pushes nothing out of a card.
func TestJournalFolds(t *testing.T) {
	j := newJournal(t, state.NewMemory())
	j.happens(audit.Event{Event: audit.Changed, Account: "1"}, 0)
	for i := range 50 {
		j.happens(audit.Event{Event: audit.Withheld, Account: "1", Reason: "mails_per_account"}, i+1)
		j.flush()
	}
	j.happens(audit.Event{Event: audit.Withheld, Account: "1", Reason: "account.closed"}, 51)
	j.flush()
	if got := j.ofAccount("1"); !slices.Equal(got, []string{"51", "50", "0"}) {
		t.Errorf("%q", got)
	}
}

// A wrong code does not say whose it is: its reference does.
func TestJournalOfWrongCodes(t *testing.T) {
	j := newJournal(t, state.NewMemory())
	for i, e := range []audit.Event{
		{Event: audit.Started, Ref: "A"}, {Event: audit.CodeSent, Ref: "A", Account: "1"}, {Event: audit.Typed, Ref: "A"}, {Event: audit.Rejected, Ref: "A"},
		{Event: audit.Started, Ref: "B"}, {Event: audit.CodeSent, Ref: "B", Account: "2"}, {Event: audit.Rejected, Ref: "B"},
		{Event: audit.Acted, Account: "1"}, {Event: audit.Exhausted, Ref: "A"},
	} {
		j.happens(e, i)
		j.flush()
	}
	if got := j.ofAccount("1"); !slices.Equal(got, []string{"8", "7", "3", "1", "0"}) {
		t.Errorf("%q", got)
	}
}

// recorder is a function.
type recorder func(ctx context.Context, e audit.Event) error

func (r recorder) Record(ctx context.Context, e audit.Event) error { return r(ctx, e) }

// R58: what is not in the record is nowhere: it is written there first, and its error is the answer.
func TestJournalRecordsFirst(t *testing.T) {
	inStores(t, func(t *testing.T, s state.Store) {
		full := errors.New("no space left on device")
		var j *desk.Journal
		known := func() []string {
			t.Helper()
			if err := j.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			events, err := j.OfAccount(t.Context(), "1")
			return notes(t, events, err)
		}
		j = desk.NewJournal(recorder(func(_ context.Context, e audit.Event) error {
			if got := known(); got != nil || !e.Time.IsZero() {
				t.Errorf("%q is known before it is recorded; at %v", got, e.Time)
			}
			if e.Note == "lost" {
				return full
			}
			return nil
		}), s, state.NewKey(), slog.New(slog.DiscardHandler))
		defer j.Close(t.Context())
		if err := j.Record(t.Context(), audit.Event{Event: audit.Acted, Account: "1", Note: "lost"}); err != full {
			t.Errorf("%v, want the record's own error", err)
		}
		if got := known(); got != nil {
			t.Errorf("%q is known, and not recorded", got)
		}
		if err := j.Record(t.Context(), audit.Event{Event: audit.Acted, Account: "1", Note: "kept"}); err != nil {
			t.Error(err)
		}
		if got := known(); !slices.Equal(got, []string{"kept"}) {
			t.Errorf("%q", got)
		}
	})
}

// What is known is forgotten fourteen days after the last event.
func TestJournalForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJournal(t, state.NewMemory())
		const days = 24 * time.Hour
		j.happens(audit.Event{Event: audit.Changed, Account: "1", Ref: "r"}, 1)
		j.flush()
		if events, _ := j.OfAccount(t.Context(), "1"); len(events) != 1 || !events[0].Time.Equal(time.Now()) {
			t.Errorf("%+v", events)
		}
		time.Sleep(13 * days)
		j.happens(audit.Event{Event: audit.Changed, Account: "1"}, 2)
		j.flush()
		time.Sleep(2 * days)
		if got := j.ofAccount("1"); !slices.Equal(got, down(2, 1)) {
			t.Errorf("the account: %q", got)
		}
		if got := j.ofReference("r"); got != nil {
			t.Errorf("the reset: %q", got)
		}
		time.Sleep(12*days - time.Second)
		if got := j.ofAccount("1"); got == nil {
			t.Error("forgotten before its time")
		}
		time.Sleep(time.Second)
		if got := j.ofAccount("1"); got != nil {
			t.Errorf("after fourteen days: %q", got)
		}
	})
}

// gate is a store whose updates wait, while it is shut, and fail, while it has an error.
type gate struct {
	state.Store
	shut    chan struct{}
	err     atomic.Pointer[error]
	updates atomic.Int64
}

func (g *gate) Update(ctx context.Context, key string, f func([]byte) (state.Record, error)) error {
	select {
	case <-g.shut:
	case <-ctx.Done():
		return ctx.Err()
	}
	g.updates.Add(1)
	if err := g.err.Load(); err != nil {
		return *err
	}
	return g.Store.Update(ctx, key, f)
}

// What waits together for one account is one update; what finds no room is missed, said once, and keeps nobody waiting.
func TestJournalQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{Store: state.NewMemory(), shut: make(chan struct{})}
		j := newJournal(t, g)
		j.happens(audit.Event{Event: audit.Typed, Account: "1"}, 1)
		synctest.Wait() // that one is on its way
		j.happens(audit.Event{Event: audit.Typed, Account: "1"}, upTo(1024)...)
		j.happens(audit.Event{Event: audit.Typed, Account: "1"}, 2000, 2001, 2002)
		close(g.shut)
		j.flush()
		if got := j.ofAccount("1"); !slices.Equal(got, down(1024, 1005)) {
			t.Errorf("%q", got)
		}
		if n := g.updates.Load(); n != 2 {
			t.Errorf("%d updates, want 2", n)
		}
		j.Close(t.Context())
		if said := j.said.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "level=WARN") || !strings.Contains(said, "more happen") {
			t.Error(said)
		}
	})
}

// A store that fails costs the cards their events, and nobody anything else; it is said once a minute.
func TestJournalOfAFailingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{Store: state.NewMemory(), shut: make(chan struct{})}
		close(g.shut)
		away := errors.New("the store is away")
		g.err.Store(&away)
		j := newJournal(t, g)
		for _, n := range upTo(90) {
			j.happens(audit.Event{Event: audit.Typed, Account: "1", Ref: "r"}, n)
			time.Sleep(time.Second)
		}
		g.err.Store(nil)
		j.happens(audit.Event{Event: audit.Typed, Account: "1", Ref: "r"}, 91)
		j.flush()
		if a, r := j.ofAccount("1"), j.ofReference("r"); !slices.Equal(a, down(91, 91)) || !slices.Equal(r, a) {
			t.Errorf("%q %q", a, r)
		}
		j.Close(t.Context())
		if said := j.said.String(); strings.Count(said, "\n") != 2 || !strings.Contains(said, away.Error()) || !strings.Contains(said, "more_since=119") {
			t.Error(said)
		}
		if n := strings.Count(j.trail.String(), "\n"); n != 91 {
			t.Errorf("%d events are in the record", n)
		}
	})
}

// Close keeps what waits, for as long as it is given; what is recorded after it is only recorded.
func TestJournalCloses(t *testing.T) {
	inStores(t, func(t *testing.T, s state.Store) {
		for range 20 { // whatever the goroutine that keeps is about when it is to end
			g := &gate{Store: s, shut: make(chan struct{})}
			j := newJournal(t, g)
			j.happens(audit.Event{Event: audit.Typed, Account: "1"}, upTo(30)...)
			close(g.shut)
			j.Close(t.Context())
			j.Close(t.Context())
			j.happens(audit.Event{Event: audit.Typed, Account: "1"}, 31)
			j.flush()
			if got := j.ofAccount("1"); !slices.Equal(got, down(30, 11)) {
				t.Fatalf("%q", got)
			}
			if n := strings.Count(j.trail.String(), "\n"); n != 31 {
				t.Errorf("%d events are in the record", n)
			}
		}

		hung := newJournal(t, &gate{Store: s, shut: make(chan struct{})})
		hung.happens(audit.Event{Event: audit.Typed, Account: "2"}, upTo(30)...)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		hung.Close(ctx)
		if got := hung.ofAccount("2"); got != nil {
			t.Errorf("of a store that hangs: %q", got)
		}
	})
}

// Many at once: nothing is lost that there is room for.
func TestJournalOfMany(t *testing.T) {
	inStores(t, func(t *testing.T, s state.Store) {
		j := newJournal(t, s)
		var wg sync.WaitGroup
		for i := range 25 {
			wg.Go(func() {
				for n := range 20 {
					id := flow.AccountID(fmt.Sprint((i + n) % 25))
					if err := j.Record(t.Context(), audit.Event{Event: audit.Typed, Account: string(id)}); err != nil {
						t.Error(err)
					}
					if _, err := j.OfAccount(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		j.flush()
		for i := range 25 {
			if got := j.ofAccount(flow.AccountID(fmt.Sprint(i))); len(got) != 20 {
				t.Errorf("account %d: %d events", i, len(got))
			}
		}
	})
}
