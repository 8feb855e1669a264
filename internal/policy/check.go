package policy

import (
	"fmt"
	"strings"

	"ssprd/internal/want"
)

// The bounds of what an administrator can ask, from NIST SP 800-63B-4, 3.1.1.2: at least 8 characters, and room for 64
// at least (R32). The upper bound keeps the judging of one password cheap.
const (
	floorMin   = 8
	floorMax   = 64
	ceilingMax = 1024
)

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (r Rules) Check(report func(key, want string)) {
	report("min_length", want.Between(r.MinLength, floorMin, ceilingMax))
	report("max_length", want.Between(r.MaxLength, max(floorMax, r.MinLength), ceilingMax))
	for _, m := range []struct {
		key string
		n   int
	}{{"min_lower", r.MinLower}, {"min_upper", r.MinUpper}, {"min_digits", r.MinDigits}, {"min_symbols", r.MinSymbols}} {
		report(m.key, want.Between(m.n, 0, floorMax/4)) // so that all four together still fit
	}
	for i, w := range r.ForbidWords {
		if strings.TrimSpace(w) == "" {
			report(fmt.Sprintf("forbid_words[%d]", i), want.Got("", "a word"))
		}
	}
	report("min_strength", want.Between(r.MinStrength, 0, 4))
}
