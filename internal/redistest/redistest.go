// Package redistest gives tests a real Redis of their own: on the loopback interface, keeping nothing on disk, stopped,
// restarted and paused as a test likes. Only tests import this package.
package redistest

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
)

const program = "redis-server"

// Server is a running Redis.
type Server struct {
	URL     string // redis://127.0.0.1:PORT/0
	Address string // 127.0.0.1:PORT

	command []string
	process *child.Process
}

// Start starts a Redis with nothing in it. It ends with the test, which is skipped where Redis is not installed, or
// fails where everything has to run. The options are the server's own; its address is not one of them.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	dirtest.Need(t, program)
	return start(t, append([]string{program, "--save", "", "--appendonly", "no"}, options...)...)
}

// StartSentinel starts a sentinel, as Start does a server, with a configuration file of its own, which it writes to.
func StartSentinel(t testing.TB, file string) *Server {
	t.Helper()
	dirtest.Need(t, program)
	return start(t, program, file, "--sentinel")
}

func start(t testing.TB, command ...string) *Server {
	t.Helper()
	ports, err := child.ReservePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(ports[0])
	s := &Server{Address: "127.0.0.1:" + port, URL: "redis://127.0.0.1:" + port + "/0",
		command: append(command, "--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir())}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.process.Kill() }) // the process of that moment: it may have been restarted
	return s
}

// Stop ends the server as an administrator would. Its connections are cut, and what it held is gone.
func (s *Server) Stop() { s.process.Stop() }

// Restart starts a stopped server again, or stops and starts a running one: same address, nothing in it. It returns when
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
	if err := p.Await(s.answers); err != nil {
		p.Kill()
		return err
	}
	return nil
}

// Pause freezes the server: it accepts connections, as the kernel does that for it, and answers nothing.
func (s *Server) Pause() error { return s.process.Pause() }

// Resume lets a paused server go on, with everything that it held.
func (s *Server) Resume() error { return s.process.Resume() }

// answers gives no error once the server answers a PING, or asks who is there.
func (s *Server) answers() error {
	conn, err := net.DialTimeout("tcp", s.Address, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, "+PONG") && !strings.HasPrefix(line, "-NOAUTH") {
		return fmt.Errorf("a PING was answered by %q", line)
	}
	return nil
}
