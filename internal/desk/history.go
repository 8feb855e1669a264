package desk

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

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

// History searches the record, in the populations whose record the agent may see: found is given each event, the newest
// first, until it returns false. That it was searched is recorded before. Few go on at once; the next one waits as long as
// ctx. ErrNoRight.
func (s *Service) History(ctx context.Context, client netip.Addr, a Agent, q audit.Query, found func(audit.Event) bool) error {
	may := s.Config.Populations(a, Audit)
	if len(q.Populations) > 0 {
		may = slices.DeleteFunc(may, func(name string) bool { return !slices.Contains(q.Populations, name) })
	}
	if len(may) == 0 {
		return ErrNoRight
	}
	q.Populations = may
	if err := s.look(ctx, client, a, audit.Event{Event: audit.RecordRead, Subject: s.alias(q.Text + q.Ref)}); err != nil {
		return err
	}
	select {
	case s.search <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("desk: others search the record: %w", ctx.Err())
	}
	defer func() { <-s.search }()
	return s.Past(ctx, q, found)
}
