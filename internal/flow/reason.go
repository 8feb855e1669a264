package flow

// Reason is why something did not go on as the person asked: a word, of which templates and locales make a sentence.
// It is safe to show: no reason tells whether an account exists before the code was right.
type Reason string

// None is the reason of what went well.
const None Reason = ""

// Reasons at the code.
const (
	CodeWrong     Reason = "code-wrong"      // counted
	CodeEmpty     Reason = "code-empty"      // nothing was typed; not counted
	CodeShort     Reason = "code-short"      // fewer digits than a code has; not counted
	CodeLong      Reason = "code-long"       // more digits; not counted
	CodeNotDigits Reason = "code-not-digits" // something else than digits; not counted
	CodeReplaced  Reason = "code-replaced"   // right once, before a newer one was sent; counted
	CodeExpired   Reason = "code-expired"    // right or wrong: a new one can be asked for
	AssistedWrong Reason = "assisted-wrong"  // of a code of the helpdesk: it is not good, or not any more, for whoever the name names
	ResendSoon    Reason = "resend-soon"     // the pause between two sends has not passed
	ResendOften   Reason = "resend-often"    // no further code for this reset
)

// Reasons at the start, and at any step.
const (
	AddressEmpty     Reason = "address-empty"     // nothing was typed, or something that nobody could be called
	AddressMalformed Reason = "address-malformed" // it cannot be a mail address, whoever's it is meant to be
	Busy             Reason = "busy"              // too much to do at once; the same for everybody
	Limited          Reason = "limited"           // a limit of this client or population was reached
	OutOfOrder       Reason = "out-of-order"      // the step asked for is not the one the reset is at
	NotAnAccount     Reason = "not-an-account"
)

// Reasons at the new password. Those that begin with "refused" come from the directory.
const (
	PasswordWeak     Reason = "password-weak"     // it breaks rules; the findings name them
	PasswordDiffers  Reason = "password-differs"  // the confirmation is another text
	PasswordEmpty    Reason = "password-empty"    //
	PasswordUnusable Reason = "password-unusable" // it holds a control character, or is no UTF-8
	RefusedPolicy    Reason = "refused-policy"    // a rule of the directory, which it did not name
	RefusedShort     Reason = "refused-short"     //
	RefusedLong      Reason = "refused-long"      //
	RefusedQuality   Reason = "refused-quality"   // not complex enough, or found in a list
	RefusedHistory   Reason = "refused-history"   // used before
	WriteInterrupted Reason = "write-interrupted" // the change may or may not have begun; it can be asked for again
	NotBegun         Reason = "not-begun"         // the portal itself could not begin the change: its record or state is away; nothing was changed
	Unavailable      Reason = "unavailable"       // no server could be asked; nothing was changed
)

// Reasons why a reset has ended without a change, or without our knowing of one.
const (
	Cancelled       Reason = "cancelled"
	Expired         Reason = "expired"
	TooManyTries    Reason = "too-many-tries"
	TooManyRefusals Reason = "too-many-refusals"
	RefusedTooYoung Reason = "refused-too-young" // the last change is too recent for the directory to take another one (Reset.Again)
	NotAllowed      Reason = "not-allowed"       // this account cannot be reset here: no right, protected, disabled, gone
	Superseded      Reason = "superseded"        // another reset of the same account has gone on to a change (R11)
	Gone            Reason = "gone"              // of a reset that is kept no longer: how it ended nobody knows here
	CannotTell      Reason = "cannot-tell"       // a change was sent, and nobody can say whether it was made
)

// MayRetry tells whether the person, after this refusal, can choose another password with the same code.
func (r Reason) MayRetry() bool { return r != NotAllowed && r != CannotTell && r != RefusedTooYoung }
