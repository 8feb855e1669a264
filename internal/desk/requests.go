package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/state"
)

// Request is what an agent asks another one to agree to: who, for whom, and why (R55).
type Request struct {
	ID         string
	Act        Right
	Population string
	Person     flow.AccountID
	Name       string   // of the person, as the card shows it
	Mail       []string // on file when it was asked: what is agreed to is for these addresses
	Reason     string
	Asker      flow.AccountID
	AskerName  string
	AskerMail  []string
	Asked      time.Time
	State      RequestState
	By         flow.AccountID // who has agreed or not
	ByName     string
}

// Until is when it can no longer be agreed to, nor carried out.
func (q Request) Until() time.Time { return q.Asked.Add(requestFor) }

// RequestState is how far a request is.
type RequestState string

// The states. One that is carried out is forgotten: it is good for one act.
const (
	Waiting  RequestState = "waiting"
	Accepted RequestState = "accepted"
	Rejected RequestState = "rejected"
)

// requestFor is how long a request can be agreed to, and carried out: the person is on the telephone.
const requestFor = 15 * time.Minute

// mostRequests bounds how many of a population wait at once.
const mostRequests = 100

// requests are those of a population: one record, so that each step on one is atomic.
type requests struct {
	All []Request
}

// live are those that time has not ended.
func (r requests) live(now time.Time) requests {
	return requests{slices.DeleteFunc(slices.Clone(r.All), func(q Request) bool { return !now.Before(q.Until()) })}
}

// errNoRequest leaves an Update without a change.
var errNoRequest = errors.New("no such request")

// ask takes down what another agent has to agree to.
func (s *Service) ask(ctx context.Context, client netip.Addr, a Agent, o Order, p Person) (Done, error) {
	if err := s.record(ctx, client, o.event(audit.Asked, a, string(o.Act))); err != nil {
		return Done{}, err
	}
	now := time.Now()
	q := Request{ID: rand.Text(), Act: o.Act, Population: o.Population, Person: p.ID, Name: p.Name, Mail: p.Mail, Reason: o.Reason,
		Asker: a.ID, AskerName: a.Name, AskerMail: a.Mail, Asked: now, State: Waiting}
	_, err := s.waiting.Update(ctx, o.Population, func(r requests, _ bool) (requests, time.Time, error) {
		r = r.live(now)
		if len(r.All) >= mostRequests {
			return r, time.Time{}, errNoRequest
		}
		r.All = append(r.All, q)
		return r, now.Add(requestFor), nil
	})
	if errors.Is(err, errNoRequest) {
		s.note(ctx, client, o.event(audit.ActRefused, a, string(TooOften)))
		return Done{Refusal: TooOften}, nil
	}
	return Done{Request: q.ID}, err
}

// use takes an accepted request out: of two who carry it out at once, one does. It must be for this very act, by an agent who could
// still agree to it, and for the addresses of then.
func (s *Service) use(ctx context.Context, a Agent, o Order, p Person) (Request, Refusal, error) {
	q, err := s.step(ctx, o.Population, o.Request, func(q Request) (Request, bool, error) {
		same := q.Asker == a.ID && q.Person == o.Person && q.Act == o.Act && q.State == Accepted && sameAddresses(q.Mail, p.Mail)
		if !same {
			return q, false, errNoRequest
		}
		return q, false, nil
	})
	if errors.Is(err, errNoRequest) {
		return Request{Reason: o.Reason}, NotAgreed, nil
	}
	if err != nil {
		return q, NotAgreed, err
	}
	by, err := s.Agents.Agent(ctx, q.By)
	switch {
	case errors.Is(err, ErrDenied), err == nil && !s.Config.MayAgree(by, q):
		return q, NotAgreed, nil
	case err != nil:
		return q, NotAgreed, err
	}
	return q, Allowed, nil
}

// sameAddresses tells whether two readings of an entry have the same addresses, of which servers promise no order.
func sameAddresses(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// step changes one request in one atomic step: f says what it is then, and whether it is kept.
func (s *Service) step(ctx context.Context, population, id string, f func(Request) (Request, bool, error)) (Request, error) {
	var now Request
	_, err := s.waiting.Update(ctx, population, func(r requests, _ bool) (requests, time.Time, error) {
		r = r.live(time.Now())
		i := slices.IndexFunc(r.All, func(q Request) bool { return q.ID == id })
		if i < 0 {
			return r, time.Time{}, errNoRequest
		}
		q, keep, err := f(r.All[i])
		if err != nil {
			return r, time.Time{}, err
		}
		if now, r.All[i] = q, q; !keep {
			r.All = slices.Delete(r.All, i, i+1)
		}
		return r, time.Now().Add(requestFor), nil
	})
	return now, err
}

// Requests are those that wait for this agent to agree, and those that the agent has made, the oldest first.
func (s *Service) Requests(ctx context.Context, a Agent) (forMe, mine []Request, err error) {
	for _, population := range s.Config.Populations(a, View, Approve) {
		r, err := s.waiting.Get(ctx, population)
		if errors.Is(err, state.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for _, q := range r.live(time.Now()).All {
			switch {
			case q.Asker == a.ID:
				mine = append(mine, q)
			case q.State == Waiting && s.Config.MayAgree(a, q):
				forMe = append(forMe, q)
			}
		}
	}
	return forMe, mine, nil
}

// Answer agrees to a request, or does not. Of two who answer at once, one does; the other reads NotAgreed. What comes to nothing is
// recorded as well: as refused.
func (s *Service) Answer(ctx context.Context, client netip.Addr, a Agent, population, id string, agrees bool) (Refusal, error) {
	var q Request
	event := func(name, why string) audit.Event {
		return audit.Event{Event: name, Agent: string(a.ID), Population: population, Account: string(q.Person), Reason: why, Note: q.Reason}
	}
	refuse := func(why Refusal) (Refusal, error) {
		s.note(ctx, client, event(audit.ActRefused, string(why)))
		return why, nil
	}
	if !s.Config.May(a, Approve, population) {
		return refuse(NoRight)
	}
	r, err := s.waiting.Get(ctx, population)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return NotAgreed, err
	}
	all := r.live(time.Now()).All
	i := slices.IndexFunc(all, func(q Request) bool { return q.ID == id })
	if i < 0 {
		return refuse(NotAgreed)
	}
	switch q = all[i]; {
	case !s.Config.MayAgree(a, q):
		return refuse(NoRight)
	case q.State != Waiting:
		return refuse(NotAgreed)
	}
	answer := audit.Agreed
	if !agrees {
		answer = audit.Declined
	}
	if err := s.record(ctx, client, event(answer, string(q.Act))); err != nil {
		return NotAgreed, err
	}
	_, err = s.step(ctx, population, id, func(q Request) (Request, bool, error) {
		if q.State != Waiting {
			return q, true, errNoRequest
		}
		q.State, q.By, q.ByName = Rejected, a.ID, a.Name
		if agrees {
			q.State = Accepted
		}
		return q, true, nil
	})
	if errors.Is(err, errNoRequest) {
		return refuse(NotAgreed)
	}
	return Allowed, err
}
