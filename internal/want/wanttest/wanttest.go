// Package wanttest collects what the Check methods of the packages report, for their tests.
package wanttest

import (
	"strings"
	"testing"
)

// Mistakes runs check and returns each mistake as "key: want".
func Mistakes(check func(report func(key, want string))) []string {
	var list []string
	check(func(key, want string) {
		if want != "" {
			list = append(list, key+": "+want)
		}
	})
	return list
}

// Expect fails the test unless check reports exactly one mistake for each of prefixes, in that order, that begins so.
func Expect(t *testing.T, check func(report func(key, want string)), prefixes ...string) {
	t.Helper()
	got := Mistakes(check)
	if len(got) != len(prefixes) {
		t.Fatalf("got %d mistakes, want %d:\n%s", len(got), len(prefixes), strings.Join(got, "\n"))
	}
	for i, p := range prefixes {
		if !strings.HasPrefix(got[i], p) {
			t.Errorf("mistake %d is\n%s\nwant it to begin with\n%s", i, got[i], p)
		}
	}
}
