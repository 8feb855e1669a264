package model

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// How much is done, if the environment does not say.
const (
	visitors = 40 // of whom every third shares a session with one or two others
	acts     = 80
)

// R22, R23: see the package's comment.
func TestModel(t *testing.T) {
	seed, each := setting(t, "MODEL_SEED", rand.Uint64()), int(setting(t, "MODEL_STEPS", acts))
	households := each/8 + 2 // of each visitor: more than it can come to the end with
	people := visitors * households * household
	w := start(t, people)
	w.deck = newDeck(rand.New(rand.NewPCG(seed, visitors)))
	before := w.writes()

	failures := make(chan error, visitors)
	var walking sync.WaitGroup
	for n := range visitors {
		v := &visitor{w: w, n: n, rnd: rand.New(rand.NewPCG(seed, uint64(n))), parties: 1,
			next: n*household + 1, step: visitors, last: people}
		if n%3 == 0 {
			v.parties = 3
		}
		walking.Go(func() {
			if err := v.walk(each); err != nil {
				failures <- err
			}
		})
	}
	walking.Wait()
	close(failures)
	for err := range failures {
		t.Errorf("MODEL_SEED=%d: %v", seed, err)
	}
	if t.Failed() {
		return
	}
	w.portal.Stop() // what is under way comes to its end
	w.verify(w.writes() - before)
	if missed := w.missed(everywhere...); len(missed) > 0 {
		t.Errorf("the walks never came to %d requests: %q", len(missed), missed)
	}
}

func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// writes is how many writes the directory has been asked for.
func (w *world) writes() int {
	w.t.Helper()
	n, err := w.slapd.Operations()
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// verify compares what was done to the directory with what the visitors have done (R23).
func (w *world) verify(writes int) {
	w.t.Helper()
	changed, recorded := w.changed(), w.recorded()
	least, most, good := 0, 0, 0
	for _, r := range w.resets {
		low, high := r.claims()
		least, most = least+low, most+high
		hit := 0
		for _, p := range r.people {
			if id, ok := changed[p.UID]; ok {
				hit++
				delete(changed, p.UID)
				if recorded[id] != 1 {
					w.t.Errorf("the change of %s was recorded %d times", p.UID, recorded[id])
				}
				delete(recorded, id)
			}
		}
		passwords := r.passwords()
		must, may := !slices.Contains(passwords, ""), slices.ContainsFunc(passwords, func(p string) bool { return p != "" })
		if right := hit == 0 && !must || hit == 1 && may; !right {
			w.t.Errorf("%d of %v were changed; submitted for them were %q", hit, r.people, passwords)
		}
		if good += hit; hit == 1 && good%10 == 0 {
			w.signsIn(r, passwords)
		}
	}
	if writes < least || writes > most {
		w.t.Errorf("%d writes were asked for, and %d to %d passwords submitted", writes, least, most)
	}
	if len(changed) > 0 || len(recorded) > 0 {
		w.t.Errorf("changed without a reset: %v, recorded: %v", changed, recorded)
	}
	w.t.Logf("%d resets, %d writes, %d passwords changed", len(w.resets), writes, good)
}

// passwords are those that may have been written for a reset; "" stands for none.
func (r record) passwords() (all []string) {
	for p := range r.places {
		all = append(all, p.written)
	}
	return all
}

// claims are the least and the most of the passwords that may have gone to the directory.
func (r record) claims() (least, most int) {
	least = 1 << 30
	for p := range r.places {
		least, most = min(least, p.claims), max(most, p.claims)
	}
	return least, most
}

// signsIn tells whether the password that was chosen is the one that somebody now has.
func (w *world) signsIn(r record, passwords []string) {
	w.t.Helper()
	for _, p := range r.people {
		for _, password := range passwords {
			if w.slapd.Bind(p.DN(w.slapd.BaseDN), password) == nil {
				return
			}
		}
	}
	w.t.Errorf("none of %v has a password of %q", r.people, passwords)
}

// changed are the people whose password was ever changed, and the lasting names of their entries. Nobody was loaded
// with a pwdChangedTime.
func (w *world) changed() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	err := w.slapd.Admin(func(c *ldap.Conn) error {
		found, err := c.Search(ldap.NewSearchRequest(w.slapd.BaseDN, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			"(pwdChangedTime=*)", []string{"uid", "entryUUID"}, nil))
		if err != nil {
			return err
		}
		for _, e := range found.Entries {
			all[e.GetAttributeValue("uid")] = e.GetAttributeValue("entryUUID")
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// recorded is how often the audit record says of each account that its password was changed.
func (w *world) recorded() map[string]int {
	w.t.Helper()
	file, err := os.ReadFile(w.audit)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]int{}
	for line := range bytes.Lines(file) {
		var e struct{ Event, Account string }
		if err := json.Unmarshal(line, &e); err != nil {
			w.t.Fatalf("the audit record: %v: %s", err, line)
		}
		if e.Event == "password.changed" {
			all[e.Account]++
		}
	}
	return all
}

// everywhere are the steps that a visitor can be in.
var everywhere = []step{nowhere, challenge, pick, choose, changing, done, ended}

// missed is where the walks have not been: each route with each method in each step, and there too each input
// that does something in one of them.
func (w *world) missed(in ...step) (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range in {
		for _, c := range w.deck {
			if key := (act{method: c.method, route: c.route}).seenIn(s); !w.seen[key] {
				all = append(all, key)
			}
		}
		for _, r := range table {
			if r.in = s; !w.seen[r.String()] {
				all = append(all, r.String())
			}
		}
	}
	return all
}
