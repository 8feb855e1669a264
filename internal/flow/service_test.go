package flow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
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
	"ssprd/internal/flow"
	"ssprd/internal/limit"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// people is a small working directory: accounts in memory, and answers as slow and as unwilling as a test asks.
type people struct {
	mu        sync.Mutex
	accounts  []flow.Account
	passwords map[flow.AccountID][]string // every password that was ever set, in order
	findDelay time.Duration
	setDelay  time.Duration
	refuse    error
	away      error
	panics    any             // what every method panics with; nil for none
	spread    []time.Duration // how long each server takes to have a change
	follows   int             // how often a change was followed
}

func (p *people) Find(_ context.Context, typed string) (found []flow.Account, err error) {
	p.mu.Lock()
	delay := p.findDelay
	p.mu.Unlock()
	time.Sleep(delay)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.panics != nil {
		panic(p.panics)
	}
	if p.away != nil {
		return nil, p.away
	}
	for _, a := range p.accounts {
		if a.Identifier == typed || slices.Contains(a.Mail, typed) {
			found = append(found, a)
		}
	}
	return found, nil
}

func (p *people) SetPassword(_ context.Context, id flow.AccountID, password secret.Text) (flow.Written, error) {
	time.Sleep(p.setDelay)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.panics != nil {
		panic(p.panics)
	}
	if p.refuse != nil {
		return flow.Written{}, p.refuse
	}
	p.passwords[id] = append(p.passwords[id], password.Reveal())
	return flow.Written{ID: id, Server: "first"}, nil
}

func (p *people) Reached(ctx context.Context, _ flow.Written) iter.Seq[flow.ServerProgress] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.follows++
	if p.panics != nil {
		panic(p.panics)
	}
	return func(yield func(flow.ServerProgress) bool) {
		for i := range p.spread {
			yield(flow.ServerProgress{Index: i})
		}
		for i, after := range p.spread {
			select {
			case <-time.After(after):
				yield(flow.ServerProgress{Index: i, Reached: true, After: after})
			case <-ctx.Done():
				return
			}
		}
	}
}

func (p *people) followed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.follows
}

func (p *people) set(id flow.AccountID) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.passwords[id])
}

func (p *people) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = err
}

// letters is a mailbox.
type letters struct {
	mu       sync.Mutex
	all      []flow.Mail
	toNobody int
}

func (l *letters) Enqueue(m flow.Mail) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.Nobody {
		l.toNobody++
		return nil
	}
	l.all = append(l.all, m)
	return nil
}

func (l *letters) of(kind flow.MailKind) (found []flow.Mail) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.all {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// world is a service with all around it.
type world struct {
	*flow.Service
	people  *people
	letters *letters
	trail   *strings.Builder
	t       *testing.T
}

// inWorld runs a test in a bubble whose clock stands still until everybody waits.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	inWorldOf(t, func(*flow.Parts) {}, test)
}

