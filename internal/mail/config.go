package mail

import "time"

// Config is the section `mail` of the configuration.
type Config struct {
	Server       string        `mapstructure:"server"` // smtps://HOST:PORT (TLS), smtp:// (STARTTLS required), smtp+plain:// (loopback only)
	Username     string        `mapstructure:"username"`
	PasswordFile string        `mapstructure:"password_file"` // read at each connection
	From         string        `mapstructure:"from"`          // an RFC 5322 address, with or without a name
	CAFile       string        `mapstructure:"ca_file"`       // PEM; empty: the system's
	Timeout      time.Duration `mapstructure:"timeout"`       // of one connection and of one message
}

// Defaults are the settings of a section that says nothing.
func Defaults() Config { return Config{Timeout: 10 * time.Second} }
