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
	case strings.HasPrefix(c.URL, "redis://"), strings.HasPrefix(c.URL, "rediss://"):
		// The address is not repeated: it may hold a password.
		report("url", "Redis is not in this version: wanted file:PATH or memory:")
	default:
		report("url", want.Got(c.URL, "file:PATH, such as file:/var/lib/ssprd/state.db, or memory:"))
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
