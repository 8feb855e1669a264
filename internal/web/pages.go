package web

import (
	"time"

	"ssprd/internal/flow"
	"ssprd/internal/policy"
)

// Every page has a type; its template, templates/NAME.html, is checked against it by a test. Pages hold words of the
// domain (reasons, rules, numbers); only templates and locales make sentences of them.

// Page is one of the page types below: what Render takes.
type Page interface {
	template() string   // the name of its template, without .html
	standing() Standing // every page has it from its Frame
}

// Frame is what stands around every page.
type Frame struct {
	Standing
	Languages  []LangLink // this page in every language of the portal
	Population string     // the label of the population this is about; empty before one was chosen
	Step       int        // 1 to Steps; 0 on a page that is not a step
	Error      bool       // the page tells of a mistake: its title says so first (WCAG 2.4.2)
}

// Standing is the part of a frame that is the same on every page in a language, which a Renderer makes use of.
type Standing struct {
	Lang          string // of the page
	Home          string // the address of the first page
	Portal        string // the portal's name
	Organisation  string
	Help          *Help // how to reach the support, the same one on all pages; nil if the configuration names none
	LegalURL      string
	Accessibility string // none | partial | full
	AccessibleURL string // the accessibility page
	Demo          string // the address of the demo's mailbox; empty in production
	Elsewhere     bool   // the page is shown under another host's name: its links are whole addresses
}

// Steps is how many steps a reset has for the person: address, code, password, waiting.
const Steps = 4

// LangLink is the page in another language.
type LangLink struct {
	Lang    string // a BCP 47 tag
	Name    string // of the language, in itself
	URL     string
	Current bool
}

// Help is the support population, at the same place on every page (WCAG 3.2.6).
type Help struct {
	URL   string // its page here
	Text  string
	Phone string
	Mail  string
	Site  string // its own site
}

// PopulationsPage asks who the person is.
type PopulationsPage struct {
	Frame
	Choices []Choice
}

// Choice is one population.
type Choice struct {
	Label string
	Hint  string
	URL   string
	Away  bool // it leads to another site
	Quiet bool // it is the support
}

// SupportPage is the card of a population that has no reset: whom to call.
type SupportPage struct {
	Frame
	Card Help
}

// AddressPage asks for what names the person.
type AddressPage struct {
	Frame
	Action     string // where the form goes
	Typed      string // what was typed before, to be corrected
	Identifier bool   // an identifier will do as well as a mail address
	Assisted   string // the page for who has a code of the helpdesk; empty where it has none for anybody
	Reason     flow.Reason
}

// AssistedPage asks for a code that the helpdesk has given, and for whose it is.
type AssistedPage struct {
	Frame
	Action, Back string // where the form goes, and the page for who has none
	Typed        string // the address or identifier that was typed before
	Identifier   bool   // an identifier will do as well as a mail address
	Digits       int
	Lifetime     time.Duration // of a code
	Reason       flow.Reason
}

// CodePage asks for the security code.
type CodePage struct {
	Frame
	Action, Resend, Cancel string // where the forms go
	Form                   string // what their hidden field holds
	Typed                  string // the address as typed
	Sender                 string // whom the mail is from
	Digits                 int
	Lifetime               time.Duration // of a code
	Left                   time.Duration // of this code
	TriesLeft              int           // said when a code was wrong
	Resent                 bool          // a new code has just been asked for
	Wait                   time.Duration // before another can be asked for (ResendSoon)
	Reference              string        // by which the helpdesk finds out what came of it
	Reason                 flow.Reason
}

// PickPage asks which of several accounts behind one mailbox is meant.
type PickPage struct {
	Frame
	Clock
	Action, Cancel string
	Form           string
	Accounts       []PickAccount
	Reason         flow.Reason
}

// PickAccount is one of them.
type PickAccount struct {
	Number     int    // from 1: the value of its radio button
	Identifier string // masked
	Name       string // masked
}

// Clock is how long a page can still be used, which is shown and can be extended (WCAG 2.2.1).
type Clock struct {
	Left   time.Duration
	Extend string // where the form goes that gives more time; empty where there is no more to have
}

// PasswordPage asks for the new password.
type PasswordPage struct {
	Frame
	Clock
	Action, Cancel string
	Form           string
	Identifier     string // masked, shown
	Name           string // masked; of one among several accounts behind one mailbox
	Username       string // for password managers (autocomplete=username)
	Rules          []policy.Finding
	Judged         bool // the findings judge what was submitted; else they only list the rules
	Live           bool // or what is still being typed
	History        int  // how many former passwords the directory refuses, which only it can judge
	OtherRules     bool // the directory may have more, which only it knows
	Reason         flow.Reason
	Scored         bool     // Strength tells how strong what was typed is
	Strength       int      // 0 to 4, as zxcvbn scores
	Keyboards      bool     // the judged password has a sign that not every keyboard has
	Suggestions    []string // passwords made for the person; may be none
	Check          string   // the address of the live check, which answers with the fragment "verdict"
}

