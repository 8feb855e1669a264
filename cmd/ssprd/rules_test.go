package main

import (
	"context"
	"crypto/sha1"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssprd/internal/config"
	"ssprd/internal/policy"
)

// writeList puts a list of breached passwords with one entry into a file.
func writeList(t *testing.T, password string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "breached.txt")
	if err := os.WriteFile(path, fmt.Appendf(nil, "%X:47\r\n", sha1.Sum([]byte(password))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// R33: a password of the list that the rules name is refused, and it is said why. A list that cannot be read is an error of
// the service, to which no password gets through.
func TestBreachedFile(t *testing.T) {
	const leaked = "Fenouil-crayon-47"
	path := writeList(t, leaked)
	w := openWorldOf(t, func(c *config.Config) { c.Rules[0].BreachedFile = path })
	submit := func(v visitor, password string) reply {
		form := url.Values{"password": {password}, "confirm": {password}}
		maps.Copy(form, v.hidden)
		return w.post(t, "/fr/password", v.cookie, form)
	}
	v := w.arrive(t, "password")
	const says = "un mot de passe divulgué lors d’une fuite de données"
	if r := submit(v, leaked); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, says) || !strings.Contains(r.body, "à corriger") {
		t.Errorf("in the list: %d %s", r.status, r.body)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if r := submit(v, leaked+"-bleu"); r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" || !shownNumber.MatchString(r.body) {
		t.Errorf("the list cannot be read: %d %s", r.status, r.body)
	}
	if r := w.get(t, "/fr/password", v.cookie); r.status != http.StatusOK || !strings.Contains(r.body, says) {
		t.Errorf("the reset has gone on: %d %s", r.status, r.body)
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "%X:47\r\n", sha1.Sum([]byte(leaked))), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := submit(v, leaked+"-bleu"); r.status != http.StatusSeeOther {
		t.Errorf("not in the list: %d %s", r.status, r.body)
	}
}

// A list that several rules name is opened once, and one that nobody's password is judged by not at all.
func TestListsAreOpenedOnce(t *testing.T) {
	_, c, p := joined(t)
	shared, unused := writeList(t, "x"), writeList(t, "y")
	c.Rules[0].BreachedFile, c.Rules[1].BreachedFile = shared, shared
	c.Rules = append(c.Rules, config.Rules{Name: "nobody's", BreachedFile: unused})
	if err := p.openLists(c); err != nil {
		t.Fatal(err)
	}
	if open := slices.Collect(maps.Keys(p.lists)); !slices.Equal(open, []string{shared}) {
		t.Errorf("open: %q", open)
	}
	first := p.lists[shared]
	if err := p.openLists(c); err != nil || p.lists[shared] != first {
		t.Errorf("it is opened again: %v", err)
	}
	for _, population := range p.populations(c) {
		if population.Breached == nil || population.Breached != p.list(c.Rules[0]) {
			t.Errorf("%s is judged by %v", population.Name, population.Breached)
		}
	}
	if l := p.list(config.Rules{}); l != nil {
		t.Errorf("no list is %v", l)
	}
}

// What has become of the file since the configuration was read is told with its key as well.
func TestListThatIsGone(t *testing.T) {
	_, c, _ := joined(t)
	c.State.URL, c.Rules[1].BreachedFile = "memory:", filepath.Join(t.TempDir(), "none")
	p, err := open(c, slog.New(slog.DiscardHandler))
	if err == nil {
		p.close(context.Background())
	}
	if want := "rules[1].breached_file: \"" + c.Rules[1].BreachedFile + "\": it cannot be read: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// R33: the portal's and the organisation's own words must not be in a password, and count for little in its strength;
// where an administrator lets common passwords through, only the words of their own.
func TestPortalsOwnWords(t *testing.T) {
	c := &config.Config{}
	c.Portal.Name, c.Portal.Organisation = "Mes démarches", "Conseil départemental du Lot"
	r := config.Rules{Rules: policy.Rules{ForbidCommon: true, ForbidWords: []string{"figeac"}}}
	rules := c.Judged(r)
	for password, broken := range map[string]bool{
		"Departemental-bleu-4": true, "démarches et crayons 4": true, "Figeac-crayon-bleu-4": true, "C0nseil-crayon-bleu-4": true,
		"Lot de crayons bleus 4": false, "mes crayons bleus 4": false,
	} {
		findings, err := policy.Set{Rules: rules}.Judge(password, nil)
		if refused := slices.Contains(findings, policy.Finding{Rule: policy.Words}); refused != broken || err != nil {
			t.Errorf("%q: refused %v, want %v (%v)", password, refused, broken, err)
		}
	}
	r.ForbidCommon = false
	if words := c.Judged(r).ForbidWords; !slices.Equal(words, []string{"figeac"}) {
		t.Errorf("without forbid_common: %q", words)
	}
	if !slices.Equal(r.ForbidWords, []string{"figeac"}) {
		t.Errorf("the configuration has changed: %q", r.ForbidWords)
	}
	_, joinedConfig, p := joined(t)
	for _, population := range p.populations(joinedConfig) {
		if !slices.Contains(population.Rules.ForbidWords, "démarches") {
			t.Errorf("%s lets the portal's name through: %q", population.Name, population.Rules.ForbidWords)
		}
	}
}
