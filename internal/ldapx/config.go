package ldapx

import "time"

// Kinds of directory.
const (
	OpenLDAP        = "openldap"
	ActiveDirectory = "active-directory"
	DS389           = "389ds"
	Generic         = "generic"
)

// How the password is written.
const (
	WriteAuto     = "auto"     // extended where the server lists it, else modify; always a modify of unicodePwd on AD
	WriteModify   = "modify"   // replace userPassword
	WriteExtended = "extended" // Password Modify, RFC 3062
)

// Whether the directory is asked to judge the history of a reset (active-directory: the policy hints control).
const (
	HistoryOff         = "off"
	HistoryIfSupported = "if-supported"
	HistoryRequired    = "required"
)

// Config is one entry of `directories`.
type Config struct {
	Name             string        `mapstructure:"name"`
	Kind             string        `mapstructure:"kind"`
	Servers          []string      `mapstructure:"servers"`       // ldaps:// or ldap:// addresses, in order of preference
	Replicas         []string      `mapstructure:"replicas"`      // read-only servers that the waiting page follows as well
	ServerLabels     []string      `mapstructure:"server_labels"` // what the waiting page calls them: servers, then replicas
	StartTLS         bool          `mapstructure:"start_tls"`
	CAFile           string        `mapstructure:"ca_file"` // PEM; empty: the system's
	BindDN           string        `mapstructure:"bind_dn"`
	BindPasswordFile string        `mapstructure:"bind_password_file"` // read at each bind, so a changed password needs no restart
	Write            string        `mapstructure:"write"`
	History          string        `mapstructure:"history"`
	Timeout          time.Duration `mapstructure:"timeout"`         // of one connection attempt and of one request
	PasswordPolicy   string        `mapstructure:"password_policy"` // openldap: the DN of the policy that holds where an entry names none
	IDAttribute      string        `mapstructure:"id_attribute"`    // generic: what names an entry for good, and never changes
	Protected        []string      `mapstructure:"protected"`       // filters; an entry that matches one is never found nor changed
}

// Defaults are the settings of a directory that says nothing.
func Defaults() Config {
	return Config{Write: WriteAuto, History: HistoryIfSupported, Timeout: 5 * time.Second, IDAttribute: "entryUUID"}
}

// Search is the part of `populations[].reset` that says which entries are the population's.
type Search struct {
	Base       string   `mapstructure:"base"`
	Filter     string   `mapstructure:"filter"`
	FindBy     []string `mapstructure:"find_by"`    // attributes a person may type the value of
	Mail       []string `mapstructure:"mail"`       // attributes that hold the addresses codes go to
	Identifier string   `mapstructure:"identifier"` // attribute shown, masked, as the identifier
	Unlock     bool     `mapstructure:"unlock"`     // a reset also ends a lock-out
}
