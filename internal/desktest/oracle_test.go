package desktest

import "slices"

// The rights, as the configuration has them. What can be done for a person is send, unlock and dictate.
const (
	view    = "view"
	send    = "send-code"
	unlock  = "unlock"
	dictate = "dictate-code"
	approve = "approve"
	record  = "audit"
)

var acts = []string{send, unlock, dictate}

// group is one of the helpdesk's, of which each population has its own.
type group struct {
	name string
	may  []string
}

var groups = []group{
	{"viewers", []string{view}},
	{"senders", []string{view, send}},
	{"unlockers", []string{view, unlock}},
	{"dictators", []string{view, dictate}},
	{"all", []string{view, send, unlock, dictate, record}},
	{"approvers", []string{approve}},
	{"leaders", []string{view, send, unlock, dictate, approve, record}},
}

// role is what an agent is a member of: groups of the population in question, and of another one.
type role struct {
	name            string
	here, elsewhere []string
}

var roles = []role{
	{"none", nil, nil},
	{"view", []string{"viewers"}, nil},
	{"view and send-code", []string{"senders"}, nil},
	{"view and unlock", []string{"unlockers"}, nil},
	{"view and dictate-code", []string{"dictators"}, nil},
	{"all", []string{"all"}, nil},
	{"all, and approve elsewhere", []string{"all"}, []string{"approvers"}},
	{"everything elsewhere", nil, []string{"leaders"}},
	{"everything", []string{"leaders"}, nil},
}

// rights are those that groups give.
func rights(of []string) (may []string) {
	for _, g := range groups {
		if slices.Contains(of, g.name) {
			may = append(may, g.may...)
		}
	}
	return may
}

// What comes of what is asked for: done, asked of a second agent, or why not.
const (
	done      = "done"
	asked     = "asked"
	noRight   = "no-right"
	forbidden = "forbidden" // a page of its own: the agent may not even see the person
	nobody    = "nobody"
)

// reached are the kinds of targets that there are in the population, and what comes of each act of an agent who may do all; where a
// second agent has to agree to a dictated code, what is done here is asked.
var reached = map[string]map[string]string{
	"ordinary":      {send: done, unlock: "not-locked", dictate: done},
	"locked":        {send: done, unlock: done, dictate: done},
	"disabled":      {send: "barred", unlock: "barred", dictate: "barred"},
	"protected":     {send: "barred", unlock: "barred", dictate: "barred"},
	"without mail":  {send: "no-address", unlock: "not-locked", dictate: asked}, // nobody would be told
	"oneself":       {send: "self", unlock: "self", dictate: "self"},
	"one's other":   {send: "self", unlock: "self", dictate: "self"}, // an account whose codes go to the agent's mailbox
	"another agent": {send: asked, unlock: asked, dictate: asked},
}

// Of these nothing is to be had, by whatever name.
const (
	stranger   = "of another population"
	outsider   = "outside the base"
	unfiltered = "outside the filter"
	forged     = "a forged id"
)

// targets are all kinds.
var targets = []string{
	"ordinary", "locked", "disabled", "protected", "without mail", "oneself", "one's other", "another agent", stranger, outsider, unfiltered, forged,
}

// outcome is what is to come of an act, or of a look at the card, in a population where the agent has these rights.
func outcome(may []string, act, target string, approval bool) string {
	allowed, known := reached[target]
	switch {
	case !slices.Contains(may, view):
		return forbidden
	case act == view && known:
		return done
	case act != view && !slices.Contains(may, act):
		return noRight
	case !known:
		return nobody
	case act == dictate && approval && allowed[act] == done:
		return asked
	}
	return allowed[act]
}

// answered is what is to come of an answer to what somebody else has asked for.
func answered(may []string, target string) string {
	if !slices.Contains(may, approve) || target == "oneself" || target == "one's other" {
		return forbidden
	}
	return done
}
