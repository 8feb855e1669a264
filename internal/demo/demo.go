// Package demo is a small Region in the process: a directory and a mailbox, reached over real LDAP (TLS) and real SMTP
// on loopback, so that the very code of production runs on them; a page to read the mail and a page to sign in.
//
// The directory is two servers: a primary and a replica that has each change a little later, so that the waiting page
// has something true to show. It holds some dozens of fictitious people, among them those whose accounts behave
// otherwise: a shared mailbox, a protected account, a closed one, one without an address.
//
// Everything of a demo stands in one folder: people.json, ca.pem, ldap.password and the config.yaml that the portal is
// started with. A folder that is kept keeps the passwords; the rest is made anew at each start.
package demo

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Options are what can be set about a demo.
type Options struct {
	ReplicaDelay time.Duration // how late the replica is; 0 for as soon as possible
	MailDelay    time.Duration // how long the mail server takes for each message
	HashRounds   int           // of PBKDF2, for each password; at least 1
}

// Defaults are the options of a demo that people look at.
func Defaults() Options {
	return Options{ReplicaDelay: 2500 * time.Millisecond, HashRounds: 5000}
}

// World is a running demo.
type World struct {
	Directory *Directory
	Mailbox   *Mailbox
	Samples   []Sample // whom to play
	Agents    []Sample // and of the helpdesk

	dir string
}

// Start brings up the directory and the mailbox. Their files are in dir, which must exist; people.json there, if a
// former demo left it, is gone on with.
func Start(dir string, log *slog.Logger, opts Options) (*World, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of the demo: %w", err)
	}
	directory, err := startDirectory(dir, log, opts)
	if err != nil {
		return nil, err
	}
	mailbox, err := StartMailbox(log, opts.MailDelay)
	if err != nil {
		return nil, errors.Join(err, directory.Close())
	}
	return &World{Directory: directory, Mailbox: mailbox, Samples: samples, Agents: agents, dir: dir}, nil
}

// WriteConfig writes the configuration of a portal that listens on HOST:PORT and works on this demo, and gives the
// file's path: config.yaml in the demo's folder. It is the very file that a production server would be started with. The
// helpdesk has a HOST:PORT of its own; with an empty one there is none.
func (w *World) WriteConfig(listen, helpdesk string) (string, error) {
	text, err := w.configYAML(listen, helpdesk)
	if err != nil {
		return "", err
	}
	path := filepath.Join(w.dir, "config.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("configuration of the demo: %w", err)
	}
	return path, nil
}

// Close ends the servers of the demo and waits for them. The folder stays.
func (w *World) Close() error { return errors.Join(w.Mailbox.Close(), w.Directory.Close()) }