// inWorldOf is inWorld with other parts.
func inWorldOf(t *testing.T, with func(*flow.Parts), test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{people: &people{accounts: []flow.Account{camille, bursar, head}, passwords: map[flow.AccountID][]string{}},
			letters: &letters{}, trail: &strings.Builder{}, t: t}
		parts := flow.Parts{
			Populations: []flow.Population{
				{Name: "usagers", Directory: w.people, Rules: policy.Rules{MinLength: 8}, Wait: time.Minute},
				{Name: "elus", Directory: &people{accounts: []flow.Account{{ID: "9", Identifier: "helene", Mail: []string{"helene@mail.example"}}}}, Wait: time.Minute},
			},
			Code: code.Defaults(), Limits: limit.Defaults(), Store: statetest.Guessing(state.NewMemory()), Key: state.NewKey(),
			Mailer: w.letters, Audit: audit.To(w.trail), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}
		with(&parts)
		w.Service = flow.NewService(parts)
		test(t, w)
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func (w *world) begin(typed string) flow.Visit {
	w.t.Helper()
	id, reason, err := w.Begin(w.t.Context(), flow.Start{Population: "usagers", Lang: "fr", Typed: typed, Client: netip.MustParseAddr("192.0.2.1")})
	if err != nil || reason != flow.None {
		w.t.Fatalf("begin: %s %v", reason, err)
	}
	return flow.Visit{ID: id, Client: netip.MustParseAddr("192.0.2.1")}
}

// beginFrom begins one from a client in a network of its own, a moment after whatever was before, and lets its code be sent.
func (w *world) beginFrom(client int, typed string) flow.Visit {
	w.t.Helper()
	time.Sleep(time.Millisecond)
	v := flow.Visit{Client: netip.AddrFrom4([4]byte{10, byte(client >> 8), byte(client), 1})}
	id, reason, err := w.Begin(w.t.Context(), flow.Start{Population: "usagers", Lang: "fr", Typed: typed, Client: v.Client})
	if err != nil || reason != flow.None {
		w.t.Fatalf("begin: %s %v", reason, err)
	}
	v.ID = id
	synctest.Wait()
	return v
}

// enter types a code.
func (w *world) enter(v flow.Visit, typed string) flow.Reason {
	w.t.Helper()
	_, reason, err := w.Enter(w.t.Context(), v, typed)
	if err != nil {
		w.t.Fatal(err)
	}
	return reason
}

// lastCode is the one of the newest mail.
func (w *world) lastCode() string {
	sent := w.letters.of(flow.CodeMail)
	return sent[len(sent)-1].Code.Reveal()
}

// wrongCode is none of those that were sent.
func (w *world) wrongCode() string {
	for i := 0; ; i++ {
		typed := fmt.Sprintf("%06d", i)
		if !slices.ContainsFunc(w.letters.of(flow.CodeMail), func(m flow.Mail) bool { return m.Code.Reveal() == typed }) {
			return typed
		}
	}
}

// verified begins a reset and types its code.
func (w *world) verified(typed string) flow.Visit {
	w.t.Helper()
	v := w.begin(typed)
	synctest.Wait()
	sent := w.letters.of(flow.CodeMail)
	r, reason, err := w.Enter(w.t.Context(), v, sent[len(sent)-1].Code.Reveal())
	if err != nil || reason != flow.None {
		w.t.Fatalf("the right code: %s %v", reason, err)
	}
	return flow.Visit{ID: v.ID, Grant: r.Grant, Client: v.Client}
}

func (w *world) choose(v flow.Visit, password string) (flow.Reset, flow.Reason) {
	w.t.Helper()
	r, reason, _, err := w.Choose(w.t.Context(), v, secret.New(password), secret.New(password))
	if err != nil {
		w.t.Fatal(err)
	}
	return r, reason
}

func TestWholeWay(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.spread = []time.Duration{0, 50 * time.Millisecond}
		v := w.verified("camille@mail.example")
		r, reason := w.choose(v, "Marée-haute-47")
		if r.State != flow.Done || reason != flow.None {
			t.Fatalf("%s %s", r.State, reason)
		}
		if got := w.people.set("1"); !slices.Equal(got, []string{"Marée-haute-47"}) {
			t.Errorf("written: %q", got)
		}
		// R49: the notice goes to the address on file.
		if notices := w.letters.of(flow.ChangedMail); len(notices) != 1 || notices[0].To != "camille@mail.example" {
			t.Errorf("notices: %v", notices)
		}
		for _, event := range []string{audit.Started, audit.CodeSent, audit.Accepted, audit.Writing, audit.Changed} {
			if !strings.Contains(w.trail.String(), event) {
				t.Errorf("not in the audit record: %s", event)
			}
		}
	})
}

