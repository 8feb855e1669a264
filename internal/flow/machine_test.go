package flow_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"ssprd/internal/code"
	"ssprd/internal/flow"
)

var (
	began   = time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)
	machine = flow.Machine{Code: code.Defaults()}
	keyer   = code.NewKeyer([]byte("a key that serves tests alone"))
	camille = flow.Account{ID: "1", Identifier: "camille", Mail: []string{"camille@mail.example"}}
	bursar  = flow.Account{ID: "2", Identifier: "bursar", Mail: []string{"lycee@mail.example"}}
	head    = flow.Account{ID: "3", Identifier: "head", Mail: []string{"lycee@mail.example"}}
)

func digest(typed string) code.Digest {
	c, err := code.Parse(typed, 6)
	if err != nil {
		panic(err)
	}
	return keyer.Digest("reset", c)
}

// step is one event, when it happens, and what must come of it.
type step struct {
	event  flow.Event
	at     time.Duration // after the beginning
	reason flow.Reason
	state  flow.State
}

// These are the moves as a reader of the package's comment expects them; the fuzz test below holds all others out.
func TestMachine(t *testing.T) {
	sent, decoy := flow.Sent{Send: 1, Code: digest("482915")}, flow.Sent{Send: 1, Code: code.Decoy()}
	types := func(typed string, whom ...flow.Account) flow.Typed {
		return flow.Typed{Code: digest(typed), Accounts: whom, Grant: "g"}
	}
	right, wrong := types("482915", camille), types("000000", camille)
	lease := began.Add(time.Minute)
	wrote, first := flow.Wrote{Claim: 1, Until: lease}, flow.ServerProgress{Reached: true}

	for name, steps := range map[string][]step{
		"the whole way": {
			{sent, 0, flow.None, flow.Challenge}, {right, 1, flow.None, flow.Choose},
			{flow.Claim{Until: lease}, 2, flow.None, flow.Changing}, {wrote, 3, flow.None, flow.Spreading},
			{flow.Progress{Claim: 1, ServerProgress: first}, 4, flow.None, flow.Spreading},
			{flow.Spread{Claim: 1}, 5, flow.None, flow.Done}, {flow.Cancel{}, 6, flow.OutOfOrder, flow.Done},
		},
		"cut off, and left": {
			{sent, 0, flow.None, flow.Challenge}, {right, 1, flow.None, flow.Choose}, {flow.Claim{Until: began.Add(time.Second)}, 0, flow.None, flow.Changing},
			{flow.Tick{}, 2 * time.Second, flow.None, flow.Choose}, {flow.Cancel{}, 3 * time.Second, flow.None, flow.Ended},
			{flow.Cancel{}, 4 * time.Second, flow.CannotTell, flow.Ended},
		},
		"too recent for another change": {
			{flow.TooRecent{}, 0, flow.None, flow.Ended}, {right, 1, flow.RefusedTooYoung, flow.Ended},
		},
		"refused for the last change's age": {
			{sent, 0, flow.None, flow.Challenge}, {right, 1, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 2, flow.None, flow.Changing},
			{flow.TooRecent{}, 3, flow.OutOfOrder, flow.Changing},
			{flow.Refused{Claim: 1, Reason: flow.RefusedTooYoung}, 4, flow.None, flow.Ended},
			{flow.Claim{Until: lease}, 5, flow.RefusedTooYoung, flow.Ended},
		},
		"one of two accounts": {
			{sent, 0, flow.None, flow.Challenge}, {types("482915", bursar, head), 1, flow.None, flow.Pick},
			{flow.Claim{Until: lease}, 2, flow.OutOfOrder, flow.Pick}, {flow.Picked{Account: "1"}, 2, flow.NotAnAccount, flow.Pick},
			{flow.Picked{Account: "3"}, 2, flow.None, flow.Choose}, {flow.Picked{Account: "2"}, 2, flow.OutOfOrder, flow.Choose},
		},
		"R13: the fifth wrong code ends it, a resend gives none back": {
			{sent, 0, flow.None, flow.Challenge}, {wrong, 1, flow.CodeWrong, flow.Challenge}, {wrong, 1, flow.CodeWrong, flow.Challenge},
			{wrong, 1, flow.CodeWrong, flow.Challenge}, {flow.Resend{}, time.Minute, flow.None, flow.Challenge},
			{wrong, time.Minute, flow.CodeWrong, flow.Challenge}, {wrong, time.Minute, flow.TooManyTries, flow.Ended},
			{right, time.Minute, flow.TooManyTries, flow.Ended},
		},
		"R3: a decoy goes the same way": {
			{decoy, 0, flow.None, flow.Challenge}, {types("482915"), 1, flow.CodeWrong, flow.Challenge}, {types("482915"), 1, flow.CodeWrong, flow.Challenge},
			{types("482915"), 1, flow.CodeWrong, flow.Challenge}, {types("482915"), 1, flow.CodeWrong, flow.Challenge}, {types("482915"), 1, flow.TooManyTries, flow.Ended},
		},
		"a code that is still being sent matches nothing": {
			{flow.Typed{Grant: "g"}, 0, flow.CodeWrong, flow.Challenge}, {right, 0, flow.CodeWrong, flow.Challenge},
		},
		"R10: an expired code is told from a wrong one, and costs no try": {
			{sent, 0, flow.None, flow.Challenge}, {right, 10 * time.Minute, flow.CodeExpired, flow.Challenge},
			{flow.Resend{}, 10 * time.Minute, flow.None, flow.Challenge},
		},
		"R10: a second before its end a code is right": {
			{sent, 0, flow.None, flow.Challenge}, {right, 10*time.Minute - time.Second, flow.None, flow.Choose},
		},
		"R11: a new code kills the former": {
			{sent, 0, flow.None, flow.Challenge}, {flow.Resend{}, time.Minute, flow.None, flow.Challenge},
			{sent, time.Minute, flow.OutOfOrder, flow.Challenge},
			{flow.Sent{Send: 2, Code: digest("111111")}, time.Minute, flow.None, flow.Challenge},
			{right, time.Minute, flow.CodeReplaced, flow.Challenge},
			{types("111111", camille), time.Minute, flow.None, flow.Choose},
		},
		"R11: the former code is good until the new one is drawn": {
			{sent, 0, flow.None, flow.Challenge}, {flow.Resend{}, time.Minute, flow.None, flow.Challenge}, {right, time.Minute, flow.None, flow.Choose},
		},
		"a code whose successor is not sent stays as good as it was": {
			{sent, 0, flow.None, flow.Challenge}, {flow.Resend{}, 5 * time.Minute, flow.None, flow.Challenge},
			{flow.Sent{Send: 2, Code: code.Decoy(), Keep: true}, 5 * time.Minute, flow.None, flow.Challenge},
			{wrong, 5 * time.Minute, flow.CodeWrong, flow.Challenge}, {right, 10*time.Minute - 1, flow.None, flow.Choose},
		},
		"R10: and no longer": {
			{sent, 0, flow.None, flow.Challenge}, {flow.Resend{}, 5 * time.Minute, flow.None, flow.Challenge},
			{flow.Sent{Send: 2, Code: code.Decoy(), Keep: true}, 5 * time.Minute, flow.None, flow.Challenge},
			{right, 10 * time.Minute, flow.CodeWrong, flow.Challenge}, {right, 15 * time.Minute, flow.CodeExpired, flow.Challenge},
		},
		"R11: a code sent elsewhere kills the former too, and whoever types that one is told": {
			{sent, 0, flow.None, flow.Challenge}, {flow.Replaced{Send: 1}, 1, flow.None, flow.Challenge},
			{wrong, 1, flow.CodeWrong, flow.Challenge}, {right, 1, flow.CodeReplaced, flow.Challenge},
			{right, 1, flow.CodeReplaced, flow.Challenge}, {right, 1, flow.CodeReplaced, flow.Challenge},
			{right, 1, flow.TooManyTries, flow.Ended}, {flow.Replaced{Send: 1}, 1, flow.TooManyTries, flow.Ended},
		},
		"R11: a code drawn since is not the one that was replaced": {
			{sent, 0, flow.None, flow.Challenge}, {flow.Resend{}, time.Minute, flow.None, flow.Challenge},
			{flow.Sent{Send: 2, Code: digest("111111")}, time.Minute, flow.None, flow.Challenge},
			{flow.Replaced{Send: 1}, time.Minute, flow.OutOfOrder, flow.Challenge},
			{types("111111", camille), time.Minute, flow.None, flow.Choose},
		},
		"R11: a right code is not replaced any more": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose}, {flow.Replaced{Send: 1}, 1, flow.OutOfOrder, flow.Choose},
		},
		"R13: what must not be compared is counted, and never right": {
			{sent, 0, flow.None, flow.Challenge}, {flow.Typed{}, 1, flow.CodeWrong, flow.Challenge},
			{flow.Typed{Accounts: []flow.Account{camille}}, 1, flow.CodeWrong, flow.Challenge},
		},
		"R17: a minute between two sends, three in all": {
			{flow.Resend{}, 59 * time.Second, flow.ResendSoon, flow.Challenge}, {flow.Resend{}, time.Minute, flow.None, flow.Challenge},
			{flow.Resend{}, 2 * time.Minute, flow.None, flow.Challenge}, {flow.Resend{}, 9 * time.Minute, flow.ResendOften, flow.Challenge},
		},
		"R23: a right code is worth a quarter of an hour": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose},
			{flow.Tick{}, 15*time.Minute - 1, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 15 * time.Minute, flow.Expired, flow.Ended},
		},
		"R23: two submits, one claim": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose},
			{flow.Claim{Until: lease}, 0, flow.None, flow.Changing}, {flow.Claim{Until: lease}, 0, flow.OutOfOrder, flow.Changing},
		},
		"R39: after a refusal another password, with the same code": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 0, flow.None, flow.Changing},
			{flow.Refused{Claim: 1, Reason: flow.RefusedHistory}, 0, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 0, flow.None, flow.Changing},
			{flow.Refused{Claim: 2, Reason: flow.NotAllowed}, 0, flow.None, flow.Ended},
		},
		"R69: a writer that died leaves the choice to the person": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 0, flow.None, flow.Changing},
			{flow.Tick{}, time.Minute, flow.None, flow.Choose}, {wrote, time.Minute, flow.OutOfOrder, flow.Choose},
		},
		"what comes of a claim that was given up is not taken for the next one's": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 0, flow.None, flow.Changing},
			{flow.Claim{Until: lease.Add(time.Minute)}, time.Minute, flow.None, flow.Changing},
			{flow.Refused{Claim: 1, Reason: flow.Unavailable}, time.Minute, flow.OutOfOrder, flow.Changing},
			{flow.Lost{Claim: 1}, time.Minute, flow.OutOfOrder, flow.Changing}, {wrote, time.Minute, flow.OutOfOrder, flow.Changing},
			{flow.Wrote{Claim: 2, Until: lease.Add(time.Hour)}, time.Minute, flow.None, flow.Spreading},
			{flow.Spread{Claim: 1}, time.Minute, flow.OutOfOrder, flow.Spreading},
		},
		"a writer that died when the right code was worth nothing more": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose},
			{flow.Claim{Until: began.Add(16 * time.Minute)}, 14 * time.Minute, flow.None, flow.Changing},
			{flow.Claim{Until: lease}, 16 * time.Minute, flow.CannotTell, flow.Ended},
		},
		"R11: overtaken by another reset of the account": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose}, {flow.Overtaken{}, 0, flow.None, flow.Ended},
			{flow.Claim{Until: lease}, 0, flow.Superseded, flow.Ended},
		},
		"one that died after the write leaves a changed password": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 0, flow.None, flow.Changing},
			{wrote, 0, flow.None, flow.Spreading}, {flow.Tick{}, time.Minute, flow.None, flow.Done},
		},
		"R45: nobody can tell": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose}, {flow.Claim{Until: lease}, 0, flow.None, flow.Changing},
			{flow.Lost{Claim: 1}, 0, flow.None, flow.Ended}, {flow.Claim{Until: lease}, 0, flow.CannotTell, flow.Ended},
		},
		"a claim taken back leaves the choice to the person; what comes of a later one is its own": {
			{sent, 0, flow.None, flow.Challenge}, {right, 0, flow.None, flow.Choose},
			{flow.Claim{Claimant: "a", Until: lease}, 0, flow.None, flow.Changing}, {flow.Unclaim{"b"}, 1, flow.OutOfOrder, flow.Changing},
			{flow.Unclaim{"a"}, 1, flow.None, flow.Choose}, {flow.Unclaim{"a"}, 1, flow.OutOfOrder, flow.Choose},
			{flow.Claim{Claimant: "b", Until: lease}, 2, flow.None, flow.Changing}, {flow.Unclaim{"a"}, 2, flow.OutOfOrder, flow.Changing},
			{flow.Wrote{Claim: 2, Until: lease}, 3, flow.None, flow.Spreading}, {flow.Unclaim{"b"}, 3, flow.OutOfOrder, flow.Spreading},
		},
		"cancelled": {{flow.Cancel{}, 0, flow.None, flow.Ended}, {flow.Resend{}, time.Hour, flow.Cancelled, flow.Ended}},
		"forgotten": {{flow.Tick{}, 20 * time.Minute, flow.None, flow.Ended}},
	} {
		t.Run(name, func(t *testing.T) {
			r := machine.Begin("usagers", "fr", "camille@mail.example", began)
			for i, s := range steps {
				var reason flow.Reason
				r, reason = machine.Apply(r, s.event, began.Add(s.at))
				if r.State != s.state || reason != s.reason {
					t.Fatalf("step %d (%T): %s %q, want %s %q", i+1, s.event, r.State, reason, s.state, s.reason)
				}
			}
		})
	}
}

