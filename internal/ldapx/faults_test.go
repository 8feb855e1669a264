package ldapx_test

import (
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// R40: a certificate that is not to be trusted ends the attempt before any bind, and the log says why.
func TestCertificates(t *testing.T) {
	trusted := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	misnamed := dirtest.StartSlapd(t, dirtest.SlapdOptions{CertificateNames: []string{"ldap.example.org"}})
	for name, c := range map[string]struct {
		server *dirtest.Slapd
		ca     string
		want   string
	}{
		"another authority": {trusted, misnamed.CAFile, "certificate signed by unknown authority"},
		"the system's":      {trusted, "", "certificate signed by unknown authority"},
		"another name":      {misnamed, misnamed.CAFile, "127.0.0.1"},
		"no file":           {trusted, "/no/such/file", "ca_file"},
	} {
		t.Run(name, func(t *testing.T) {
			config := config(ldapx.OpenLDAP, &c.server.Server)
			config.CAFile = c.ca
			_, err := open(t, config).Population(usagers).Find(t.Context(), dirtest.Camille.Mail)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "bind of the service account") {
				t.Errorf("%v, want it to tell of %q", err, c.want)
			}
		})
	}
}

// StartTLS is as good as ldaps://, and a server that does not offer it gets no bind.
func TestStartTLS(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	c := config(ldapx.OpenLDAP, &s.Server)
	c.Servers, c.StartTLS = []string{s.PlainURL}, true
	found, err := open(t, c).Population(usagers).Find(t.Context(), dirtest.Camille.Mail)
	if err != nil || len(found) != 1 {
		t.Errorf("%v %v", found, err)
	}
}

// R71: the first server down or hanging, the next one serves; the first is asked again when it is back.
func TestFailOver(t *testing.T) {
	for name, fault := range map[string]struct{ begin, end func(*dirtest.Slapd) error }{
		"down":    {func(s *dirtest.Slapd) error { s.Stop(); return nil }, func(s *dirtest.Slapd) error { return s.Restart() }},
		"hanging": {(*dirtest.Slapd).Pause, (*dirtest.Slapd).Resume},
	} {
		t.Run(name, func(t *testing.T) {
			first := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
			second := first.StartReplica(t)
			c := config(ldapx.OpenLDAP, &first.Server)
			c.Servers = append(c.Servers, second.URL)
			population := open(t, c).Population(usagers)
			find := func() {
				t.Helper()
				if found, err := population.Find(t.Context(), dirtest.Camille.Mail); err != nil || len(found) != 1 {
					t.Fatalf("%v %v", found, err)
				}
			}
			find()
			if err := fault.begin(first); err != nil {
				t.Fatal(err)
			}
			find()
			find()
			if err := fault.end(first); err != nil {
				t.Fatal(err)
			}
			// The follower refuses writes: a change shows that the first server is asked again.
			account, err := population.Find(t.Context(), dirtest.Camille.Mail)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool {
				_, err := population.SetPassword(t.Context(), account[0].ID, secret.New("Rivage-de-pierre-47"))
				return err == nil
			})
		})
	}
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !f() {
		if time.Now().After(deadline) {
			t.Fatal("it never came")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// R45, R72: the answer to the write is lost. The change is found to have been made, and is not made again.
func TestLostAnswer(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 8})
	proxy := startCutter(t, s.URL)
	c := config(ldapx.OpenLDAP, &s.Server)
	c.Servers = []string{proxy.url()}
	population := open(t, c).Population(usagers)
	found, err := population.Find(t.Context(), dirtest.Camille.Mail)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	before, err := s.Operations()
	if err != nil {
		t.Fatal(err)
	}
	proxy.loseAnswerTo(2) // the entry is read, then written
	written, err := population.SetPassword(t.Context(), found[0].ID, secret.New("Rivage-de-pierre-47"))
	if err != nil || written.ID != found[0].ID {
		t.Fatalf("%+v %v", written, err)
	}
	after, err := s.Operations()
	if err != nil || after != before+1 {
		t.Errorf("%d writes, %v", after-before, err)
	}
	if err := s.Bind(dirtest.Camille.DN(s.BaseDN), "Rivage-de-pierre-47"); err != nil {
		t.Error(err)
	}
}

var _ flow.Directory = (*ldapx.Population)(nil)
