package limit

import "time"

// Config is the section `limits` of the configuration.
type Config struct {
	MailsPerAccount       Rate `mapstructure:"mails_per_account"`
	FailuresPerAccount    Rate `mapstructure:"failures_per_account"`
	StartsPerAddress      Rate `mapstructure:"starts_per_address"`      // of the client: an IPv4, or an IPv6 /64
	StartsPerPopulation   Rate `mapstructure:"starts_per_population"`   //
	FailuresPerPopulation Rate `mapstructure:"failures_per_population"` // the breaker against guessing on many accounts
}

// Defaults are the settings of a section that says nothing.
func Defaults() Config {
	return Config{
		MailsPerAccount:       Rate{5, time.Hour},
		FailuresPerAccount:    Rate{10, time.Hour},
		StartsPerAddress:      Rate{30, 10 * time.Minute},
		StartsPerPopulation:   Rate{2000, time.Minute},
		FailuresPerPopulation: Rate{300, 10 * time.Minute},
	}
}
