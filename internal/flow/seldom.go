package flow

import (
	"sync"
	"time"
)

// seldom lets something be said once a minute for each key, however often it happens: a directory that is away makes every
// waiting search fail again and again, and must not fill the disk with it. The zero seldom is ready.
type seldom struct {
	mu   sync.Mutex
	said map[string]said
}

type said struct {
	at    time.Time
	since int // how often it has happened since, and was not said
}

// often is how much time lies between two lines on the same.
const often = time.Minute

// say tells whether to say it now, and how often it was not said since the last time. There are as many keys as
// populations.
func (s *seldom) say(key string) (now bool, unsaid int) {
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
