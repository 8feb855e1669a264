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
	closed    bool // no new ones

	life context.Context // of those under way
	cut  context.CancelFunc
}

var errQueueFull = errors.New("the queue of searches is full")

// queue hands a search to the workers. When they have more than enough to do, everybody is told the same.
func (s *Service) queue(l *lookUp) Reason {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if !s.enqueue(l) {
		s.log.Warn("the queue of searches is full", "population", l.r.Population)
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
	if s.searches.closed {
		return false
	}
	s.searches.postponed[l] = time.AfterFunc(pause, func() { s.resume(l) })
	return true
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
func (s *Service) shut() {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if s.searches.closed {
		return
	}
	s.searches.closed = true
	for l, timer := range s.searches.postponed {
		timer.Stop()
		delete(s.searches.postponed, l)
	}
	for _, p := range s.populations {
		close(p.lookUps) // under the lock that every sender holds
	}
}

// tellGivenUp says how many searches Close leaves: whoever asked for these codes has to ask again.
func (s *Service) tellGivenUp() {
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	if s.searches.pending > 0 {
		s.log.Error("codes are not sent: their searches were given up at the stop", "number", s.searches.pending)
	}
}