func TestSharedMailbox(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v := w.verified("lycee@mail.example")
		r, err := w.Look(t.Context(), v)
		if err != nil || r.State != flow.Pick || len(r.Accounts) != 2 {
			t.Fatalf("%+v %v", r, err)
		}
		if _, reason, _ := w.Pick(t.Context(), v, 2); reason != flow.NotAnAccount {
			t.Errorf("a third account: %q", reason)
		}
		if _, reason, err := w.Pick(t.Context(), v, 1); reason != flow.None || err != nil {
			t.Fatal(reason, err)
		}
		w.choose(v, "Marée-haute-47")
		if len(w.people.set("2")) != 0 || len(w.people.set("3")) != 1 {
			t.Errorf("the wrong account was changed: %v", w.people.passwords)
		}
	})
}

// R2: the answer to a typed address waits for no directory.
func TestBeginDoesNotWait(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.findDelay = 3 * time.Second
		for _, typed := range []string{"camille@mail.example", "nobody@mail.example"} {
			start := time.Now()
			w.begin(typed)
			if took := time.Since(start); took != 0 {
				t.Errorf("%s: %v", typed, took)
			}
		}
	})
}

// R2: with the queue full everybody is told the same, and at once.
func TestQueueFull(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.findDelay = time.Hour
		answers := map[flow.Reason]int{}
		for i := range 1000 {
			typed := []string{"camille@mail.example", "nobody@mail.example"}[i%2]
			_, reason, err := w.Begin(t.Context(), flow.Start{Population: "usagers", Typed: typed, Client: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})})
			if err != nil {
				t.Fatal(err)
			}
			answers[reason]++
		}
		if answers[flow.Busy] == 0 || answers[flow.None] == 0 || len(answers) != 2 {
			t.Errorf("answers: %v", answers)
		}
	})
}

// R3: all that a stranger can do is answered alike for an address of somebody and for one of nobody.
func TestDecoyAnswersAlike(t *testing.T) {
	transcript := func(typed string) (said []string) {
		inWorld(t, func(t *testing.T, w *world) {
			v := w.begin(typed)
			say := func(r flow.Reset, reason flow.Reason, err error) {
				said = append(said, fmt.Sprint(r.State, reason, err, r.Tries, r.Sends, r.CodeUntil.Sub(r.SentAt)))
			}
			for i := range 30 {
				synctest.Wait()
				switch i % 5 {
				case 0:
					r, err := w.Look(t.Context(), v)
					say(r, flow.None, err)
				case 1:
					say(w.Enter(t.Context(), v, "12345"))
				case 2:
					say(w.Resend(t.Context(), v))
				case 3:
					say(w.Enter(t.Context(), v, "000 000"))
				case 4:
					r, reason, _, err := w.Choose(t.Context(), v, secret.New("Marée-haute-47"), secret.New("Marée-haute-47"))
					say(r, reason, err)
				}
				time.Sleep(30 * time.Second)
			}
		})
		return said
	}
	known, unknown := transcript("camille@mail.example"), transcript("nobody@mail.example")
	if !slices.Equal(known, unknown) {
		t.Errorf("known:   %q\nunknown: %q", known, unknown)
	}
}

// R14: 200 wrong codes at once, and exactly as many are compared as there are tries; then the right one is refused.
func TestParallelTries(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v := w.begin("camille@mail.example")
		synctest.Wait()
		right := w.letters.of(flow.CodeMail)[0].Code.Reveal()
		wrong := "000000"
		if right == wrong {
			wrong = "000001"
		}
		var mu sync.Mutex
		compared := 0
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				_, reason, err := w.Enter(t.Context(), v, wrong)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if reason == flow.CodeWrong {
					compared++
				}
			})
		}
		all.Wait()
		if want := code.Defaults().Tries - 1; compared != want { // the last try answers TooManyTries, once or again
			t.Errorf("%d answers « wrong », want %d", compared, want)
		}
		r, reason, err := w.Enter(t.Context(), v, right)
		if r.State != flow.Ended || reason != flow.TooManyTries || err != nil {
			t.Errorf("the right code afterwards: %s %s %v", r.State, reason, err)
		}
	})
}

