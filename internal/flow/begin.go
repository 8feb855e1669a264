package flow

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/reference"
)

// Start is what a person typed to begin.
type Start struct {
	Population string
	Lang       string // of the pages and of the mail
	Typed      string
	Client     netip.Addr
}

// Begin stores a new reset and returns its id. It looks nobody up: who the text names is found out after the answer,
// so that neither the answer nor its time can tell (R1, R2).
func (s *Service) Begin(ctx context.Context, b Start) (id string, reason Reason, err error) {
	typed := strings.TrimSpace(b.Typed)
	if _, ok := s.populations[b.Population]; !ok || !Nameable(typed) {
		return "", AddressEmpty, nil
	}
	if reason, err := s.admit(ctx, b.Population, b.Client); reason != None || err != nil {
		return "", reason, err
	}
	if s.busy(b.Population) {
		return "", Busy, nil // before anything is stored for nothing
	}
	id = rand.Text()
	ctx = s.about(ctx, id)
	r := s.machine.Begin(b.Population, b.Lang, typed, time.Now())
	if err := s.record(ctx, Visit{ID: id, Client: b.Client}, r, audit.Event{Event: audit.Started}); err != nil {
		return "", None, err
	}
	_, err = s.resets.Update(ctx, id, func(Reset, bool) (Reset, time.Time, error) { return r, keepUntil(r), nil })
	if err != nil {
		return "", None, err
	}
	return id, s.queue(&lookUp{id: id, r: r, cause: reference.From(ctx)}), nil
}

// Resend asks for a new code; the former one is dead once that is drawn. It spends what a beginning spends: it is one more mail.
func (s *Service) Resend(ctx context.Context, v Visit) (Reset, Reason, error) {
	r, err := s.Look(ctx, v)
	if err != nil {
		return r, None, err
	}
	if reason := s.would(r, Resend{}); reason != None {
		return r, reason, nil
	}
	if reason, err := s.admit(ctx, r.Population, v.Client); reason != None || err != nil {
		return r, reason, err
	}
	r, reason, err := s.apply(ctx, v, Resend{})
	if err != nil || reason != None {
		return r, reason, err
	}
	return r, s.queue(&lookUp{id: v.ID, r: r, cause: reference.From(s.about(ctx, v.ID))}), nil
}
