package dirtest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// memory is a directory of two servers in the process, with one fault or none.
type memory struct {
	mu     sync.Mutex
	fault  string
	people []*member
	writes int
	broken bool // a connection was cut, and nobody has noticed
	lags   bool
	caught chan struct{} // closed when no server lags any more
}

type member struct {
	id, identifier, name, password, former string
	mails                                  []string
	unfit                                  string // the state that makes it so; empty: eligible
	state                                  string // one that does not
	elsewhere                              bool   // where the service account has no right
	demands                                policy.Demands
	note                                   string // an attribute that no reset is to change
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
	m.add("secret", "secret@exemple.fr").unfit = dirtest.BecomesProtected
	return m
}

func (m *memory) add(identifier string, mails ...string) *member {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := &member{
		id: "uuid-" + identifier, identifier: identifier, name: "Nom " + identifier, mails: mails, password: dirtest.InitialPassword,
		demands: policy.Demands{MinLength: 10},
	}
	m.people = append(m.people, p)
	return p
}

// view is the memory as one opens it.
type view struct {
	*memory
	reach dirtest.Reach
}

func (m view) Find(ctx context.Context, typed string) ([]flow.Account, error) {
	if ctx.Err() != nil && m.fault != "deaf to cancel" {
		return nil, ctx.Err()
	}
	if !utf8.ValidString(typed) || len(typed) > 254 || strings.ContainsFunc(typed, unicode.IsControl) {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken && m.fault == "connections stay broken" {
		return nil, errors.New("the connection is broken")
	}
	var found []flow.Account
	for _, p := range m.people {
		if m.names(typed, p) && m.eligible(p) && (m.reach.Everywhere || !p.elsewhere) && m.fault != "does not serve "+p.state {
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

func (m *memory) eligible(p *member) bool {
	return p.unfit == "" || m.fault == "blind to "+p.unfit
}

func (m *memory) names(typed string, p *member) bool {
	named := append(slices.Clone(p.mails), p.identifier)
	if start, ok := strings.CutSuffix(typed, "*"); ok && m.fault == "wildcards" {
		return strings.HasPrefix(p.identifier, start)
	}
	if m.fault == "case" {
		return slices.Contains(named, typed)
	}
	return slices.ContainsFunc(named, func(name string) bool { return strings.EqualFold(name, typed) })
}

func (m *memory) account(p *member) flow.Account {
	a := flow.Account{
		ID: flow.AccountID(p.id), Identifier: p.identifier, Name: p.name, Mail: p.mails, Demands: p.demands,
		Words: append(slices.Clone(p.mails), p.identifier, p.name),
	}
	if len(a.Mail) > 1 && m.fault == "one address" {
		a.Mail = a.Mail[:1]
	}
	if p.state == dirtest.BecomesTooYoung && m.fault != "young is not told" {
		a.MayChangeFrom = time.Now().Add(time.Hour)
	}
	switch m.fault {
	case "tells no rules":
		a.Demands = policy.Demands{}
	case "tells no names":
		a.Demands.Names = nil
	}
	return a
}

func (m view) SetPassword(ctx context.Context, id flow.AccountID, password secret.Text) (flow.Written, error) {
	if ctx.Err() != nil && m.fault != "deaf to cancel" {
		return flow.Written{}, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.byID(string(id))
	if p != nil && m.fault == "writes first" {
		p.password = password.Reveal()
	}
	if p == nil || !m.eligible(p) && m.fault != "judges once" {
		return flow.Written{}, refused(flow.NotAllowed, "GONE")
	}
	if err := m.refuses(p, password.Reveal()); err != nil {
		return flow.Written{}, err
	}
	return m.write(p, password.Reveal()), nil
}

func refused(reason flow.Reason, code string) error {
	return &flow.RefusedError{Reason: reason, Code: code, Err: errors.New("in the directory's words")}
}

// refuses is the directory's own judgement.
func (m *memory) refuses(p *member, password string) error {
	switch {
	case p.elsewhere && m.fault == "no alarm":
		return refused(flow.NotAllowed, "NO_RIGHT")
	case p.elsewhere:
		return &flow.RefusedError{Reason: flow.NotAllowed, Code: "NO_RIGHT", Alarm: true, Err: errors.New("insufficient access")}
	case p.state == dirtest.BecomesTooYoung && m.fault == "young is a policy":
		return refused(flow.RefusedPolicy, "PWD_POLICY")
	case p.state == dirtest.BecomesTooYoung:
		return refused(flow.RefusedTooYoung, "PWD_TOO_YOUNG")
	}
	demands := p.demands
	if misjudge := misjudgements[m.fault]; misjudge != nil {
		misjudge(&demands)
	}
	findings, err := policy.Set{Demands: demands}.Judge(password, nil)
	switch {
	case err != nil:
		return err
	case policy.Met(findings):
		return nil
	case m.fault == "plain error":
		return errors.New("constraint violation")
	case m.fault == "its own words":
		return refused(flow.RefusedShort, "Password fails quality checking policy")
	}
	return refused(flow.RefusedShort, "PWD_POLICY")
}

// misjudgements make the server judge otherwise than it says. Each is one fault.
var misjudgements = map[string]func(*policy.Demands){
	"takes shorter ones":    func(d *policy.Demands) { d.MinLength -= min(d.MinLength, 1) },
	"wants longer ones":     func(d *policy.Demands) { d.MinLength++ },
	"takes longer ones":     func(d *policy.Demands) { d.MaxLength += min(d.MaxLength, 1) },
	"wants shorter ones":    func(d *policy.Demands) { d.MaxLength -= min(d.MaxLength, 1) },
	"counts characters":     func(d *policy.Demands) { d.Unit = policy.Characters },
	"counts bytes":          func(d *policy.Demands) { d.Unit = policy.Bytes },
	"takes less lower case": func(d *policy.Demands) { d.MinLower-- },
	"takes less upper case": func(d *policy.Demands) { d.MinUpper-- },
	"takes less letters":    func(d *policy.Demands) { d.MinLetters-- },
	"takes less digits":     func(d *policy.Demands) { d.MinDigits-- },
	"takes less symbols":    func(d *policy.Demands) { d.MinSymbols-- },
	"wants more symbols":    func(d *policy.Demands) { d.MinSymbols++ },
	"takes less kinds":      func(d *policy.Demands) { d.MinKinds-- },
	"wants more kinds":      func(d *policy.Demands) { d.MinKinds++ },
	"has another alphabet":  func(d *policy.Demands) { d.Kinds = policy.ASCII },
	"takes more repeats":    func(d *policy.Demands) { d.MaxRepeats += min(d.MaxRepeats, 1) },
	"takes less repeats":    func(d *policy.Demands) { d.MaxRepeats -= min(d.MaxRepeats, 1) },
	"does not know names":   func(d *policy.Demands) { d.Names = nil },
}

func (m view) write(p *member, password string) flow.Written {
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
	if m.fault != "loses one of eight" || !strings.HasPrefix(password, "Merle-Noir-7-") {
		p.password = password
	}
	m.writes++
	switch m.fault {
	case "two writes":
		m.writes++
	case "changes more":
		p.note = "changed"
	case "changes others":
		m.people[len(m.people)-1].note = "changed"
	}
	w := flow.Written{ID: flow.AccountID(p.id), Server: "memory", Mark: "1"}
	w.MustChange = p.state == dirtest.BecomesForced && m.fault != "no next change"
	if p.state == dirtest.BecomesLockedOut && (m.reach.KeepLocks && m.fault != "locks end" || m.fault == "locks stay") {
		w.Locked = m.reach.KeepLocks && m.fault != "locks are not told"
		return w
	}
	p.state = ""
	return w
}

func (m *memory) Reached(ctx context.Context, _ flow.Written) iter.Seq[flow.ServerProgress] {
	return func(yield func(flow.ServerProgress) bool) {
		m.mu.Lock()
		late, caught := m.lags && m.fault != "claims all", m.caught
		m.mu.Unlock()
		if !yield(flow.ServerProgress{Index: 0, Reached: true}) && m.fault != "goes on" || m.fault == "one server" {
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
