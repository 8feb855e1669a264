package limit

import "ssprd/internal/want"

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine. Each limit can be changed,
// none switched off (R60).
func (c Config) Check(report func(key, want string)) {
	for _, l := range c.all() {
		report(l.name, l.rate.wrong())
	}
}

func (r Rate) wrong() string {
	if err := r.Validate(); err != nil {
		return want.Got(r.String(), "COUNT/DURATION with both above zero, such as 5/1h: no limit can be switched off ("+err.Error()+")")
	}
	return ""
}
