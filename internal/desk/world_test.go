package desk_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
	"ssprd/internal/secret"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// directory has agents and people, in memory. What real ones answer is the business of dirtest.
type directory struct {
	mu       sync.Mutex
	agents   map[string]desk.Agent // by what they type
	people   map[flow.AccountID]desk.Person
	unlocked []flow.AccountID
	away     error
	asked    int // how often an agent was read anew
}

const rightPassword = "Cactus-bleu-12"

func (d *directory) SignIn(_ context.Context, typed string, password secret.Text) (desk.Agent, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, known := d.agents[typed]
	if d.away != nil {
		return desk.Agent{}, d.away
	}
	if password.Empty() {
		return desk.Agent{}, errors.New("an empty password has reached the directory")
	}
	if !known || password.Reveal() != rightPassword {
		return desk.Agent{}, desk.ErrDenied
	}
	return a, nil
}

func (d *directory) Agent(_ context.Context, id flow.AccountID) (desk.Agent, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if d.away != nil {
		return desk.Agent{}, d.away
	}
	for _, a := range d.agents {
		if a.ID == id {
			return a, nil
		}
	}
	return desk.Agent{}, desk.ErrDenied
}

func (d *directory) Search(_ context.Context, text string, from, size int) (found []desk.Person, more bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.people {
		if strings.HasPrefix(strings.ToLower(p.Name), text) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b desk.Person) int { return cmp.Compare(a.ID, b.ID) })
	found = found[min(from, len(found)):]
	return found[:min(size, len(found))], len(found) > size, nil
}

func (d *directory) Person(_ context.Context, id flow.AccountID) (desk.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, known := d.people[id]
	if !known {
		return desk.Person{}, desk.ErrNobody
	}
	return p, nil
}

func (d *directory) Unlock(_ context.Context, id flow.AccountID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unlocked = append(d.unlocked, id)
	return nil
}

// part is a population: a directory's people without some.
type part struct {
	*directory
	without []flow.AccountID
}

func (p part) Search(ctx context.Context, text string, from, size int) (found []desk.Person, more bool, err error) {
	all, more, err := p.directory.Search(ctx, text, from, size)
	return slices.DeleteFunc(all, func(one desk.Person) bool { return slices.Contains(p.without, one.ID) }), more, err
}

func (p part) Person(ctx context.Context, id flow.AccountID) (desk.Person, error) {
	if slices.Contains(p.without, id) {
		return desk.Person{}, desk.ErrNobody
	}
	return p.directory.Person(ctx, id)
}

// change does something to the directory while others use it.
func (d *directory) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// outside are the codes and the mails.
type outside struct {
	mu     sync.Mutex
	issued []flow.Assisted
	mails  []flow.Mail
	fails  error
}

func (o *outside) Issue(_ context.Context, a flow.Assisted) (code.Code, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fails != nil {
		return code.Code{}, o.fails
	}
	o.issued = append(o.issued, a)
	if a.Mail {
		return code.Code{}, nil
	}
	return code.New(flow.AssistedDigits), nil
}

func (o *outside) Held(context.Context, flow.AccountID) (string, time.Time, error) {
	return "", time.Time{}, nil
}

func (o *outside) OfAccount(context.Context, flow.AccountID) ([]audit.Event, error) { return nil, nil }

func (o *outside) OfReference(context.Context, string) ([]audit.Event, error) { return nil, nil }

func (o *outside) Enqueue(m flow.Mail) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mails = append(o.mails, m)
	return nil
}

func (o *outside) of(kind flow.MailKind) (found []flow.Mail) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.mails {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// world is a helpdesk with all around it.
type world struct {
	*desk.Service
	directory *directory
	outside   *outside
	trail     *strings.Builder
	t         *testing.T
}

var client = netip.MustParseAddr("10.0.0.7")

func person(id flow.AccountID, name string) desk.Person {
	return desk.Person{Account: flow.Account{ID: id, Identifier: strings.ToLower(name), Name: name, Mail: []string{strings.ToLower(name) + "@mail.example"}}, Locked: true}
}

// inWorld runs a test in a bubble whose clock stands still until everybody waits.
func inWorld(t *testing.T, with func(*desk.Parts), test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{
			agents: map[string]desk.Agent{
				"alex":      {ID: "a", Name: "Alex Martin", Mail: []string{"alex@agents.example"}, Groups: []string{support}},
				"dominique": {ID: "d", Name: "Dominique Roy", Mail: []string{"dominique@agents.example"}, Groups: []string{leaders}},
				"sacha":     {ID: "s", Name: "Sacha Petit", Mail: []string{"sacha@agents.example"}, Groups: []string{leaders}},
				"noel":      {ID: "n", Name: "Noël Blanc", Mail: []string{"noel@agents.example"}},
			},
			people: map[flow.AccountID]desk.Person{},
		}
		for id, name := range map[flow.AccountID]string{"1": "Camille", "2": "Carla", "3": "Claude", "a": "Alex", "d": "Dominique"} {
			d.people[id] = person(id, name)
		}
		w := &world{directory: d, outside: &outside{}, trail: &strings.Builder{}, t: t}
		c := contract()
		c.SecondFactor, c.Reason = "mail", "required"
		parts := desk.Parts{
			Config: c, Agents: d, People: map[string]desk.People{"usagers": part{d, []flow.AccountID{"3"}}, "elus": part{d, []flow.AccountID{"1", "2", "d"}}}, Codes: w.outside, Events: w.outside, Mailer: w.outside, Limits: limit.Defaults(),
			Store: statetest.Guessing(state.NewMemory()), Key: state.NewKey(), Audit: audit.To(w.trail), Lang: "fr",
			Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}
		if with != nil {
			with(&parts)
		}
		w.Service = desk.New(parts)
		test(t, w)
	})
}

// signIn lets an agent in.
func (w *world) signIn(name string) (session string, a desk.Agent) {
	w.t.Helper()
	id, open, reason, err := w.SignIn(w.t.Context(), client, name, secret.New(rightPassword))
	if open || reason != desk.SignedIn || err != nil {
		w.t.Fatalf("the password of %s: %q %v", name, reason, err)
	}
	mails := w.outside.of(flow.AgentMail)
	session, reason, err = w.Enter(w.t.Context(), client, id, mails[len(mails)-1].Code.Reveal())
	if reason != desk.SignedIn || err != nil {
		w.t.Fatalf("the code of %s: %q %v", name, reason, err)
	}
	who, err := w.Agent(w.t.Context(), session)
	if err != nil {
		w.t.Fatal(err)
	}
	return session, who.Agent
}

// do has an order carried out.
func (w *world) do(a desk.Agent, o desk.Order) desk.Done {
	w.t.Helper()
	if o.Reason == "" {
		o.Reason = "INC-48213"
	}
	if o.Once == "" {
		o.Once = rand.Text()
	}
	done, err := w.Do(w.t.Context(), client, a, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

// events are those of the record, with whom they are about.
func (w *world) events() (all []audit.Event) {
	w.t.Helper()
	for line := range strings.Lines(w.trail.String()) {
		var e audit.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}
