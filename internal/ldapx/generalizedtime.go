package ldapx

import (
	"strings"
	"time"
)

// generalizedTime reads a time as a directory may write it (RFC 4517 section 3.3.13): minutes, seconds and fractions may
// lack, and it may be in UTC or with an offset. False for what is none.
func generalizedTime(value string) (time.Time, bool) {
	if len(value) < len("2006010215Z") { // most of all the attribute that an entry does not have
		return time.Time{}, false
	}
	for _, layout := range []string{"20060102150405", "200601021504", "2006010215"} {
		for _, zone := range []string{"Z", "-0700", "-07"} {
			if t, err := time.Parse(layout+zone, value); err == nil {
				return t, true
			}
			if t, err := time.Parse(layout+".999999999"+zone, value); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

func (e entry) time(attribute string) (time.Time, bool) { return generalizedTime(e.text(attribute)) }

// isTrue reads a boolean of a schema (RFC 4517 section 3.3.3) or a switch of a server's configuration.
func (e entry) isTrue(attribute string) bool {
	switch strings.ToLower(e.text(attribute)) {
	case "true", "on", "1":
		return true
	}
	return false
}

// longestSpan is longer than anybody could be asked to wait for a change of their password.
const longestSpan = 3 * 365 * 24 * time.Hour

// seconds reads a time span in seconds; what is none, or is out of reason, reads as 0.
func (e entry) seconds(attribute string) time.Duration {
	n, ok := e.integer(attribute)
	if !ok || n < 0 || n > int64(longestSpan/time.Second) {
		return 0
	}
	return time.Duration(n) * time.Second
}

// count reads a number of an attribute that has none below zero; what is none, or out of reason, reads as 0.
func (e entry) count(attribute string) int {
	n, ok := e.integer(attribute)
	if !ok || n < 0 || n > largestCount {
		return 0
	}
	return int(n)
}

// largestCount is more than any length that is asked of a password.
const largestCount = 1 << 20
