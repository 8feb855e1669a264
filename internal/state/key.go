package state

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// KeySize is the length of a Key in bytes.
const KeySize = 32

// Key is the root of every secret the program keeps: nothing is digested or sealed with it, only with what Derive gives.
// It does not print. The zero Key is no key: Derive panics on it.
type Key struct {
	// A function, because fmt looks into the unexported fields of a struct that holds a Key, without asking for Format,
	// and with some verbs through a pointer too. Into a function it does not look.
	bytes func() []byte
}

func keep(b []byte) Key { return Key{func() []byte { return b }} }

// NewKey draws a key that lasts as long as the process: for tests and where state is memory.
func NewKey() Key {
	b := make([]byte, KeySize)
	_, _ = rand.Read(b) // it does not fail: it ends the program itself
	return keep(b)
}

// Derive gives 32 bytes for one purpose by HKDF-SHA256 (RFC 5869). Two purposes have nothing in common, so that a digest
// made for one is of no use in another.
func (k Key) Derive(purpose string) []byte {
	derived, err := hkdf.Key(sha256.New, k.bytes(), nil, purpose, KeySize)
	if err != nil {
		panic(err) // only for a length that HKDF cannot give
	}
	return derived
}

// Format makes every verb of fmt print the same word.
func (k Key) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "[key]") }

// LogValue is what slog writes.
func (k Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// LoadKey reads the key file at path: 32 bytes in hexadecimal or base64 on one line. Where there is none and create is
// true, it draws a key and writes the file (mode 0600, in a folder of mode 0700 if there is none yet). A file that
// others than its owner may read is refused: whoever has the key and the state has the codes (R60).
func LoadKey(path string, create bool) (Key, error) {
	key, err := readKey(path)
	if create && errors.Is(err, fs.ErrNotExist) {
		if err := writeKey(path, NewKey()); err != nil && !errors.Is(err, fs.ErrExist) {
			return Key{}, fmt.Errorf("make the key file: %w", err)
		}
		// Read, not remembered: of two processes that start at once, both go on with the file that came first.
		key, err = readKey(path)
	}
	if err != nil {
		return Key{}, fmt.Errorf("read the key file: %w", err)
	}
	return key, nil
}

func readKey(path string) (Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return Key{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Key{}, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return Key{}, fmt.Errorf("%s has mode %04o: others than its owner may read it; give it 0600", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return Key{}, err
	}
	b, ok := parseKey(strings.TrimSpace(string(text)))
	if !ok {
		return Key{}, fmt.Errorf("%s: it is not %d bytes in hexadecimal or base64 on one line", path, KeySize)
	}
	return keep(b), nil
}

// parseKey takes the forms that `openssl rand -hex 32` and `openssl rand -base64 32` write. 64 hexadecimal digits could
// be read as base64 too, but as 48 bytes, so the two are never confused.
func parseKey(text string) ([]byte, bool) {
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if b, err := decode(text); err == nil && len(b) == KeySize {
			return b, true
		}
	}
	return nil, false
}

// writeKey makes the file at path in one step, or fails with fs.ErrExist: the key is written under a name of its own and
// linked into place, so that nobody ever reads half a key, even if the process dies on the way.
func writeKey(path string, key Key) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".state.key-*") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintln(f, hex.EncodeToString(key.bytes()))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in a folder survive a power failure: a lost key makes the whole state unreadable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
