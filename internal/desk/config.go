package desk

import (
	"fmt"
	"slices"

	"ssprd/internal/want"
)

// Config is the section `helpdesk`.
type Config struct {
	Enabled   bool     `mapstructure:"enabled"`    // whether there is a helpdesk (docs/helpdesk.md)
	Listen    string   `mapstructure:"listen"`     // where it listens, apart from visitors and inside the network
	PublicURL string   `mapstructure:"public_url"` // its own address, of another host than the portal
	Directory string   `mapstructure:"directory"`  // where the agents are: a name among `directories`
	Base      string   `mapstructure:"base"`       // the DN below which the agents are
	FindBy    []string `mapstructure:"find_by"`    // the attributes of which an agent types the value to sign in
	// a code that is mailed to the agent; none: only behind a proxy that has asked for one
	SecondFactor string   `mapstructure:"second_factor"`
	Roles        []Role   `mapstructure:"roles"`    // which groups may do what; none: nobody can sign in
	Approval     []string `mapstructure:"approval"` // populations where a dictated code needs a second agent
	Reason       string   `mapstructure:"reason"`   // whether an act needs a reason or a ticket number

	// what an agent checks of who is calling, before a code is dictated; none: built-in ones
	Checks []map[string]string `mapstructure:"checks"`
}

// Role is what the members of a group may do for the people of some populations. An agent has every role of every group that
// they are a member of.
type Role struct {
	Group       string   `mapstructure:"group"`       // the DN of the group
	Populations []string `mapstructure:"populations"` // for whose people
	May         []string `mapstructure:"may"`         // what: view is to find and see them
}

// Defaults are the settings of a section that says nothing.
func Defaults() Config {
	return Config{Listen: "127.0.0.1:8081", SecondFactor: "mail", Reason: "required"}
}

// Check reports what was wanted of each setting, by its key; nothing ("") where it is fine. Who else must know of a name is for
// the caller: directories and populations are other sections. What must not be missing is asked for only where it is enabled.
func (c Config) Check(report func(key, want string)) {
	report("listen", want.Listen(c.Listen))
	report("second_factor", want.OneOf(c.SecondFactor, "mail", "none"))
	report("reason", want.OneOf(c.Reason, "required", "optional"))
	if c.Enabled {
		c.checkMissing(report)
	}
	for i, r := range c.Roles {
		r.check(func(key, want string) { report(fmt.Sprintf("roles[%d].%s", i, key), want) })
	}
}

// Approvable tells whether a role may approve what is asked for the people of a population.
func (c Config) Approvable(population string) bool {
	return slices.ContainsFunc(c.Roles, func(r Role) bool { return r.has(Approve, population) })
}

// checkMissing wants what a helpdesk cannot be without.
func (c Config) checkMissing(report func(key, want string)) {
	if c.Directory == "" {
		report("directory", want.Got("", "the name of an entry of directories"))
	}
	if c.Base == "" {
		report("base", want.Got("", "the DN below which agents have their accounts"))
	}
	if len(c.FindBy) == 0 {
		report("find_by", "missing: wanted the attributes by which an agent signs in, such as [uid, mail]")
	}
	if len(c.Roles) == 0 {
		report("roles", "missing: wanted at least one, or nobody can sign in")
	}
}

func (r Role) check(report func(key, want string)) {
	if r.Group == "" {
		report("group", want.Got("", "the DN of a group"))
	}
	if len(r.Populations) == 0 {
		report("populations", "missing: wanted the names of some")
	}
	if len(r.May) == 0 {
		report("may", "missing: wanted some of "+fmt.Sprintf("%q", Rights()))
	}
	acts := func(right string) bool { return slices.Contains(Acts(), Right(right)) }
	if slices.ContainsFunc(r.May, acts) && !slices.Contains(r.May, string(View)) {
		report("may", fmt.Sprintf("wanted %q as well: without it nobody is found", View))
	}
	for i, right := range r.May {
		if !slices.Contains(Rights(), Right(right)) {
			report(fmt.Sprintf("may[%d]", i), want.Got(right, fmt.Sprintf("some of %q", Rights())))
		}
	}
}
