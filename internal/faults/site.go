package faults

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ssprd/internal/child"
	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
	"ssprd/internal/redistest"
)

// Setting is what a site is like.
type Setting struct {
	Instances int             // that share a Redis if there are several
	Redis     bool            // for one instance too
	Replica   bool            // of the directory, followed by the waiting page
	People    int             // who can be visitors
	More      string          // further YAML of the configuration
	Drain     string          // server.drain
	Audit     string          // audit.file of the first instance
	State     string          // state.url of the first instance, where there is no Redis
	Clocks    []time.Duration // by which the clocks of the instances are off
}

// Site is a portal of one or several processes behind a proxy, and what is around it.
type Site struct {
	t         testing.TB // of the fault that is going on
	all       testing.TB // of all of them
	Slapd     *dirtest.Slapd
	Replica   *dirtest.Slapd
	LDAP      *dirtest.Proxy // between the instances and their directory
	Sink      *mailtest.Sink
	Redis     *redistest.Server
	Instances []*Instance
	State     string // the state file of the first instance, where there is no Redis
	proxy     *Proxy

	mu     sync.Mutex
	people int // used so far
	extra  int // there are
}

// habits are settings of the tests: who waits for another code must not wait long, and one machine plays everybody.
const habits = "code: {resend_after: 1s, sends: 10, tries: 10}\n"

// Open starts a site. It ends with the test.
func Open(t *testing.T, o Setting) *Site {
	t.Helper()
	s := &Site{t: t, all: t, extra: o.People, Sink: mailtest.Start(t)}
	s.Slapd = dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: o.People})
	s.LDAP = dirtest.StartProxy(t, s.Slapd.URL)
	behind := *s.Slapd
	behind.URL = s.LDAP.URL()
	dir := t.TempDir()
	s.proxy = startProxy(t)
	region := portaltest.Region{Slapd: &behind, Mail: s.Sink, Origin: s.proxy.URL(), Proxies: "127.0.0.1/32", Wait: "20s", Audit: o.Audit, Drain: o.Drain,
		Key: filepath.Join(dir, "state.key"), More: habits + portaltest.FarLimits(t) + o.More}
	if o.Replica {
		s.Replica = s.Slapd.StartReplica(t)
		region.Replica = s.Replica
	}
	if o.Redis || o.Instances > 1 {
		s.Redis = redistest.Start(t)
		region.State = s.Redis.URL
		s.newKey(region.Key)
	} else {
		s.State = o.State
		if s.State == "" {
			s.State = filepath.Join(dir, "state.db")
		}
		region.State = "file:" + s.State
	}
	for n := range o.Instances {
		i := s.newInstance(region)
		if n < len(o.Clocks) {
			i.clock = o.Clocks[n]
		}
		i.Start()
		s.Instances = append(s.Instances, i)
		s.proxy.add(i)
		region.Audit = ""
	}
	return s
}

// newKey writes the file of a key, as administrators make one for instances to share.
func (s *Site) newKey(file string) {
	s.t.Helper()
	s.must(os.WriteFile(file, fmt.Appendf(nil, "%x\n", sha256.Sum256([]byte(file))), 0o600))
}

// person is somebody whom no fault has used yet. Two changes of one entry within a second collide in slapd's history.
func (s *Site) person() (dirtest.Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people++
	return dirtest.Extra(s.people), s.people <= s.extra
}

// codes are those that were mailed to a person so far.
func (s *Site) codes(p dirtest.Person) (codes []string) {
	for _, m := range s.Sink.MessagesTo(p.Mail) {
		if code := m.Code(); code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// notices is how many mails told a person that the password was changed.
func (s *Site) notices(p dirtest.Person) (n int) {
	for _, m := range s.Sink.MessagesTo(p.Mail) {
		if m.Code() == "" {
			n++
		}
	}
	return n
}

// has tells whether a person has a password. The directory may be away at this moment: it is asked until it answers.
func (s *Site) has(p dirtest.Person, password string) (has bool, err error) {
	s.comes(patience, func() bool {
		has, err = s.Slapd.SignsIn(p.DN(s.Slapd.BaseDN), password)
		return err == nil
	})
	return has, err
}

// comes waits until something is there, and tells whether it came.
func (s *Site) comes(within time.Duration, there func() bool) bool {
	deadline := time.After(within)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !there() {
		select {
		case <-tick.C:
		case <-deadline:
			return false
		}
	}
	return true
}

// await waits until something is there; the test fails if it does not come.
func (s *Site) await(what string, there func() bool) {
	s.t.Helper()
	if !s.comes(child.Patience, there) {
		s.t.Fatalf("waited in vain for %s", what)
	}
}

func (s *Site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// pause lets time pass: people wait, and what is broken stays broken for a while.
func pause(d time.Duration) { <-time.After(d) }

// password is the n-th that a person chooses, unlike any other person's and without a part of the name.
func password(p dirtest.Person, n int) string {
	return fmt.Sprintf("Falaise-%d-Mouette-%05d-Brume", n, 7*p.Number)
}
