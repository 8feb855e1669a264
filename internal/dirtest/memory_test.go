package dirtest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/secret"
)

// memory is a directory of two servers in the process, with one fault or none.
type memory struct {
	mu     sync.Mutex
	fault  string
	people []*member
	writes int
	lags   bool
	caught chan struct{} // closed when no server lags any more
}

type member struct {
	id, identifier, mail, password, former string
	unfit, deleted                         bool
}

func newMemory(fault string) *memory {
	m := &memory{fault: fault, caught: make(chan struct{})}
	close(m.caught)
	for _, id := range []string{"partage1", "partage2"} {
		m.add(id, "partage@exemple.fr")
	}
	for i := range flow.MaxAccounts + 1 {
		m.add(fmt.Sprintf("foule%d", i), "foule@exemple.fr")
	}
	m.add("secret", "secret@exemple.fr").unfit = true
	return m
}

func (m *memory) add(identifier, mail string) *member {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := &member{id: "uuid-" + identifier, identifier: identifier, mail: mail, password: dirtest.InitialPassword}
	m.people = append(m.people, p)
	return p
}

func (m *memory) Find(ctx context.Context, typed string) ([]flow.Account, error) {
	if ctx.Err() != nil && m.fault != "deaf to cancel" {
		return nil, ctx.Err()
	}
	if !utf8.ValidString(typed) || len(typed) > 254 || strings.ContainsFunc(typed, unicode.IsControl) {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []flow.Account
	for _, p := range m.people {
		if m.names(typed, p) && !p.deleted && (!p.unfit || m.fault == "protected is found") {
			found = append(found, m.account(p))
		}
	}
	if len(found) > 1 && m.fault == "only the first" {
		return found[:1], nil
	}
	if len(found) > flow.MaxAccounts && m.fault != "no bound" {
		found = found[:flow.MaxAccounts]
	}
	return found, nil
}

func (m *memory) names(typed string, p *member) bool {
	if start, ok := strings.CutSuffix(typed, "*"); ok && m.fault == "wildcards" {
		return strings.HasPrefix(p.mail, start)
	}
	if m.fault == "case" {
		return typed == p.mail || typed == p.identifier
	}
	return strings.EqualFold(typed, p.mail) || strings.EqualFold(typed, p.identifier)
}

func (m *memory) account(p *member) flow.Account {
	return flow.Account{
		ID: flow.AccountID(p.id), Identifier: p.identifier, Name: "Nom " + p.identifier, Mail: []string{p.mail},
		Words: []string{p.identifier, p.mail, "Nom " + p.identifier},
	}
}

func (m *memory) SetPassword(ctx context.Context, id flow.AccountID, password secret.Text) (flow.Written, error) {
	if ctx.Err() != nil && m.fault != "deaf to cancel" {
		return flow.Written{}, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.byID(string(id))
	if p != nil && m.fault == "writes first" {
		p.password = password.Reveal()
	}
	if p == nil || p.deleted || (p.unfit && m.fault != "judges once") {
		return flow.Written{}, &flow.RefusedError{Reason: flow.NotAllowed, Code: "GONE", Err: errors.New("gone")}
	}
	if utf8.RuneCountInString(password.Reveal()) < 10 {
		if m.fault == "plain error" {
			return flow.Written{}, errors.New("constraint violation")
		}
		return flow.Written{}, &flow.RefusedError{Reason: flow.RefusedShort, Code: "PWD_POLICY", Err: errors.New("short")}
	}
	m.write(p, password.Reveal())
	return flow.Written{ID: id, Server: "memory", Mark: "1"}, nil
}

func (m *memory) write(p *member, password string) {
	if m.fault == "trims" {
		password = strings.Map(func(r rune) rune {
			if strings.ContainsRune(`"\ `, r) {
				return -1
			}
			return r
		}, password)
	}
	if m.fault == "old opens" {
		p.former = p.password
	}
	p.password = password
	m.writes++
	if m.fault == "two writes" {
		m.writes++
	}
}

func (m *memory) Reached(ctx context.Context, _ flow.Written) iter.Seq[flow.ServerProgress] {
	return func(yield func(flow.ServerProgress) bool) {
		m.mu.Lock()
		late, caught := m.lags && m.fault != "claims all", m.caught
		m.mu.Unlock()
		if !yield(flow.ServerProgress{Index: 0, Reached: true}) || m.fault == "one server" {
			return
		}
		if !yield(flow.ServerProgress{Index: 1, Reached: !late}) || !late {
			return
		}
		select {
		case <-ctx.Done():
		case <-caught:
			yield(flow.ServerProgress{Index: 1, Reached: true, After: time.Millisecond})
		}
	}
}

func (m *memory) byID(id string) *member {
	for _, p := range m.people {
		if p.id == id {
			return p
		}
	}
	return nil
}

// on does something to the entry of a person, known by the identifier.
func (m *memory) on(do func(*member)) func(string) error {
	return func(identifier string) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, p := range m.people {
			if p.identifier == identifier {
				do(p)
				return nil
			}
		}
		return errors.New("nobody is called " + identifier)
	}
}

func (m *memory) fixture() dirtest.Fixture {
	next := 0
	unfit := m.on(func(p *member) { p.unfit = true })
	return dirtest.Fixture{
		Open: func(*testing.T, dirtest.Reach) flow.Directory { return m }, Servers: []string{"memory"}, Replicas: []string{"copy"},
		Fresh: func(*testing.T) dirtest.Subject {
			next++
			p := m.add(fmt.Sprintf("personne%d", next), fmt.Sprintf("personne%d@exemple.fr", next))
			return dirtest.Subject{
				Typed: []string{p.mail, p.identifier}, Identifier: p.identifier, Mail: p.mail, Name: "Nom " + p.identifier,
			}
		},
		Bind:   m.bind,
		Stamp:  func(id string) (s string, err error) { err = m.on(func(p *member) { s = p.password })(id); return },
		Rename: m.on(m.rename),
		Shared: "partage@exemple.fr", SharedBy: []string{"partage2", "partage1"}, Crowd: "foule@exemple.fr",
		Nobody: map[string]string{"protected": "secret@exemple.fr"},
		Become: map[string]func(string) error{
			dirtest.BecomesProtected: unfit, dirtest.BecomesDisabled: unfit,
			dirtest.IsDeleted: m.on(func(p *member) { p.deleted = true }),
		},
		Refused: []dirtest.Refusal{{Password: "court", Reasons: []flow.Reason{flow.RefusedShort}}},
		Writes: func() (int, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.writes, nil
		},
		BreakConnections: func() error { return nil },
		Lag:              m.lag, CatchUp: m.catchUp,
	}
}

func (m *memory) bind(identifier, password string) (err error) {
	found := m.on(func(p *member) {
		if password != p.password && password != p.former {
			err = errors.New("invalid credentials")
		}
	})(identifier)
	return errors.Join(found, err)
}

func (m *memory) rename(p *member) {
	if m.fault == "id is the name" {
		p.id += "-renamed"
	}
}

func (m *memory) lag() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lags, m.caught = true, make(chan struct{})
	return nil
}

func (m *memory) catchUp() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lags = false
	close(m.caught)
	return nil
}
