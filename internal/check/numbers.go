package check

import (
	"fmt"

	"ssprd/internal/ldapx"
)

// atLeast is a number of people, of whom there may be more.
func atLeast(n int, cut ldapx.Cut) string {
	if cut == "" {
		return peopleIn(n)
	}
	return "at least " + peopleIn(n) + " (not all were counted: " + whyCut(cut) + ")"
}

func peopleIn(n int) string { return howMany(n, "person", "people") }

// howMany is a number of things, in words for one and for several.
func howMany(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

func whyCut(cut ldapx.Cut) string {
	switch cut {
	case ldapx.CutByNumber:
		return "these are enough for a check"
	case ldapx.CutByTime:
		return "it took too long"
	}
	return "the server gives bind_dn no more at a time"
}

// shareOf is a part of a whole, with its percentage.
func shareOf(n, of int) string {
	if n == of || of == 0 {
		return fmt.Sprintf("%d of %d", n, of)
	}
	percent := min(99, n*100/of)
	if percent == 0 {
		return fmt.Sprintf("%d of %d (less than 1 %%)", n, of)
	}
	return fmt.Sprintf("%d of %d (%d %%)", n, of, percent)
}
