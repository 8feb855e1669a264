package desk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/flow"
)

// R54: people are found in the populations of the agent's roles alone, a page at a time, and it is recorded before.
func TestSearch(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		_, sacha := w.signIn("sacha")
		for i := range desk.PageSize + 1 {
			id := flow.AccountID(strings.Repeat("x", i+2))
			w.directory.people[id] = person(id, "Zoe")
		}
		hits, err := w.Search(t.Context(), client, alex, "", "cam", 0)
		if err != nil || len(hits) != 1 || hits[0].Population != "usagers" || hits[0].People[0].ID != "1" || hits[0].More {
			t.Errorf("%+v %v", hits, err)
		}
		if hits, err := w.Search(t.Context(), client, sacha, "", "c", 0); err != nil || len(hits) != 2 {
			t.Errorf("%+v %v", hits, err)
		}
		if hits, err := w.Search(t.Context(), client, alex, "elus", "cam", 0); err != nil || len(hits) != 0 {
			t.Errorf("another population: %+v %v", hits, err)
		}
		if hits, _ := w.Search(t.Context(), client, alex, "usagers", "zoe", 0); len(hits[0].People) != desk.PageSize || !hits[0].More {
			t.Errorf("the first page: %d, more: %t", len(hits[0].People), hits[0].More)
		}
		if hits, _ := w.Search(t.Context(), client, alex, "usagers", "zoe", desk.PageSize); len(hits[0].People) != 1 || hits[0].More {
			t.Errorf("the second page: %d, more: %t", len(hits[0].People), hits[0].More)
		}
		searched := slices.DeleteFunc(w.events(), func(e audit.Event) bool { return e.Event != audit.Searched })
		if len(searched) != 5 || searched[0].Agent != "a" || searched[0].Subject == "" || strings.Contains(w.trail.String(), "zoe") {
			t.Errorf("%+v", searched)
		}
	})
}

// What an agent may do stands on the card; of another population there is none, and of somebody who is not there neither.
func TestCard(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		c, err := w.Card(t.Context(), client, alex, "usagers", "1")
		if err != nil || c.Person.Name != "Camille" || c.Operator || len(c.Acts) != 3 {
			t.Errorf("%+v %v", c, err)
		}
		if c, _ := w.Card(t.Context(), client, alex, "usagers", "d"); !c.Operator || !c.Acts[desk.SendCode].Approval {
			t.Errorf("an agent's: %+v", c)
		}
		if c, _ := w.Card(t.Context(), client, alex, "usagers", "a"); c.Acts[desk.SendCode].Refusal != desk.Self {
			t.Errorf("one's own: %+v", c)
		}
		if _, err := w.Card(t.Context(), client, alex, "elus", "1"); !errors.Is(err, desk.ErrNoRight) {
			t.Errorf("another population: %v", err)
		}
		if _, err := w.Card(t.Context(), client, alex, "usagers", "nobody"); !errors.Is(err, desk.ErrNobody) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// R57, R58: what stands in an address or a form, and is nobody, is anybody's text: the record has none of it.
func TestRecordOfForged(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		const text = "Rouge-Gorge-2026"
		_, _ = w.Card(t.Context(), client, alex, "usagers", text)
		_, _ = w.Search(t.Context(), client, alex, text, text, 0)
		w.do(alex, desk.Order{Act: desk.SendCode, Population: text, Person: text})
		w.do(alex, desk.Order{Act: text, Population: "usagers", Person: text})
		w.do(alex, desk.Order{Act: desk.SendCode, Population: "elus", Person: "8984e7c2-7ef5-1041-80f7-25df08a85c40"})
		events := w.events()
		for _, e := range events {
			if strings.Contains(fmt.Sprint(e), text) {
				t.Errorf("%+v", e)
			}
		}
		if last := events[len(events)-1]; last.Account == "" || last.Population != "elus" || last.Reason != string(desk.NoRight) {
			t.Errorf("an id of another population: %+v", last)
		}
	})
}

