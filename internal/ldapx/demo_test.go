package ldapx_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo"
	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// The directory of the demo passes the suite that the real ones pass (R6, R8, R39, R47): what a visitor of the demo sees is what
// production does. It has no hands behind its back: nobody is renamed, disabled or moved there.
func TestDemo(t *testing.T) {
	world, err := demo.Start(t.TempDir(), slog.New(slog.DiscardHandler), demo.Options{HashRounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	d := demoDirectory{t, world.Directory}
	dirtest.Run(t, dirtest.Fixture{
		Open: opener(ldapx.Config{
			Name: "region", Kind: ldapx.OpenLDAP, Servers: []string{d.Primary()}, Replicas: []string{d.Replica()}, CAFile: d.CAFile,
			BindDN: d.BindDN, BindPasswordFile: d.PasswordFile, Protected: []string{dirtest.ProtectedFilter},
		}, usagers),
		Servers: []string{d.Primary()}, Replicas: []string{d.Replica()}, Fresh: d.fresh(), Bind: d.bind, Stamp: d.stamp,
		Shared: "lycee.montaigne@lycees.example", SharedBy: []string{"montaigne.gestion", "montaigne.direction", "montaigne.intendance"},
		Nobody: map[string]string{"protected": "noe.fabre@mail.example", "locked for good": "ines.marchal@courriel.example", "of another population": "h.castelnau"},
		Refused: []dirtest.Refusal{
			{Password: "Court-1", Reasons: []flow.Reason{flow.RefusedShort}},
			{Password: dirtest.InitialPassword, Reasons: []flow.Reason{flow.RefusedHistory}},
		},
	})
}

type demoDirectory struct {
	t *testing.T
	*demo.Directory
}

// fresh hands out the ordinary people, whose initial password is made that of the suite.
func (d demoDirectory) fresh() func(t *testing.T) dirtest.Subject {
	people := []string{"camille.durand", "julien.lacoste", "thomas.peyrat", "nicolas.dubreuil", "hugo.chastaing", "karim.haddad",
		"lucie.fontanel", "chloe.verdier", "fatou.ndiaye", "pierre.dartois", "maxime.garrigue", "lea.soubiran", "paul.o",
		"bruno.teyssier", "oceane.vignaud", "sarah.leveque", "aicha.benali", "elodie.marsan", "manon.etcheverry",
		"antoine.roumagnac", "yann.legoff", "mc.bonnefoy", "sofia.almeida", "damien.larrieu"}
	return func(t *testing.T) dirtest.Subject {
		if len(people) == 0 {
			t.Fatal("there are not enough people")
		}
		uid := people[0]
		people = people[1:]
		e, err := d.begin(uid)
		if err != nil {
			t.Fatal(err)
		}
		return dirtest.Subject{
			Typed: []string{e.GetAttributeValue("mail"), uid}, Identifier: uid,
			Mail: e.GetAttributeValue("mail"), Name: e.GetAttributeValue("displayName"),
		}
	}
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

// begin gives a person the password that the suite takes everybody to have.
func (d demoDirectory) begin(identifier string) (*ldap.Entry, error) {
	e, err := d.read(identifier)
	if err != nil {
		return nil, err
	}
	conn, err := d.service()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_, err = conn.PasswordModify(ldap.NewPasswordModifyRequest(e.DN, "", dirtest.InitialPassword))
	return e, err
}

func (d demoDirectory) read(identifier string) (*ldap.Entry, error) {
	conn, err := d.service()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	found, err := conn.Search(ldap.NewSearchRequest(usagers.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 0, false,
		"(uid="+ldap.EscapeFilter(identifier)+")", []string{"mail", "displayName", "entryCSN"}, nil))
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
