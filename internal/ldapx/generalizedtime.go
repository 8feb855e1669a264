package ldapx

import "time"

// generalizedTime reads a time as most directories write it (RFC 4517 section 3.3.13), in UTC and with or without
// fractions of a second; false for what is none.
func generalizedTime(value string) (time.Time, bool) {
	for _, layout := range []string{"20060102150405Z", "20060102150405.999999999Z"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (e entry) time(attribute string) (time.Time, bool) { return generalizedTime(e.text(attribute)) }

func (e entry) isTrue(attribute string) bool {
	switch e.text(attribute) {
	case "TRUE", "true", "on", "1":
		return true
	}
	return false
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
