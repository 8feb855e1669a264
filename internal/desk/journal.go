package desk

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/seldom"
	"ssprd/internal/state"
)

// Journal is the audit record with a memory of what has lately happened to an account, and in a reset, so that it can be
// shown beside a person without a search through the record. The record comes first and does not depend on it: where the
// memory fails, events are missing from it, and nothing else happens. Its methods may be called by many goroutines at once.
type Journal struct {
	record     Recorder
	accounts   ring
	references ring
	log        *slog.Logger
	missed     seldom.Seldom

	queue  chan item
	closed chan struct{} // by Close: nothing more is queued
	close  func()
	ctx    context.Context // of the store's updates
	stop   context.CancelFunc
	ended  chan struct{} // by run, which nobody waits for any more
}

// item is an event in the queue, or what a Flush waits by.
type item struct {
	event audit.Event
	kept  chan struct{} // closed once all before it is kept; nil: it is an event
}

// Bounds of a Journal.
const (
	ofAccount    = 20 // events
	ofReference  = 40
	accountFor   = 14 * 24 * time.Hour // since the last event
	referenceFor = 48 * time.Hour      // strangers begin resets, and nobody calls about one of last week
	mostQueued   = 1024
)

// NewJournal makes a Journal in front of record. Close it before store.
func NewJournal(record Recorder, store state.Store, key state.Key, log *slog.Logger) *Journal {
	j := &Journal{
		record:     record,
		accounts:   ring{state.NewTable[[]audit.Event](store, "events of account", key), ofAccount, accountFor},
		references: ring{state.NewTable[[]audit.Event](store, "events of reference", key), ofReference, referenceFor},
		log:        log,
		queue:      make(chan item, mostQueued),
		closed:     make(chan struct{}),
		ended:      make(chan struct{}),
	}
	j.close = sync.OnceFunc(func() { close(j.closed) })
	j.ctx, j.stop = context.WithCancel(context.Background())
	go j.run()
	return j
}

// Record writes an event into the record, as if there were no Journal. Only what stands there is remembered, soon after.
func (j *Journal) Record(ctx context.Context, e audit.Event) error {
	now := time.Now().UTC() // which the record finds for itself
	if err := j.record.Record(ctx, e); err != nil {
		return err
	}
	if e.Time = now; worthShowing(e) {
		j.enqueue(e)
	}
	return nil
}

// leftOut would push out what matters: that the card itself was looked at, what an agent has mistyped, or may not do.
var leftOut = []string{audit.Viewed, audit.Searched, audit.RecordRead, audit.ActRefused}

func worthShowing(e audit.Event) bool {
	return (e.Account != "" || e.Ref != "") && !slices.Contains(leftOut, e.Event) && !strings.HasPrefix(e.Event, "agent.")
}

// enqueue never waits: a reset must not, for a store that only a card needs.
func (j *Journal) enqueue(e audit.Event) {
	select {
	case <-j.closed:
		return
	default:
	}
	select {
	case j.queue <- item{event: e}:
	default:
		j.miss(1, "more happen than the state store takes", nil)
	}
}

// miss says now and then that cards lack events.
func (j *Journal) miss(events int, why string, err error) {
	if now, more := j.missed.Say(why); now {
		j.log.Warn("events are in the audit record, but will be missing from the helpdesk's cards: "+why, "events", events, "more_since", more, "error", err)
	}
}

// run is the one that keeps, from NewJournal to Close.
func (j *Journal) run() {
	defer close(j.ended)
	for {
		select {
		case first := <-j.queue:
			j.keep(j.waiting(first))
		case <-j.closed:
			j.keep(j.waiting())
			return
		}
	}
}

// waiting is what stands in the queue now, behind what was taken from it.
func (j *Journal) waiting(batch ...item) []item {
	for range len(j.queue) { // nobody else takes anything out
		batch = append(batch, <-j.queue)
	}
	return batch
}

