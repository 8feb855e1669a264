package ldapx_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/dirtest"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// R48, R57: go-ldap writes each packet of a connection whose Debug is on to a logger of its own, which is the standard
// error, passwords included. Nothing switches that on: whatever a directory is asked, that logger stays silent.
func TestNoPackets(t *testing.T) {
	s := dirtest.StartSlapd(t, dirtest.SlapdOptions{MinLength: 10, InHistory: 3})
	var said packets
	ldap.Logger(log.New(&said, "", 0))
	t.Cleanup(func() { ldap.Logger(log.New(os.Stderr, "", log.LstdFlags)) })

	d := open(t, config(ldapx.OpenLDAP, &s.Server)).Population(usagers)
	found, err := d.Find(t.Context(), dirtest.Camille.Mail)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	var refusal *flow.RefusedError
	if _, err := d.SetPassword(t.Context(), found[0].ID, secret.New("Court-26")); !errors.As(err, &refusal) {
		t.Errorf("a short password: %v", err)
	}
	if _, err := d.SetPassword(t.Context(), found[0].ID, secret.New("Marée-très-haute-47")); err != nil {
		t.Error(err)
	}
	s.Stop()
	if _, err := d.SetPassword(t.Context(), found[0].ID, secret.New("Marée-très-basse-48")); err == nil {
		t.Error("a directory that is stopped has changed a password")
	}
	if n := said.size(); n > 0 {
		t.Errorf("go-ldap has written %d bytes by itself", n)
	}

	// And it would be noticed: a connection that does say what it sends is heard here.
	near, far := net.Pipe()
	loud := ldap.NewConn(near, false)
	loud.Debug.Enable(true)
	loud.Start()
	go func() { _, _ = far.Read(make([]byte, 1024)); _ = far.Close() }()
	if err := loud.Bind("cn=ssprd", "un-mot-de-passe"); err == nil || !said.has("un-mot-de-passe") {
		t.Error("a connection in debugging was not heard", err)
	}
	_ = loud.Close()
}

// packets is a log that several goroutines may write to.
type packets struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*packets)(nil)

func (p *packets) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Write(b)
}

func (p *packets) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Len()
}

func (p *packets) has(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.buf.Bytes(), []byte(text))
}
