package flow

// Load is what a Service has to do at a moment.
type Load struct {
	Searches map[string]int // that wait, by population: for a worker, or for another try
	Changes  int            // that are being written
	Followed int            // that are written, and followed to the other servers
}

// Load tells what there is to do now.
func (s *Service) Load() Load {
	l := Load{Searches: make(map[string]int, len(s.populations)), Changes: int(s.changing.Load()), Followed: int(s.followed.Load())}
	s.searches.mu.Lock()
	defer s.searches.mu.Unlock()
	for name, p := range s.populations {
		l.Searches[name] = len(p.lookUps)
	}
	for waiting := range s.searches.postponed {
		l.Searches[waiting.r.Population]++
	}
	return l
}
