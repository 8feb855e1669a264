// Package seldom keeps a log readable while something is away: what happens again and again is said once a minute.
package seldom

import (
	"sync"
	"time"
)

// Seldom lets something be said once a minute for each key, however often it happens: a directory that is away makes every
// waiting search fail again and again, and must not fill the disk with it. The zero Seldom is ready; its methods may be
// called by many goroutines at once.
type Seldom struct {
	mu   sync.Mutex
	said map[string]said
}

type said struct {
	at    time.Time
	since int // how often it has happened since, and was not said
}

// often is how much time lies between two lines on the same.
const often = time.Minute

// Say tells whether to say it now, and how often it was not said since the last time. There are to be few keys, such as
// populations: none is forgotten.
func (s *Seldom) Say(key string) (now bool, unsaid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said == nil {
		s.said = map[string]said{}
	}
	last := s.said[key]
	if time.Since(last.at) < often {
		last.since++
		s.said[key] = last
		return false, 0
	}
	s.said[key] = said{at: time.Now()}
	return true, last.since
}