// R53, R55: an act is recorded before it is done, with its reason, and its person told at every address.
func TestActs(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		camille := w.directory.people["1"]
		camille.Mail = []string{"camille@mail.example", "c@home.example"}
		w.directory.people["1"] = camille
		if done := w.do(alex, desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1"}); done.Refusal != desk.Allowed || !done.Dictate.Empty() {
			t.Errorf("send-code: %+v", done)
		}
		if done := w.do(alex, desk.Order{Act: desk.Dictate, Population: "usagers", Person: "1", Verified: true}); len(done.Dictate.Reveal()) != flow.AssistedDigits {
			t.Errorf("dictate-code: %+v", done)
		}
		if done := w.do(alex, desk.Order{Act: desk.Unlock, Population: "usagers", Person: "1"}); done.Refusal != desk.Allowed {
			t.Errorf("unlock: %+v", done)
		}
		if issued := w.outside.issued; len(issued) != 2 || !issued[0].Mail || issued[1].Mail || issued[0].Account.ID != "1" || issued[0].Population != "usagers" {
			t.Errorf("%+v", issued)
		}
		if !slices.Equal(w.directory.unlocked, []flow.AccountID{"1"}) {
			t.Errorf("unlocked: %q", w.directory.unlocked)
		}
		var told []string
		for _, m := range w.outside.of(flow.HelpedMail) {
			told = append(told, m.To+" "+m.Act)
		}
		if got := strings.Join(told, ", "); got != "camille@mail.example send-code, c@home.example send-code, camille@mail.example dictate-code, "+
			"c@home.example dictate-code, camille@mail.example unlock, c@home.example unlock" {
			t.Error(got)
		}
		acted := slices.DeleteFunc(w.events(), func(e audit.Event) bool { return e.Event != audit.Acted })
		if len(acted) != 3 || acted[0].Agent != "a" || acted[0].Account != "1" || acted[0].Reason != "send-code" || acted[0].Note != "INC-48213" || acted[0].Client == "" {
			t.Errorf("%+v", acted)
		}
	})
}

// What must not be done is not, and the record says who has asked for it.
func TestActsRefused(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		barred := person("4", "Barred")
		barred.Barred = "PROTECTED"
		w.directory.people["4"] = barred
		for name, test := range map[string]struct {
			order desk.Order
			want  desk.Refusal
		}{
			"another population": {desk.Order{Act: desk.SendCode, Population: "elus", Person: "1"}, desk.NoRight},
			"no population":      {desk.Order{Act: desk.SendCode, Population: "nowhere", Person: "1"}, desk.NoRight},
			"no act":             {desk.Order{Act: "set-password", Population: "usagers", Person: "1"}, desk.NoRight},
			"a right, no act":    {desk.Order{Act: desk.Approve, Population: "usagers", Person: "1"}, desk.NoRight},
			"view, no act":       {desk.Order{Act: desk.View, Population: "usagers", Person: "1"}, desk.NoRight},
			"protected":          {desk.Order{Act: desk.SendCode, Population: "usagers", Person: "4"}, desk.Barred},
			"one's own":          {desk.Order{Act: desk.SendCode, Population: "usagers", Person: "a"}, desk.Self},
			"no reason":          {desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1", Reason: "  "}, desk.NoReason},
			"a long reason":      {desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1", Reason: strings.Repeat("x", 201)}, desk.NoReason},
			"not verified":       {desk.Order{Act: desk.Dictate, Population: "usagers", Person: "1"}, desk.NotVerified},
		} {
			if done := w.do(alex, test.order); done.Refusal != test.want {
				t.Errorf("%s: %+v", name, done)
			}
		}
		_, err := w.Do(t.Context(), client, alex, desk.Order{Act: desk.SendCode, Population: "usagers", Person: "forged", Reason: "INC-1", Once: "a page"})
		if !errors.Is(err, desk.ErrNobody) {
			t.Errorf("for nobody: %v", err)
		}
		if len(w.outside.issued) != 0 || len(w.outside.of(flow.HelpedMail)) != 0 {
			t.Errorf("%+v", w.outside)
		}
		if n := strings.Count(w.trail.String(), audit.ActRefused); n != 11 {
			t.Errorf("%d refusals are recorded: %s", n, w.trail)
		}
	})
}

