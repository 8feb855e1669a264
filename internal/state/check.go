package state

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"ssprd/internal/want"
)

// addresses are those that are understood.
const addresses = "file:PATH, such as file:/var/lib/ssprd/state.db, redis://HOST:PORT, rediss://HOST:PORT (Valkey too) or memory:"

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (c Config) Check(report func(key, want string)) {
	path, isFile := strings.CutPrefix(c.URL, "file:")
	switch {
	case isFile && path != "" && !strings.HasPrefix(path, "//"):
		report("key_file", c.wrongKey())
		c.checkServer(report)
	case c.URL == "memory:":
		c.checkServer(report)
	case c.Shared(): // of whose address redisstate knows more
		report("key_file", c.wrongSharedKey())
		c.checkServer(report)
	case strings.Contains(c.URL, "@"): // what may be a password is not repeated
		report("url", "wanted "+addresses)
	default:
		report("url", want.Got(c.URL, addresses))
	}
}

// checkServer looks at what only a server has.
func (c Config) checkServer(report func(key, want string)) {
	c.checkFile(report, "ca_file", c.CAFile, want.Certificates)
	c.checkFile(report, "password_file", c.PasswordFile, want.Secret)
}

func (c Config) checkFile(report func(key, want string), key, file string, wrong func(file string) string) {
	switch {
	case file == "":
	case !c.Shared():
		report(key, "there is no server that it could be for: wanted a url of redis:// or rediss://, or no "+key)
	default:
		report(key, wrong(file))
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
