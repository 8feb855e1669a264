package dirtest

import "ssprd/internal/child"

// Restart starts a stopped server again, or stops and starts a running one: same address, same data. It returns when
// the server answers.
func (s *Server) Restart() error {
	if s.process != nil {
		s.Stop()
	}
	p, err := child.Start(s.command[0], s.command[1:]...)
	if err != nil {
		return err
	}
	s.process = p
	if err := p.Await(func() error { return s.Bind(s.adminDN, s.adminPassword) }); err != nil {
		p.Kill()
		return err
	}
	return nil
}

// Stop ends the server as an administrator would. Its connections are cut.
func (s *Server) Stop() { s.process.Stop() }

// Pause freezes the server: it accepts connections, as the kernel does that for it, and answers nothing. A follower
// that is paused lags.
func (s *Server) Pause() error { return s.process.Pause() }

// Resume lets a paused server go on.
func (s *Server) Resume() error { return s.process.Resume() }
