package dirtest

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"ssprd/internal/child"
)

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
func (s *Server) Pause() error {
	if err := s.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return s.process.Await(s.stopped)
}

// Resume lets a paused server go on.
func (s *Server) Resume() error { return s.process.Signal(syscall.SIGCONT) }

// stopped gives no error once the kernel has stopped the process: state T in proc_pid_stat(5).
func (s *Server) stopped() error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Pid()))
	if err != nil {
		return err
	}
	if _, state, _ := strings.Cut(string(stat), ") "); !strings.HasPrefix(state, "T") {
		return fmt.Errorf("the process is in state %.1s", state)
	}
	return nil
}
