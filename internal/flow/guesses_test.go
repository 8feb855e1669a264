package flow_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/flow"
	"ssprd/internal/limit"
)

// volley types one code in many sessions at once, and counts the answers.
func (w *world) volley(visits []flow.Visit, typed string) map[flow.Reason]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	answers := map[flow.Reason]int{}
	for _, v := range visits {
		all.Go(func() {
			_, reason, err := w.Enter(w.t.Context(), v, typed)
			if err != nil {
				w.t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[reason]++
		})
	}
	all.Wait()
	return answers
}

// told counts an event's name in the audit record.
func (w *world) told(event string) int {
	synctest.Wait()
	return strings.Count(w.trail.String(), `"`+event+`"`)
}

// R13, R14: 200 sessions for one address, from 200 clients, type a code at once: exactly ten are compared, for somebody and
// for nobody alike.
func TestParallelTriesOverSessions(t *testing.T) {
	for _, typed := range []string{"camille@mail.example", "nobody@mail.example"} {
		inWorld(t, func(t *testing.T, w *world) {
			var visits []flow.Visit
			for i := range 200 {
				visits = append(visits, w.beginFrom(i, typed))
			}
			got := w.volley(visits, w.wrongCode())
			if got[flow.CodeWrong] != 10 || got[flow.Limited] != 190 {
				t.Errorf("%s: %v", typed, got)
			}
		})
	}
}

// R13: ten in any hour, however the account is named: a code that is right is of no use to whoever has used them up, and
// the next one is not even sent. The owner is told by mail.
func TestTriesCountForTheAccount(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		owner := w.beginFrom(0, "camille@mail.example")
		wrong := w.wrongCode()
		right := w.lastCode()
		for i, typed := range []string{"camille@mail.example", "camille"} { // the mail address, and the identifier
			for range 2 {
				time.Sleep(time.Second)
				v := w.beginFrom(i+1, typed)
				if i == 0 {
					right, owner = w.lastCode(), v
				}
				for range 4 - 3*i { // eight of the one, two of the other
					if reason := w.enter(v, wrong); reason != flow.CodeWrong {
						t.Fatalf("%s: %s", typed, reason)
					}
				}
			}
		}
		if reason := w.enter(owner, right); reason == flow.None {
			t.Error("the eleventh try was compared")
		}
		sent := len(w.letters.of(flow.CodeMail))
		w.beginFrom(9, "camille")
		if more := len(w.letters.of(flow.CodeMail)) - sent; more != 0 {
			t.Errorf("%d more codes", more)
		}
		held := w.letters.of(flow.HeldMail)
		if len(held) != 0 {
			t.Errorf("the mails of an hour are used up, and yet: %v", held)
		}
		time.Sleep(time.Hour + 3*time.Minute)
		if reason := w.enter(w.beginFrom(10, "camille"), w.lastCode()); reason != flow.None {
			t.Errorf("an hour later: %s", reason)
		}
	})
}

// R13: a hundred wrong codes in a row, however slowly, close the account to resets, until an administrator reopens it. Its
// owner learns it by mail; the page says nothing.
func TestHundredInARow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		wrongs := 0
		for wrongs < 100 {
			v := w.beginFrom(wrongs, "camille@mail.example")
			for range 2 {
				if reason := w.enter(v, w.wrongCode()); reason != flow.CodeWrong {
					t.Fatalf("after %d wrong codes: %s", wrongs, reason)
				}
				wrongs++
			}
			if wrongs == 100 {
				if reason := w.enter(v, w.lastCode()); reason != flow.CodeWrong {
					t.Errorf("the code that is alive when the account closes: %q", reason)
				}
			}
			time.Sleep(5 * time.Hour)
		}
		if len(w.letters.of(flow.HeldMail)) != 0 {
			t.Error("closed too early")
		}
		codes := len(w.letters.of(flow.CodeMail))
		v := w.beginFrom(1000, "camille@mail.example")
		if more := len(w.letters.of(flow.CodeMail)) - codes; more != 0 {
			t.Error("a code for a closed account")
		}
		if held := w.letters.of(flow.HeldMail); len(held) != 1 || held[0].To != "camille@mail.example" || !held[0].Again.IsZero() {
			t.Errorf("mails: %v", held)
		}
		if reason := w.enter(v, w.wrongCode()); reason != flow.CodeWrong {
			t.Errorf("the page tells: %s", reason)
		}
		if n := w.told(audit.Closed); n != 2 { // of the account, and as the reason of the code withheld
			t.Errorf("%d lines on it:\n%s", n, w.trail)
		}
		time.Sleep(24 * time.Hour)
		if n, err := w.Reopen(t.Context(), "usagers", "camille"); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if reason := w.enter(w.beginFrom(1001, "camille@mail.example"), w.lastCode()); reason != flow.None {
			t.Errorf("reopened: %s", reason)
		}
	})
}

