package desk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
	"ssprd/internal/secret"
	"ssprd/internal/seldom"
	"ssprd/internal/state"
)

// Recorder keeps the audit record. What is recorded happens after: an error means that it must not.
type Recorder interface {
	Record(ctx context.Context, e audit.Event) error
}

// Codes has codes for people: flow.Service.
type Codes interface {
	Issue(ctx context.Context, a flow.Assisted) (code.Code, error)

	// Held tells why no code would be of use for an account, "" where one would, and until when: zero where only an
	// administrator ends it.
	Held(ctx context.Context, id flow.AccountID) (why string, until time.Time, err error)
}

// Events are what has happened lately: a Journal.
type Events interface {
	OfAccount(ctx context.Context, id flow.AccountID) ([]audit.Event, error) // the newest first
	OfReference(ctx context.Context, ref string) ([]audit.Event, error)
}

// Past is the whole record, the newest first: found is given each event until it returns false.
type Past func(ctx context.Context, q audit.Query, found func(audit.Event) bool) error

// Parts is what a Service is made of.
type Parts struct {
	Config Config
	Agents Agents
	People map[string]People // by population: all that a role names
	Codes  Codes
	Events Events
	Past   Past
	Mailer flow.Mailer
	Limits limit.Config
	Store  state.Store
	Key    state.Key
	Audit  Recorder
	Lang   string // of the mails: nobody knows which language the person at the telephone reads
	Log    *slog.Logger

	Reached func(limit string) // told of each limit that keeps an agent waiting, as seldom as the log; nil: nobody is
}

// Service is the helpdesk. Its methods may be called by many goroutines at once.
type Service struct {
	Parts
	limits   *limit.Limiter
	codes    code.Keyer
	sessions *state.Table[session]
	waiting  *state.Table[requests] // by the population
	orders   *state.Table[struct{}] // that were carried out
	called   names
	reached  seldom.Seldom   // limits
	search   chan struct{}   // held by those who search the record
	names    secret.Digester // makes the pseudonyms of the record
}

// New makes a helpdesk.
func New(p Parts) *Service {
	return &Service{
		Parts:    p,
		limits:   limit.New(p.Store, p.Key),
		codes:    code.NewKeyer(p.Key.Derive("desk: code")),
		sessions: state.NewTable[session](p.Store, "desk session", p.Key),
		waiting:  state.NewTable[requests](p.Store, "desk request", p.Key),
		orders:   state.NewTable[struct{}](p.Store, "desk order", p.Key),
		called:   names{known: map[flow.AccountID]named{}},
		search:   make(chan struct{}, searches),
		names:    secret.NewDigester(p.Key.Derive("audit: pseudonyms")),
	}
}

// record writes an event before what it tells of is done; with an error it must not be.
func (s *Service) record(ctx context.Context, client netip.Addr, e audit.Event) error {
	if client.IsValid() {
		e.Client = client.String()
	}
	if err := s.Audit.Record(ctx, e); err != nil {
		return fmt.Errorf("desk: audit: %w", err)
	}
	return nil
}

// note records what came of something whose beginning is recorded: there is nothing that it could keep from happening.
func (s *Service) note(ctx context.Context, client netip.Addr, e audit.Event) {
	if err := s.record(ctx, client, e); err != nil {
		s.Log.ErrorContext(ctx, "an event could not be recorded", "event", e.Event, "error", err)
	}
}

// alias is the pseudonym of a text, the same as that of the same text typed on the portal (flow).
func (s *Service) alias(text string) string {
	sum := s.names.Of("subject", strings.ToLower(text))
	return hex.EncodeToString(sum[:8])
}

// ErrTooMany says that an agent has looked at more than anybody does who is on the telephone.
var ErrTooMany = errors.New("the agent has looked at too much in too short a time")

// mayLook spends the limit of looking.
func (s *Service) mayLook(ctx context.Context, a Agent) error {
	for name, rate := range map[string]limit.Rate{"looks_per_agent": looksPerAgent, "looks_per_agent_daily": looksPerDay} {
		if enough, err := s.spend(ctx, name, string(a.ID), rate); err != nil {
			return err
		} else if !enough {
			return ErrTooMany
		}
	}
	return nil
}

// look spends the limit of looking, and records what is looked at before it is.
func (s *Service) look(ctx context.Context, client netip.Addr, a Agent, e audit.Event) error {
	if err := s.mayLook(ctx, a); err != nil {
		return err
	}
	e.Agent = string(a.ID)
	return s.record(ctx, client, e)
}

// spend takes one of a limit, and tells whether there was one.
func (s *Service) spend(ctx context.Context, name, key string, r limit.Rate) (enough bool, err error) {
	taken, err := s.limits.Take(ctx, name, key, r)
	if err != nil {
		return false, err
	}
	if taken.Wait > 0 {
		if now, more := s.reached.Say(name); now { // strangers reach those of the sign-in as often as they like
			s.Log.WarnContext(ctx, "a limit of the helpdesk was reached", "limit", name, "more_since", more)
			if s.Reached != nil {
				s.Reached(name)
			}
		}
	}
	return taken.Wait == 0, nil
}

// searches is how many go through the record at once: each may read many gigabytes, on the machine that serves the portal too.
const searches = 2

// LimitNames are the limits of the helpdesk, as the log and Parts.Reached name them.
func LimitNames() []string {
	return []string{"acts_per_agent", "acts_per_person", "looks_per_agent", "looks_per_agent_daily", "agent_tries_per_address", "agent_tries_per_name",
		"agent_codes"}
}

// Rates that no configuration changes (R55): more of either is no telephone call, but somebody at work.
var (
	actsPerAgent  = limit.Rate{Count: 20, Per: 10 * time.Minute}
	actsPerPerson = limit.Rate{Count: 6, Per: time.Hour}
	looksPerAgent = limit.Rate{Count: 300, Per: 10 * time.Minute} // searches, cards: whoever needs more copies the directory
	looksPerDay   = limit.Rate{Count: 2000, Per: 24 * time.Hour}
)