// Neither what is refused nor how long it is lets an agent fill the record, or write lines into it that are too long to be found.
func TestRefusedActsAreBounded(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		long := strings.Repeat("\x01é", 10_000)
		order := desk.Order{Act: desk.SendCode, Population: long, Person: flow.AccountID(long), Reason: long, Once: "a page"}
		var err error
		n := 0
		for ; err == nil && n < 1000; n++ {
			_, err = w.Do(t.Context(), client, alex, order)
		}
		if !errors.Is(err, desk.ErrTooMany) {
			t.Errorf("after %d: %v", n, err)
		}
		for line := range strings.Lines(w.trail.String()) {
			if len(line) > 4<<10 {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
	})
}

// R55: A page that is sent twice, at once or later, does once what it is for. An order without a mark is none of a page of ours.
func TestOrdersAreCarriedOutOnce(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		var all sync.WaitGroup
		var mu sync.Mutex
		codes := 0
		order := desk.Order{Act: desk.Dictate, Population: "usagers", Person: "1", Reason: "INC-1", Verified: true, Once: "a page"}
		send := func() {
			done, err := w.Do(t.Context(), client, alex, order)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case !done.Dictate.Empty():
				codes++
			case done.Refusal != desk.Repeated:
				t.Errorf("the same order again: %+v", done)
			}
		}
		for range 5 {
			all.Go(send)
		}
		all.Wait()
		time.Sleep(desk.SessionFor - time.Minute)
		if send(); codes != 1 || len(w.outside.of(flow.HelpedMail)) != 1 {
			t.Errorf("%d codes, %d notices", codes, len(w.outside.of(flow.HelpedMail)))
		}
		for _, once := range []string{"", strings.Repeat("x", 65)} {
			order.Once = once
			if done, err := w.Do(t.Context(), client, alex, order); err != nil || done.Refusal != desk.Repeated {
				t.Errorf("an order with the mark %q: %+v, %v", once, done, err)
			}
		}
	})
}

// The same order again is told to be one where the first has made it impossible, and another one why it is.
func TestUnlockIsCarriedOutOnce(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		order := desk.Order{Act: desk.Unlock, Population: "usagers", Person: "1", Once: "a page"}
		if done := w.do(alex, order); done.Refusal != desk.Allowed {
			t.Fatalf("%+v", done)
		}
		camille := w.directory.people["1"]
		camille.Locked = false
		w.directory.people["1"] = camille
		for once, want := range map[string]desk.Refusal{"a page": desk.Repeated, "another page": desk.NotLocked} {
			order.Once = once
			if done := w.do(alex, order); done.Refusal != want {
				t.Errorf("%s: %+v, want %q", once, done, want)
			}
		}
	})
}

// R55: only what was agreed to has spent its limits before: naming a request for an act that needs none goes round nothing.
func TestForgedRequestSpendsLimits(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		done := 0
		for range 10 {
			switch d := w.do(alex, desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1", Request: "forged"}); d.Refusal {
			case desk.Allowed:
				done++
			case desk.TooOften:
			default:
				t.Errorf("%+v", d)
			}
		}
		if done != 6 {
			t.Errorf("%d acts for one person", done)
		}
	})
}

// Whoever looks at more than anybody does who is on the telephone copies the directory (R55).
func TestLooksAreLimited(t *testing.T) {
	var reached []string
	inWorld(t, func(p *desk.Parts) { p.Reached = func(limit string) { reached = append(reached, limit) } }, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		_, dominique := w.signIn("dominique")
		var err error
		n := 0
		for ; err == nil && n < 1000; n++ {
			_, err = w.Card(t.Context(), client, alex, "usagers", "1")
		}
		if !errors.Is(err, desk.ErrTooMany) || n < 100 {
			t.Fatalf("after %d cards: %v", n, err)
		}
		if !slices.Equal(reached, []string{"looks_per_agent"}) {
			t.Errorf("the limits %q are told to be reached", reached)
		}
		for what, look := range map[string]func(desk.Agent) error{
			"search": func(a desk.Agent) error { _, err := w.Search(t.Context(), client, a, "", "cam", 0); return err },
			"card":   func(a desk.Agent) error { _, err := w.Card(t.Context(), client, a, "usagers", "1"); return err },
		} {
			if err := look(alex); !errors.Is(err, desk.ErrTooMany) {
				t.Errorf("%s: %v", what, err)
			}
			if err := look(dominique); errors.Is(err, desk.ErrTooMany) {
				t.Errorf("%s, of another agent: %v", what, err)
			}
		}
	})
}

