package locale

import "slices"

// codes are the words by which the log and the record name why a directory, or the state of an entry, made no change
// (Code of flow.RefusedError). The helpdesk is told a sentence for each: what it means, and what to do.
var codes = []string{
	// The account.
	"DISABLED", "EXPIRED", "PROTECTED", "PRIVILEGED", "SMARTCARD_ONLY", "LOCKED_BY_ADMINISTRATOR", "UNREADABLE", "GONE", "WRONG_KIND",
	"NO_PASSWORD_HERE",
	// The password.
	"PWD_POLICY", "PWD_TOO_SHORT", "PWD_TOO_LONG", "PWD_QUALITY", "PWD_IN_HISTORY", "PWD_TOO_YOUNG",
	// The service account's rights, and settings of the directory or of the portal.
	"NO_RIGHT", "PWD_SAFE_MODIFY", "PWD_MOD_NOT_ALLOWED", "CHANGE_AFTER_RESET", "CONFIG_TLS", "CONFIG_SIGNING", "NO_POLICY_HINTS", "NO_UNLOCK", "READ_ONLY",
	// The directory.
	"COLLISION", "UNWILLING", "DIRECTORY_ERROR", "UNKNOWN_OUTCOME",
}

// Codes lists the codes for which there is a sentence.
func Codes() []string { return slices.Clone(codes) }

// Code tells the helpdesk what a code of the log means, and what to do.
func (l *Locale) Code(code string) (string, error) { return l.Word("code", code) }
