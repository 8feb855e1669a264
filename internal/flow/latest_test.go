package flow

import (
	"log/slog"
	"testing"
	"time"

	"ssprd/internal/code"
	"ssprd/internal/limit"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// replacing is a service, and a function that gives accounts a code of a reset and tells whether it is alive.
func replacing(t *testing.T) func(reset string, accounts ...string) (alive bool) {
	t.Helper()
	s := NewService(Parts{Code: code.Defaults(), Limits: limit.Defaults(), Store: statetest.Guessing(state.NewMemory()), Key: state.NewKey(), Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = s.Close(t.Context()) })
	return func(reset string, ids ...string) bool {
		t.Helper()
		var accounts []Account
		for _, id := range ids {
			accounts = append(accounts, Account{ID: AccountID(id)})
		}
		alive, err := s.replaceFormer(t.Context(), reset, Reset{Deadline: time.Now().Add(time.Hour)}, accounts)
		if err != nil {
			t.Error(err)
		}
		return alive
	}
}

// R11, R68: of the codes of one account the one that comes last is alive, whatever the names of their resets and whatever the
// clocks of the instances that draw them.
func TestLaterCodeLives(t *testing.T) {
	replace := replacing(t)
	for _, reset := range []string{"m", "z", "a", "a", "m"} {
		if !replace(reset, "1") {
			t.Errorf("%s, which came last, is dead", reset)
		}
	}
	if !replace("b", "2", "1") || !replace("a", "1", "2") {
		t.Error("one for several accounts that came last is dead")
	}
}

// R11: two codes have one order, wherever they meet: two resets of several accounts, which come to each of them in another
// order, must not kill each other.
func TestCodesHaveAnOrder(t *testing.T) {
	all := []latest{{}, {sentCode: sentCode{Reset: "a"}, N: 1}, {sentCode: sentCode{Reset: "b"}, N: 1}, {sentCode: sentCode{Reset: "a"}, N: 2}, {sentCode: sentCode{Reset: "c"}, N: 30}}
	for i, l := range all {
		for j, other := range all {
			if l.newerThan(other) != (i > j) {
				t.Errorf("%v newer than %v: %v", l, other, i <= j)
			}
		}
	}
}
