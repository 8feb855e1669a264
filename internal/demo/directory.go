package demo

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ssprd/internal/demo/ldapserver"
)

// Directory is two LDAP servers in the process, over TLS on loopback: a primary, and a read-only replica that has each
// change a little later. They behave like OpenLDAP with its password policy, as far as the portal uses it.
type Directory struct {
	CAFile       string // PEM: who signed the servers' certificate
	BindDN       string // the service account
	PasswordFile string // its password; made anew at each start

	primary, replica *ldapserver.Server
	stop             context.CancelFunc
	work             sync.WaitGroup
}

// Primary is the address of the server that takes changes: ldaps://HOST:PORT.
func (d *Directory) Primary() string { return "ldaps://" + d.primary.Addr() }

// Replica is the address of the server that lags: ldaps://HOST:PORT.
func (d *Directory) Replica() string { return "ldaps://" + d.replica.Addr() }

// startDirectory serves the people of dir/people.json, which it makes where there is none, until Close.
func startDirectory(dir string, log *slog.Logger, opts Options) (*Directory, error) {
	d := &Directory{CAFile: filepath.Join(dir, "ca.pem"), BindDN: ServiceDN, PasswordFile: filepath.Join(dir, "ldap.password")}
	config, err := d.certify(time.Now())
	if err != nil {
		return nil, err
	}
	service, err := d.newPassword()
	if err != nil {
		return nil, err
	}
	file := peopleFile(filepath.Join(dir, "people.json"))
	entries, err := file.load(func() ([]*entry, error) { return seed(opts.HashRounds) })
	if err != nil {
		return nil, err
	}
	replica := &tree{entries: entries}
	lag := newReplication(replica, opts.ReplicaDelay)
	primary := &tree{entries: entries, keep: file.save, changed: lag.send}
	if d.primary, err = listen(config, &backend{tree: primary, service: service, rounds: opts.HashRounds}, log); err != nil {
		return nil, err
	}
	if d.replica, err = listen(config, &backend{tree: replica, service: service, readOnly: true}, log); err != nil {
		return nil, errors.Join(err, d.primary.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	d.work.Go(func() { lag.run(ctx) })
	return d, nil
}

// certify makes an authority and a certificate for this run, and writes the authority's where clients find it.
func (d *Directory) certify(now time.Time) (*tls.Config, error) {
	a, err := newAuthority(now)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(d.CAFile, a.pem(), 0o644); err != nil {
		return nil, fmt.Errorf("CA file: %w", err)
	}
	return a.loopback(now)
}

// newPassword draws the service account's password and writes it where the portal reads it.
func (d *Directory) newPassword() (digest, error) {
	password := rand.Text()
	if err := replaceFile(d.PasswordFile, []byte(password)); err != nil {
		return digest{}, fmt.Errorf("password of the service account: %w", err)
	}
	return digestOf(password, 1) // 128 random bits need no slow digest
}

func listen(config *tls.Config, b *backend, log *slog.Logger) (*ldapserver.Server, error) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		return nil, fmt.Errorf("directory of the demo: %w", err)
	}
	return ldapserver.Start(l, b, log), nil
}

// Close ends both servers and the replication, and waits for them.
func (d *Directory) Close() error {
	err := errors.Join(d.primary.Close(), d.replica.Close())
	d.stop()
	d.work.Wait()
	return err
}