// R69: who follows a change is alive for as long as any clock has said; only who gives it up shortens that, and nobody takes it
// over before. No page shows any of it.
func TestFollowed(t *testing.T) {
	r := flow.Reset{State: flow.Spreading, Claims: 1, Lease: began.Add(time.Hour), Followed: began.Add(20 * time.Second)}
	for _, step := range []struct {
		event  flow.Follow
		reason flow.Reason
		want   time.Duration
	}{
		{flow.Follow{Claim: 1, Until: began.Add(15 * time.Second)}, flow.None, 20 * time.Second},
		{flow.Follow{Claim: 1, Until: began.Add(30 * time.Second)}, flow.None, 30 * time.Second},
		{flow.Follow{Claim: 2, Until: began.Add(time.Minute)}, flow.OutOfOrder, 30 * time.Second},
		{flow.Follow{Claim: 1, Until: began.Add(time.Minute), Anew: true}, flow.OutOfOrder, 30 * time.Second},
		{flow.Follow{Claim: 1, Until: began, Gone: true}, flow.None, 0},
		{flow.Follow{Claim: 1, Until: began.Add(time.Minute), Anew: true}, flow.None, time.Minute},
		{flow.Follow{Claim: 1, Until: began.Add(time.Minute), Anew: true}, flow.OutOfOrder, time.Minute},
	} {
		next, reason := machine.Apply(r, step.event, began)
		if got := next.Followed.Sub(began); reason != step.reason || got != step.want || next.Version != r.Version {
			t.Errorf("%+v: %q, followed for %s, version %d", step.event, reason, got, next.Version)
		}
		r = next
	}
}

