package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fixed are the headers that stand on every answer, whatever it is (R25).
var fixed = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
	"Strict-Transport-Security":  "max-age=63072000; includeSubDomains",
	"X-Content-Type-Options":     "nosniff",
	"X-Frame-Options":            "DENY",
	"Referrer-Policy":            "no-referrer",
	"Cross-Origin-Opener-Policy": "same-origin",
}

// whole says what is wrong with an answer, whatever was asked: it is no error of ours (R28), has all headers (R25), and is
// a page, a file, a stream of events, or the way to one of our own pages or to an address of the configuration (R27).
func (r reply) whole(t testing.TB, method string) {
	t.Helper()
	if r.unread() {
		if !strings.HasPrefix(r.body, strconv.Itoa(r.status)) && method != "HEAD" {
			t.Errorf("an unreadable request is answered %d %q", r.status, r.body)
		}
		return
	}
	if r.status >= 500 {
		t.Errorf("answered %d", r.status)
	}
	for name, want := range fixed {
		if got := r.header.Values(name); !slices.Equal(got, []string{want}) {
			t.Errorf("%d has %s: %q", r.status, name, got)
		}
	}
	for name, values := range r.header {
		if len(values) != 1 {
			t.Errorf("%d has %s: %q", r.status, name, values)
		}
	}
	if r.status/100 == 3 {
		r.leads(t)
	} else {
		r.shows(t, method)
	}
}

// leads tells of a redirect to anywhere else.
func (r reply) leads(t testing.TB) {
	t.Helper()
	to := r.header.Get("Location")
	own := strings.HasPrefix(to, "/fr/") || strings.HasPrefix(to, "/en/")
	if !own && !slices.Contains(configured, to) || strings.ContainsAny(to, "\\\r\n") {
		t.Errorf("%d leads to %q", r.status, to)
	}
}

// shows tells of an answer that is none of ours.
func (r reply) shows(t testing.TB, method string) {
	t.Helper()
	kind := r.header.Get("Content-Type")
	keep, want := r.header.Get("Cache-Control"), "no-store"
	switch kind {
	case "text/html; charset=utf-8":
		if method == "HEAD" {
			break
		}
		ends := strings.HasPrefix(r.body, "<!doctype html>\n<html lang=\"") && strings.HasSuffix(r.body, "</html>\n")
		if !ends || strings.Count(r.body, "<script") != 1 {
			t.Errorf("%d is no page: %s", r.status, r.body)
		}
	case "text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml":
		want = "public, max-age=31536000, immutable"
	case "text/event-stream":
	default:
		t.Errorf("%d is %q: %.200q", r.status, kind, r.body)
	}
	if keep != want {
		t.Errorf("%d, %s, has Cache-Control: %s", r.status, kind, keep)
	}
}
