package web

import (
	"slices"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/desk"
	"ssprd/internal/policy"
)

// DeskFrame is what stands around every page of the helpdesk.
type DeskFrame struct {
	Frame
	Clock          // of the session; zero before somebody is signed in
	Agent   string // who is; empty before
	SignOut string // where its form goes
	Form    string // what the hidden field of every form holds
	Asked   string // the page of requests; empty for an agent who can neither make any nor agree to one
	Waiting int    // how many requests wait for this agent
	Record  string // the page of the record; empty for an agent who may not see it
	Find    string // where the form of the search goes
	Typed   string // what stands in its field
}

// DeskSignInPage asks an agent for their name and password.
type DeskSignInPage struct {
	DeskFrame
	Action string
	Name   string // typed before
	Ended  bool   // a session has just ended by itself
	Reason desk.SignInReason
}

// DeskCodePage asks for the code that was mailed to the agent.
type DeskCodePage struct {
	DeskFrame
	Action string
	Digits int
	Reason desk.SignInReason
}

// DeskSearchPage shows who was found.
type DeskSearchPage struct {
	DeskFrame
	Searched bool // something was looked for
	Short    bool // in fewer letters than find anybody
	Number   bool // it looks like a reference number
	Found    []Found
	Traced   *Traced // by a reference number
}

// Found are the people of one population who were found.
type Found struct {
	Name, Label string // of the population
	People      []FoundPerson
	From        int // the place of the first of them, from 1
	Before      int // where the page before begins, from 0; -1 where there is none
	Next        int // where the next page begins; 0 where there is none
}

// FoundPerson is one of them.
type FoundPerson struct {
	URL, Name, Identifier, Mail string
	Barred, Locked              bool
}

// Traced is a reset that was found by its reference number.
type Traced struct {
	Population string // its label
	Card       string // of its account; empty where nobody was found, or no right code was typed
	Events     []DeskEvent
}

// DeskEvent is one event of the record, as a page tells it.
type DeskEvent struct {
	audit.Event
	Code  string // the event's reason, where it is a code that has a sentence
	Why   string // or a reason of a visitor's page
	Act   desk.Right
	No    desk.Refusal // of an act that was refused
	Label string       // of the population
	Mine  bool         // the agent has done it who looks at it
	By    string       // what the agent is called, where the directory can say
	Card  string       // the page of the account; empty where there is none to see
}

// Read tells whether the event is that the record was read, for which its reason and note are of another kind.
func (e DeskEvent) Read() bool { return e.Event.Event == audit.RecordRead && e.Reason != "" }

// DeskCardPage is one person, and what can be done for them.
type DeskCardPage struct {
	DeskFrame
	Population  string // its label
	Name        string
	Identifier  string
	Mail, Phone []string
	MailChanged time.Time // lately, so that a code is not sent there; zero otherwise

	Barred      string // the code of why no reset can be made; "" where one can
	Held        string // why no code would be of use: a limit's name, or account.closed
	HeldUntil   time.Time
	Locked      bool
	LockedUntil time.Time
	Changed     time.Time
	Expires     time.Time
	Expired     bool
	MustChange  bool
	Operator    bool // an agent of the helpdesk

	Rules      string // the name of the rules
	Own, Added []policy.Finding
	History    int
	OtherRules bool

	Events []DeskEvent
	Acts   []DeskAct
	Reason string // of the act that was asked for last, to be corrected
	Need   bool   // a reason is required
	At     desk.Right
	Why    desk.Refusal // of that act
	Code   string       // of a refusal by the directory
	Done   string       // the act that has just been done
	Enter  string       // the portal's page on which a code is entered
	Once   string       // marks the orders of this page
}

// DeskAct is one act that a role of the agent allows.
type DeskAct struct {
	Act      desk.Right
	Action   string
	Refusal  desk.Refusal // it cannot be done now
	Approval bool         // a second agent has to agree
}

// State is the word for how the account is, the worst first.
func (p DeskCardPage) State() string {
	switch {
	case p.Barred != "":
		return "barred"
	case p.Held != "":
		return "held"
	case p.Locked:
		return "locked"
	case p.MustChange:
		return "must-change"
	case p.Expired:
		return "expired"
	}
	return "good"
}

// OwnLists are the rules of the configuration, what there must be apart from what must not.
func (p DeskCardPage) OwnLists() []RuleList { return allRules(p.Own) }

// AddedLists are those of the directory.
func (p DeskCardPage) AddedLists() []RuleList { return allRules(p.Added) }

