package limit

import "time"

// Config is the section `limits` of the configuration.
type Config struct {
	// codes mailed to one mailbox, over every population; beyond it the page says the same and no mail goes
	MailsPerAccount      Rate `mapstructure:"mails_per_account"`
	MailsPerAccountDaily Rate `mapstructure:"mails_per_account_daily"` // the same, as a second bound (R17)
	// codes typed for one account, right ones too, over all sessions and clients
	FailuresPerAccount Rate `mapstructure:"failures_per_account"`
	// accounts at which one network types wrong codes: an IPv4 /24, or an IPv6 /48 (R16)
	FailuresPerNetwork Rate `mapstructure:"failures_per_network"`
	// accounts at which wrong codes are typed from anywhere: beyond it no code of the population is judged
	FailuresPerPopulation Rate `mapstructure:"failures_per_population"`
	StartsPerAddress      Rate `mapstructure:"starts_per_address"`    // codes asked for by one client: an IPv4, or an IPv6 /64
	StartsPerNetwork      Rate `mapstructure:"starts_per_network"`    // codes asked for from one network
	StartsPerPopulation   Rate `mapstructure:"starts_per_population"` // codes asked for in one population
	StartsInAll           Rate `mapstructure:"starts_in_all"`         // codes asked for in all populations
	ChecksPerReset        Rate `mapstructure:"checks_per_reset"`      // passwords judged while they are typed (R37)
}

// Defaults are the settings of a section that says nothing.
func Defaults() Config {
	return Config{
		MailsPerAccount:       Rate{5, time.Hour},
		MailsPerAccountDaily:  Rate{10, 24 * time.Hour},
		FailuresPerAccount:    Rate{10, time.Hour},
		FailuresPerNetwork:    Rate{30, 10 * time.Minute},
		FailuresPerPopulation: Rate{300, 10 * time.Minute},
		StartsPerAddress:      Rate{30, 10 * time.Minute},
		StartsPerNetwork:      Rate{300, 10 * time.Minute},
		StartsPerPopulation:   Rate{2000, time.Minute},
		StartsInAll:           Rate{4000, time.Minute},
		ChecksPerReset:        Rate{600, 10 * time.Minute}, // one a second
	}
}

// named is one limit, by its name in the configuration.
type named struct {
	name string
	rate Rate
}

func (c Config) all() []named {
	return []named{
		{"mails_per_account", c.MailsPerAccount}, {"mails_per_account_daily", c.MailsPerAccountDaily},
		{"failures_per_account", c.FailuresPerAccount}, {"failures_per_network", c.FailuresPerNetwork},
		{"failures_per_population", c.FailuresPerPopulation}, {"starts_per_address", c.StartsPerAddress},
		{"starts_per_network", c.StartsPerNetwork},
		{"starts_per_population", c.StartsPerPopulation}, {"starts_in_all", c.StartsInAll},
		{"checks_per_reset", c.ChecksPerReset},
	}
}