// R55: nothing is done that cannot be recorded.
func TestActsAreRecordedFirst(t *testing.T) {
	full := errors.New("no space left on device")
	inWorld(t, func(p *desk.Parts) { p.Audit = unwilling{p.Audit, audit.Acted, full} }, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		for _, act := range desk.Acts() {
			_, err := w.Do(t.Context(), client, alex, desk.Order{Act: act, Population: "usagers", Person: "1", Reason: "INC-1", Verified: true, Once: string(act)})
			if !errors.Is(err, full) {
				t.Errorf("%s: %v", act, err)
			}
		}
		if len(w.outside.issued) != 0 || len(w.directory.unlocked) != 0 {
			t.Errorf("%+v %q", w.outside.issued, w.directory.unlocked)
		}
	})
}

// unwilling is a record that cannot be written for an event.
type unwilling struct {
	desk.Recorder
	event string
	err   error
}

func (u unwilling) Record(ctx context.Context, e audit.Event) error {
	if e.Event == u.event {
		return u.err
	}
	return u.Recorder.Record(ctx, e)
}

// R55: bursts of one agent, and on one person, are slowed.
func TestBursts(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		order := desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1"}
		for i := range 7 {
			if done := w.do(alex, order); (done.Refusal == desk.TooOften) != (i == 6) {
				t.Errorf("act %d on one person: %+v", i+1, done)
			}
		}
		for i := range 14 {
			id := flow.AccountID(strings.Repeat("x", i+2))
			w.directory.people[id] = person(id, "Zoe")
			if done := w.do(alex, desk.Order{Act: desk.SendCode, Population: "usagers", Person: id}); (done.Refusal == desk.TooOften) != (i == 13) {
				t.Errorf("act %d of one agent: %+v", i+8, done)
			}
		}
	})
}

// What the directory, or the code, does not take is said, and nobody is told of it by mail.
func TestActsDeclined(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, alex := w.signIn("alex")
		w.outside.fails = flow.ErrHeld
		if done := w.do(alex, desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1"}); done.Refusal != desk.Held {
			t.Errorf("%+v", done)
		}
		w.outside.fails = &flow.RefusedError{Code: "NO_RIGHT", Err: errors.New("no")}
		if done := w.do(alex, desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1"}); done.Refusal != desk.Declined || done.Code != "NO_RIGHT" {
			t.Errorf("%+v", done)
		}
		if n := len(w.outside.of(flow.HelpedMail)); n != 0 {
			t.Errorf("%d notices", n)
		}
		w.outside.fails = errors.New("the state store is away")
		if _, err := w.Do(t.Context(), client, alex, desk.Order{Act: desk.SendCode, Population: "usagers", Person: "1", Reason: "INC-1", Once: "a page"}); err == nil {
			t.Error("it is told to be done")
		}
		var told []string // each act is recorded before, so that what came of it has to be as well
		for _, e := range w.events() {
			if e.Event == audit.Acted || e.Event == audit.ActRefused {
				told = append(told, e.Event+" "+e.Reason)
			}
		}
		if got := strings.Join(told, ", "); got != "desk.acted send-code, desk.refused held, desk.acted send-code, desk.refused NO_RIGHT, desk.acted send-code, desk.refused unknown" {
			t.Error(got)
		}
	})
}

