package mail

import (
	"time"

	"ssprd/internal/want"
)

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine.
func (c Config) Check(report func(key, want string)) {
	report("server", c.wrongServer())
	switch {
	case c.Username != "" && c.PasswordFile == "":
		report("password_file", want.Got("", "the file of the password, as there is a username"))
	case c.Username == "" && c.PasswordFile != "":
		report("username", want.Got("", "the name that goes with password_file"))
	}
	if c.PasswordFile != "" {
		report("password_file", want.Secret(c.PasswordFile))
	}
	report("from", want.Sender(c.From))
	if c.CAFile != "" {
		report("ca_file", want.Certificates(c.CAFile))
	}
	report("timeout", want.Between(c.Timeout, time.Millisecond, 5*time.Minute))
}

// wrongServer wants TLS unless the mail does not leave the machine (R29).
func (c Config) wrongServer() string {
	scheme, host, wrong := want.Server(c.Server, "smtps", "smtp", "smtp+plain")
	if wrong == "" && scheme == "smtp+plain" && !want.Loopback(host) {
		return want.Got(c.Server, "smtps:// or smtp:// (with STARTTLS): smtp+plain is for loopback addresses only")
	}
	return wrong
}
