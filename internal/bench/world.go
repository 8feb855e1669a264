package bench

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/portaltest"
)

// world is the portal's surroundings, and what was done in them.
type world struct {
	t         testing.TB
	slapd     *dirtest.Slapd
	sink      *mailtest.Sink
	transport *http.Transport

	program, config, url string
	size                 int64 // of the program, in bytes

	extra int              // people there are
	used  int              // people who must not be changed again
	reset []dirtest.Person // by the portal
}

// limits let one machine play everybody.
const limits = "limits: {starts_per_address: 1000000/1m, starts_per_network: 1000000/1m, failures_per_network: 1000000/1m, " +
	"starts_per_population: 1000000/1m, starts_in_all: 1000000/1m, failures_per_account: 1000/1h, mails_per_account: 1000/1h, " +
	"mails_per_account_daily: 1000/24h}\n"

func open(t testing.TB, o Options) *world {
	t.Helper()
	w := &world{t: t, extra: max(o.People, o.changed()), transport: &http.Transport{MaxIdleConnsPerHost: atATime}}
	t.Cleanup(w.transport.CloseIdleConnections)
	w.slapd = dirtest.StartSlapd(t, dirtest.SlapdOptions{Extra: w.extra})
	w.sink = mailtest.Start(t)
	region := portaltest.Region{Slapd: w.slapd, Mail: w.sink, Address: portaltest.FreeAddress(t), More: limits}
	w.url, w.config = region.URL(), filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(w.config, []byte(region.Config(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSPRD_LOG_LEVEL", "info") // as in production: the tests' own configuration logs everything
	t.Setenv("SSPRD_LOG_FORMAT", "json")
	w.program, w.size = build(t)
	return w
}

// atATime is how many people there are at once.
const atATime = 8

// drive does n pieces of work, and tells how many that were in a second. An error ends the test.
func (w *world) drive(n int, work func(i int) error) (perSecond float64) {
	w.t.Helper()
	perSecond, err := drive(n, work)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.t.Failed() { // the mail server says so by itself, and ends the worker
		w.t.FailNow()
	}
	return perSecond
}

func drive(n int, work func(i int) error) (perSecond float64, err error) {
	var next atomic.Int64
	var failed sync.Once
	var workers sync.WaitGroup
	start := time.Now()
	for range atATime {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if wrong := work(i); wrong != nil {
					failed.Do(func() { err = fmt.Errorf("number %d: %w", i+1, wrong) })
					next.Store(int64(n))
				}
			}
		})
	}
	workers.Wait()
	return float64(n) / time.Since(start).Seconds(), err
}

// code waits for the mail to an address, and reads the code where a telephone shows it: in the first line.
func (w *world) code(to string) string { return digits(w.sink.WaitFor(to).Text) }

// digits are those that the first line begins with, groups of them put together.
func digits(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	end := strings.IndexFunc(line, unicode.IsLetter)
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, line[:max(end, 0)])
}

// password is a new one for a person, unlike anybody else's and without a part of the name: the person's number
// written in consonants.
func password(p dirtest.Person) string {
	number := strings.NewReplacer("0", "b", "1", "c", "2", "d", "3", "f", "4", "g", "5", "h", "6", "j", "7", "k", "8", "m", "9", "n")
	return "Falaise-26-" + number.Replace(fmt.Sprintf("%05d", p.Number)) + "-Brume"
}

// sampled is how many of the changed people sign in afterwards.
const sampled = 50

// verify tells whether the work was done: people sign in with the passwords they chose, and everybody got two mails,
// the code and the notice of the change.
func (w *world) verify(resets int) {
	w.t.Helper()
	if len(w.reset) != resets {
		w.t.Fatalf("%d people for %d resets", len(w.reset), resets)
	}
	step := max(1, len(w.reset)/sampled)
	for i := 0; i < len(w.reset); i += step {
		if err := signsIn(w.slapd, w.reset[i]); err != nil {
			w.t.Fatal(err)
		}
	}
	if n := len(w.sink.Messages()); n != 2*resets {
		w.t.Fatalf("%d mails for %d resets, two for each were due", n, resets)
	}
}

// signsIn tells whether a person has the password that was chosen.
func signsIn(s *dirtest.Slapd, p dirtest.Person) error {
	if err := s.Bind(p.DN(s.BaseDN), password(p)); err != nil {
		return fmt.Errorf("the new password of %s does not sign in: %w", p.UID, err)
	}
	return nil
}
