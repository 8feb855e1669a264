package audit

// The events. docs/audit.md tells administrators what each means; a test holds the two together.
const (
	Started    = "reset.started"    // an address was typed
	CodeSent   = "code.sent"        // a code is about to be mailed
	Issued     = "code.issued"      // the helpdesk has a code for somebody, to be dictated or mailed
	Nobody     = "code.nobody"      // what was typed names nobody who may be reset here: no code is sent
	Withheld   = "code.withheld"    // a limit of the account keeps its code from being sent; the page says nothing of it
	Typed      = "code.typed"       // a code is about to be compared; one of the next three tells what came of it
	Accepted   = "code.accepted"    // the right code was typed; what follows is the account's own
	Rejected   = "code.rejected"    // a wrong code was typed
	Exhausted  = "code.exhausted"   // as many wrong codes as a reset allows: it is over
	Picked     = "account.picked"   // one of several accounts was picked
	Extended   = "reset.extended"   // more time was asked for to choose
	Cancelled  = "reset.cancelled"  // by the person
	Overtaken  = "reset.overtaken"  // another reset of the account has gone on to a change
	Writing    = "password.writing" // the change is about to be sent to the directory
	Changed    = "password.changed" // the directory has committed it
	Refused    = "password.refused" // the directory, or the entry's state, has refused it
	Unknown    = "password.unknown" // nobody can say whether it was made
	Failed     = "password.failed"  // no server could be asked; nothing was changed
	NoticeLost = "notice.lost"      // the owner is not told of a change, for there is no room for the mail
	Limited    = "limit.reached"    // a limit keeps somebody waiting; once in the limit's time, however often they come
	Guessing   = "guessing.suspected"
	Closed     = "account.closed"   // a hundred wrong codes in a row: no code is sent for it until it is reopened
	Reopened   = "account.reopened" // by an administrator

	AgentTyped    = "agent.typed"   // a name and a password of an agent are about to be tried
	AgentDenied   = "agent.denied"  // they were wrong, or the agent has no role
	AgentRight    = "agent.right"   // the password was right; a code is mailed to the agent
	AgentSignedIn = "agent.entered" // the agent is let in
	AgentLeft     = "agent.left"    // signed out, or has no role any more
	Searched      = "desk.searched" // an agent looks for people
	Viewed        = "desk.viewed"   // an agent looks at a card
	RecordRead    = "desk.read"     // an agent searches or exports this record
	Asked         = "desk.asked"    // an agent asks another one to agree to an act
	Agreed        = "desk.agreed"   // and they do
	Declined      = "desk.declined" // or do not
	Acted         = "desk.acted"    // an agent is about to do something for a person
	ActRefused    = "desk.refused"  // what an agent asked for is not done
)

// Events lists them, in the order in which a reset meets them.
func Events() []string {
	return []string{Started, CodeSent, Issued, Nobody, Withheld, Typed, Accepted, Rejected, Exhausted, Picked, Extended, Cancelled, Overtaken, Writing,
		Changed, Refused, Unknown, Failed, NoticeLost, Limited, Guessing, Closed, Reopened,
		AgentTyped, AgentDenied, AgentRight, AgentSignedIn, AgentLeft, Searched, Viewed, RecordRead, Asked, Agreed, Declined, Acted, ActRefused}
}
