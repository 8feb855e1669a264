package desk

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
)

// PageSize is how many people of a population are shown at a time.
const PageSize = 20

// Hits are the people of one population whom a search has found.
type Hits struct {
	Population string
	People     []Person
	From       int  // the place of the first of them, from 0
	More       bool // there are further ones
}

// ErrNoRight says that no role of the agent allows it.
var ErrNoRight = errors.New("no role of the agent allows this")

// Search finds people in every population that the agent may view, or in the one that is named.
func (s *Service) Search(ctx context.Context, client netip.Addr, a Agent, population, text string, from int) ([]Hits, error) {
	in := s.Config.Populations(a, View)
	if population != "" {
		in = slices.DeleteFunc(in, func(name string) bool { return name != population })
	}
	searched := audit.Event{Event: audit.Searched, Subject: s.alias(text)}
	if _, known := s.People[population]; known {
		searched.Population = population
	}
	if err := s.look(ctx, client, a, searched); err != nil {
		return nil, err
	}
	var all []Hits
	for _, name := range in {
		found, more, err := s.People[name].Search(ctx, text, max(0, from), PageSize)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			all = append(all, Hits{name, found, max(0, from), more})
		}
	}
	return all, nil
}

// Card is what an agent sees of one person, and what they can do.
type Card struct {
	Population string
	Person     Person
	Operator   bool               // the person is an agent too
	Acts       map[Right]Decision // those that a role of the agent allows

	elsewhere bool // the account is in a population under approval too

	Held      string        // why no code would be of use: a limit's name, or account.closed; "" where one would
	HeldUntil time.Time     // zero where only an administrator ends it
	Events    []audit.Event // of this account, the newest first
}

// Card reads a person anew. ErrNoRight, ErrNobody, ErrTooMany.
func (s *Service) Card(ctx context.Context, client netip.Addr, a Agent, population string, id flow.AccountID) (Card, error) {
	if !s.Config.May(a, View, population) {
		return Card{}, ErrNoRight
	}
	if err := s.mayLook(ctx, a); err != nil {
		return Card{}, err
	}
	c, err := s.card(ctx, a, population, id)
	if err != nil && !errors.Is(err, ErrNobody) {
		return Card{}, err
	}
	seen := audit.Event{Event: audit.Viewed, Agent: string(a.ID), Population: population, Account: string(id)}
	if err != nil {
		seen = s.unseen(seen)
	}
	if err := errors.Join(s.record(ctx, client, seen), err); err != nil {
		return Card{}, err
	}
	if c.Held, c.HeldUntil, err = s.Codes.Held(ctx, id); err != nil {
		return Card{}, err
	}
	c.Events, err = s.Events.OfAccount(ctx, id)
	c.Events = slices.DeleteFunc(c.Events, func(e audit.Event) bool { // of another population that the account is, or was, in too
		return e.Population != population && !s.Config.May(a, View, e.Population)
	})
	return c, err
}

func (s *Service) card(ctx context.Context, a Agent, population string, id flow.AccountID) (Card, error) {
	p, err := s.People[population].Person(ctx, id) // all that a role names are there
	if err != nil {
		return Card{}, err
	}
	operator, err := s.operator(ctx, id)
	if err != nil {
		return Card{}, err
	}
	elsewhere, err := s.underApproval(ctx, population, id)
	if err != nil {
		return Card{}, err
	}
	c := Card{Population: population, Person: p, Operator: operator, elsewhere: elsewhere, Acts: map[Right]Decision{}}
	for _, act := range Acts() {
		d := s.Config.Decide(Case{a, act, population, p, operator, elsewhere}, time.Now())
		if d.Refusal != NoRight {
			c.Acts[act] = d
		}
	}
	return c, nil
}

// underApproval tells whether an account is in a population under approval too: filters and bases may overlap, and what is marked
// there is not to be had by way of another one.
func (s *Service) underApproval(ctx context.Context, population string, id flow.AccountID) (bool, error) {
	for _, other := range s.Config.Approval {
		if other == population || s.People[other] == nil {
			continue
		}
		_, err := s.People[other].Person(ctx, id)
		if err == nil || !errors.Is(err, ErrNobody) {
			return err == nil, err
		}
	}
	return false, nil
}

// operator tells whether somebody has a role in the helpdesk. Lasting ids are of one entry in all directories.
func (s *Service) operator(ctx context.Context, id flow.AccountID) (bool, error) {
	agent, err := s.Agents.Agent(ctx, id)
	if errors.Is(err, ErrDenied) {
		return false, nil
	}
	return err == nil && len(agent.Groups) > 0, err
}