func allRules(rules []policy.Finding) []RuleList {
	return ruleLists(rules, func(policy.Finding) bool { return true })
}

// CanAct tells whether something can be done, for which a reason is asked.
func (p DeskCardPage) CanAct() bool {
	return slices.ContainsFunc(p.Acts, func(a DeskAct) bool { return a.Refusal == desk.Allowed })
}

// AtReason tells whether what is wrong is the reason that was typed.
func (p DeskCardPage) AtReason() bool { return p.Why == desk.NoReason }

// DeskDictatePage asks for the checks of a person's identity, before a code is dictated.
type DeskDictatePage struct {
	DeskFrame
	Population, Name, Identifier string
	Action, Back                 string
	Checks                       []DeskCheck
	Reason                       string
	Need                         bool         // a reason is required
	Approval                     bool         // a second agent has to agree
	Refusal                      desk.Refusal // it cannot be done now
	Barred                       string       // the code of why
	Why                          desk.Refusal // of what was sent
	Once                         string       // marks the order of this page
}

// DeskCheck is one check of a person's identity.
type DeskCheck struct {
	Field  string
	Text   string // in the organisation's own words; empty: the built-in one of this field
	Ticked bool
}

// AtReason tells whether what is wrong is the reason that was typed.
func (p DeskDictatePage) AtReason() bool { return p.Why == desk.NoReason }

// DeskDictatedPage shows a code to be read aloud, once.
type DeskDictatedPage struct {
	DeskFrame
	Population, Name, Identifier string
	Portal                       string // the address of the page where the person enters it
	Back                         string
	Groups                       []string // of the code's digits
	Lifetime                     time.Duration
}

// DeskRequestsPage lists what agents ask each other to agree to.
type DeskRequestsPage struct {
	DeskFrame
	Action      string        // where the forms go that answer one
	ForMe, Mine []DeskRequest // the newest of one's own first
	Agrees      bool          // a role of the agent lets them agree
	Done        string        // what the agent has just answered
	Old         bool          // the one that was answered, or carried out, is none any more
	Checks      []string      // the fields by which the checks of a person's identity are ticked, as they were when it was asked
}

// DeskRequest is one of them.
type DeskRequest struct {
	ID                string
	Act               desk.Right
	PopulationName    string
	Population        string // its label
	Name, Card        string // of the person
	Reason, Asker, By string
	Asked, Until      time.Time
	State             desk.RequestState
	CarryOut, Once    string // where the form goes that carries an accepted one out, and its mark
}

// Waits tells whether one of the agent's own requests is still to be answered.
func (p DeskRequestsPage) Waits() bool {
	return slices.ContainsFunc(p.Mine, func(q DeskRequest) bool { return q.State == desk.Waiting })
}

// DeskRecordPage searches the record.
type DeskRecordPage struct {
	DeskFrame
	Action, Export                       string // where the form goes, to be shown the events or to have them as a file
	Population, Kind, Text, Since, Until string // what was looked for
	Populations                          []NamedLabel
	Kinds                                []string // the events that can be looked for
	Searched                             bool
	More                                 bool // there are further events
	Wrong                                bool // a date is none
	Events                               []DeskEvent
}

// NamedLabel is a population to choose.
type NamedLabel struct{ Name, Label string }

// DeskErrorPage answers what went wrong.
type DeskErrorPage struct {
	DeskFrame
	Status    int
	Reference string
	Retry     string
}

// deskPages has one of every type.
var deskPages = []Page{
	DeskSignInPage{}, DeskCodePage{}, DeskSearchPage{}, DeskCardPage{}, DeskDictatePage{}, DeskDictatedPage{}, DeskRequestsPage{},
	DeskRecordPage{}, DeskErrorPage{},
}

func (DeskSignInPage) template() string   { return "helpdesk/signin" }
func (DeskCodePage) template() string     { return "helpdesk/code" }
func (DeskSearchPage) template() string   { return "helpdesk/search" }
func (DeskCardPage) template() string     { return "helpdesk/card" }
func (DeskDictatePage) template() string  { return "helpdesk/dictate" }
func (DeskDictatedPage) template() string { return "helpdesk/dictated" }
func (DeskRequestsPage) template() string { return "helpdesk/requests" }
func (DeskRecordPage) template() string   { return "helpdesk/record" }
func (DeskErrorPage) template() string    { return "helpdesk/error" }

// inGroups cuts a code into groups of three, to be read aloud.
func inGroups(digits string) (groups []string) {
	for ; len(digits) > 3; digits = digits[3:] {
		groups = append(groups, digits[:3])
	}
	return append(groups, digits)
}
