// Package want says what a setting should have been. Each function judges one value of the configuration and returns
// the empty string where it is fine, else the rest of the sentence that begins with the setting's path:
//
//	code.digits: 11: wanted 6 to 10
//
// A Check method of a Config passes each answer to its report function, the empty ones too: they are no mistakes. The
// sentences are for administrators; visitors never read them.
package want

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// longest bounds how many characters of a wrong value are repeated, so that a file pasted into a setting stays readable.
const longest = 200

// Got says what was wanted instead of value, or in its place if it is empty.
func Got(value, wanted string) string {
	if value == "" {
		return "missing: wanted " + wanted
	}
	if r := []rune(value); len(r) > longest {
		value = string(r[:longest]) + "…"
	}
	return fmt.Sprintf("%q: wanted %s", value, wanted)
}

// OneOf wants one of words.
func OneOf(value string, words ...string) string {
	if slices.Contains(words, value) {
		return ""
	}
	return Got(value, either(words))
}

// either lists at least two words: a, b or c.
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Between wants low to high, both allowed.
func Between[T cmp.Ordered](value, low, high T) string {
	if value >= low && value <= high {
		return ""
	}
	return fmt.Sprintf("%s: wanted %s to %s", plain(value), plain(low), plain(high))
}

// plain prints a duration as people write it: 24h, not 24h0m0s.
func plain(v any) string {
	d, ok := v.(time.Duration)
	if !ok {
		return fmt.Sprint(v)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Unique reports each name that an earlier element of a list has already, or that is missing; what names the kind of
// element, as in "directory".
func Unique(names []string, what string, report func(i int, want string)) {
	for i, n := range names {
		switch {
		case n == "":
			report(i, "missing: wanted a name for this "+what)
		case slices.Index(names, n) < i:
			report(i, fmt.Sprintf("%q: another %s has this name already", n, what))
		}
	}
}
