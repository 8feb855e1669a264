package web

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"strings"
)

// What no page and no browser of ours sends more of. The server bounds a request in bytes, and these bound what is made of
// them: 16 KiB of a header or of an address, and 32 KiB of a form, hold thousands of things to be read one by one, and
// their answer would cost ten times that of a page.
const (
	maxFields    = 8   // of a form
	maxQuery     = 256 // bytes of an address's query
	maxLanguages = 256 // bytes of Accept-Language
	maxShown     = 254 // bytes of what was typed, to be corrected: as many characters as the field holds
)

var errManyFields = errors.New("more fields than a form has")

// fewFields reads a form, and ends where there are more fields than any has.
type fewFields struct {
	io.ReadCloser
	left int
}

func (f *fewFields) Read(b []byte) (int, error) {
	n, err := f.ReadCloser.Read(b)
	if f.left -= bytes.Count(b[:n], []byte("&")); f.left < 0 {
		return 0, errManyFields
	}
	return n, err
}

// query reads the query of an address. One that is longer than any of ours says nothing to us.
func query(u *url.URL) url.Values {
	if len(u.RawQuery) > maxQuery {
		return nil
	}
	return u.Query()
}

// firstLanguages is the beginning of a long Accept-Language, as far as it lists whole ones: browsers put the best first.
func firstLanguages(header string) string {
	if len(header) <= maxLanguages {
		return header
	}
	return header[:max(0, strings.LastIndexByte(header[:maxLanguages], ','))]
}

// shown is the beginning of a typed text, for the field in which it is to be corrected.
func shown(typed string) string {
	if len(typed) <= maxShown {
		return typed
	}
	return strings.ToValidUTF8(typed[:maxShown], "")
}
