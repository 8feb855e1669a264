package policy_test

import (
	"testing"

	"ssprd/internal/policy"
	"ssprd/internal/want/wanttest"
)

// R32: a floor of 8, room for 64 at least.
func TestRulesCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*policy.Rules)
		want   []string
	}{
		"fine":           {func(*policy.Rules) {}, nil},
		"too short":      {func(r *policy.Rules) { r.MinLength = 7 }, []string{"min_length: 7: wanted 8 to 1024"}},
		"no long ones":   {func(r *policy.Rules) { r.MaxLength = 63 }, []string{"max_length: 63: wanted 64 to 1024"}},
		"min above max":  {func(r *policy.Rules) { r.MinLength = 300 }, []string{"max_length: 256: wanted 300 to 1024"}},
		"negative":       {func(r *policy.Rules) { r.MinLower = -1 }, []string{"min_lower: -1: wanted 0 to 16"}},
		"each of four":   {func(r *policy.Rules) { r.MinLower, r.MinUpper, r.MinDigits, r.MinSymbols = 16, 16, 16, 16 }, nil},
		"too many":       {func(r *policy.Rules) { r.MinSymbols = 17 }, []string{"min_symbols: 17: wanted 0 to 16"}},
		"an empty word":  {func(r *policy.Rules) { r.ForbidWords = []string{"region", " "} }, []string{"forbid_words[1]: missing"}},
		"strength of 5":  {func(r *policy.Rules) { r.MinStrength = 5 }, []string{"min_strength: 5: wanted 0 to 4"}},
		"strength of -1": {func(r *policy.Rules) { r.MinStrength = -1 }, []string{"min_strength: -1"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := policy.Rules{MinLength: 8, MaxLength: 256}
			tt.change(&r)
			wanttest.Expect(t, r.Check, tt.want...)
		})
	}
}