// A right code ends the row of wrong ones.
func TestRightCodeEndsTheRow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for i := range 60 {
			v := w.beginFrom(i, "camille@mail.example")
			for range 3 {
				if reason := w.enter(v, w.wrongCode()); reason != flow.CodeWrong {
					t.Fatalf("round %d: %s", i, reason)
				}
			}
			if reason := w.enter(v, w.lastCode()); reason != flow.None {
				t.Fatalf("round %d: %s", i, reason)
			}
			time.Sleep(5 * time.Hour)
		}
	})
}

// many are people who were never seen before.
func many(n int) (all []flow.Account) {
	for i := range n {
		all = append(all, flow.Account{ID: flow.AccountID(fmt.Sprint("many-", i)), Identifier: fmt.Sprint("person", i),
			Mail: []string{fmt.Sprintf("person%d@mail.example", i)}})
	}
	return all
}

// R16: guessing spread over many accounts from many clients, all at once, stops at exactly the set number of accounts, for
// the whole population; it is told once; and right codes use nothing up.
func TestBreaker(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Limits.FailuresPerPopulation = limit.Rate{Count: 50, Per: 10 * time.Minute} },
		func(t *testing.T, w *world) {
			w.people.accounts = many(200)
			for i := range 60 { // none of these is a failure
				if reason := w.enter(w.beginFrom(i, fmt.Sprintf("person%d@mail.example", i)), w.lastCode()); reason != flow.None {
					t.Fatalf("the right code of person %d: %s", i, reason)
				}
			}
			time.Sleep(time.Hour + 3*time.Minute)
			var visits []flow.Visit
			for i := range 200 {
				v := w.beginFrom(i, fmt.Sprintf("person%d@mail.example", i))
				visits = append(visits, v, v) // two tries at each, so that the second might slip past the count of the first
			}
			got := w.volley(visits, w.wrongCode())
			if got[flow.CodeWrong] < 50 || got[flow.CodeWrong] > 100 || got[flow.CodeWrong]+got[flow.Limited] != 400 {
				t.Errorf("%v", got)
			}
			if reason := w.enter(visits[399], w.lastCode()); reason != flow.Limited {
				t.Errorf("a code while it is open: %s", reason)
			}
			if n := w.told(audit.Guessing); n != 1 {
				t.Errorf("it is told %d times", n)
			}
			time.Sleep(11 * time.Minute)
			if reason := w.enter(w.beginFrom(1, "person199@mail.example"), w.lastCode()); reason != flow.None {
				t.Errorf("afterwards: %s", reason)
			}
		})
}

// Nobody uses the population's limit up at one account.
func TestOneAccountDoesNotBreak(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Limits.FailuresPerPopulation = limit.Rate{Count: 3, Per: 10 * time.Minute} },
		func(t *testing.T, w *world) {
			for i := range 3 {
				v := w.beginFrom(i, "nobody@mail.example")
				for range 4 {
					w.enter(v, "000000")
				}
			}
			if reason := w.enter(w.beginFrom(9, "camille@mail.example"), w.lastCode()); reason != flow.None {
				t.Errorf("%s", reason)
			}
		})
}

// R15: what a client is refused costs neither its population nor anybody else anything.
func TestClientLimitIsItsOwn(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Limits.StartsPerPopulation = limit.Rate{Count: 40, Per: time.Minute} },
		func(t *testing.T, w *world) {
			start := func(client string) flow.Reason {
				t.Helper()
				_, reason, err := w.Begin(t.Context(), flow.Start{Population: "usagers", Typed: "nobody@mail.example", Client: netip.MustParseAddr(client)})
				if err != nil {
					t.Fatal(err)
				}
				return reason
			}
			for i := range 1000 {
				client := fmt.Sprintf("2001:db8::%x", i+1) // one /64
				if reason := start(client); (reason == flow.None) != (i < 30) {
					t.Fatalf("start %d: %q", i+1, reason)
				}
			}
			if reason := start("192.0.2.7"); reason != flow.None {
				t.Errorf("another client: %q", reason)
			}
			if n := w.told(audit.Limited); n != 1 {
				t.Errorf("it is told %d times", n)
			}
		})
}

