package ldapx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/policy"
)

// Directory is one directory: some servers with the same content.
type Directory struct {
	config   Config
	kind     kind
	servers  []*server // that may be asked and written to, in order of preference
	all      []*server // and the replicas: those that a change is followed to
	log      *slog.Logger
	policies policies
	work     sync.WaitGroup // requests that nobody waits for any longer
}

// kind is what differs from one kind of directory to the next.
type kind interface {
	// idAttribute is the attribute of the lasting id.
	idAttribute() string
	// attributes are those that bars, mark and changed look at.
	attributes() []string
	// encodeID and idFilter translate the id's value to text and to a filter's assertion value.
	encodeID(raw []byte) string
	idFilter(id string) (string, error)
	// bars are all reasons why an entry may not be reset, the gravest first; none where it may.
	bars(e entry, now time.Time) []bar
	// rules are what the directory demands of the entry's next password, and from when it takes one: the zero time for now.
	rules(e entry, book rulebook) (policy.Demands, time.Time)
	// write replaces the password of the entry, in one request.
	write(conn *connection, c Config, unlock bool, e entry, password string) error
	// changed tells whether the password of an entry was changed between two readings of it, as far as they prove it.
	changed(before, after entry) proof
	// mark is what tells a reading of after the change from one of before, on every server; "" if nothing does.
	mark(e entry) string
	// reached tells whether a reading shows the change of that mark.
	reached(e entry, mark string) bool
	// mustChange tells whether the directory asks for another change at the next sign-in.
	mustChange(e entry) bool
	// locked tells whether the entry is locked out at the moment, after wrong passwords.
	locked(e entry, now time.Time) bool
	// card are the attributes beside these that times and the helpdesk look at, of one person at a time.
	card() []string
	// times are what the helpdesk is told of the entry's password, by the policy in force.
	times(e entry, book rulebook) times
	// guard says where the rules of e are written, and after how many wrong passwords they lock it out.
	guard(e entry, book rulebook) guard
	// unlock ends a lock-out after wrong passwords; a *flow.RefusedError where it is not known how.
	unlock(e entry) (*ldap.ModifyRequest, error)
}

// proof is what two readings of an entry say of a change between them.
type proof int

const (
	unproven proof = iota
	unchanged
	changed
)

// Open prepares a directory. It asks no server: one that is down is tried again with each request.
func Open(c Config, log *slog.Logger) (*Directory, error) {
	d := &Directory{config: c, log: log.With("directory", c.Name)}
	switch c.Kind {
	case OpenLDAP:
		d.kind = openLDAP{}
	case DS389:
		d.kind = ds389{}
	case Generic:
		d.kind = generic{id: c.IDAttribute, directory: c.Name}
	case ActiveDirectory:
		d.kind = activeDirectory{}
	default:
		return nil, fmt.Errorf("directory %s: kind %q is not known", c.Name, c.Kind)
	}
	for i, address := range slices.Concat(c.Servers, c.Replicas) {
		s := &server{address: address, index: i, config: c, log: d.log, dialing: make(chan struct{}, 1)}
		if i < len(c.ServerLabels) {
			s.label = c.ServerLabels[i]
		}
		d.all = append(d.all, s)
	}
	d.servers = d.all[:len(c.Servers)]
	return d, nil
}

// Warm connects to every server side by side, so that the log tells at the start which of them cannot be reached, and
// the first person does not wait for a handshake.
func (d *Directory) Warm(ctx context.Context) {
	var each sync.WaitGroup
	for _, s := range d.all {
		each.Go(func() { _ = s.read(ctx, func(*connection) error { return nil }) })
	}
	each.Wait()
}

// Close ends the connections.
func (d *Directory) Close() {
	for _, s := range d.all {
		s.close()
	}
	d.work.Wait()
}

// order is the servers in the order in which to ask them: those taken to be down come last, for when all are.
func (d *Directory) order() []*server {
	now := time.Now()
	var up, down []*server
	for _, s := range d.servers {
		if s.worthAsking(now) {
			up = append(up, s)
		} else {
			down = append(down, s)
		}
	}
	return append(up, down...)
}

// first runs f on the servers in order, until one of them is reachable.
func (d *Directory) first(ctx context.Context, f func(*server) error) error {
	return d.firstOf(ctx, d.order(), f)
}

// firstToWrite does so for a change: those that lately turned out to be read-only come last.
func (d *Directory) firstToWrite(ctx context.Context, f func(*server) error) error {
	now := time.Now()
	order := d.order()
	slices.SortStableFunc(order, func(a, b *server) int { return a.readOnly(now) - b.readOnly(now) })
	return d.firstOf(ctx, order, f)
}

func (d *Directory) firstOf(ctx context.Context, order []*server, f func(*server) error) error {
	var failures []error
	for _, s := range order {
		err := f(s)
		var unreachable *unreachableError
		if !errors.As(err, &unreachable) {
			return err
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return &unservedError{d.config.Name, failures}
}

// unservedError says that no server has done what was asked, and why each has not.
type unservedError struct {
	directory string
	failures  []error
}

func (e *unservedError) Error() string {
	return fmt.Sprintf("no server of directory %s has served: %s", e.directory, errors.Join(e.failures...))
}

func (e *unservedError) Unwrap() []error { return e.failures }

// verdict is what the servers said, if every one was there, and none would make the change: then it is no outage. That one is
// read-only says less than what another one has against it.
func (e *unservedError) verdict() (v verdict, ok bool) {
	for _, failure := range e.failures {
		var answer *elsewhereError
		if !errors.As(failure, &answer) || !answer.alarm {
			return verdict{}, false
		}
		if !ok || v.code == readOnly {
			v, ok = answer.verdict, true
		}
	}
	return v, ok
}
