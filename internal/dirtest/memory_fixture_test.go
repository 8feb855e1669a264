package dirtest_test

import (
	"errors"
	"fmt"
	"testing"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

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
	f := dirtest.Fixture{
		Server: "memory", Cannot: m.cannot(),
		Open:    func(_ *testing.T, r dirtest.Reach) flow.Directory { return view{m, r} },
		Servers: []string{"memory"}, Replicas: []string{"copy"},
		Fresh:    m.fresh(),
		Bind:     m.bind,
		Stamp:    func(id string) (s string, err error) { err = m.on(func(p *member) { s = p.password })(id); return },
		Snapshot: m.snapshot, Moves: []string{"Password", "former"},
		Shared: "partage@exemple.fr", SharedBy: []string{"partage2", "partage1"}, Crowd: "foule@exemple.fr",
		Nobody: map[string]string{"protected": "secret@exemple.fr"},
		Odd:    m.odd,
		NoRight: func(t *testing.T) dirtest.Subject {
			m.add("ailleurs", "ailleurs@exemple.fr").elsewhere = true
			return dirtest.Subject{Typed: []string{"ailleurs@exemple.fr"}, Identifier: "ailleurs"}
		},
		Rename: m.on(m.rename), Become: m.become(),
		LockedOut: func(id string) (locked bool, err error) {
			err = m.on(func(p *member) { locked = p.state == dirtest.BecomesLockedOut })(id)
			return
		},
		LocksStay: true,
		Refused:   []dirtest.Refusal{{Password: "court", Reasons: []flow.Reason{flow.RefusedShort}}},
		Policies:  m.policies(),
		Writes: func() (int, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.writes, nil
		},
		BreakConnections: func() error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.broken = true
			return nil
		},
		Lag: m.lag, CatchUp: m.catchUp,
	}
	if m.fault == "a missing hook" {
		f.Crowd = ""
	}
	return f
}

// cannot are the points that need servers.
func (m *memory) cannot() map[string]string {
	const why = "it is no server"
	reasons := map[string]string{
		"a reset is four requests, and one for each other server": why,
		"a lost answer is found out":                              why,
		"a lost request changes nothing":                          why,
		"the next server serves while the first is down":          why,
		"the next server serves while the first hangs":            why,
		"a read-only server first in the list":                    why,
		"a stopped server makes no failure of a change":           why,
		"a hanging server makes no failure of a change":           why,
	}
	switch m.fault {
	case "a needless reason":
		reasons["finds nobody"] = why
	case "a reason for nothing":
		reasons["finds treasure"] = why
	}
	return reasons
}

func (m *memory) fresh() func(*testing.T) dirtest.Subject {
	next := 0
	return func(*testing.T) dirtest.Subject {
		next++
		p := m.add(fmt.Sprintf("personne%d", next), fmt.Sprintf("personne%d@exemple.fr", next))
		return dirtest.Subject{Typed: []string{p.mails[0], p.identifier}, Identifier: p.identifier, Mail: p.mails[0], Name: p.name}
	}
}

// odd has people of several addresses, and of none.
func (m *memory) odd(*testing.T) []dirtest.Subject {
	m.add("d'été, #1", "été@exemple.fr", "a+b@exemple.fr")
	m.add("personne*")
	return []dirtest.Subject{
		{
			Typed: []string{"été@exemple.fr", "a+b@exemple.fr", "d'été, #1"}, Identifier: "d'été, #1", Name: "Nom d'été, #1",
			Mail: "été@exemple.fr", Mails: []string{"été@exemple.fr", "a+b@exemple.fr"},
		},
		{Typed: []string{"personne*"}, Identifier: "personne*", Name: "Nom personne*"},
	}
}

func (m *memory) become() map[string]func(string) error {
	become := map[string]func(string) error{}
	for _, state := range []string{
		dirtest.BecomesProtected, dirtest.BecomesDisabled, dirtest.BecomesExpired, dirtest.BecomesPrivileged,
		dirtest.BecomesSmartcard, dirtest.BecomesClosed, dirtest.MovesAway, dirtest.IsDeleted,
	} {
		become[state] = m.on(func(p *member) { p.unfit = state })
	}
	for _, state := range []string{
		dirtest.BecomesLockedOut, dirtest.PasswordExpires, dirtest.IsToldToChange, dirtest.BecomesTooYoung, dirtest.BecomesForced,
	} {
		become[state] = m.on(func(p *member) { p.state = state })
	}
	return become
}

// policies have each demand at least once.
func (m *memory) policies() []dirtest.Policy {
	lengths := policy.Demands{MinLength: 12, MaxLength: 40, Unit: policy.UTF16Units, MinKinds: 3, Kinds: policy.Windows}
	counts := policy.Demands{
		MinLength: 10, MaxLength: 60, Unit: policy.Bytes, MinLower: 2, MinUpper: 2, MinLetters: 6, MinDigits: 2, MinSymbols: 2, MaxRepeats: 2,
	}
	kinds := policy.Demands{MinKinds: 4, MinLength: 9}
	apply := func(d policy.Demands) func(string) error {
		return m.on(func(p *member) {
			p.demands = d
			if len(d.Names) > 0 {
				p.demands.Names = []string{p.identifier}
			}
		})
	}
	named := policy.Demands{MinLength: 8, Names: []string{"the person's own"}}
	return []dirtest.Policy{
		{Name: "lengths", Apply: apply(lengths), Demands: lengths}, {Name: "counts", Apply: apply(counts), Demands: counts},
		{Name: "kinds", Apply: apply(kinds), Demands: kinds}, {Name: "names", Apply: apply(named), Demands: named},
	}
}

func (m *memory) snapshot(identifier string) (attributes map[string][]string, err error) {
	err = m.on(func(p *member) {
		attributes = map[string][]string{
			"password": {p.password}, "FORMER": {p.former}, "mail": p.mails, "unfit": {p.unfit}, "state": {p.state}, "note": {p.note},
		}
	})(identifier)
	return attributes, err
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
