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
	Name string `mapstructure:"name"` // by which populations name it
	// what sort of directory it is, which decides what is read and how passwords are written (docs/directories.md)
	Kind string `mapstructure:"kind"`
	// its servers, in order of preference: the next one is asked where one fails
	Servers  []string `mapstructure:"servers"`
	Replicas []string `mapstructure:"replicas"` // servers that take no changes, which the waiting page follows as well
	// what the waiting page calls them, one for each: servers, then replicas; none: it counts them
	ServerLabels []string `mapstructure:"server_labels"`
	// TLS by StartTLS, on addresses of ldap://; without TLS only loopback addresses are allowed
	StartTLS bool `mapstructure:"start_tls"`
	// who signed the servers' certificates, in PEM; empty: whom the system trusts
	CAFile           string `mapstructure:"ca_file"`
	BindDN           string `mapstructure:"bind_dn"`            // the service account; no administrator, whose changes no policy judges
	BindPasswordFile string `mapstructure:"bind_password_file"` // its password; read at each bind, so a changed one needs no restart
	// how a password is written; auto: the extended operation (RFC 3062) where the server has it, else a modify
	Write string `mapstructure:"write"`
	// whether the history of passwords is asked to judge a reset; only active-directory has the choice
	History string        `mapstructure:"history"`
	Timeout time.Duration `mapstructure:"timeout"` // the longest that a connection, or one request, may take
	// only with openldap: the DN of the policy that holds where an entry names none; empty: its rules are not told
	PasswordPolicy string   `mapstructure:"password_policy"`
	IDAttribute    string   `mapstructure:"id_attribute"` // only with generic: what names an entry for good, and never changes
	Protected      []string `mapstructure:"protected"`    // filters: an entry that matches one is never reset, whoever asks
}

// Defaults are the settings of a directory that says nothing.
func Defaults() Config {
	return Config{Write: WriteAuto, History: HistoryIfSupported, Timeout: 5 * time.Second, IDAttribute: "entryUUID"}
}

// Search is the part of `populations[].reset` that says which entries are the population's.
type Search struct {
	Base       string   `mapstructure:"base"`       // the DN below which its people are
	Filter     string   `mapstructure:"filter"`     // which of the entries there they are
	FindBy     []string `mapstructure:"find_by"`    // the attributes of which a person may type the value; best indexed
	Mail       []string `mapstructure:"mail"`       // the attributes that hold the addresses codes go to
	Identifier string   `mapstructure:"identifier"` // the attribute that pages and mails show, masked, as the identifier
	Unlock     bool     `mapstructure:"unlock"`     // whether a reset also ends a lock-out
}
