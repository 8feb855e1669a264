package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// world is the portal's surroundings, and what was done in them.
type world struct {
	Setting
	t     testing.TB // with which the servers end
	dir   directory
	sink  *sink
	lines lines

	program, config, host string
	size                  int64 // of the program, in bytes

	extra int              // people there are
	used  int              // people who must not be changed again
	reset []dirtest.Person // by the portal
}

// limits let one machine play everybody.
const limits = "limits: {starts_per_address: 1000000/1m, starts_per_network: 1000000/1m, failures_per_network: 1000000/1m, " +
	"starts_per_population: 1000000/1m, starts_in_all: 1000000/1m, failures_per_account: 1000/1h, mails_per_account: 1000/1h, " +
	"mails_per_account_daily: 1000/24h}\n"

// open starts the servers of a setting, with so many people at least who have not been changed.
func open(t testing.TB, s Setting, people int) *world {
	t.Helper()
	w := &world{Setting: s, t: t, extra: max(s.People, people), host: portaltest.FreeAddress(t)}
	t.Setenv("SSPRD_LOG_LEVEL", "info") // as in production: the tests' own configuration logs everything
	t.Setenv("SSPRD_LOG_FORMAT", "json")
	w.program, w.size = portaltest.Released(t)
	w.dir = openDirectory(t, s, w.extra)
	w.sink = startSink(t)
	t.Cleanup(w.lines.close)
	w.config = w.configureFor(w.host)
	return w
}

// become gives a world another setting of the same directory, to which followers can be added.
func (w *world) become(s Setting) {
	w.t.Helper()
	w.Setting = s
	if d, ok := w.dir.(*openLDAP); ok {
		d.follow(w.t, s.Replicas)
	}
	w.config = w.configureFor(w.host)
}

// configureFor is that of a portal at HOST:PORT without anything in between.
func (w *world) configureFor(host string) string {
	w.t.Helper()
	return w.configure(w.dir.server().URL, portaltest.Region{Address: host})
}

// configure writes the configuration of a portal that reaches the directory at url, and gives its path.
func (w *world) configure(url string, r portaltest.Region) (path string) {
	w.t.Helper()
	w.dir.tell(&r, url)
	r.Mail, r.More = w.sink, limits
	r.Timeout = "10s" // the longest: 64 people at once wait for a domain controller that does one thing at a time
	path = filepath.Join(w.t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(r.Config(w.t)), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// visitor is a person whose requests reach some instances of the portal by turns.
func (w *world) visitor(hosts ...string) *visitor {
	return &visitor{client: client{authority: w.host, hosts: hosts, lines: &w.lines}, population: w.dir.population()}
}

// drive does n pieces of work, some at a time, and tells how many that were in a second. It ends at the first error.
func drive(atATime, n int, work func(i int) error) (perSecond float64, err error) {
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

// password is a new one for a person, unlike anybody else's and without a part of the name: the person's number
// written in consonants.
func password(p dirtest.Person) string {
	number := strings.NewReplacer("0", "b", "1", "c", "2", "d", "3", "f", "4", "g", "5", "h", "6", "j", "7", "k", "8", "m", "9", "n")
	return "Falaise-26-" + number.Replace(fmt.Sprintf("%05d", p.Number)) + "-Brume"
}

// sampled is how many of the changed people sign in afterwards, at least.
const sampled = 50

// verify tells whether the work was done: people sign in with the passwords they chose, and everybody got two mails,
// the code and the notice of the change.
func (w *world) verify() error {
	for i := 0; i < len(w.reset); i += max(1, len(w.reset)/sampled) {
		if err := signsIn(w.dir.server(), w.reset[i]); err != nil {
			return err
		}
	}
	if codes, notices, _ := w.sink.counts(); codes != len(w.reset) || notices != len(w.reset) {
		return fmt.Errorf("%d mails with a code and %d notices for %d resets, one of each for each was due", codes, notices, len(w.reset))
	}
	return nil
}

// signsIn tells whether a person has the password that was chosen.
func signsIn(s *dirtest.Server, p dirtest.Person) error {
	if err := s.Bind(p.DN(s.BaseDN), password(p)); err != nil {
		return fmt.Errorf("the new password of %s does not sign in: %w", p.UID, err)
	}
	return nil
}