// R55: where a second agent has to agree, the code comes only once another one has, who sees who asks, for whom and why; and
// once.
func TestApproval(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, sacha := w.signIn("sacha")
		_, dominique := w.signIn("dominique")
		_, alex := w.signIn("alex")
		order := desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true}
		asked := w.do(sacha, order)
		if asked.Request == "" || !asked.Dictate.Empty() || asked.Refusal != desk.Allowed {
			t.Fatalf("%+v", asked)
		}
		order.Request = asked.Request
		refused := func(when string, a desk.Agent, o desk.Order) {
			t.Helper()
			if done := w.do(a, o); done.Refusal != desk.NotAgreed || !done.Dictate.Empty() {
				t.Errorf("%s: %+v", when, done)
			}
		}
		refused("before", sacha, order)
		answer := func(a desk.Agent, want desk.Refusal) {
			t.Helper()
			if got, err := w.Answer(t.Context(), client, a, "elus", asked.Request, true); got != want || err != nil {
				t.Errorf("%s: %q %v, want %q", a.Name, got, err, want)
			}
		}
		answer(sacha, desk.NoRight)
		answer(alex, desk.NoRight)
		forMe, mine, err := w.Requests(t.Context(), dominique)
		if err != nil || len(forMe) != 1 || len(mine) != 0 || forMe[0].AskerName != "Sacha Petit" || forMe[0].Name != "Claude" || forMe[0].Reason != "INC-48213" {
			t.Fatalf("%+v %+v %v", forMe, mine, err)
		}
		answer(dominique, desk.Allowed)
		answer(dominique, desk.NotAgreed) // once
		other := order
		other.Person = "a"
		refused("for somebody else", sacha, other)
		refused("by somebody else", dominique, order)
		other = order
		other.Act = desk.SendCode
		if done := w.do(sacha, other); done.Refusal != desk.Allowed { // for which nobody has to agree
			t.Errorf("another act: %+v", done)
		}
		if _, mine, _ := w.Requests(t.Context(), sacha); len(mine) != 1 || mine[0].State != desk.Accepted || mine[0].ByName != "Dominique Roy" {
			t.Errorf("%+v", mine)
		}
		if done := w.do(sacha, order); done.Dictate.Empty() {
			t.Errorf("%+v", done)
		}
		refused("twice", sacha, order)
	})
}

// A request is good for a quarter of an hour, answered or not; one that is declined for nothing.
func TestApprovalEnds(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, sacha := w.signIn("sacha")
		_, dominique := w.signIn("dominique")
		order := desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true}
		ask := func() string { return w.do(sacha, order).Request }
		answer := func(id string, agrees bool) desk.Refusal {
			t.Helper()
			refusal, err := w.Answer(t.Context(), client, dominique, "elus", id, agrees)
			if err != nil {
				t.Fatal(err)
			}
			return refusal
		}
		order.Request = ask()
		answer(order.Request, false)
		if done := w.do(sacha, order); done.Refusal != desk.NotAgreed {
			t.Errorf("declined: %+v", done)
		}
		order.Request = ""
		order.Request = ask()
		answer(order.Request, true)
		time.Sleep(15 * time.Minute)
		if done := w.do(sacha, order); done.Refusal != desk.NotAgreed {
			t.Errorf("too late: %+v", done)
		}
		order.Request = ""
		id := ask()
		time.Sleep(15 * time.Minute)
		if got := answer(id, true); got != desk.NotAgreed {
			t.Errorf("agreed to too late: %q", got)
		}
		if got := answer("no such", true); got != desk.NotAgreed {
			t.Errorf("forged: %q", got)
		}
	})
}

// What somebody has agreed to who may not any more, or for another address, is good for nothing. An answer that comes to nothing is
// not in the record as one.
func TestApprovalLapses(t *testing.T) {
	for name, change := range map[string]func(*directory){
		"who agreed is no agent any more":    func(d *directory) { delete(d.agents, "dominique") },
		"who agreed has no right any more":   func(d *directory) { d.agents["dominique"] = desk.Agent{ID: "d", Groups: []string{support}} },
		"the address on file is another one": func(d *directory) { p := d.people["3"]; p.Mail = []string{"mallory@mail.example"}; d.people["3"] = p },
	} {
		inWorld(t, nil, func(t *testing.T, w *world) {
			_, sacha := w.signIn("sacha")
			_, dominique := w.signIn("dominique")
			order := desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true}
			order.Request = w.do(sacha, order).Request
			for _, want := range []desk.Refusal{desk.Allowed, desk.NotAgreed} {
				if got, err := w.Answer(t.Context(), client, dominique, "elus", order.Request, true); got != want || err != nil {
					t.Errorf("%s: %q %v, want %q", name, got, err, want)
				}
			}
			if n := strings.Count(w.trail.String(), audit.Agreed); n != 1 {
				t.Errorf("agreed to %d times: %s", n, w.trail)
			}
			w.directory.change(func() { change(w.directory) })
			if done := w.do(sacha, order); done.Refusal != desk.NotAgreed || !done.Dictate.Empty() {
				t.Errorf("%s: %+v", name, done)
			}
		})
	}
}

