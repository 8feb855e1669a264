package ldapx_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo"
	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/policy"
	"ssprd/internal/secret"
)

// The directory of the demo passes the suite that the real ones pass (R6, R8, R31, R39, R45, R47, R71, R72): what a visitor of the demo sees is what
// production does.
func TestDemo(t *testing.T) {
	t.Parallel()
	world, err := demo.Start(t.TempDir(), slog.New(slog.DiscardHandler), demo.Options{HashRounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	d := demoDirectory{t, world.Directory}
	dirtest.Run(t, dirtest.Fixture{
		Server: "demo", Cannot: demoCannot(),
		Open: opener(ldapx.Config{
			Name: "region", Kind: ldapx.OpenLDAP, Servers: []string{d.Primary()}, Replicas: []string{d.Replica()}, CAFile: d.CAFile,
			BindDN: d.BindDN, BindPasswordFile: d.PasswordFile, Protected: []string{dirtest.ProtectedFilter},
			PasswordPolicy: "cn=default,ou=politiques,dc=region,dc=example",
		}, usagers),
		Servers: []string{d.Primary()}, Replicas: []string{d.Replica()}, ReadOnly: d.Replica(),
		Fresh: d.fresh(), Odd: d.odd, Bind: d.bind, Stamp: d.stamp, Snapshot: d.snapshot, Moves: []string{"entryCSN", "pwdChangedTime"},
		Shared: "lycee.montaigne@lycees.example", SharedBy: []string{"montaigne.gestion", "montaigne.direction", "montaigne.intendance"},
		Nobody: map[string]string{"protected": "noe.fabre@mail.example", "locked for good": "ines.marchal@courriel.example", "of another population": "h.castelnau"},
		Refused: []dirtest.Refusal{
			{Password: "Court-1", Reasons: []flow.Reason{flow.RefusedShort}},
			{Password: dirtest.InitialPassword, Reasons: []flow.Reason{flow.RefusedHistory}},
		},
		Policies: []dirtest.Policy{{
			Name: "the default", Apply: func(string) error { return nil }, Demands: policy.Demands{MinLength: 8, Unit: policy.Bytes, History: 3},
		}},
	}).Documented(t, document)
}

// demoCannot are the points that the demo has no hands for: it lets passwords be changed, and nothing else.
func demoCannot() map[string]string {
	const fixed = "nothing but passwords can be changed in the demo's directory"
	cannot := map[string]string{
		"finds no more than MaxAccounts":      "no address in the demo has so many accounts",
		"too young is told":                   "the demo demands no least age",
		"no right is told":                    "the demo's service account may set every password",
		"writes once":                         "it does not count its writes; the requests of a reset are counted below",
		"tells that another change is due":    "the demo never asks for another change",
		"account outlives a rename":           fixed,
		"a broken connection costs nothing":   "its connections cannot be cut from outside; a lost answer and a lost request are shown below",
		"a reset ends a lock-out":             "the demo locks nobody out",
		"a lock-out stays where it is to":     "the demo locks nobody out",
		"serves: " + dirtest.BecomesLockedOut: "the demo locks nobody out",
		"serves: " + dirtest.PasswordExpires:  "passwords of the demo do not expire",
		"serves: " + dirtest.IsToldToChange:   "the demo never asks for another change",
		"reached by a server that lags":       "its replica cannot be halted; in the demo it lags by itself",
		"reached ends while a server lags":    "its replica cannot be halted; in the demo it lags by itself",
	}
	for _, state := range []string{
		dirtest.BecomesProtected, dirtest.BecomesDisabled, dirtest.BecomesExpired, dirtest.BecomesPrivileged,
		dirtest.BecomesSmartcard, dirtest.BecomesClosed, dirtest.MovesAway, dirtest.IsDeleted,
	} {
		cannot["refuses: "+state] = fixed
	}
	return cannot
}

type demoDirectory struct {
	t *testing.T
	*demo.Directory
}

// fresh hands out the ordinary people, over and over: each time their password is made that of the suite. It is made so
// well before, and never in the second in which they are handed out: whether a change of which the answer was lost was
// made is told by pwdChangedTime, which counts seconds.
func (d demoDirectory) fresh() func(t *testing.T) dirtest.Subject {
	people := []string{"camille.durand", "julien.lacoste", "thomas.peyrat", "nicolas.dubreuil", "hugo.chastaing", "karim.haddad",
		"lucie.fontanel", "chloe.verdier", "fatou.ndiaye", "maxime.garrigue", "lea.soubiran", "bruno.teyssier", "oceane.vignaud",
		"sarah.leveque", "aicha.benali", "elodie.marsan", "manon.etcheverry", "antoine.roumagnac", "yann.legoff", "sofia.almeida",
		"damien.larrieu"}
	const ahead = 10 // fewer than there are people whom no point of the suite holds on to
	next, begun := 0, 0
	return func(t *testing.T) dirtest.Subject {
		t.Helper()
		for ; begun <= next+ahead; begun++ {
			if err := d.begin(people[begun%len(people)]); err != nil {
				t.Fatal(err)
			}
		}
		next++
		return d.subject(t, people[(next-1)%len(people)])
	}
}

// odd are those whose name has an apostrophe, is one letter, or is not that of the address; and one without an address.
func (d demoDirectory) odd(t *testing.T) []dirtest.Subject {
	people := []string{"pierre.dartois", "paul.o", "mc.bonnefoy", "augustin.lepetit"}
	for _, uid := range people {
		if err := d.begin(uid); err != nil {
			t.Fatal(err)
		}
	}
	var odd []dirtest.Subject
	for _, uid := range people {
		odd = append(odd, d.subject(t, uid))
	}
	return odd
}

func (d demoDirectory) subject(t *testing.T, uid string) dirtest.Subject {
	t.Helper()
	e, err := d.read(uid)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return e.GetAttributeValue("pwdChangedTime") < time.Now().UTC().Format("20060102150405Z") })
	s := dirtest.Subject{Typed: []string{uid}, Identifier: uid, Mail: e.GetAttributeValue("mail"), Name: e.GetAttributeValue("displayName")}
	if s.Mail != "" {
		s.Typed = append(s.Typed, s.Mail)
	}
	return s
}

