package flow

import (
	"context"
	"maps"
	"slices"
	"time"

	"ssprd/internal/panics"
	"ssprd/internal/reference"
)

// A change that was written is followed to the other servers by the process that wrote it. That is only reading: where that
// process has died, whichever sees the reset next goes on with it.
const (
	followFor   = 10*time.Second + leaseSlack // how long a process is taken to be alive that has said that it follows; clocks may be ahead
	followAgain = 3 * time.Second             // how often it says so
)

// follow takes down what each server has, until all have the change or the population's wait is over.
func (s *Service) follow(cause reference.Cause, id string, r Reset, w Written) {
	s.followed.Add(1)
	defer s.followed.Add(-1)
	wait := s.populations[r.Population].Wait
	if !r.Written.IsZero() { // another process has waited before
		wait = time.Until(r.Written.Add(wait))
	}
	ctx, cancel := context.WithTimeout(reference.With(s.life, cause), wait)
	kept := make(chan struct{})
	go func() { defer close(kept); s.keepFollowing(ctx, id, r.Claims) }()
	defer func() { cancel(); <-kept }() // nothing of it uses the store afterwards
	missing := map[int]bool{}
	for p := range s.populations[r.Population].Directory.Reached(ctx, w) {
		missing[p.Index] = !p.Reached
		if _, _, err := s.tell(id, Progress{r.Claims, p}); err != nil {
			s.log.ErrorContext(ctx, "a server's progress could not be stored", "error", err)
		}
	}
	if s.life.Err() != nil && slices.Contains(slices.Collect(maps.Values(missing)), true) {
		<-kept // it would say that the change is followed
		s.release(ctx, id, r.Claims)
		return
	}
	if err := s.tellUntil(time.Now().Add(followFor), id, Spread{r.Claims}); err != nil {
		s.log.ErrorContext(ctx, "an outcome could not be stored", "error", err)
	}
}

// keepFollowing says again and again that this process follows a change.
func (s *Service) keepFollowing(ctx context.Context, id string, claim int) {
	again := time.NewTicker(followAgain)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			if _, _, err := s.tell(id, Follow{Claim: claim, Until: time.Now().Add(followFor)}); err != nil {
				s.log.WarnContext(ctx, "it could not be stored that a change is followed", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// release lets another process go on, as this one stops.
func (s *Service) release(ctx context.Context, id string, claim int) {
	if _, _, err := s.tell(id, Follow{Claim: claim, Until: time.Now(), Gone: true}); err != nil {
		s.log.WarnContext(ctx, "a change could not be handed over", "error", err)
	}
}

// adopt follows a change on whose process nothing was heard for a while. Of several who see it at once, one does.
func (s *Service) adopt(ctx context.Context, id string, r Reset) {
	if r.State != Spreading || r.By == "" || time.Now().Before(r.Followed) || s.life.Err() != nil {
		return
	}
	if _, known := s.populations[r.Population]; !known {
		return // it is gone from the configuration since
	}
	_, reason, err := s.tell(id, Follow{Claim: r.Claims, Until: time.Now().Add(followFor), Anew: true})
	if err != nil || reason != None {
		return // somebody else does, or whoever looks next
	}
	ctx = s.about(ctx, id)
	s.log.WarnContext(ctx, "a change is followed on: the process that had written it has gone", "population", r.Population)
	s.work.Go(func() {
		err := panics.Catch(func() error {
			s.follow(reference.From(ctx), id, r, Written{ID: r.Account, Server: r.By, Mark: r.Mark})
			return nil
		})
		if err != nil { // the lease ends the wait
			s.log.ErrorContext(ctx, "a change could not be followed on", "population", r.Population, "error", err)
		}
	})
}
