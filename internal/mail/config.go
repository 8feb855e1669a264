package mail

import "time"

// Config is the section `mail` of the configuration.
type Config struct {
	// smtps:// is TLS, smtp:// wants STARTTLS, smtp+plain:// is for loopback addresses only
	Server       string        `mapstructure:"server"`
	Username     string        `mapstructure:"username"`      // where the server wants one; with password_file, or neither
	PasswordFile string        `mapstructure:"password_file"` // its password; read at each connection
	From         string        `mapstructure:"from"`          // whom mails come from
	CAFile       string        `mapstructure:"ca_file"`       // who signed the server's certificate, in PEM; empty: whom the system trusts
	Timeout      time.Duration `mapstructure:"timeout"`       // the longest that a connection, or one message, may take
}

// Defaults are the settings of a section that says nothing.
func Defaults() Config { return Config{Timeout: 10 * time.Second} }
