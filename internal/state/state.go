// Package state remembers: resets under way, sessions, limits. Everything that two requests could fight over is changed
// by Update, one atomic step; nothing is read, judged and written back.
//
// A Store keeps bytes; a Table keeps values of one type, sealed under the key of state.key_file, so that a copied state
// file tells neither who reset a password nor any code. statetest is the contract of Store as a test suite.
//
// Two stores live here; a third, which several instances share, is redisstate. NewMemory forgets everything with the
// process. OpenFile keeps a bbolt file with a journal beside it, both written
// without fsync: what it promises is to survive the process (kill -9, an upgrade, a crash), not a power failure, after
// which people whose reset was under way begin again. An Update is made in memory, under a mutex. Sync is the barrier, and is
// called only where something leaves the process: it appends what has changed to the journal. What has gathered there goes into
// the file every half second, many changes of one record as one: a transaction for every Update would cost a third of the CPU
// of a reset, one for every Sync an eighth.
//
// The way to read: state.go is the contract; key.go and table.go are what the rest of the program holds; memory.go is
// the contract in its simplest form; file.go answers Get and Update, commit.go writes, journal.go is the journal, sweep.go removes
// what has expired, format.go says what stands in the file, damage.go with verify.go are about files that something tore, and
// foreign.go is about those that never were state files, which are left alone.
package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Config is the section `state` of the configuration.
type Config struct {
	// where resets under way, sessions and counts are kept: a file for one instance, Redis or Valkey for several (docs/instances.md)
	URL string `mapstructure:"url"`
	// what seals all of that, and keys each digest; made at the first start where state is a file
	KeyFile      string `mapstructure:"key_file"`
	PasswordFile string `mapstructure:"password_file"` // of Redis, where the address has no password; read at the start
	CAFile       string `mapstructure:"ca_file"`       // who signed the certificate of rediss://, in PEM; empty: whom the system trusts
}

// Shared tells whether several instances use the same state: then nobody makes the key by himself.
func (c Config) Shared() bool {
	return strings.HasPrefix(c.URL, "redis://") || strings.HasPrefix(c.URL, "rediss://")
}

// Secured tells whether the way to a shared state is TLS.
func (c Config) Secured() bool { return strings.HasPrefix(c.URL, "rediss://") }

// Defaults are the settings of a section that says nothing.
func Defaults() Config {
	return Config{URL: "file:/var/lib/ssprd/state.db", KeyFile: "/var/lib/ssprd/state.key"}
}

// ErrNotFound says that a key has no value, or that its time has run out.
var ErrNotFound = errors.New("not found")

// Record is one value and when it ceases to exist.
type Record struct {
	Data    []byte
	Expires time.Time // never the zero time: nothing is kept for ever; kept to the millisecond
}

// live tells whether there is something to give at now. A record is gone at the very moment it expires.
func (r Record) live(now time.Time) bool { return len(r.Data) > 0 && now.Before(r.Expires) }

// Store remembers records by key. Its methods may be called by many goroutines at once. A context that is done makes
// them return its error, and then nothing has been changed.
type Store interface {
	// Get returns the record of key, or ErrNotFound if there is none or it has expired. The caller may keep the data.
	Get(ctx context.Context, key string) (Record, error)

	// Update changes the record of key in one atomic step: f gets the data there is (nil if there is none or it has
	// expired) and returns what is to be there; a Record without Data removes the key. f may run more than once and
	// must not call the Store. If f returns an error, nothing is changed and Update returns that error. What Validate
	// refuses is an error too.
	Update(ctx context.Context, key string, f func(old []byte) (Record, error)) error

	// Sync returns once every Update that returned before it was called would survive the process being killed. It is
	// called where something leaves the process: before a mail, an answer to a post, a write to the directory.
	Sync(ctx context.Context) error

	// Health tells whether the Store can do its work now. What is wrong is in the error.
	Health(ctx context.Context) error

	// Close syncs and ends. No other method may be called after.
	Close() error
}

// The bounds of what a Store keeps, in bytes. They hold for every store, so that none accepts what another would choke
// on: one record that bbolt refuses would fail the whole group it is committed with.
const (
	MaxKey  = 1024
	MaxData = 1 << 20
)

// Validate says what is wrong with keeping r under key; every Store asks it before it changes anything. A Record without
// Data is a removal and needs no expiry.
func Validate(key string, r Record) error {
	switch {
	case key == "" || len(key) > MaxKey:
		return fmt.Errorf("a key of %d bytes: it has 1 to %d", len(key), MaxKey)
	case len(r.Data) > MaxData:
		return fmt.Errorf("a record of %d bytes: it has at most %d", len(r.Data), MaxData)
	case len(r.Data) > 0 && r.Expires.IsZero():
		return errors.New("a record without an expiry")
	}
	return nil
}
