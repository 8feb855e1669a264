package web

import (
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// R61: what is sent beyond what any page or browser of ours sends is not read piece by piece.
func TestBounds(t *testing.T) {
	read := func(form string) error {
		_, err := io.ReadAll(&fewFields{io.NopCloser(strings.NewReader(form)), maxFields})
		return err
	}
	if err := read("a=1" + strings.Repeat("&a=1", maxFields)); err != nil {
		t.Error(err)
	}
	if err := read(strings.Repeat("a=1&", 5000)); !errors.Is(err, errManyFields) {
		t.Error("a form of 5000 fields is read:", err)
	}
	if got := query(&url.URL{RawQuery: "seen=7"}); got.Get("seen") != "7" {
		t.Errorf("%v", got)
	}
	if got := query(&url.URL{RawQuery: "seen=7&" + strings.Repeat("a&", maxQuery)}); len(got) != 0 {
		t.Errorf("%d values of a long query", len(got))
	}
	for header, want := range map[string]string{
		"": "", "fr-FR,fr;q=0.9,en;q=0.8": "fr-FR,fr;q=0.9,en;q=0.8", strings.Repeat("a", 300): "",
		"en," + strings.Repeat("de;q=0.5,", 1000): "en," + strings.TrimSuffix(strings.Repeat("de;q=0.5,", 28), ","),
	} {
		if got := firstLanguages(header); got != want {
			t.Errorf("of %d bytes: %q", len(header), got)
		}
	}
	if got := shown("a" + strings.Repeat("\u00e9", 1000)); len(got) != maxShown-1 || !utf8.ValidString(got) || shown("camille") != "camille" {
		t.Errorf("%d bytes are shown", len(got))
	}
}
