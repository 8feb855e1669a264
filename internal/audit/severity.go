package audit

// The facility and the severities of RFC 5424, section 6.2.1.
const (
	authpriv      = 10
	alert         = 1 // somebody has to look, now
	failure       = 3 // "error": something does not work
	warning       = 4
	notice        = 5 // what changes something for a person
	informational = 6
)

// severities are those of events that are more than informational.
var severities = map[string]int{
	Guessing: alert, Closed: alert,
	Unknown: failure, Failed: failure, NoticeLost: failure,
	Withheld: warning, Rejected: warning, Exhausted: warning, Refused: warning, Limited: warning, AgentDenied: warning, ActRefused: warning,
	Changed: notice, Reopened: notice, Issued: notice, Acted: notice, Agreed: notice, Declined: notice, AgentSignedIn: notice, RecordRead: notice,
}

func severity(event string) int {
	if s, more := severities[event]; more {
		return s
	}
	return informational
}