// The tenth refusal ends the reset (R39).
func TestRefusalsAreBounded(t *testing.T) {
	r := machine.Begin("usagers", "fr", "camille@mail.example", began)
	r.State = flow.Choose
	for i := range flow.MaxRefusals {
		if r.State != flow.Choose {
			t.Fatalf("after %d refusals: %s", i, r.State)
		}
		r, _ = machine.Apply(r, flow.Claim{Until: began.Add(time.Minute)}, began)
		r, _ = machine.Apply(r, flow.Refused{Claim: r.Claims, Reason: flow.RefusedHistory}, began)
	}
	if r.State != flow.Ended || r.Why != flow.TooManyRefusals {
		t.Errorf("%s %s, want it ended", r.State, r.Why)
	}
}

// R64: more time can be had from the right code on, ten times and each time as much as the code gave.
func TestMoreTime(t *testing.T) {
	r := machine.Begin("usagers", "fr", "camille@mail.example", began)
	if same, reason := machine.Apply(r, flow.Extend{}, began); reason != flow.OutOfOrder || same.Version != r.Version {
		t.Errorf("before the code: %q", reason)
	}
	r, _ = machine.Apply(r, flow.Sent{Send: 1, Code: digest("482915")}, began)
	r, _ = machine.Apply(r, flow.Typed{Code: digest("482915"), Accounts: []flow.Account{bursar, head}, Grant: "g"}, began)
	now := began
	for n := range flow.MaxExtensions {
		now = now.Add(flow.VerifiedFor - time.Second)
		if n == 1 {
			r, _ = machine.Apply(r, flow.Picked{Account: bursar.ID}, now)
		}
		var reason flow.Reason
		if r, reason = machine.Apply(r, flow.Extend{}, now); reason != flow.None || !r.Deadline.Equal(now.Add(flow.VerifiedFor)) {
			t.Fatalf("extension %d: %q, until %s", n+1, reason, r.Deadline.Sub(now))
		}
	}
	if r.Extendable() {
		t.Error("there is more to have after the last")
	}
	if next, reason := machine.Apply(r, flow.Extend{}, now); reason != flow.OutOfOrder || !next.Deadline.Equal(r.Deadline) {
		t.Errorf("one more: %q, until %s", reason, next.Deadline.Sub(now))
	}
	if late, _ := machine.Apply(r, flow.Tick{}, now.Add(flow.VerifiedFor)); late.State != flow.Ended || late.Why != flow.Expired {
		t.Errorf("at the end it is %s", late.State)
	}
	if late, reason := machine.Apply(r, flow.Extend{}, now.Add(flow.VerifiedFor)); late.State != flow.Ended || reason != flow.Expired {
		t.Errorf("extended too late it is %s, %q", late.State, reason)
	}
}

