package flow

import (
	"time"

	"ssprd/internal/code"
	"ssprd/internal/reference"
)

// Mailer takes messages for delivery.
type Mailer interface {
	// Enqueue takes the message and returns at once; delivery is tried until m.Until. It returns an error only when
	// there is no room for one more. One to nobody is written and goes nowhere.
	Enqueue(m Mail) error
}

// MailKind says which message it is.
type MailKind string

// The messages.
const (
	CodeMail    MailKind = "code"    // a security code was asked for
	HeldMail    MailKind = "held"    // a code was asked for and not sent, for too many wrong ones had been typed
	ChangedMail MailKind = "changed" // the password was changed

	AssistedMail MailKind = "assisted" // a code of the helpdesk (Service.Redeem)
	HelpedMail   MailKind = "helped"   // what the helpdesk has done for somebody
	AgentMail    MailKind = "agent"    // the code of an agent who signs in to the helpdesk
)

// HelpedActs are what a HelpedMail can tell of: the words of Mail.Act.
func HelpedActs() []string { return []string{"send-code", "unlock", "dictate-code"} }

// Mail is one message to one address, which came from the directory, never from a form.
type Mail struct {
	Kind       MailKind
	To         string
	Nobody     bool // there is nobody to write to: it is for the work alone
	Lang       string
	Population string
	Code       code.Code     // of a CodeMail, an AssistedMail or an AgentMail
	Lifetime   time.Duration // of the code, as the message tells it
	Act        string        // of a HelpedMail: what was done
	At         time.Time     // when it was asked for, or done
	Again      time.Time     // of a HeldMail: when a code can be asked for; zero: only once an administrator has reopened the account
	Until      time.Time     // after this the message is worth nothing and is dropped
	Cause      reference.Cause
}
