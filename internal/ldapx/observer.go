package ldapx

import (
	"errors"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Operation is what a server is asked for, as an Observer hears of it.
type Operation string

// The operations.
const (
	Binding   Operation = "bind"   // the connection, its TLS, the bind and the reading of the root DSE, all together
	Searching Operation = "search" // the following of a change too
	Writing   Operation = "write"  // a change of a password, or the end of a lock-out
)

// Operations lists them.
func Operations() []Operation { return []Operation{Binding, Searching, Writing} }

// Observer hears how the servers of a directory do. Its methods are called by many goroutines at once, and must not wait.
type Observer interface {
	// Answered tells of each request: failed is one that has had no answer, or one that says that it was not served. That a
	// password or an account was refused is no failure.
	Answered(server string, o Operation, took time.Duration, failed bool)

	// Reached tells when a change has come to a server that has not made it: how long after it was written, or, where it had
	// not when nobody waited any longer, how long that was.
	Reached(server string, after time.Duration, arrived bool)
}

// Observe lets o hear of all that is asked from now on. It is called before the directory is used.
func (d *Directory) Observe(o Observer) {
	for _, s := range d.all {
		s.observer = o
	}
}

// Following is how many changes are waited for at each server and replica, by its address.
func (d *Directory) Following() map[string]int {
	changes := make(map[string]int, len(d.all))
	for _, s := range d.all {
		changes[s.address] = int(s.following.Load())
	}
	return changes
}

// answered tells the observer, if there is one, of a request that began then.
func (s *server) answered(o Operation, began time.Time, failed bool) {
	if s.observer != nil {
		s.observer.Answered(s.address, o, time.Since(began), failed)
	}
}

// Search asks as a connection of go-ldap does, and tells the observer. That there are more entries than were asked for is an
// answer like others.
func (c *connection) Search(request *ldap.SearchRequest) (*ldap.SearchResult, error) {
	began := time.Now()
	found, err := c.Conn.Search(request)
	c.server.answered(Searching, began, err != nil && !cut(err))
	return found, err
}

// cut tells whether err says that not all was given of what was found.
func cut(err error) bool {
	return ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || errors.Is(err, ldap.ErrSizeLimitExceeded)
}

// writeFailed tells whether an answer to a write is the server's failure, and not the fault of a password or an account.
func writeFailed(err error) bool {
	if !lost(err) && !answers(err) {
		return false // it went well, or was refused here
	}
	v := judge(err)
	return lost(err) || v.alarm || v.outcome != refused
}

// answers tells whether err is what a server has answered.
func answers(err error) bool {
	var answer *ldap.Error
	return errors.As(err, &answer)
}

// reached tells the observer, if there is one, that a change has come here, or has not in the time that there was.
func (s *server) reached(written time.Time, arrived bool) {
	if s.observer != nil {
		s.observer.Reached(s.address, time.Since(written), arrived)
	}
}