// R23: twenty submits at once, one write.
func TestParallelSubmits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.setDelay = time.Second
		v := w.verified("camille@mail.example")
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() { w.choose(v, fmt.Sprintf("Marée-haute-%d", i)) })
		}
		all.Wait()
		time.Sleep(2 * time.Second)
		if got := w.people.set("1"); len(got) != 1 {
			t.Errorf("%d writes", len(got))
		}
	})
}

// R21: a session of before the right code cannot go on behind it.
func TestGrantIsNeeded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v := w.verified("camille@mail.example")
		for _, thief := range []flow.Visit{{ID: v.ID}, {ID: v.ID, Grant: "guessed"}, {ID: "other", Grant: v.Grant}} {
			if _, err := w.Look(t.Context(), thief); !errors.Is(err, flow.ErrNoReset) {
				t.Errorf("look: %v", err)
			}
			_, _, _, err := w.Choose(t.Context(), thief, secret.New("Marée-haute-47"), secret.New("Marée-haute-47"))
			if !errors.Is(err, flow.ErrNoReset) {
				t.Errorf("choose: %v", err)
			}
		}
	})
}

// What is wrong with a password is told without touching the reset, and without asking the directory.
func TestUnusablePasswords(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		v := w.verified("camille@mail.example")
		for _, c := range []struct {
			password, confirm string
			reason            flow.Reason
		}{
			{"", "", flow.PasswordEmpty}, {"short", "short", flow.PasswordWeak}, {"Marée-haute-47", "Marée-haute-48", flow.PasswordDiffers},
			{"Marée-haute\x00", "Marée-haute\x00", flow.PasswordUnusable}, {"Mar\xe9e-haute", "Mar\xe9e-haute", flow.PasswordUnusable},
			{"Marée-\xed\xa0\x80haute", "Marée-\xed\xa0\x80haute", flow.PasswordUnusable}, {"Marée-\ufffdhaute", "Marée-\ufffdhaute", flow.PasswordUnusable},
			{strings.Repeat("Marée-haute", 1000), "", flow.PasswordWeak},
		} {
			r, reason, _, err := w.Choose(t.Context(), v, secret.New(c.password), secret.New(c.confirm))
			if r.State != flow.Choose || reason != c.reason || err != nil {
				t.Errorf("%q: %s %s %v, want %s", c.password, r.State, reason, err, c.reason)
			}
		}
		if len(w.people.passwords) != 0 {
			t.Error("something was written")
		}
	})
}

// What the directory answers, and where it leads. R39: a refusal leads back with its reason, without a new code.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		answer error
		state  flow.State
		why    flow.Reason
		event  string
	}{
		{&flow.RefusedError{Reason: flow.RefusedHistory, Code: "PWD_IN_HISTORY", Err: errors.New("x")}, flow.Choose, flow.RefusedHistory, audit.Refused},
		{&flow.RefusedError{Reason: flow.NotAllowed, Code: "NO_RIGHT", Err: errors.New("x")}, flow.Ended, flow.NotAllowed, audit.Refused},
		{fmt.Errorf("lost: %w", flow.ErrUnknownOutcome), flow.Ended, flow.CannotTell, audit.Unknown},
		{errors.New("connection refused"), flow.Choose, flow.Unavailable, audit.Failed},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.people.refuse = c.answer
			v := w.verified("camille@mail.example")
			r, _ := w.choose(v, "Marée-haute-47")
			if r.State != c.state || r.Why != c.why {
				t.Errorf("%v: %s %s, want %s %s", c.answer, r.State, r.Why, c.state, c.why)
			}
			if !strings.Contains(w.trail.String(), c.event) {
				t.Errorf("not in the audit record: %s", c.event)
			}
			if len(w.letters.of(flow.ChangedMail)) != 0 {
				t.Error("a notice of a change that was not made")
			}
			w.people.refuse = nil
			if r, _ := w.choose(v, "Autre-marée-48"); c.state == flow.Choose && r.State != flow.Done {
				t.Errorf("the next password: %s", r.State)
			}
		})
	}
}

