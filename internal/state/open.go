package state

import (
	"fmt"
	"log/slog"
	"strings"
)

// Open opens the store that state.url names, of those that live here: file:PATH or memory:. The error about any other address names its scheme
// only, because an address can hold a password.
func Open(url string, log *slog.Logger) (Store, error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case !ok:
		return nil, fmt.Errorf("state: an address is file:PATH or memory:, not a bare path")
	case scheme == "file" && rest != "":
		return OpenFile(rest, log)
	case scheme == "file":
		return nil, fmt.Errorf("state: file: names no path")
	case scheme == "memory" && rest == "":
		return NewMemory(), nil
	}
	return nil, fmt.Errorf("state: %s: is not understood; an address is file:PATH or memory:", scheme)
}
