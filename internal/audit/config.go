package audit

import (
	"time"

	"ssprd/internal/want"
)

// Config is the section `audit` of the configuration.
type Config struct {
	File      string        `mapstructure:"file"`      // the record: JSON, one line an event, only ever added to (docs/audit.md)
	Syslog    string        `mapstructure:"syslog"`    // where a copy goes; empty: nowhere
	Retention time.Duration `mapstructure:"retention"` // how long a record is kept
}

// Records of who did what are kept for six to twelve months (CNIL, délibération 2021-122; R59). A month has 28 to 31
// days and a year 365 or 366: the bounds let each of them be written.
const (
	shortest = 6 * 28 * 24 * time.Hour
	longest  = 366 * 24 * time.Hour
)

// Defaults are the settings of a section that says nothing.
func Defaults() Config {
	return Config{File: "/var/log/ssprd/audit.jsonl", Retention: 365 * 24 * time.Hour}
}

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (c Config) Check(report func(key, want string)) {
	if c.File == "" {
		report("file", want.Got("", "a file, such as "+Defaults().File))
	}
	if c.Syslog != "" {
		report("syslog", "not in this version: wanted nothing here")
	}
	report("retention", want.Between(c.Retention, shortest, longest))
}