// What another agent has agreed to is good for that act alone, and no longer because others ask meanwhile.
func TestApprovalIsForOneAct(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, sacha := w.signIn("sacha")
		_, dominique := w.signIn("dominique")
		unlock := desk.Order{Act: desk.Unlock, Population: "elus", Person: "a"} // an agent's account
		unlock.Request = w.do(sacha, unlock).Request
		if refusal, err := w.Answer(t.Context(), client, dominique, "elus", unlock.Request, true); refusal != desk.Allowed || err != nil {
			t.Fatal(refusal, err)
		}
		other := desk.Order{Act: desk.Dictate, Population: "elus", Person: "a", Verified: true, Request: unlock.Request}
		if done := w.do(sacha, other); done.Refusal != desk.NotAgreed || !done.Dictate.Empty() {
			t.Errorf("another act: %+v", done)
		}
		time.Sleep(10 * time.Minute)
		w.do(sacha, desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true})
		time.Sleep(5 * time.Minute)
		if done := w.do(sacha, unlock); done.Refusal != desk.NotAgreed || len(w.directory.unlocked) != 0 {
			t.Errorf("too late: %+v", done)
		}
	})
}

// R55: of two who agree at once one does, and of two who carry it out at once one does.
func TestApprovalOnce(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		w.directory.agents["lou"] = desk.Agent{ID: "l", Name: "Lou", Mail: []string{"lou@agents.example"}, Groups: []string{leaders}}
		_, sacha := w.signIn("sacha")
		_, dominique := w.signIn("dominique")
		_, lou := w.signIn("lou")
		order := desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true}
		order.Request = w.do(sacha, order).Request
		var all sync.WaitGroup
		var mu sync.Mutex
		agreed, dictated := 0, 0
		for _, a := range []desk.Agent{dominique, lou, dominique, lou} {
			all.Go(func() {
				refusal, err := w.Answer(t.Context(), client, a, "elus", order.Request, true)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if refusal == desk.Allowed {
					agreed++
				}
			})
		}
		all.Wait()
		for i := range 5 { // from five pages: each order is one of its own
			all.Go(func() {
				done, err := w.Do(t.Context(), client, sacha, desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true, Reason: "INC-1",
					Request: order.Request, Once: strconv.Itoa(i)})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if !done.Dictate.Empty() {
					dictated++
				}
			})
		}
		all.Wait()
		if agreed != 1 || dictated != 1 {
			t.Errorf("%d have agreed, %d codes", agreed, dictated)
		}
	})
}

// The record tells an answer that counted from one that did not: too late, after another one, to no request, or without the right.
func TestAnswersAreRecorded(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		_, sacha := w.signIn("sacha")
		_, dominique := w.signIn("dominique")
		_, alex := w.signIn("alex")
		ask := func() string {
			return w.do(sacha, desk.Order{Act: desk.Dictate, Population: "elus", Person: "3", Verified: true}).Request
		}
		first, second := ask(), ask()
		var told []string
		answer := func(a desk.Agent, id string, agrees bool) {
			t.Helper()
			before := len(w.events())
			if _, err := w.Answer(t.Context(), client, a, "elus", id, agrees); err != nil {
				t.Error(err)
			}
			for _, e := range w.events()[before:] {
				told = append(told, strings.Join([]string{e.Event, e.Agent, e.Population, e.Account, e.Reason, e.Note}, " "))
			}
		}
		answer(alex, first, true)
		answer(sacha, first, true)
		answer(dominique, first, false)
		answer(dominique, first, true)
		answer(dominique, "forged", true)
		time.Sleep(15 * time.Minute)
		answer(dominique, second, true)
		if got := strings.Join(told, ", "); got != "desk.refused a elus  no-right , desk.refused s elus 3 no-right INC-48213, desk.declined d elus 3 dictate-code INC-48213, "+
			"desk.refused d elus 3 not-agreed INC-48213, desk.refused d elus  not-agreed , desk.refused d elus  not-agreed " {
			t.Error(got)
		}
	})
}
