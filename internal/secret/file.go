package secret

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Errors of a secret's file.
var (
	ErrEmptyFile = errors.New("the file is empty")
	ErrNotFile   = errors.New("not a file")
	ErrOpenToAll = errors.New("everybody on this machine can open the file; take that away by chmod o-rwx")
)

// othersAccess are the permission bits of those who are neither the owner nor in the group.
const othersAccess = 0o007

// ReadFile reads the secret that is the content of a file. One newline at the end (LF or CRLF) is the editor's, not
// the secret's, and is left out; every other byte counts. An empty secret is refused: an LDAP bind with it would succeed as nobody
// (RFC 4513, 5.1.2).
func ReadFile(path string) (Text, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Text{}, err
	}
	if !info.Mode().IsRegular() { // reading a pipe may never end
		return Text{}, fmt.Errorf("%q: %w", path, ErrNotFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Text{}, err
	}
	s, found := strings.CutSuffix(string(b), "\r\n")
	if !found {
		s = strings.TrimSuffix(s, "\n")
	}
	if s == "" {
		return Text{}, fmt.Errorf("%q: %w", path, ErrEmptyFile)
	}
	return New(s), nil
}

// CheckFile tells why a file should not be trusted with a secret: ReadFile refuses it, or its mode lets everybody read
// or change it. The mode is judged at the start only; it is no reason to fail a bind in the middle of the day.
func CheckFile(path string) error {
	if _, err := ReadFile(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&othersAccess != 0 {
		return fmt.Errorf("%q: %w", path, ErrOpenToAll)
	}
	return nil
}
