package code

import (
	"time"

	"ssprd/internal/want"
)

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (c Config) Check(report func(key, want string)) {
	report("digits", want.Between(c.Digits, 6, 10))
	report("lifetime", want.Between(c.Lifetime, time.Second, 24*time.Hour)) // R10
	report("tries", want.Between(c.Tries, 1, 10))
	report("resend_after", want.Between(c.ResendAfter, time.Second, time.Hour)) // none at all would be a mail bomb (R17)
	report("sends", want.Between(c.Sends, 1, 10))
}