// A server that never gets the change holds the page for the population's time, and undoes nothing (R47).
func TestWaitIsBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.spread = []time.Duration{0, time.Hour}
		v := w.verified("camille@mail.example")
		if r, _ := w.choose(v, "Marée-haute-47"); r.State != flow.Spreading {
			t.Fatalf("after the answer: %s", r.State)
		}
		time.Sleep(time.Minute + time.Second)
		r, err := w.Look(t.Context(), v)
		if err != nil || r.State != flow.Done || !r.Servers[0].Reached || r.Servers[1].Reached {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// Load tells of searches that wait, be it for a worker or for another try, of changes that are written, and of those followed.
func TestLoad(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		wants := func(searches, changes, followed int) {
			t.Helper()
			synctest.Wait()
			if l := w.Load(); l.Searches["usagers"] != searches || l.Changes != changes || l.Followed != followed {
				t.Errorf("%+v, want %d, %d, %d", l, searches, changes, followed)
			}
		}
		v := w.verified("camille@mail.example")
		wants(0, 0, 0)
		w.people.setDelay, w.people.spread = 2*time.Second, []time.Duration{0, 20 * time.Second}
		w.choose(v, "Marée-haute-47")
		wants(0, 1, 0)
		time.Sleep(3 * time.Second)
		wants(0, 0, 1)
		time.Sleep(time.Minute)
		wants(0, 0, 0)
		w.people.fail(errors.New("connection refused"))
		w.begin("camille@mail.example")
		wants(1, 0, 0) // for another try
		w.people.fail(nil)
		time.Sleep(time.Minute)
		wants(0, 0, 0)
		w.people.findDelay = time.Minute
		for i := range 11 { // three more than there are workers
			w.begin(fmt.Sprintf("nobody-%d@mail.example", i))
		}
		wants(3, 0, 0)
	})
}

// Changed tells at once of what happens in this process, and ends with its context.
func TestChanged(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.spread = []time.Duration{0, 20 * time.Second}
		v := w.verified("camille@mail.example")
		r, _ := w.choose(v, "Marée-haute-47")
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		same, err := w.Changed(ctx, v, r.Version)
		if err != nil || same.Version != r.Version || time.Since(start) != 5*time.Second {
			t.Errorf("version %d after %v, %v", same.Version, time.Since(start), err)
		}
		for r.State != flow.Done {
			if r, err = w.Changed(t.Context(), v, r.Version); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("told only after %v", took)
		}
	})
}

// R17: the sixth mail of an hour is not sent, and its visitor is told nothing else than the others.
func TestMailsPerAccount(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for range 8 {
			time.Sleep(time.Second)
			w.begin("camille@mail.example")
			synctest.Wait()
		}
		if sent := len(w.letters.of(flow.CodeMail)); sent != 5 {
			t.Errorf("%d mails", sent)
		}
	})
}

// Close waits for a change under way: a write that nobody follows would be a write that nobody knows of.
func TestCloseWaits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.setDelay = 2 * time.Second
		v := w.verified("camille@mail.example")
		w.choose(v, "Marée-haute-47")
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if r, err := w.Look(t.Context(), v); err != nil || r.State != flow.Done {
			t.Errorf("%s %v", r.State, err)
		}
	})
}

// R12: a code is good for its own session alone.
func TestCodeOfAnotherSession(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.begin("camille@mail.example")
		synctest.Wait()
		mallory := w.begin("lycee@mail.example")
		synctest.Wait()
		stolen := w.letters.of(flow.CodeMail)[0].Code.Reveal()
		if stolen == w.letters.of(flow.CodeMail)[1].Code.Reveal() {
			return // once in a million
		}
		if _, reason, _ := w.Enter(t.Context(), mallory, stolen); reason != flow.CodeWrong {
			t.Errorf("%q", reason)
		}
	})
}

