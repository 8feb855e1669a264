// Package state remembers: resets under way, sessions, limits. Everything that two requests could fight over is changed
// by Update, one atomic step; nothing is read, judged and written back.
//
// A Store keeps bytes; a Table keeps values of one type, sealed under the key of state.key_file, so that a copied state
// file tells neither who reset a password nor any code. statetest is the contract of Store as a test suite.
package state

import (
	"context"
	"errors"
	"time"
)

// Config is the section `state` of the configuration.
type Config struct {
	URL     string `mapstructure:"url"`      // file:PATH | memory: | redis://… rediss://…
	KeyFile string `mapstructure:"key_file"` // keys every digest; made at the first start where state is a file
}

// Defaults are the settings of a section that says nothing.
func Defaults() Config {
	return Config{URL: "file:/var/lib/ssprd/state.db", KeyFile: "/var/lib/ssprd/state.key"}
}

// ErrNotFound says that a key has no value, or that its time has run out.
var ErrNotFound = errors.New("not found")

// Record is one value and when it ceases to exist.
type Record struct {
	Data    []byte
	Expires time.Time // never the zero time: nothing is kept for ever
}

// Store remembers records by key. Its methods may be called by many goroutines at once.
type Store interface {
	// Get returns the record of key, or ErrNotFound if there is none or it has expired. The caller may keep the data.
	Get(ctx context.Context, key string) (Record, error)

	// Update changes the record of key in one atomic step: f gets the data there is (nil if there is none or it has
	// expired) and returns what is to be there; a Record without Data removes the key. f may run more than once and
	// must not call the Store. If f returns an error, nothing is changed and Update returns that error.
	Update(ctx context.Context, key string, f func(old []byte) (Record, error)) error

	// Sync returns once every Update that returned before it was called would survive the process being killed. It is
	// called where something leaves the process: before a mail, an answer to a post, a write to the directory.
	Sync(ctx context.Context) error

	// Close syncs and ends. No other method may be called after.
	Close() error
}
