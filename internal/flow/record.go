package flow

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"

	"ssprd/internal/audit"
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
		s.log.Error("an outcome could not be recorded", "event", e.Event, "ref", s.ref(v.ID), "error", err)
	}
}

// note writes an event that tells of something refused: there is nothing that it could keep from happening.
func (s *Service) note(ctx context.Context, e audit.Event) {
	if err := s.audit.Record(ctx, e); err != nil {
		s.log.Error("an event could not be recorded", "event", e.Event, "error", err)
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
	m := hmac.New(sha256.New, s.names)
	m.Write([]byte("reset\x00" + id))
	text := readAloud.EncodeToString(m.Sum(nil))
	return text[:referenceHalf] + "-" + text[referenceHalf:2*referenceHalf]
}

// readable is the alphabet of Crockford's base 32: no letter in it is taken for a figure or for another letter.
const readable = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var readAloud = base32.NewEncoding(readable).WithPadding(base32.NoPadding)

// referenceHalf is how many letters and figures stand on each side of the hyphen.
const referenceHalf = 5

// ParseReference reads a reference number as people type it: in any case, with or without its hyphen, and with the letters that
// are taken for figures. Other texts may look like one, such as a telephone number.
func ParseReference(typed string) (ref string, is bool) {
	typed = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "", "\u00a0", "", "\u202f", "", "‑", "").Replace(strings.ToUpper(typed))
	if len(typed) != 2*referenceHalf {
		return "", false
	}
	if strings.ContainsFunc(typed, func(r rune) bool { return !strings.ContainsRune(readable, r) }) {
		return "", false
	}
	return typed[:referenceHalf] + "-" + typed[referenceHalf:], true
}

// alias is the pseudonym of a text: 64 bits of a keyed digest, the same for the same text (R58).
func (s *Service) alias(what, text string) string {
	m := hmac.New(sha256.New, s.names)
	m.Write([]byte(what))
	m.Write([]byte{0})
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil)[:8])
}
