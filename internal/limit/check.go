package limit

import (
	"time"

	"ssprd/internal/want"
)

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine. Each limit can be changed,
// none switched off (R60).
func (c Config) Check(report func(key, want string)) {
	for _, l := range c.all() {
		report(l.name, l.rate.wrong())
	}
}

// TooLoose says what is wrong with a limit that is allowed and keeps less than what every portal is to keep: ten codes typed
// for one account in an hour (R13). A portal can run so, on trial, and `ssprd check` refuses it.
func (c Config) TooLoose(report func(key, want string)) {
	if r := c.FailuresPerAccount; time.Duration(r.Count)*time.Hour > 10*r.Per {
		report("failures_per_account", want.Got(r.String(), "at most ten in an hour, such as 10/1h: more tries are guesses"))
	}
}

func (r Rate) wrong() string {
	if err := r.Validate(); err != nil {
		return want.Got(r.String(), "COUNT/DURATION with both above zero, such as 5/1h: no limit can be switched off ("+err.Error()+")")
	}
	return ""
}