// A reset that has ended knows nobody any more.
func TestEndForgets(t *testing.T) {
	r := machine.Begin("usagers", "fr", "camille@mail.example", began)
	r, _ = machine.Apply(r, flow.Sent{Send: 1, Code: digest("482915")}, began)
	r, _ = machine.Apply(r, flow.Typed{Code: digest("482915"), Accounts: []flow.Account{camille}}, began)
	r, _ = machine.Apply(r, flow.Cancel{}, began)
	if len(r.Accounts) != 0 || len(r.Code.Sum) != 0 {
		t.Errorf("still there: %v %v", r.Accounts, r.Code)
	}
}

// Apply must not change the value it is given: f of an Update may run twice.
func TestApplyIsPure(t *testing.T) {
	r := machine.Begin("usagers", "fr", "camille@mail.example", began)
	r.State, r.Lease = flow.Spreading, began.Add(time.Minute)
	r.Servers = []flow.ServerProgress{{Index: 0}, {Index: 1}}
	before := fmt.Sprintf("%+v", r)
	machine.Apply(r, flow.Progress{ServerProgress: flow.ServerProgress{Index: 1, Reached: true}}, began)
	if after := fmt.Sprintf("%+v", r); after != before {
		t.Errorf("it was changed:\n%s\n%s", before, after)
	}
}

