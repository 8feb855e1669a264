package state

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"ssprd/internal/want"
)

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (c Config) Check(report func(key, want string)) {
	path, isFile := strings.CutPrefix(c.URL, "file:")
	switch {
	case isFile && path != "" && !strings.HasPrefix(path, "//"):
		report("key_file", c.wrongKey())
	case c.URL == "memory:":
	case c.Shared(): // of whose address redisstate knows more
		report("key_file", c.wrongSharedKey())
	default:
		report("url", want.Got(c.URL, "file:PATH, such as file:/var/lib/ssprd/state.db, redis://HOST:PORT, rediss://HOST:PORT or memory:"))
	}
	c.checkServer(report)
}

// checkServer looks at what only a server has.
func (c Config) checkServer(report func(key, want string)) {
	for key, file := range map[string]string{"password_file": c.PasswordFile, "ca_file": c.CAFile} {
		switch {
		case file == "":
		case !c.Shared():
			report(key, "there is no server that it could be for: wanted url redis:// or rediss://, or no "+key)
		case key == "password_file":
			report(key, want.Secret(file))
		default:
			report(key, want.Certificates(file))
		}
	}
}

// wrongKey judges the key's file. That there is none is fine, for it is made at the first start.
func (c Config) wrongKey() string {
	if c.KeyFile == "" {
		return want.Got("", "a file, such as /var/lib/ssprd/state.key; it is made at the first start")
	}
	if _, err := os.Stat(c.KeyFile); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return want.Secret(c.KeyFile)
}

// wrongSharedKey wants the key to be there already: one that an instance made for itself no other would have.
func (c Config) wrongSharedKey() string {
	if c.KeyFile == "" {
		return want.Got("", "the file of the key that all instances share")
	}
	if _, err := os.Stat(c.KeyFile); errors.Is(err, fs.ErrNotExist) {
		return want.Got(c.KeyFile, "a file with the key that all instances share: copy that of another one, or make the first by `openssl rand -hex 32`")
	}
	return want.Secret(c.KeyFile)
}
