package reference_test

import (
	"testing"

	"ssprd/internal/reference"
)

// A reference number is read as people say and type it.
func TestParse(t *testing.T) {
	for typed, want := range map[string]string{
		"K7204-QXAB9": "K7204-QXAB9", "k7204qxab9": "K7204-QXAB9", " K72 04-QX AB9\u00a0": "K7204-QXAB9", "K72O4‑QXAB9": "K7204-QXAB9",
		"iL0oO-QXAB9": "11000-QXAB9", "0612345678": "06123-45678",
		"": "", "K7204": "", "K7204-QXAB": "", "K7204-QXAB99": "", "K7204-QXAU9": "", "K7204-QXÉB9": "", "camille.durand": "", "K7204-\x00XAB9": "",
	} {
		if ref, is := reference.Parse(typed); ref != want || is != (want != "") {
			t.Errorf("%q: %q %t, want %q", typed, ref, is, want)
		}
	}
}
