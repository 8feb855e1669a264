// Package config reads the configuration: one YAML file, overridden by the environment, laid over defaults.
//
// Config is made of the packages' own Config types; each package judges its own settings (Check) and this one joins
// them. Everything is strict: a key that nobody knows, a reference to nothing, a text that lacks a language is a mistake.
// All mistakes are reported at once, each with its path, so that one reading mends the file.
//
// The road: document (the YAML with its lines) → layers (viper: defaults, file, environment) → decoder (strict, into
// Config) → check. Viper lower-cases keys, which is harmless: all names of the contract, languages included, are in
// lower case.
package config

import (
	"reflect"
	"slices"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/code"
	"ssprd/internal/desk"
	"ssprd/internal/ldapx"
	"ssprd/internal/limit"
	"ssprd/internal/mail"
	"ssprd/internal/policy"
	"ssprd/internal/state"
	"ssprd/internal/web"
)

// Config is a whole configuration. One that Load returned is valid.
type Config struct {
	Portal      web.Portal     `mapstructure:"portal"`
	Server      web.Server     `mapstructure:"server"`
	State       state.Config   `mapstructure:"state"`
	Directories []ldapx.Config `mapstructure:"directories"`
	Populations []Population   `mapstructure:"populations"`
	Rules       []Rules        `mapstructure:"rules"`
	Code        code.Config    `mapstructure:"code"`
	Limits      limit.Config   `mapstructure:"limits"`
	Mail        mail.Config    `mapstructure:"mail"`
	Helpdesk    desk.Config    `mapstructure:"helpdesk"`
	Audit       audit.Config   `mapstructure:"audit"`
	Log         Log            `mapstructure:"log"`

	origin origin
}

// Population is one answer to "who are you?". It has exactly one of reset, link and support.
type Population struct {
	Name    string       `mapstructure:"name"`    // its name in the record, and in the pages' addresses
	Label   web.Text     `mapstructure:"label"`   // what the first page has it say
	Hint    web.Text     `mapstructure:"hint"`    // a further line below that, such as examples; none: no line
	Reset   *Reset       `mapstructure:"reset"`   // its people choose a new password here
	Link    *web.Link    `mapstructure:"link"`    // it is led to another site
	Support *web.Support `mapstructure:"support"` // it is told whom to ask
}

// Reset says where a population's people are found and what their passwords must keep to.
type Reset struct {
	Directory    string `mapstructure:"directory"` // where they are
	ldapx.Search `mapstructure:",squash"`
	Rules        string        `mapstructure:"rules"` // what their passwords have to be like, beside the rules of the directory
	Wait         time.Duration `mapstructure:"wait"`  // the longest the waiting page waits for every server
}

// Rules is one entry of `rules`.
type Rules struct {
	Name         string `mapstructure:"name"` // by which populations name it
	policy.Rules `mapstructure:",squash"`
	BreachedFile string `mapstructure:"breached_file"` // a list of breached passwords, none of which is taken: docs/breached.md; empty: none
	Suggestions  int    `mapstructure:"suggestions"`   // how many passwords are proposed at a time
}

// Log is the section `log`.
type Log struct {
	Level  string `mapstructure:"level"`  // what the log leaves out is less than this
	Format string `mapstructure:"format"` // how a line of it is written
}

// Directory gives the entry of `directories` called name. Every name in a Config that Load returned has one.
func (c *Config) Directory(name string) (ldapx.Config, bool) {
	for _, d := range c.Directories {
		if d.Name == name {
			return d, true
		}
	}
	return ldapx.Config{}, false
}

// RulesNamed gives the entry of `rules` called name. Every name in a Config that Load returned has one.
func (c *Config) RulesNamed(name string) (Rules, bool) {
	for _, r := range c.Rules {
		if r.Name == name {
			return r, true
		}
	}
	return Rules{}, false
}

// Judged are the rules of r as passwords are judged by them: where common ones are refused, so are the portal's own words, which are
// the first that come to mind on its pages.
func (c *Config) Judged(r Rules) policy.Rules {
	rules := r.Rules
	if rules.ForbidCommon {
		rules.ForbidWords = slices.Concat(rules.ForbidWords, policy.OwnWords(c.Portal.Name, c.Portal.Organisation))
	}
	return rules
}

// Defaults is the configuration of a file that says nothing. It is not valid: a portal cannot guess its directory.
func Defaults() Config {
	return Config{
		Portal:   web.Portal{Languages: []string{"fr", "en"}, Accessibility: web.Accessibility{Status: "none"}},
		Server:   web.Server{Listen: "127.0.0.1:8080", Operations: "127.0.0.1:9090", Drain: 5 * time.Second},
		State:    state.Defaults(),
		Code:     code.Defaults(),
		Limits:   limit.Defaults(),
		Mail:     mail.Defaults(),
		Helpdesk: desk.Defaults(),
		Audit:    audit.Defaults(),
		Log:      Log{Level: "info", Format: "json"},
	}
}

// elements are what the elements of lists, and sections that may be absent, start from once they are there.
var elements = map[reflect.Type]any{
	reflect.TypeFor[ldapx.Config](): ldapx.Defaults(),
	reflect.TypeFor[Reset]():        Reset{Search: ldapx.Search{Unlock: true}, Wait: 90 * time.Second},
	reflect.TypeFor[Rules](): Rules{
		Rules:       policy.Rules{MinLength: 8, MaxLength: 256, ForbidCommon: true, ForbidIdentity: true}, // R32, R33
		Suggestions: 6,
	},
}
