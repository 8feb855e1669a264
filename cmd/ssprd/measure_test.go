package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ssprd/internal/metrics"
)

// measured is what /metrics of the operations' listener tells.
func (p *program) measured(t *testing.T) string {
	t.Helper()
	answer, text := get(t, http.DefaultClient, "http://"+p.operations+"/metrics")
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("/metrics: %s %s", answer.Status, answer.Header.Get("Content-Type"))
	}
	return text
}

// Whoever may see /metrics sees a complete reset in it, and nobody's name (R18, R57); after a reload it goes on (R75), with what
// the new configuration names.
func TestMetrics(t *testing.T) {
	p := startProgram(t)
	const address = "karim.haddad@mail.example"
	b := newBrowser(p.URL)
	b.do(t, http.MethodPost, "/fr/p/usagers", url.Values{"address": {address}})
	p.finish(t, b, address)
	newBrowser(p.Helpdesk).signIn(t, p)
	wants := func(lines ...string) {
		t.Helper()
		for _, line := range lines { // a mail's end is counted after it has arrived
			is := regexp.MustCompile(`(?m)^` + line + `$`)
			await(t, line, func() bool { return is.MatchString(p.measured(t)) })
		}
	}
	once := []string{
		`ssprd_resets_total\{population="usagers",outcome="changed"\} 1`,
		`ssprd_events_total\{population="usagers",event="code\.sent"\} 1`,
		`ssprd_events_total\{population="",event="agent\.entered"\} 1`,
		`ssprd_ldap_duration_seconds_count\{directory="region",server="ldaps://127\.0\.0\.1:\d+",operation="write"\} 1`,
		`ssprd_ldap_duration_seconds_count\{directory="region",server="ldaps://127\.0\.0\.1:\d+",operation="search"\} [1-9]\d*`,
		`ssprd_ldap_errors_total\{directory="region",server="ldaps://127\.0\.0\.1:\d+",operation="write"\} 0`,
		`ssprd_mails_total\{kind="code",outcome="sent"\} 1`,
		`ssprd_mails_total\{kind="changed",outcome="sent"\} 1`,
		`ssprd_smtp_duration_seconds_count\{server="127\.0\.0\.1:\d+"\} [3-9]`,
		`ssprd_state_duration_seconds_count\{operation="update"\} [1-9]\d+`,
		`ssprd_state_errors_total\{operation="update"\} 0`,
		`ssprd_ready\{part="directory region"\} 1`,
		`ssprd_mail_queue_messages 0`, `ssprd_changes_running 0`, `ssprd_changes_followed 0`, `ssprd_searches_waiting\{population="usagers"\} 0`,
	}
	wants(once...)
	text := p.measured(t)
	for _, secret := range []string{"@", "karim", "haddad", "Haddad", "amartin", "Martin", b.form} {
		if strings.Contains(text, secret) {
			t.Errorf("/metrics has %q", secret)
		}
	}
	for _, f := range metrics.Families() {
		if !strings.Contains(text, "\n# TYPE "+f.Name+" "+f.Kind+"\n") {
			t.Errorf("%s is not told", f.Name)
		}
	}
	for _, public := range []string{p.URL, p.Helpdesk} { // R61
		if answer, _ := get(t, http.DefaultClient, public+"/metrics"); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s/metrics is answered %s", public, answer.Status)
		}
	}
	added := "populations:\n  - {name: invites, label: Invités, reset: {directory: region, base: \"ou=usagers,dc=region,dc=example\", " +
		"filter: (objectClass=person), find_by: [mail], mail: [mail], identifier: uid, rules: standard}}"
	if said := p.configure(t, "\npopulations:", "\n"+added); !strings.Contains(said, reloaded) {
		t.Fatalf("%s", said)
	}
	wants(once...)
	wants(`ssprd_resets_total\{population="invites",outcome="changed"\} 0`, `ssprd_searches_waiting\{population="invites"\} 0`)
}
