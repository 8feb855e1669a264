package model

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
)

// world is the portal's surroundings, and what the visitors share.
type world struct {
	t      *testing.T
	slapd  *dirtest.Slapd
	sink   *mailtest.Sink
	portal *portaltest.Portal
	url    string
	client *http.Client
	audit  string // its file

	mu     sync.Mutex
	codes  map[string][]string // by address, in the order in which they were mailed
	read   int                 // messages
	over   []string            // cookies of resets that are over, the latest last
	token  []token             // of anybody's forms
	resets []record
	seen   map[string]bool // what was done in which step
	deck   []card          // every request there is, shuffled
}

// token are the hidden fields of a form that a visitor was shown.
type token struct {
	visitor int
	address string // where it goes
	fields  url.Values
}

// record is a reset that its visitor has left.
type record struct {
	people []dirtest.Person
	places places
}

// pause is the least time between two codes of a reset.
const pause = time.Second

// wait is how long the waiting page waits for the follower, which is paused: that step lasts, and others can be tried in it.
const wait = "1s"

func start(t *testing.T, people int) *world {
	t.Helper()
	w := &world{t: t, codes: map[string][]string{}, seen: map[string]bool{}, audit: filepath.Join(t.TempDir(), "audit.jsonl")}
	w.slapd = dirtest.StartSlapd(t, dirtest.SlapdOptions{InHistory: 3, Extra: people})
	w.sink = mailtest.Start(t)
	w.share(people)
	replica := w.slapd.StartReplica(t)
	if err := replica.Pause(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSPRD_AUDIT_FILE", w.audit)
	region := portaltest.Region{
		Slapd: w.slapd, Replica: replica, Mail: w.sink, Address: portaltest.FreeAddress(t), Wait: wait,
		More: portaltest.FarLimits(t) + "code: {resend_after: 1s}\n",
	}
	w.url = region.URL()
	w.portal = portaltest.Serve(t, w.url, region.Config(t))
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	w.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w
}

// household is how many people there are in a row of whom the last has the mailbox of the one before.
const household = 3

// share gives them their mailboxes.
func (w *world) share(people int) {
	w.t.Helper()
	err := w.slapd.Admin(func(c *ldap.Conn) error {
		for i := 1; i < people; i++ {
			if mailbox(i) == i {
				continue
			}
			request := ldap.NewModifyRequest(dirtest.Extra(i).DN(w.slapd.BaseDN), nil)
			request.Replace("mail", []string{dirtest.Extra(mailbox(i)).Mail})
			if err := c.Modify(request); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// mailbox is the number of the person whose mailbox the i-th has.
func mailbox(i int) int {
	if i%household == 0 {
		return i - 1
	}
	return i
}

var codeInMail = regexp.MustCompile(`[0-9]{3}\s?[0-9]{3}`)

// collect reads the mails that have come since the last time.
func (w *world) collect() {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.sink.Messages()
	for _, m := range all[w.read:] {
		line, _, _ := strings.Cut(m.Text, "\n")
		if code := codeInMail.FindString(line); code != "" {
			digits := strings.Join(strings.FieldsFunc(code, func(r rune) bool { return r < '0' || r > '9' }), "")
			w.codes[m.To[0]] = append(w.codes[m.To[0]], digits)
		}
	}
	w.read = len(all)
}

// mailedTo is the n-th code to an address, once it is there.
func (w *world) mailedTo(address string, n int) (string, bool) {
	deadline, again := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		w.collect()
		w.mu.Lock()
		codes := w.codes[address]
		w.mu.Unlock()
		if len(codes) >= n {
			return codes[n-1], true
		}
		select {
		case <-again.C:
		case <-deadline:
			return "", false
		}
	}
}

// remember keeps what others may try: the cookies of resets that are over, and the fields of anybody's forms.
func (w *world) remember(visitor int, overCookie string, hidden map[string]url.Values) {
	w.mu.Lock()
	defer w.mu.Unlock()
	const enough = 16
	if overCookie != "" {
		w.over = append(w.over, overCookie)
		w.over = w.over[max(0, len(w.over)-enough):]
	}
	for address, fields := range hidden {
		if len(fields) > 0 {
			w.token = append(w.token, token{visitor, address, fields})
		}
	}
	w.token = w.token[max(0, len(w.token)-enough):]
}