// keep makes one Update of all events of an account, and of a reset, that have come together.
func (j *Journal) keep(batch []item) {
	accounts, references := map[string][]audit.Event{}, map[string][]audit.Event{}
	for _, x := range slices.Backward(batch) { // the newest first
		e := x.event
		if id := accountOf(e); id != "" {
			accounts[id] = append(accounts[id], e)
		}
		if e.Ref != "" {
			references[e.Ref] = append(references[e.Ref], e)
		}
	}
	j.add(j.accounts, accounts)
	j.add(j.references, references)
	for _, x := range batch {
		if x.kept != nil {
			close(x.kept)
		}
	}
}

// accountOf is under what an event is kept beside its reference. An address that is nobody's has as much done for it as
// somebody's (R2): the load of the store must not tell them apart.
func accountOf(e audit.Event) string {
	if e.Event == audit.Nobody {
		return "nobody " + e.Subject[:min(2, len(e.Subject))]
	}
	return e.Account
}

func (j *Journal) add(to ring, all map[string][]audit.Event) {
	for id, events := range all {
		if err := to.add(j.ctx, id, events); err != nil {
			j.miss(len(events), "the state store does not take them", err)
		}
	}
}

// mostTraced is how many of an account's resets are looked into for what does not name it.
const mostTraced = 5

// OfAccount gives what has lately happened to an account, the newest first; nothing where nothing is known. What stands there by
// its reference alone is among it: whose a wrong code was is not said where it is typed.
func (j *Journal) OfAccount(ctx context.Context, id flow.AccountID) ([]audit.Event, error) {
	events, err := j.accounts.get(ctx, string(id))
	if err != nil {
		return nil, err
	}
	var traced []string
	for _, e := range events {
		if e.Ref != "" && !slices.Contains(traced, e.Ref) && len(traced) < mostTraced {
			traced = append(traced, e.Ref)
		}
	}
	for _, ref := range traced {
		others, err := j.references.get(ctx, ref)
		if err != nil {
			return nil, err
		}
		events = append(events, slices.DeleteFunc(others, func(e audit.Event) bool { return e.Account != "" || e.Event == audit.Typed })...)
	}
	slices.SortStableFunc(events, func(a, b audit.Event) int { return b.Time.Compare(a.Time) })
	return events[:min(len(events), j.accounts.size)], nil
}

// OfReference gives what has happened in a reset, the newest first; nothing where nothing is known of it. It may be of any
// population: whether the agent may see it is for the caller to judge.
func (j *Journal) OfReference(ctx context.Context, ref string) ([]audit.Event, error) {
	return j.references.get(ctx, ref)
}

// Flush waits until all that was recorded before is kept, or was given up.
func (j *Journal) Flush(ctx context.Context) error {
	kept := make(chan struct{})
	select {
	case j.queue <- item{kept: kept}:
	case <-j.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-kept:
	case <-j.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// Close keeps what is queued for as long as ctx lasts, and gives up the rest. From then on Record only records.
func (j *Journal) Close(ctx context.Context) {
	j.close()
	select {
	case <-j.ended:
	case <-ctx.Done():
	}
	j.stop()
	<-j.ended
}

// ring keeps the last events of each id.
type ring struct {
	table *state.Table[[]audit.Event]
	size  int
	keeps time.Duration // since the last event
}

// add puts events, of which the newest is the first, before those that there are.
func (r ring) add(ctx context.Context, id string, events []audit.Event) error {
	_, err := r.table.Update(ctx, id, func(old []audit.Event, _ bool) ([]audit.Event, time.Time, error) {
		all := slices.CompactFunc(slices.Concat(events, old), again)
		return all[:min(len(all), r.size)], time.Now().Add(r.keeps), nil
	})
	return err
}

// again tells whether an event only repeats the one before: whoever keeps asking for codes that are not sent would push out
// all else. The newest stays.
func again(later, earlier audit.Event) bool {
	return later.Event == audit.Withheld && earlier.Event == audit.Withheld && later.Reason == earlier.Reason
}

func (r ring) get(ctx context.Context, id string) ([]audit.Event, error) {
	events, err := r.table.Get(ctx, id)
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	return slices.Clone(events), err // those of the table are not the caller's
}