// R11: whoever goes on to a change ends every reset of the account that had begun before, at whatever step it is.
func TestChangeEndsOlderResets(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		older := w.verified("camille@mail.example")
		time.Sleep(time.Second)
		newer := w.verified("camille@mail.example")
		if r, _ := w.choose(newer, "Marée-haute-47"); r.State != flow.Done {
			t.Fatalf("the newer: %s", r.State)
		}
		if r, reason := w.choose(older, "Autre-marée-48"); r.State != flow.Ended || reason != flow.Superseded {
			t.Errorf("the older: %s %s", r.State, reason)
		}
		time.Sleep(time.Second)
		if r, _ := w.choose(w.verified("camille@mail.example"), "Encore-marée-49"); r.State != flow.Done {
			t.Errorf("one that began afterwards: %s", r.State)
		}
		if got := w.people.set("1"); !slices.Equal(got, []string{"Marée-haute-47", "Encore-marée-49"}) {
			t.Errorf("written: %q", got)
		}
	})
}

// R11: and so does one that goes on to a change again, after a refusal.
func TestChangeMadeAgainEndsOlderResets(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.refuse = &flow.RefusedError{Reason: flow.RefusedHistory, Code: "PWD_HISTORY"}
		first := w.verified("camille@mail.example")
		w.choose(first, "Marée-haute-47")
		other := w.verified("camille@mail.example")
		w.people.refuse = nil
		if r, reason := w.choose(first, "Marée-basse-48"); r.State != flow.Done || reason != flow.None {
			t.Fatalf("%s %s", r.State, reason)
		}
		if r, reason := w.choose(other, "Autre-marée-49"); r.State != flow.Ended || reason != flow.Superseded {
			t.Errorf("the other: %s %s", r.State, reason)
		}
	})
}

// A code that is typed when another reset has gone on to a change is of no more use.
func TestChangeEndsOlderCodes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		older := w.begin("camille@mail.example")
		synctest.Wait()
		code := w.letters.of(flow.CodeMail)[0].Code.Reveal()
		time.Sleep(time.Second)
		w.choose(w.verified("camille@mail.example"), "Marée-haute-47")
		if r, reason, err := w.Enter(t.Context(), older, code); r.State != flow.Challenge || reason != flow.CodeReplaced || err != nil {
			t.Errorf("%s %s %v", r.State, reason, err)
		}
	})
}

// A directory that is away for a moment costs the person a moment, not the code.
func TestLookUpAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.fail(errors.New("connection refused"))
		w.begin("camille@mail.example")
		time.Sleep(20 * time.Second)
		w.people.fail(nil)
		time.Sleep(30 * time.Second)
		if sent := len(w.letters.of(flow.CodeMail)); sent != 1 {
			t.Errorf("%d mails", sent)
		}
	})
}

// A directory that hangs holds up nobody of another one.
func TestDirectoriesDoNotWaitForEachOther(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.findDelay = time.Hour
		for range 25 {
			w.begin("camille@mail.example")
		}
		id, reason, err := w.Begin(t.Context(), flow.Start{Population: "elus", Lang: "fr", Typed: "helene@mail.example", Client: netip.MustParseAddr("192.0.2.2")})
		if id == "" || reason != flow.None || err != nil {
			t.Fatal(reason, err)
		}
		synctest.Wait()
		if sent := w.letters.of(flow.CodeMail); len(sent) != 1 || sent[0].To != "helene@mail.example" {
			t.Errorf("%v", sent)
		}
	})
}

// Mails that were asked for during an outage and given up cost nothing of the limit.
func TestGivenUpMailsAreNotCounted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.people.fail(errors.New("connection refused"))
		for range 10 {
			if _, _, err := w.Cancel(t.Context(), w.begin("camille@mail.example")); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * time.Millisecond) // so that theirs are the first to be tried again
		w.begin("camille@mail.example")
		time.Sleep(time.Minute)
		w.people.fail(nil)
		time.Sleep(time.Minute)
		if sent := len(w.letters.of(flow.CodeMail)); sent != 1 {
			t.Errorf("%d mails", sent)
		}
	})
}