// R17: a resend is one more mail, and spends what a beginning spends.
func TestResendIsLimited(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Limits.StartsPerAddress = limit.Rate{Count: 2, Per: time.Hour} },
		func(t *testing.T, w *world) {
			v := w.begin("camille@mail.example")
			for _, want := range []flow.Reason{flow.None, flow.Limited} {
				time.Sleep(time.Minute)
				if _, reason, err := w.Resend(t.Context(), v); reason != want || err != nil {
					t.Errorf("%q %v, want %q", reason, err, want)
				}
				synctest.Wait()
			}
			if sent := len(w.letters.of(flow.CodeMail)); sent != 2 {
				t.Errorf("%d mails", sent)
			}
			if reason := w.enter(v, w.lastCode()); reason != flow.None {
				t.Errorf("a resend that was refused has killed the code: %s", reason)
			}
		})
}

// R17: five mails in any hour and ten in any day to one mailbox, whichever population and whichever name it is asked by.
func TestMailsPerDay(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for i := range 12 {
			w.beginFrom(i, []string{"camille@mail.example", "camille"}[i%2])
			time.Sleep(15 * time.Minute)
		}
		if sent := len(w.letters.of(flow.CodeMail)); sent != 10 {
			t.Errorf("%d mails in three hours", sent)
		}
		time.Sleep(24 * time.Hour)
		w.beginFrom(99, "camille")
		if sent := len(w.letters.of(flow.CodeMail)); sent != 11 {
			t.Errorf("%d mails a day later", sent)
		}
	})
}

// A code stays good where no further one is sent: the sixth mail of an hour, asked for by a resend.
func TestWithheldResendKeepsTheCode(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for i := range 4 {
			w.beginFrom(i, "camille@mail.example")
		}
		v := w.beginFrom(5, "camille@mail.example")
		time.Sleep(time.Minute)
		if _, reason, err := w.Resend(t.Context(), v); reason != flow.None || err != nil {
			t.Fatal(reason, err)
		}
		synctest.Wait()
		if sent := len(w.letters.of(flow.CodeMail)); sent != 5 {
			t.Fatalf("%d mails", sent)
		}
		if reason := w.enter(v, w.lastCode()); reason != flow.None {
			t.Errorf("the code that was sent: %s", reason)
		}
	})
}

// R11: no code is sent for a reset of an account that another has gone on to change since.
func TestOvertakenGetsNoCode(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		older := w.beginFrom(1, "camille@mail.example")
		time.Sleep(time.Second)
		w.choose(w.verified("camille@mail.example"), "Marée-haute-47")
		sent := len(w.letters.of(flow.CodeMail))
		time.Sleep(time.Minute)
		if _, reason, err := w.Resend(t.Context(), older); reason != flow.None || err != nil {
			t.Fatal(reason, err)
		}
		synctest.Wait()
		if more := len(w.letters.of(flow.CodeMail)) - sent; more != 0 {
			t.Errorf("%d more codes", more)
		}
	})
}

// R13: a reopened account gets a code at once, though an attack has used its mails up, and it can be typed.
func TestReopened(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for i := range 5 {
			v := w.beginFrom(i, "camille@mail.example")
			for range 2 {
				w.enter(v, w.wrongCode())
			}
		}
		sent := len(w.letters.of(flow.CodeMail))
		w.beginFrom(8, "camille@mail.example")
		if n, err := w.Reopen(t.Context(), "usagers", "camille"); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		v := w.beginFrom(9, "camille@mail.example")
		if more := len(w.letters.of(flow.CodeMail)) - sent; more != 1 {
			t.Fatalf("%d codes", more)
		}
		if reason := w.enter(v, w.lastCode()); reason != flow.None {
			t.Errorf("the code: %s", reason)
		}
	})
}

// R16: an account counts anew in each of the breaker's times, however lately it was tried before: guessing that is spread
// over time as well is seen.
func TestBreakerSeesAccountsAgain(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Limits.FailuresPerPopulation = limit.Rate{Count: 50, Per: 10 * time.Minute} },
		func(t *testing.T, w *world) {
			w.people.accounts = many(90)
			try := func(i int) flow.Reason {
				return w.enter(w.beginFrom(i, fmt.Sprintf("person%d@mail.example", i)), w.wrongCode())
			}
			for i := range 90 {
				if reason := try(i); reason != flow.CodeWrong {
					t.Fatalf("person %d: %s", i, reason)
				}
				if i == 44 {
					time.Sleep(11 * time.Minute)
				}
			}
			time.Sleep(11 * time.Minute)
			judged := 0
			for i := range 90 {
				if try(i) == flow.CodeWrong {
					judged++
				}
			}
			if judged != 50 {
				t.Errorf("%d accounts were judged", judged)
			}
			time.Sleep(11 * time.Minute)
			if reason := w.enter(w.beginFrom(89, "person89@mail.example"), w.lastCode()); reason != flow.None {
				t.Errorf("what was not compared has cost its account something: %s", reason)
			}
		})
}

