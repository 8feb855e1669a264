package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ssprd/internal/secret"
)

func TestReadFile(t *testing.T) {
	for name, tt := range map[string]struct {
		content, want string
		err           error
	}{
		"plain":         {"Canary", "Canary", nil},
		"a newline":     {"Canary\n", "Canary", nil},
		"from Windows":  {"Canary\r\n", "Canary", nil},
		"two newlines":  {"Canary\n\n", "Canary\n", nil},
		"spaces count":  {" Canary \n", " Canary ", nil},
		"a return":      {"Canary\r", "Canary\r", nil},
		"not UTF-8":     {"\xff\x00\n", "\xff\x00", nil},
		"empty":         {"", "", secret.ErrEmptyFile},
		"empty line":    {"\n", "", secret.ErrEmptyFile},
		"empty Windows": {"\r\n", "", secret.ErrEmptyFile},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := secret.ReadFile(path)
			if got.Reveal() != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got.Reveal(), err, tt.want, tt.err)
			}
		})
	}
}

func TestReadFileRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := secret.ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := secret.ReadFile(dir); !errors.Is(err, secret.ErrNotFile) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := secret.ReadFile(os.DevNull); !errors.Is(err, secret.ErrNotFile) {
		t.Errorf("a device: %v", err)
	}
}

// R60: a secret that others can read, change or run is refused.
func TestCheckFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("Canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]error{
		0o400: nil, 0o600: nil, 0o640: nil, 0o660: nil,
		0o644: secret.ErrOpenToAll, 0o604: secret.ErrOpenToAll, 0o602: secret.ErrOpenToAll, 0o601: secret.ErrOpenToAll,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := secret.CheckFile(path); !errors.Is(err, want) {
			t.Errorf("%o: got %v, want %v", mode, err, want)
		}
	}
}
