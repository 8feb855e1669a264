package flow

import (
	"context"
	"encoding/hex"
	"fmt"

	"ssprd/internal/audit"
	"ssprd/internal/reference"
)

// record writes an event of a reset into the audit record. What it tells of happens after, and not if there is an error.
func (s *Service) record(ctx context.Context, v Visit, r Reset, e audit.Event) error {
	e.Ref, e.Population, e.Subject = s.ref(v.ID), r.Population, s.alias("subject", foldASCII(r.Typed))
	if v.Client.IsValid() {
		e.Client = v.Client.String()
	}
	if a, ok := r.Chosen(); ok && e.Account == "" {
		e.Account = string(a.ID)
	}
	if err := s.audit.Record(ctx, e); err != nil {
		return fmt.Errorf("flow: audit: %w", err)
	}
	return nil
}

// outcome writes what came of something whose beginning is recorded.
func (s *Service) outcome(ctx context.Context, v Visit, r Reset, e audit.Event) {
	if err := s.record(ctx, v, r, e); err != nil {
		s.log.ErrorContext(s.about(ctx, v.ID), "an outcome could not be recorded", "event", e.Event, "error", err)
	}
}

// note writes an event that tells of something refused: there is nothing that it could keep from happening.
func (s *Service) note(ctx context.Context, e audit.Event) {
	if err := s.audit.Record(ctx, e); err != nil {
		s.log.ErrorContext(ctx, "an event could not be recorded", "event", e.Event, "error", err)
	}
}

// Reference is the number by which a visitor names their reset to the helpdesk: it stands with each of its events in record
// and log, and whoever reads it cannot take the reset over by it. "" where there is none.
func (s *Service) Reference(v Visit) string {
	if v.ID == "" {
		return ""
	}
	return s.ref(v.ID)
}

// ref is the reference number of a reset: 50 bits of a keyed digest.
func (s *Service) ref(id string) string {
	sum := s.names.Of("reset", id)
	return reference.Of(sum[:])
}

// about gives work the reset that it is about, so that the lines which it causes in the log are found by the reset's number.
func (s *Service) about(ctx context.Context, id string) context.Context {
	return reference.ForReset(ctx, s.ref(id))
}

// alias is the pseudonym of a text: 64 bits of a keyed digest, the same for the same text (R58).
func (s *Service) alias(what, text string) string {
	sum := s.names.Of(what, text)
	return hex.EncodeToString(sum[:8])
}
