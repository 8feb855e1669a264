package attack

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
)

// Setting is what a site is like.
type Setting struct {
	People  int                  // besides those of every directory
	Slapd   dirtest.SlapdOptions // of the directory
	More    string               // further YAML of the configuration
	Proxies string               // server.trusted_proxies: CIDRs with commas between them
	Timeout string               // of the directory; 2s if empty
	Desk    bool                 // there is a helpdesk too
}

// Site is a portal, the program itself, and what is around it.
type Site struct {
	t       testing.TB // of the attack that is going on
	Slapd   *dirtest.Slapd
	Sink    *mailtest.Sink
	Portal  *portaltest.Portal
	Address string         // HOST:PORT
	Origin  string         // as a browser knows the portal: behind a proxy that does TLS
	Desk    string         // HOST:PORT of the helpdesk
	ldap    *dirtest.Relay // between the portal and its directory

	files   []string // that the portal writes
	people  int      // used so far
	all     int      // there are
	unknown int
	clients int
	agents  int // of the helpdesk, made so far, and members of the other population
	known   record
}

// Open starts a portal with a directory and a mail server. They end with the test.
func Open(t *testing.T, o Setting) *Site {
	t.Helper()
	o.Slapd.Extra = o.People
	s := &Site{t: t, all: o.People, Slapd: dirtest.StartSlapd(t, o.Slapd), Sink: mailtest.Start(t),
		Address: portaltest.FreeAddress(t)}
	s.ldap = dirtest.StartRelay(t, s.Slapd.URL)
	behind := *s.Slapd
	behind.URL = s.ldap.URL()
	s.Origin = "https://" + s.Address
	if o.Desk {
		s.Desk = portaltest.FreeAddress(t)
		s.furnish()
		o.More += s.deskConfig()
	}
	dir := t.TempDir()
	region := portaltest.Region{Slapd: &behind, Mail: s.Sink, Address: s.Address, More: o.More, Wait: "5s",
		Origin: s.Origin, Proxies: o.Proxies, Timeout: o.Timeout, Audit: filepath.Join(dir, "audit.jsonl")}
	s.files = []string{filepath.Join(dir, "state.db"), region.Audit}
	region.State = "file:" + s.files[0]
	var log testing.TB = t
	if Full() {
		log = quiet{t}
	}
	s.Portal = portaltest.Serve(log, region.URL(), region.Config(t))
	if password, err := s.Slapd.ServicePassword(); err == nil {
		s.keepSecret("bind password", password)
	}
	return s
}

// quiet keeps a portal from showing its log where lines are to be read.
type quiet struct{ testing.TB }

func (quiet) Failed() bool { return false }

// Person is somebody whom no attack has used yet. Two changes of one entry within a second collide in slapd's history,
// and what was spent of a limit stays spent.
func (s *Site) Person() dirtest.Person {
	s.t.Helper()
	s.people++
	if s.people > s.all {
		s.t.Fatalf("there are not enough people: %d", s.all)
	}
	return dirtest.Extra(s.people)
}

// Nobody is an address that nobody has.
func (s *Site) Nobody() string {
	s.unknown++
	return fmt.Sprintf("q%05d@exemple.fr", s.unknown)
}

// client is an address of the loopback network that no browser has yet, in a /24 of its own.
func (s *Site) client() string {
	s.clients++
	return fmt.Sprintf("127.%d.%d.1", 1+s.clients/250%250, s.clients%250)
}

func (s *Site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// await waits until something is there.
func (s *Site) await(what string, there func() bool) {
	s.t.Helper()
	deadline := time.After(child.Patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !there() {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// pause lets time pass until a moment: what is waited for is the portal's clock, not some work.
func pause(until time.Time) { <-time.After(time.Until(until)) }

// Codes are those that were mailed to an address so far.
func (s *Site) Codes(to string) (codes []string) {
	for _, m := range s.Sink.Messages() {
		for _, recipient := range m.To {
			if code := m.Code(); strings.EqualFold(recipient, to) && code != "" {
				codes = append(codes, code)
				s.keepSecret("code", code)
			}
		}
	}
	return codes
}

// Mailed waits for the n-th code to an address, from 1.
func (s *Site) Mailed(to string, n int) string {
	s.t.Helper()
	s.await(fmt.Sprintf("code %d to %s", n, to), func() bool { return len(s.Codes(to)) >= n })
	return s.Codes(to)[n-1]
}

// Wrong is a code that none of those mailed to an address is.
func (s *Site) Wrong(to string) string { return s.wrongs(to, 1)[0] }

func (s *Site) wrongs(to string, n int) (wrong []string) {
	mailed := map[string]bool{}
	for _, code := range s.Codes(to) {
		mailed[code] = true
	}
	for i := 0; len(wrong) < n; i++ {
		if code := fmt.Sprintf("%06d", 100_003+7919*i%900_000); !mailed[code] {
			wrong = append(wrong, code)
		}
	}
	return wrong
}

// Settle returns once everything that was asked for has been looked up and mailed: what was asked for after it has
// arrived, twice.
func (s *Site) Settle() {
	s.t.Helper()
	for range 2 {
		p := s.Person()
		s.Browser().Begin("usagers", p.Mail)
		s.Mailed(p.Mail, 1)
	}
}

// Recipients are all those that mail went to since a number of messages.
func (s *Site) Recipients(since int) (to []string) {
	for _, m := range s.Sink.Messages()[since:] {
		to = append(to, m.To...)
	}
	return to
}

// Verified is a browser in which a person has typed the right code.
func (s *Site) Verified(p dirtest.Person) *Browser {
	s.t.Helper()
	b := s.Browser()
	before := len(s.Codes(p.Mail))
	b.Begin(p.Unit, p.Mail)
	if a := b.Code(s.Mailed(p.Mail, before+1)); a.To() != "/en/password" && a.To() != "/en/account" {
		s.t.Fatalf("the right code of %s leads to %s", p.Mail, a.Told())
	}
	return b
}

// Reset lets a person choose a new password to the end, in a browser where the code was right.
func (b *Browser) Reset(password string) {
	b.site.t.Helper()
	a := b.Password(password)
	b.site.await("the end of the change", func() bool {
		if a.To() != "" {
			a = b.Get(a.To())
		} else if a.Status == http.StatusOK {
			a = b.Get("/en/wait")
		}
		return strings.Contains(a.Body, portaltest.Sentences()["done.changed"])
	})
}

// NewPassword is one that keeps every rule and is unlike any other.
func NewPassword(n int) string { return fmt.Sprintf("Epreuve-Mouette-%05d-Test", n) }

// Log is what the portal has said so far.
func (s *Site) Log() string { return s.Portal.Output() }

// Audit are the lines of the audit record that hold a text.
func (s *Site) Audit(text string) int {
	b, err := os.ReadFile(s.files[1])
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Count(string(b), text)
}
