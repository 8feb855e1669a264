package visitor_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/mail/mailtest"
	"ssprd/internal/visitor"
)

// common are the scripts that go the same way whatever the directory is.
var common = []string{
	"whole", "english", "codes", "tries", "passwords", "refused", "shared", "nobody", "cancel", "order", "requests", "pages",
}

// words are those of every script.
var words = map[string]string{
	"portal": "Mes démarches en Nouvelle-Aquitaine", "good": "Marée-très-haute-47", "least": "8", "wrong": "000000",
	"often": "recommencez plus tard", "huge": strings.Repeat("a", 40<<10),
}

// place is a portal with a directory behind it.
type place struct {
	visitor.World
	next func(t *testing.T) person // somebody whom no script has used yet
}

// person is somebody who can be played.
type person struct{ typed, mail, name string }

// play plays scripts, each for people of its own.
func (p place) play(t *testing.T, scripts ...string) {
	t.Helper()
	for _, script := range scripts {
		t.Run(script, func(t *testing.T) {
			w, who, other := p.World, p.next(t), p.next(t)
			w.Words = maps.Clone(words)
			maps.Copy(w.Words, p.Words)
			maps.Copy(w.Words, map[string]string{
				"address": who.typed, "mail": who.mail, "person": who.name, "otheraddress": other.typed, "othermail": other.mail,
			})
			visitor.Run(t, filepath.Join("testdata", script+".txt"), w)
		})
	}
}

// received gives the texts of a mail server's messages to an address.
func received(sink *mailtest.Sink) func(string) ([]string, error) {
	return func(to string) (texts []string, err error) {
		for _, m := range sink.Messages() {
			for _, recipient := range m.To {
				if strings.EqualFold(recipient, to) {
					texts = append(texts, m.Text)
				}
			}
		}
		return texts, nil
	}
}

// does makes a verb of named deeds: do stop replica.
func does(deeds map[string]func() error) func(...string) error {
	return func(args ...string) error {
		deed, ok := deeds[strings.Join(args, " ")]
		if !ok {
			return errors.New("nobody knows how")
		}
		return deed()
	}
}

// binder makes a verb of a sign-in on each of the servers: bind PERSON PASSWORD, and bind not PERSON PASSWORD.
func binder(attribute string, servers ...*dirtest.Server) func(...string) error {
	return func(args ...string) error {
		not := args[0] == "not"
		if not {
			args = args[1:]
		}
		for _, s := range servers {
			dn, err := s.FindDN(attribute, args[0])
			if err != nil {
				return err
			}
			err = s.Bind(dn, args[1])
			switch {
			case not && err == nil:
				return fmt.Errorf("%s accepts it", s.URL)
			case not && ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials):
			case err != nil:
				return err
			}
		}
		return nil
	}
}

// writeCounter makes the verbs count and writes N: how many writes a server has completed since count.
func writeCounter(s *dirtest.Slapd) (count, writes func(...string) error) {
	var before int
	count = func(...string) (err error) { before, err = s.Operations(); return err }
	writes = func(args ...string) error {
		after, err := s.Operations()
		if err == nil && strconv.Itoa(after-before) != args[0] {
			return fmt.Errorf("there were %d", after-before)
		}
		return err
	}
	return count, writes
}
