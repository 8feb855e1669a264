package model

import (
	"net/http"
	"testing"
)

// Two who look at the outcome at once, in one session, may both see it: then the session has ended, for both.
func TestTheOutcomeSeenTwice(t *testing.T) {
	one := place{step: done, claims: 1, written: "Falaise-26-Brume"}
	look := act{method: http.MethodGet, lang: "fr", route: routeOf("/done"), atOnce: true}
	shown := told{look, reply{status: http.StatusOK, page: "/done", dropped: true}}

	next, err := at(one).judgeAtOnce([]told{shown, shown})
	left := one
	left.step = nowhere
	if err != nil || len(next) != 1 || !next[left] {
		t.Errorf("seen twice at once, the reset is %s (%v)", next, err)
	}

	alone := look
	alone.atOnce = false
	next, _, err = at(one).judge(alone, shown.reply)
	if err != nil || len(next) != 1 || !next[left] {
		t.Errorf("seen once, the reset is %s (%v)", next, err)
	}
	if next, _, err := next.judge(alone, shown.reply); err == nil {
		t.Errorf("seen once more, the reset is %s", next)
	}
}
