package state_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ssprd/internal/state"
)

func TestLoadKeyMakesIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	path := filepath.Join(dir, "state.key")
	if _, err := state.LoadKey(path, false); err == nil {
		t.Error("a missing key was no error")
	}
	made, err := state.LoadKey(path, true)
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{path: 0o600, dir: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, mode)
		}
	}
	for _, create := range []bool{true, false} {
		again, err := state.LoadKey(path, create)
		if err != nil || !same(made, again) {
			t.Errorf("read again: another key, or %v", err)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left in the folder: %v, %v", names, err)
	}
}

// Instances that start at the same moment end with the same key.
func TestLoadKeyAtOnce(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "state.key")
		keys := make([]state.Key, 8)
		var wg sync.WaitGroup
		for i := range keys {
			wg.Go(func() {
				var err error
				if keys[i], err = state.LoadKey(path, true); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, k := range keys {
			if !t.Failed() && !same(k, keys[0]) {
				t.Error("two keys")
			}
		}
	}
}

func TestLoadKeyForms(t *testing.T) {
	b := bytes.Repeat([]byte{0xfb, 1, 0xff, 3}, 8)
	want, err := load(t, hex.EncodeToString(b), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		ok   bool
	}{
		"line end":         {hex.EncodeToString(b) + "\r\n", 0o600, true},
		"upper case":       {strings.ToUpper(hex.EncodeToString(b)), 0o600, true},
		"read only":        {hex.EncodeToString(b), 0o400, true},
		"base64":           {base64.StdEncoding.EncodeToString(b) + "\n", 0o600, true},
		"base64 url":       {base64.RawURLEncoding.EncodeToString(b), 0o600, true},
		"empty":            {"", 0o600, false},
		"short":            {hex.EncodeToString(b[1:]), 0o600, false},
		"long":             {hex.EncodeToString(append(b, 0)), 0o600, false},
		"a word":           {"change-me", 0o600, false},
		"two lines":        {hex.EncodeToString(b) + "\n" + hex.EncodeToString(b), 0o600, false},
		"group may read":   {hex.EncodeToString(b), 0o640, false}, // R60
		"others may read":  {hex.EncodeToString(b), 0o604, false},
		"others may write": {hex.EncodeToString(b), 0o602, false},
	} {
		got, err := load(t, c.text, c.mode)
		if (err == nil) != c.ok {
			t.Errorf("%s: error %v", name, err)
		}
		if c.ok && err == nil && !same(got, want) {
			t.Errorf("%s: another key", name)
		}
		if err != nil && c.text != "" && strings.Contains(err.Error(), strings.TrimSpace(c.text)) {
			t.Errorf("%s: the error tells what is in the file: %v", name, err)
		}
	}
}

func load(t *testing.T, text string, mode os.FileMode) (state.Key, error) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return state.LoadKey(path, true)
}

func same(a, b state.Key) bool { return bytes.Equal(a.Derive("test"), b.Derive("test")) }

// derivedFromZero was calculated apart from this program, by RFC 5869.
const derivedFromZero = "77b9a71be31be541b388d834d821f67db541c6d830b9973630ef89a4c78ded10"

func TestDerive(t *testing.T) {
	a, b := state.NewKey(), state.NewKey()
	if n := len(a.Derive("x")); n != state.KeySize {
		t.Errorf("%d bytes, want %d", n, state.KeySize)
	}
	if !bytes.Equal(a.Derive("x"), a.Derive("x")) {
		t.Error("one purpose, two keys")
	}
	if bytes.Equal(a.Derive("x"), a.Derive("y")) || bytes.Equal(a.Derive("x"), b.Derive("x")) {
		t.Error("two purposes or keys give the same")
	}
	// HKDF-SHA256 of 32 zero bytes, no salt: the same key file has to go on opening the same state.
	zero, err := load(t, strings.Repeat("0", 64), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(zero.Derive("purpose")); got != derivedFromZero {
		t.Errorf("derived %s, want %s", got, derivedFromZero)
	}
}

// R48, R57: no way of printing shows a key, not even inside of what holds it.
func TestKeyDoesNotPrint(t *testing.T) {
	b := bytes.Repeat([]byte{0xc5}, state.KeySize)
	key, err := load(t, hex.EncodeToString(b), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Key    state.Key
		hidden state.Key
	}
	var out strings.Builder
	for _, v := range []any{key, &key, holder{key, key}, &holder{key, key}, []state.Key{key}, state.NewTable[int](state.NewMemory(), "t", key)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", v)
		text, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		out.Write(text)
	}
	for _, form := range []string{"c5c5", "C5C5", "197 197", "0xc5", "\xc5\xc5", `\xc5\xc5`, "xcXF"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("a key was printed as %q: %s", form, &out)
		}
	}
}
