package flow

import (
	"context"
	"errors"
	"sync"
	"time"

	"ssprd/internal/panics"
)

// searches are those that a Service has taken on: each is made, or given up with a word in the log, and none forgotten.
type searches struct {
	mu        sync.Mutex
	pending   int // taken on, and neither made nor dropped
	postponed map[*lookUp]*time.Timer
	closed    bool     // no new ones
	told      bool     // how many are given up
	heir      *Service // which takes them on instead, once closed; nil for none

	life context.Context // of those under way
	cut  context.CancelFunc
}

var errQueueFull = errors.New("the queue of searches is full")

// queue hands a search to the workers. When they have more than enough to do, everybody is told the same.
func (s *Service) queue(l *lookUp) Reason {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if heir := s.searches.heir; heir != nil {
		heir.inherit(l, 0) // a request of before the hand-over has ended after it
		return None
	}
	if !s.enqueue(l) {
		s.log.WarnContext(l.because(s.life), "the queue of searches is full", "population", l.r.Population)
		return Busy
	}
	s.searches.pending++
	return None
}

// enqueue puts a search where a worker finds it, if there is room and there are workers still; the caller holds the lock.
func (s *Service) enqueue(l *lookUp) bool {
	if s.searches.closed {
		return false
	}
	select {
	case s.populations[l.r.Population].lookUps <- l:
		return true
	default:
		return false
	}
}

// busy tells whether a search would not be taken on now.
func (s *Service) busy(population string) bool {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if heir := s.searches.heir; heir != nil {
		return heir.busy(population)
	}
	waiting := s.populations[population].lookUps
	return s.searches.closed || len(waiting) == cap(waiting)
}

// lookUpWorker makes searches until no more can come.
func (s *Service) lookUpWorker(waiting <-chan *lookUp) {
	for l := range waiting {
		if s.searches.life.Err() != nil {
			continue // it is given up, and Close counts it
		}
		if err := panics.Catch(func() error { return s.lookUp(l) }); err != nil {
			s.lookUpLater(l, err)
			continue
		}
		s.settled()
	}
}

// settled counts a search that was made, or is of no more use.
func (s *Service) settled() {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	s.searches.pending--
}

// postpone has a search made after a pause. It is false where the Service ends before: then Close counts it.
func (s *Service) postpone(l *lookUp, pause time.Duration) bool {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if heir := s.searches.heir; heir != nil {
		s.searches.pending--
		heir.inherit(l, pause)
		return true
	}
	if s.searches.closed {
		return false
	}
	s.rest(l, pause)
	return true
}

// rest keeps a search until its pause is over; the caller holds the lock.
func (s *Service) rest(l *lookUp, pause time.Duration) {
	l.due = time.Now().Add(pause)
	s.searches.postponed[l] = time.AfterFunc(pause, func() { s.resume(l) })
}

// resume queues a search whose pause is over.
func (s *Service) resume(l *lookUp) {
	if !s.resumed(l) {
		s.lookUpLater(l, errQueueFull)
	}
}

// resumed tells whether nothing more is to be done for it.
func (s *Service) resumed(l *lookUp) bool {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if s.searches.postponed[l] == nil {
		return true // the end of the Service has come first
	}
	delete(s.searches.postponed, l)
	return s.enqueue(l)
}

// shut takes on no more searches, and wakes no postponed one. Those that are queued are still made; then the workers end.
// The caller holds the lock. It returns the postponed ones, which nobody has any more.
func (s *searches) shut(populations map[string]Population) (postponed []*lookUp) {
	if s.closed {
		return nil
	}
	s.closed = true
	for l, timer := range s.postponed {
		timer.Stop()
		postponed = append(postponed, l)
	}
	clear(s.postponed)
	for _, p := range populations {
		close(p.lookUps) // under the lock that every sender holds
	}
	return postponed
}

// close shuts them; those that are postponed stay counted, as given up.
func (s *searches) close(populations map[string]Population) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut(populations)
}

// HandOver gives the searches of s that are not under way to another Service over the same state, which has begun with a
// newer configuration, and later those that requests to s still ask for. What is under way goes on: Wait waits for it.
func (s *Service) HandOver(to *Service) {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if s.searches.closed {
		return
	}
	postponed := s.searches.shut(s.populations)
	s.searches.heir = to
	for _, l := range postponed {
		s.searches.pending--
		to.inherit(l, time.Until(l.due))
	}
	for _, p := range s.populations {
		for l := range p.lookUps { // closed: it ends where nothing is left; what a worker takes before is made here
			s.searches.pending--
			to.inherit(l, 0)
		}
	}
}

// inherit takes on a search of the Service before, after a pause. Where there is no room at the moment it waits as one does
// that has failed.
func (s *Service) inherit(l *lookUp, pause time.Duration) {
	if !s.inherited(l, pause) {
		s.lookUpLater(l, errQueueFull)
	}
}

// inherited tells whether nothing more is to be done for it.
func (s *Service) inherited(l *lookUp, pause time.Duration) bool {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if heir := s.searches.heir; heir != nil {
		heir.inherit(l, pause)
		return true
	}
	if _, known := s.populations[l.r.Population]; !known {
		s.log.ErrorContext(l.because(s.life), "a code is not sent: its population is gone from the configuration", "population", l.r.Population)
		return true
	}
	if s.searches.told {
		s.log.ErrorContext(l.because(s.life), "a code is not sent: its search was given up at the stop", "population", l.r.Population)
		return true
	}
	s.searches.pending++
	if pause <= 0 || s.searches.closed {
		return s.enqueue(l)
	}
	s.rest(l, pause)
	return true
}

// tellGivenUp says how many searches Close leaves: whoever asked for these codes has to ask again.
func (s *Service) tellGivenUp() {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	s.searches.told = true
	if s.searches.pending > 0 && s.searches.heir == nil {
		s.log.Error("codes are not sent: their searches were given up at the stop", "number", s.searches.pending)
	}
}
