package state_test

import (
	"os"
	"path/filepath"
	"testing"

	"ssprd/internal/state"
	"ssprd/internal/want/wanttest"
)

func TestConfigCheckURL(t *testing.T) {
	key := filepath.Join(t.TempDir(), "state.key") // not there yet
	for url, want := range map[string][]string{
		"file:/var/lib/ssprd/state.db": nil,
		"file:state.db":                nil,
		"memory:":                      nil,
		"redis://u:p@host:6379/0":      {"key_file: "},
		"rediss://host":                {"key_file: "},
		"":                             {"url: missing: wanted file:PATH"},
		"file:":                        {`url: "file:": wanted file:PATH`},
		"file:///var/lib/state.db":     {`url: "file:///var/lib/state.db": wanted file:PATH`},
		"/var/lib/state.db":            {`url: "/var/lib/state.db": wanted file:PATH`},
		"memory":                       {`url: "memory": wanted`},
		"valkey://u:Epreuve@host":      {`url: wanted file:PATH`},
	} {
		t.Run(url, func(t *testing.T) {
			wanttest.Expect(t, state.Config{URL: url, KeyFile: key}.Check, want...)
		})
	}
}

// R60: a key that everybody can read is refused.
func TestConfigCheckKey(t *testing.T) {
	key := filepath.Join(t.TempDir(), "state.key")
	c := state.Config{URL: "file:state.db", KeyFile: key}
	if err := os.WriteFile(key, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	wanttest.Expect(t, c.Check)
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	wanttest.Expect(t, c.Check, "key_file: \""+key+"\": everybody on this machine can open the file")
	wanttest.Expect(t, state.Config{URL: "file:state.db"}.Check, "key_file: missing")
	wanttest.Expect(t, state.Config{URL: "memory:"}.Check)
}

// The key of several instances is never made by one of them, and only a server has a password and a certificate.
func TestConfigCheckShared(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	c := state.Config{URL: "rediss://host", KeyFile: file}
	wanttest.Expect(t, c.Check, "key_file: \""+file+"\": wanted a file with the key that all instances share")
	if err := os.WriteFile(file, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	wanttest.Expect(t, c.Check)
	c.PasswordFile = file
	wanttest.Expect(t, c.Check)
	c.PasswordFile, c.CAFile = filepath.Join(t.TempDir(), "none"), file
	wanttest.Expect(t, c.Check, "ca_file: \""+file+"\": wanted a file of certificates", "password_file: ")
	c.URL, c.CAFile = "file:state.db", ""
	wanttest.Expect(t, c.Check, "password_file: there is no server")
}
