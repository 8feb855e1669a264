package code_test

import (
	"testing"
	"time"

	"ssprd/internal/code"
	"ssprd/internal/want/wanttest"
)

// R10: no code lives longer than a day. R60: nothing can be switched off.
func TestConfigCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*code.Config)
		want   []string
	}{
		"defaults":        {func(*code.Config) {}, nil},
		"a day":           {func(c *code.Config) { c.Lifetime = 24 * time.Hour }, nil},
		"more than a day": {func(c *code.Config) { c.Lifetime = 24*time.Hour + 1 }, []string{"lifetime: 24h0m0.000000001s: wanted 1s to 24h"}},
		"few digits":      {func(c *code.Config) { c.Digits = 5 }, []string{"digits: 5: wanted 6 to 10"}},
		"many digits":     {func(c *code.Config) { c.Digits = 11 }, []string{"digits: 11: wanted 6 to 10"}},
		"zero": {func(c *code.Config) { *c = code.Config{} }, []string{
			"digits: 0", "lifetime: 0s", "tries: 0", "resend_after: 0s", "sends: 0"}},
		"negative": {func(c *code.Config) { c.Sends, c.ResendAfter = -1, -1 }, []string{"resend_after: -1ns", "sends: -1"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := code.Defaults()
			tt.change(&c)
			wanttest.Expect(t, c.Check, tt.want...)
		})
	}
}