// moves is the whole table of what may follow what. FuzzMachine holds out every other move.
var moves = map[flow.State][]flow.State{
	flow.Challenge: {flow.Challenge, flow.Pick, flow.Choose, flow.Ended},
	flow.Pick:      {flow.Pick, flow.Choose, flow.Ended},
	flow.Choose:    {flow.Choose, flow.Changing, flow.Ended},
	flow.Changing:  {flow.Changing, flow.Choose, flow.Spreading, flow.Ended},
	flow.Spreading: {flow.Spreading, flow.Done},
	flow.Done:      {flow.Done},
	flow.Ended:     {flow.Ended},
}

// FuzzMachine lets any sequence of events happen, two bytes each: which, and how much later. R22: no sequence makes a
// move that is not in the table, none passes the code without the one code that is alive, and none has more codes
// compared than there are tries.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0, 1, 4, 1, 7, 1, 10, 1, 11, 1, 12, 1})
	f.Add([]byte{0, 1, 1, 1, 6, 1, 7, 1, 8, 1, 7, 1, 9, 1})
	f.Add([]byte{2, 1, 4, 1, 3, 1, 3, 1, 3, 1, 3, 1})
	f.Add([]byte{0, 0, 22, 1, 4, 1, 5, 100, 0, 1, 23, 1, 4, 1})
	f.Add([]byte{0, 0, 5, 200, 4, 1, 0, 0, 4, 1, 13, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		r, now := machine.Begin("usagers", "fr", "camille@mail.example", began), began
		wrongs := 0
		for i := 0; i+1 < len(script); i += 2 {
			now = now.Add(time.Duration(script[i+1]) * time.Second)
			e := event(script[i], r, now)
			next, reason := machine.Apply(r, e, now)
			checkMove(t, r, next, e, now)
			if reason == flow.CodeWrong || reason == flow.CodeReplaced || reason == flow.TooManyTries && r.State == flow.Challenge {
				wrongs++
			}
			r = next
		}
		if wrongs > machine.Code.Tries {
			t.Fatalf("%d wrong codes were compared", wrongs)
		}
	})
}

