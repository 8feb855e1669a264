package ldapx_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// R40: a certificate that is not to be trusted ends the attempt before any bind, with ldaps:// and with StartTLS, and the log
// says why.
func TestCertificates(t *testing.T) {
	trusted := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	misnamed := dirtest.StartSlapd(t, dirtest.SlapdOptions{CertificateNames: []string{"ldap.example.org"}})
	expired := dirtest.StartSlapd(t, dirtest.SlapdOptions{CertificateExpired: true})
	for name, c := range map[string]struct {
		server   *dirtest.Slapd
		ca       string
		want     string
		code     string
		startTLS bool
	}{
		"another authority":           {trusted, misnamed.CAFile, "certificate signed by unknown authority", "TLS_CA", false},
		"the system's":                {trusted, "", "certificate signed by unknown authority", "TLS_CA", false},
		"another name":                {misnamed, misnamed.CAFile, "127.0.0.1", "TLS_NAME", false},
		"expired":                     {expired, expired.CAFile, "expired", "TLS_DATES", false},
		"no file":                     {trusted, "/no/such/file", "ca_file", "CONFIG", false},
		"StartTLS, another authority": {trusted, misnamed.CAFile, "certificate signed by unknown authority", "TLS_CA", true},
		"StartTLS, another name":      {misnamed, misnamed.CAFile, "127.0.0.1", "TLS_NAME", true},
		"StartTLS, expired":           {expired, expired.CAFile, "expired", "TLS_DATES", true},
	} {
		t.Run(name, func(t *testing.T) {
			config := config(ldapx.OpenLDAP, &c.server.Server)
			config.CAFile, config.StartTLS, config.Timeout = c.ca, c.startTLS, patient
			if c.startTLS {
				config.Servers = []string{c.server.PlainURL}
			}
			var log bytes.Buffer
			d, err := ldapx.Open(config, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			_, err = d.Population(usagers).Find(t.Context(), dirtest.Camille.Mail)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "bind of the service account") {
				t.Errorf("%v, want it to tell of %q", err, c.want)
			}
			if !strings.Contains(log.String(), "code="+c.code+" ") || !strings.Contains(log.String(), c.want) {
				t.Errorf("the log has no code %s:\n%s", c.code, log.String())
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
			c.Servers, c.Timeout = append(c.Servers, second.URL), impatient
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
	proxy := dirtest.StartProxy(t, s.URL)
	c := config(ldapx.OpenLDAP, &s.Server)
	c.Servers = []string{proxy.URL()}
	population := open(t, c).Population(usagers)
	found, err := population.Find(t.Context(), dirtest.Camille.Mail)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	before, err := s.Operations()
	if err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswerTo(2) // the entry is read, then written
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

// R71: a server that accepts connections and says nothing is found out once, not by each visitor after the other, and no
// visitor waits longer than the time-out for it, whatever it is silent at.
func TestSilentServer(t *testing.T) {
	second := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	for name, start := range map[string]func(*testing.T) string{"at TLS": silent, "at StartTLS": silentAtStartTLS} {
		t.Run(name, func(t *testing.T) {
			c := config(ldapx.OpenLDAP, &second.Server)
			c.Servers, c.StartTLS, c.Timeout = []string{start(t), second.URL}, true, impatient
			population := open(t, c).Population(usagers)
			began := time.Now()
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if found, err := population.Find(t.Context(), dirtest.Camille.Mail); err != nil || len(found) != 1 {
						t.Errorf("%v %v", found, err)
					}
				})
			}
			all.Wait()
			// Twenty one after the other would take 40 s; the bound is far from both.
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%v", took)
			}
		})
	}
}

// silent accepts connections and reads what comes.
func silent(t *testing.T) string {
	return "ldaps://" + listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
}

// silentAtStartTLS answers the first request, which is StartTLS, with success, and then nothing more.
func silentAtStartTLS(t *testing.T) string {
	return "ldap://" + listen(t, func(conn net.Conn) {
		request := make([]byte, 1024)
		if _, err := conn.Read(request); err != nil {
			return
		}
		// LDAPMessage { messageID 1, extendedResp { success, "", "" } }
		_, _ = conn.Write([]byte("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"))
		_, _ = io.Copy(io.Discard, conn)
	})
}

// listen serves connections until the test ends.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); serve(conn) }()
		}
	}()
	return listener.Addr().String()
}