// WaitPage shows how far the change is.
type WaitPage struct {
	Frame
	Refresh string // the address that answers once something has moved: the button's, without JavaScript
	Events  string // the address of the event stream
	Next    string // where to go when it is over
	Stages  []Stage
	Percent int
	Over    bool // there is nothing more to wait for
}

// Stage is one line of the waiting page.
type Stage struct {
	Kind  StageKind
	Label string // of a StageServer: the administrator's label, or empty
	N     int    // of a StageServer without a label: its number, from 1
	State StageState
	After time.Duration // how long it took, once done
}

// StageKind says what is being done.
type StageKind string

// The stages, in order.
const (
	StageCheck  StageKind = "check"  // the password was checked
	StageWrite  StageKind = "write"  // it is written to the directory
	StageServer StageKind = "server" // it arrives on one server
)

// StageState says how far.
type StageState string

// How far a stage is.
const (
	StageTodo StageState = "todo"
	StageNow  StageState = "now"
	StageSlow StageState = "slow" // still waited for, and late
	StageDone StageState = "done"
	StageLate StageState = "late" // not waited for any longer
)

// DonePage says that the password was changed.
type DonePage struct {
	Frame
	Identifier string    // masked
	Mail       string    // masked; empty if the account has none
	At         time.Time // when it was changed, in the time zone of the process; may be zero
	Continue   string    // the sign-in page
	MustChange bool      // the directory asks for another change at the sign-in
	Locked     bool      // the account does not open yet, after wrong passwords
	Late       []Stage   // servers that do not have the change yet
}

// EndedPage says that a reset is over without a change that we know of.
type EndedPage struct {
	Frame
	Reason  flow.Reason
	From    time.Time // of RefusedTooYoung: when another change will be taken, in the time zone of the process; may be zero
	Again   string    // the address to begin again; empty where that would not help
	Support bool      // only the support can go on: whom to call stands on the page

	Continue string // the sign-in page, where one of the two passwords is good; may be empty

	Reference string // by which the helpdesk finds out what came of it
}

// ErrorPage answers what went wrong on our side, or a request that no page of ours makes.
type ErrorPage struct {
	Frame
	Status    int
	Reference string // the number under which the log has the cause; empty where the visitor is the cause
	Retry     string // where to go on once what is away is back; empty where that is not the cause
}

// AccessibilityPage is the statement that the law asks for (law 2005-102, article 47), in the form that RGAA gives it. The
// status is the frame's, as every page tells it.
type AccessibilityPage struct {
	Frame
	URL                        string // the portal's public address
	Contact, ContactURL        string // a mail address, a form; may be empty
	Scheme, Plan               string // addresses of the multi-year scheme and the year's plan; may be empty
	Declared, Updated          time.Time
	Audit                      *Audit // nil if none is named
	Faults, Exemptions         []string
	Excluded                   []string
	Environments, Tools, Pages []string
}

// Audit is what a statement rests on.
type Audit struct {
	By   string
	On   time.Time
	Rate float64 // percent of the criteria
}

// Because is the word for why the portal does not conform to all criteria; "" where nothing is known of it.
func (p AccessibilityPage) Because() string {
	switch {
	case p.Accessibility == "full":
		return ""
	case p.Audit == nil && p.Accessibility != "partial":
		return "no-audit"
	case len(p.Faults) > 0 && len(p.Exemptions) > 0:
		return "both"
	case len(p.Faults) > 0:
		return "faults"
	case len(p.Exemptions) > 0:
		return "exemptions"
	case p.Accessibility != "partial":
		return "few"
	}
	return ""
}

// NoFaults is the word for a statement that lists no fault: whether there are none, or they are not known.
func (p AccessibilityPage) NoFaults() string {
	switch {
	case p.Accessibility == "full":
		return "none"
	case p.Audit == nil:
		return "unknown"
	}
	return "unlisted"
}

// pages has one of every type, so that the start can find the template of each.
var pages = []Page{
	PopulationsPage{}, SupportPage{}, AddressPage{}, AssistedPage{}, CodePage{}, PickPage{}, PasswordPage{}, WaitPage{}, DonePage{},
	EndedPage{}, ErrorPage{}, AccessibilityPage{},
}

func (s Standing) standing() Standing { return s }

func (PopulationsPage) template() string   { return "populations" }
func (SupportPage) template() string       { return "support" }
func (AddressPage) template() string       { return "address" }
func (AssistedPage) template() string      { return "assisted" }
func (CodePage) template() string          { return "code" }
func (PickPage) template() string          { return "pick" }
func (PasswordPage) template() string      { return "password" }
func (WaitPage) template() string          { return "wait" }
func (DonePage) template() string          { return "done" }
func (EndedPage) template() string         { return "ended" }
func (ErrorPage) template() string         { return "error" }
func (AccessibilityPage) template() string { return "accessibility" }