func (d demoDirectory) dial() (*ldap.Conn, error) {
	pem, err := os.ReadFile(d.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate")
	}
	return ldap.DialURL(d.Primary(), ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots}))
}

func (d demoDirectory) bind(identifier, password string) error {
	conn, err := d.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Bind("uid="+identifier+",ou=usagers,dc=region,dc=example", password)
}

// service is a connection as the service account.
func (d demoDirectory) service() (*ldap.Conn, error) {
	conn, err := d.dial()
	if err != nil {
		return nil, err
	}
	password, err := secret.ReadFile(d.PasswordFile)
	if err != nil {
		return nil, err
	}
	return conn, conn.Bind(d.BindDN, password.Reveal())
}

// begin gives a person the password that the suite takes everybody to have, after so many others that the history has
// forgotten it.
func (d demoDirectory) begin(identifier string) error {
	e, err := d.read(identifier)
	if err != nil {
		return err
	}
	conn, err := d.service()
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, password := range []string{rand.Text(), rand.Text(), rand.Text(), rand.Text(), dirtest.InitialPassword} {
		if _, err := conn.PasswordModify(ldap.NewPasswordModifyRequest(e.DN, "", password)); err != nil {
			return err
		}
	}
	return nil
}

func (d demoDirectory) read(identifier string) (*ldap.Entry, error) {
	conn, err := d.service()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	found, err := conn.Search(ldap.NewSearchRequest(usagers.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 0, false,
		"(uid="+ldap.EscapeFilter(identifier)+")", []string{"*", "+"}, nil))
	if err != nil {
		return nil, err
	}
	if len(found.Entries) != 1 {
		return nil, fmt.Errorf("%s: %d entries", identifier, len(found.Entries))
	}
	return found.Entries[0], nil
}

func (d demoDirectory) stamp(identifier string) (string, error) {
	e, err := d.read(identifier)
	if err != nil {
		return "", err
	}
	return e.GetAttributeValue("entryCSN"), nil
}

func (d demoDirectory) snapshot(identifier string) (map[string][]string, error) {
	e, err := d.read(identifier)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, a := range e.Attributes {
		all[a.Name] = a.Values
	}
	return all, nil
}