// A follower first in the list refuses writes: the next server is asked.
func TestReadOnlyFirst(t *testing.T) {
	primary := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	follower := primary.StartReplica(t)
	c := config(ldapx.OpenLDAP, &primary.Server)
	c.Servers = []string{follower.URL, primary.URL}
	population := open(t, c).Population(usagers)
	found, err := population.Find(t.Context(), dirtest.Camille.Mail)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	written, err := population.SetPassword(t.Context(), found[0].ID, secret.New("Rivage-de-pierre-47"))
	if err != nil || written.Server != primary.URL {
		t.Errorf("%+v %v", written, err)
	}
}

// R62: a wrong password of the service account is tried once, however many people come, so that nobody locks the account by
// typing addresses; a corrected file is tried at once.
func TestRefusedServiceAccount(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{})
	right, err := os.ReadFile(s.ServicePasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	c := config(ldapx.OpenLDAP, &s.Server)
	c.Timeout, c.BindPasswordFile = patient, filepath.Join(t.TempDir(), "password")
	write := func(password []byte) {
		t.Helper()
		if err := os.WriteFile(c.BindPasswordFile, password, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("Mauvais-mot-de-test\n"))
	var log bytes.Buffer
	d, err := ldapx.Open(c, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for range 20 {
		if _, err := d.Population(usagers).Find(t.Context(), dirtest.Camille.Mail); err == nil {
			t.Fatal("found without a bind")
		}
		if d.Health(t.Context()) == nil {
			t.Fatal("healthy without a bind")
		}
	}
	if n := strings.Count(log.String(), "refuses the service account"); n != 1 {
		t.Errorf("the bind was tried %d times", n)
	}
	write(right)
	if found, err := d.Population(usagers).Find(t.Context(), dirtest.Camille.Mail); err != nil || len(found) != 1 {
		t.Errorf("with the right password: %v %v", found, err)
	}
}

// R71: a server that stops answering is left for the next one at once, and not connected to again by who has just waited.
func TestServerThatFallsSilent(t *testing.T) {
	first, second := &scripted{find: always(person(nil)), hangs: make(chan struct{})}, &scripted{find: always(person(nil))}
	c := scriptedConfig(t, ldapx.OpenLDAP, first.start(t), second.start(t))
	c.Timeout = impatient
	d := open(t, c)
	defer close(first.hangs)
	if err := d.Health(t.Context()); err != nil { // which reads the root DSE alone
		t.Fatal(err)
	}
	if found, err := d.Population(usagers).Find(t.Context(), "camille.durand@exemple.fr"); err != nil || len(found) != 1 {
		t.Errorf("%v %v", found, err)
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	if first.binds != 1 {
		t.Errorf("connected to %d times", first.binds)
	}
}

// R71: a server that lets everybody in and then hangs costs each visitor its time-out, and not that of those before them.
func TestServerThatHangsAtRequests(t *testing.T) {
	first, second := &scripted{find: always(person(nil)), hangs: make(chan struct{})}, &scripted{find: always(person(nil))}
	c := scriptedConfig(t, ldapx.OpenLDAP, first.start(t), second.start(t))
	c.Timeout = impatient
	defer close(first.hangs)
	population := open(t, c).Population(usagers)
	began := time.Now()
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if found, err := population.Find(t.Context(), "camille.durand@exemple.fr"); err != nil || len(found) != 1 {
				t.Errorf("%v %v", found, err)
			}
		})
	}
	all.Wait()
	// One after the other they would take 80 s; the bound is far from both.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%v", took)
	}
}