func event(n byte, r flow.Reset, now time.Time) flow.Event {
	lease := now.Add(time.Minute)
	events := []flow.Event{
		flow.Sent{Send: r.Sends, Code: digest("482915")},
		flow.Typed{Code: digest("482915"), Accounts: []flow.Account{bursar, head}, Grant: "g"},
		flow.Sent{Send: r.Sends, Code: code.Decoy()},
		flow.Typed{Code: digest("000000"), Accounts: []flow.Account{camille}, Grant: "g"},
		flow.Typed{Code: digest("482915"), Accounts: []flow.Account{camille}, Grant: "g"},
		flow.Resend{}, flow.Picked{Account: "3"}, flow.Claim{Until: lease},
		flow.Refused{Claim: r.Claims, Reason: flow.RefusedPolicy}, flow.Lost{Claim: r.Claims}, flow.Wrote{Claim: r.Claims, Until: lease},
		flow.Progress{Claim: r.Claims, ServerProgress: flow.ServerProgress{Index: int(n) % 3, Reached: n > 99}},
		flow.Spread{Claim: r.Claims}, flow.Cancel{}, flow.Tick{}, flow.Typed{Grant: "g"}, flow.Picked{}, flow.Refused{Claim: r.Claims, Reason: flow.NotAllowed},
		flow.Overtaken{}, flow.TooRecent{Until: now.Add(time.Hour)}, flow.Wrote{Claim: r.Claims - 1, Until: lease}, flow.Spread{Claim: r.Claims - 1},
		flow.Sent{Send: r.Sends - 1, Code: digest("482915")}, flow.Replaced{Send: r.Sends}, flow.Typed{Code: digest("482915"), Grant: "g"},
		flow.Sent{Send: r.Sends, Code: code.Decoy(), Keep: true}, flow.Extend{},
		flow.Follow{Claim: r.Claims, Until: lease}, flow.Follow{Claim: r.Claims, Until: lease, Anew: true},
		flow.Follow{Claim: r.Claims, Until: now, Gone: true}, flow.Unclaim{},
	}
	return events[int(n)%len(events)]
}

func checkMove(t *testing.T, from, to flow.Reset, e flow.Event, now time.Time) {
	t.Helper()
	if !slices.Contains(moves[from.State], to.State) {
		t.Fatalf("%T moved %s to %s", e, from.State, to.State)
	}
	if !from.State.Verified() && to.State.Verified() {
		typed, ok := e.(flow.Typed)
		if !ok || len(typed.Accounts) == 0 || !bytes.Equal(typed.Code.Sum, from.Code.Sum) || !now.Before(from.CodeDies) {
			t.Fatalf("%T passed the code", e)
		}
	}
	if from.State == flow.Choose && to.State == flow.Changing {
		if _, ok := e.(flow.Claim); !ok || from.Account == "" || !now.Before(from.Deadline) {
			t.Fatalf("%T began a change of account %q", e, from.Account)
		}
	}
	if work, ok := e.(flow.Wrote); ok && work.Claim != from.Claims && to.State == flow.Spreading && from.State == flow.Changing {
		t.Fatal("the outcome of a claim that was given up was taken for the latest one's")
	}
	if from.State.Over() && to.Version != from.Version {
		t.Fatalf("%T changed a reset that was over", e)
	}
}