// R15, R16: one network alone does not stop the codes of a population.
func TestNetworkStopsItself(t *testing.T) {
	inWorldOf(t, func(p *flow.Parts) { p.Limits.FailuresPerPopulation = limit.Rate{Count: 50, Per: 10 * time.Minute} },
		func(t *testing.T, w *world) {
			judged := 0
			for i := range 100 {
				client := netip.MustParseAddr(fmt.Sprintf("2001:db8:1:%x::1", i)) // each a /64 of its own
				id, reason, err := w.Begin(t.Context(), flow.Start{Population: "usagers", Typed: fmt.Sprintf("nobody%d@mail.example", i), Client: client})
				if err != nil || reason != flow.None {
					t.Fatal(reason, err)
				}
				if w.enter(flow.Visit{ID: id, Client: client}, "000000") == flow.CodeWrong {
					judged++
				}
			}
			if judged != 30 {
				t.Errorf("%d accounts were judged", judged)
			}
			if reason := w.enter(w.beginFrom(1, "camille@mail.example"), w.lastCode()); reason != flow.None {
				t.Errorf("somebody else: %s", reason)
			}
		})
}

// R13: the tries are the account's: over populations that find it by other attributes, and no more than its own. Whoever
// has another's address on file as well cannot hold that one up.
func TestTriesAreTheAccounts(t *testing.T) {
	elsewhere := &people{accounts: []flow.Account{{ID: "1", Identifier: "camille", Mail: []string{"camille@home.example"}}}}
	inWorldOf(t, func(p *flow.Parts) {
		p.Populations = append(p.Populations, flow.Population{Name: "autres", Directory: elsewhere, Wait: time.Minute})
	}, func(t *testing.T, w *world) {
		w.people.accounts = append(w.people.accounts, flow.Account{ID: "neighbour", Identifier: "neighbour",
			Mail: []string{"neighbour@mail.example", "lycee@mail.example"}})
		tries := func(population, typed string) {
			for range 2 {
				time.Sleep(time.Second)
				id, reason, err := w.Begin(t.Context(), flow.Start{Population: population, Typed: typed, Client: netip.MustParseAddr("192.0.2.1")})
				if err != nil || reason != flow.None {
					t.Fatal(reason, err)
				}
				synctest.Wait()
				for range 3 {
					w.enter(flow.Visit{ID: id, Client: netip.MustParseAddr("192.0.2.1")}, w.wrongCode())
				}
			}
		}
		tries("usagers", "camille@mail.example") // six
		tries("autres", "camille@home.example")  // and six more, of which four count
		sent := len(w.letters.of(flow.CodeMail))
		w.beginFrom(1, "camille@mail.example")
		if more := len(w.letters.of(flow.CodeMail)) - sent; more != 0 {
			t.Error("a code after ten wrong ones in two populations")
		}

		tries("usagers", "neighbour@mail.example")
		tries("usagers", "neighbour")
		shared := w.beginFrom(2, "lycee@mail.example")
		r, reason, err := w.Enter(t.Context(), shared, w.lastCode())
		if reason != flow.None || err != nil || len(r.Accounts) != 2 {
			t.Errorf("%s %v, accounts: %v", reason, err, r.Accounts)
		}
	})
}

// R13: of an account whose ten tries are used up not even the code that is alive is compared, though neither what was typed
// nor the reset has had too many; the page says what it says of any wrong one.
func TestEleventhTryIsNotCompared(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var last flow.Visit
		for i, typed := range []string{"camille@mail.example", "camille", "camille@mail.example"} {
			time.Sleep(time.Second)
			last = w.beginFrom(i, typed)
			for range []int{4, 4, 2}[i] {
				if reason := w.enter(last, w.wrongCode()); reason != flow.CodeWrong {
					t.Fatalf("%s: %s", typed, reason)
				}
			}
		}
		if reason := w.enter(last, w.lastCode()); reason != flow.CodeWrong {
			t.Errorf("the right code as the eleventh: %q", reason)
		}
	})
}
