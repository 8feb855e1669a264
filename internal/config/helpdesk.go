package config

// Helpdesk is the section `helpdesk`. It is read, so that a file written for a later version loads, but cannot be
// enabled in this version.
type Helpdesk struct {
	Enabled      bool     `mapstructure:"enabled"`
	Listen       string   `mapstructure:"listen"`        // its own listener
	PublicURL    string   `mapstructure:"public_url"`    // and host name, inside the network
	Directory    string   `mapstructure:"directory"`     // where the agents are
	Base         string   `mapstructure:"base"`          //
	FindBy       []string `mapstructure:"find_by"`       // what an agent types to sign in
	SecondFactor string   `mapstructure:"second_factor"` // mail | none (only behind a proxy that already did it)
	Roles        []Role   `mapstructure:"roles"`
	Approval     []string `mapstructure:"approval"` // populations where a dictated code needs a second agent
	Reason       string   `mapstructure:"reason"`   // required | optional
}

// Role is what the members of a group may do to the people of some populations.
type Role struct {
	Group       string   `mapstructure:"group"` // a DN
	Populations []string `mapstructure:"populations"`
	May         []string `mapstructure:"may"` // view, send-code, unlock, dictate-code, approve, audit
}
