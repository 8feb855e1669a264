// Package ldapserver speaks the server's side of LDAP, as far as a portal for passwords needs it: simple bind, search,
// modify, and the Password Modify extended operation (RFC 4511, RFC 3062), with the password policy control
// (draft-behera-ldap-password-policy). It knows the wire and no people: a Backend answers.
//
// The server libraries there are give a handler neither the value of an extended operation nor a way to answer with a
// control, and both are what a portal for passwords is about: so this package reads and writes BER itself.
package ldapserver

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Backend answers the operations. Each method returns the zero Result for success. who is the name the connection is
// bound as, as the client wrote it, and empty for nobody. Methods are called by many goroutines at once.
type Backend interface {
	Bind(dn, password string) Result
	Search(who string, q Query) ([]*ldap.Entry, Result) // entries are sent whatever the result
	Modify(who string, m Modify) Result
	PasswordModify(who string, m PasswordModify) Result
}

// Server answers the connections of one listener.
type Server struct {
	backend  Backend
	log      *slog.Logger
	listener net.Listener
	work     sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

// Start answers the connections that l accepts, until Close. l does TLS where TLS is wanted.
func Start(l net.Listener, b Backend, log *slog.Logger) *Server {
	s := &Server{backend: b, log: log, listener: l, conns: map[net.Conn]struct{}{}}
	s.work.Go(s.accept)
	return s
}

// Addr is where the server listens: HOST:PORT.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends every connection and returns when nothing of the server runs any more.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	err := s.listener.Close()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
	return err
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return // closed; a listener on loopback has no other reason that passes
		}
		s.work.Go(func() { s.serve(c) })
	}
}

// serve answers the requests of one connection one after another, so that a bind is done before what follows it.
func (s *Server) serve(nc net.Conn) {
	defer nc.Close()
	if !s.keep(nc) {
		return
	}
	defer s.drop(nc)
	c := &conn{backend: s.backend, w: bufio.NewWriter(nc)}
	r := bufio.NewReader(nc)
	for {
		p, err := ber.ReadPacket(r)
		if err == nil {
			err = c.handle(p)
		}
		if err != nil {
			s.tell(nc, err)
			return
		}
	}
}

func (s *Server) keep(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.conns[c] = struct{}{}
	}
	return !s.closed
}

func (s *Server) drop(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// tell logs why a connection ended, unless it ended as connections do.
func (s *Server) tell(c net.Conn, err error) {
	if errors.Is(err, errUnbind) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return
	}
	s.log.Debug("ldap connection ended", "peer", c.RemoteAddr().String(), "error", err)
}
