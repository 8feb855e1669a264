package desk

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
)

// Traced is what a reference number leads to: the number that a visitor's page shows.
type Traced struct {
	Population string
	Account    flow.AccountID // "" where its code was never entered, or nobody was found
	Events     []audit.Event  // the newest first
}

// Trace looks a reference number up, in the populations that the agent may view. That it was is recorded before it is told;
// what leads to nothing is not, for it may be somebody's telephone number. ErrNobody.
func (s *Service) Trace(ctx context.Context, client netip.Addr, a Agent, ref string) (Traced, error) {
	events, err := s.Events.OfReference(ctx, ref)
	if err != nil {
		return Traced{}, err
	}
	if len(events) == 0 || !s.Config.May(a, View, events[0].Population) {
		return Traced{}, ErrNobody
	}
	if err := s.look(ctx, client, a, audit.Event{Event: audit.Searched, Population: events[0].Population, Note: ref}); err != nil {
		return Traced{}, err
	}
	t := Traced{Population: events[0].Population, Events: events}
	for _, e := range events {
		if e.Account != "" && t.Account == "" {
			t.Account = flow.AccountID(e.Account)
		}
	}
	return t, nil
}

// Purpose is for what the record is read; it stands in the record.
type Purpose string

// The purposes.
const (
	ToSearch Purpose = "search"
	ToExport Purpose = "export"
)

// History lets an agent read the record, in the populations whose record they may see: that they do is recorded before. What it
// returns gives found each event, the newest first, until that returns false. Few read at once; the next one waits as long as
// ctx. ErrNoRight, ErrTooMany.
func (s *Service) History(ctx context.Context, client netip.Addr, a Agent, purpose Purpose, q audit.Query) (read func(ctx context.Context, found func(audit.Event) bool) error, err error) {
	may := s.Config.Populations(a, Audit)
	if len(q.Populations) > 0 {
		may = slices.DeleteFunc(may, func(name string) bool { return !slices.Contains(q.Populations, name) })
	}
	if len(may) == 0 {
		return nil, ErrNoRight
	}
	q.Populations = may
	event := audit.Event{Event: audit.RecordRead, Subject: s.alias(q.Text + q.Ref), Reason: string(purpose), Note: strings.Join(may, " ")}
	if err := s.look(ctx, client, a, event); err != nil {
		return nil, err
	}
	return func(ctx context.Context, found func(audit.Event) bool) error {
		select {
		case s.search <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("desk: others search the record: %w", ctx.Err())
		}
		defer func() { <-s.search }()
		return s.Past(ctx, q, found)
	}, nil
}
