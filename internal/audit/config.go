package audit

import (
	"time"

	"ssprd/internal/want"
)

// Config is the section `audit` of the configuration.
type Config struct {
	File      string        `mapstructure:"file"`      // the record: JSON, one line an event, only ever added to (docs/audit.md)
	Syslog    string        `mapstructure:"syslog"`    // where a copy goes: syslog+tls://HOST[:6514], or on this machine alone syslog+tcp://HOST[:601]; empty: nowhere
	Retention time.Duration `mapstructure:"retention"` // how long a record is kept

	SyslogCAFile          string `mapstructure:"syslog_ca_file"`          // who signs the certificate of syslog, PEM; empty: the system's roots
	SyslogCertificateFile string `mapstructure:"syslog_certificate_file"` // the portal's own certificate, PEM, for a syslog server that asks for one; empty: none
	SyslogKeyFile         string `mapstructure:"syslog_key_file"`         // the key of syslog_certificate_file; both are read at each connection
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
	report("syslog", c.wrongSyslog())
	if c.SyslogCAFile != "" {
		report("syslog_ca_file", want.Certificates(c.SyslogCAFile))
	}
	switch {
	case c.SyslogCertificateFile != "" && c.SyslogKeyFile == "":
		report("syslog_key_file", want.Got("", "the file of the key that goes with syslog_certificate_file"))
	case c.SyslogCertificateFile == "" && c.SyslogKeyFile != "":
		report("syslog_certificate_file", want.Got("", "the file of the certificate that goes with syslog_key_file"))
	case c.SyslogKeyFile != "":
		report("syslog_certificate_file", want.Certificates(c.SyslogCertificateFile))
		report("syslog_key_file", want.Secret(c.SyslogKeyFile))
	}
	report("retention", want.Between(c.Retention, shortest, longest))
}

// wrongSyslog wants TLS unless the copy does not leave the machine: it tells who resets which account.
func (c Config) wrongSyslog() string {
	if c.Syslog == "" {
		return ""
	}
	scheme, host, wrong := want.Server(c.Syslog, overTLS, overTCP)
	if wrong == "" && scheme == overTCP && !want.Loopback(host) {
		return want.Got(c.Syslog, overTLS+"://: "+overTCP+" is for loopback addresses only")
	}
	return wrong
}
