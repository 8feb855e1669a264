package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"ssprd/internal/breached"
	"ssprd/internal/ldapx"
	"ssprd/internal/redisstate"
	"ssprd/internal/want"
	"ssprd/internal/web"
)

// check joins the checks of the packages and adds those that look at several sections. offered are the languages of the
// built-in pages; nil if any will do.
func (c *Config) check(all *collector, offered []string) {
	c.Portal.Check(all.reporter("portal"))
	c.checkOffered(all, offered)
	c.Server.Check(all.reporter("server"))
	c.State.Check(all.reporter("state"))
	redisstate.Check(c.State, all.reporter("state"))
	c.checkDirectories(all)
	c.checkPopulations(all)
	c.checkRules(all)
	c.Code.Check(all.reporter("code"))
	c.Limits.Check(all.reporter("limits"))
	c.Mail.Check(all.reporter("mail"))
	c.checkHelpdesk(all)
	c.Audit.Check(all.reporter("audit"))
	all.report("log.level", want.OneOf(c.Log.Level, "debug", "info", "warn", "error"))
	all.report("log.format", want.OneOf(c.Log.Format, "json", "text"))
}

// checkOffered wants languages that have pages: built-in ones, or a file LANG.* in the theme's folder locales.
func (c *Config) checkOffered(all *collector, offered []string) {
	for i, l := range c.Portal.Languages {
		if offered == nil || slices.Contains(offered, l) {
			continue
		}
		own, _ := filepath.Glob(filepath.Join(c.Portal.Theme, "locales", l+".*")) // a bad pattern matches nothing
		if c.Portal.Theme == "" || len(own) == 0 {
			all.report(fmt.Sprintf("portal.languages[%d]", i), fmt.Sprintf("%q: there are no pages in this language: wanted some of %q, or a file locales/%s.* in the theme", l, offered, l))
		}
	}
}

// checkHelpdesk looks at what of the helpdesk concerns other sections.
func (c *Config) checkHelpdesk(all *collector) {
	c.Helpdesk.Check(all.reporter("helpdesk"))
	if _, known := c.Directory(c.Helpdesk.Directory); !known && c.Helpdesk.Directory != "" {
		all.report("helpdesk.directory", want.Got(c.Helpdesk.Directory, "the name of an entry of directories"))
	}
	c.checkDeskAddresses(all)
	for i, check := range c.Helpdesk.Checks {
		for _, lang := range c.Portal.Languages {
			if web.Text(check).In(lang) == "" {
				all.report(fmt.Sprintf("helpdesk.checks[%d]", i), fmt.Sprintf("wanted a text in %q too, or one text for all languages", lang))
			}
		}
	}
	resets := func(name string) bool {
		return slices.ContainsFunc(c.Populations, func(p Population) bool { return p.Name == name && p.Reset != nil })
	}
	for i, name := range c.Helpdesk.Approval {
		key := fmt.Sprintf("helpdesk.approval[%d]", i)
		switch {
		case !resets(name):
			all.report(key, want.Got(name, "the name of a population with a reset"))
		case len(c.Helpdesk.Roles) > 0 && !c.Helpdesk.Approvable(name):
			all.report(key, fmt.Sprintf("%q: no role may approve there, so that no code could be dictated", name))
		}
	}
	for i, role := range c.Helpdesk.Roles {
		for j, name := range role.Populations {
			if !resets(name) {
				all.report(fmt.Sprintf("helpdesk.roles[%d].populations[%d]", i, j), want.Got(name, "the name of a population with a reset"))
			}
		}
	}
}

// checkDeskAddresses wants a listener and a host name that are the helpdesk's own: what is there for agents is not to be had
// where everybody comes.
func (c *Config) checkDeskAddresses(all *collector) {
	h := c.Helpdesk
	if !h.Enabled {
		return
	}
	if sameListener(h.Listen, c.Server.Listen) || sameListener(h.Listen, c.Server.Operations) {
		all.report("helpdesk.listen", want.Got(h.Listen, "another address than those of server"))
	}
	wrong := web.WrongOrigin(h.PublicURL, "the helpdesk's")
	if wrong == "" && sameHost(h.PublicURL, c.Portal.PublicURL) {
		wrong = want.Got(h.PublicURL, "another host name than portal.public_url")
	}
	all.report("helpdesk.public_url", wrong)
	if h.Base != "" {
		all.report("helpdesk.base", ldapx.WrongDN(h.Base))
	}
	for i, role := range h.Roles {
		if role.Group != "" {
			all.report(fmt.Sprintf("helpdesk.roles[%d].group", i), ldapx.WrongDN(role.Group))
		}
	}
}

// sameListener tells whether two addresses cannot both be listened on, or would be on one machine by another name.
func sameListener(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	every := func(host string) bool { ip := net.ParseIP(host); return host == "" || ip != nil && ip.IsUnspecified() }
	return errA == nil && errB == nil && portA == portB &&
		(hostA == hostB || every(hostA) || every(hostB) || want.Loopback(hostA) && want.Loopback(hostB))
}

// sameHost tells whether two addresses are of one host; on this machine alone another port will do, for its cookies have other names.
func sameHost(a, b string) bool {
	u, errA := url.Parse(a)
	v, errB := url.Parse(b)
	if errA != nil || errB != nil || !strings.EqualFold(u.Hostname(), v.Hostname()) {
		return false
	}
	return u.Port() == v.Port() || !want.Loopback(u.Hostname())
}

func (c *Config) checkDirectories(all *collector) {
	names := make([]string, len(c.Directories))
	for i, d := range c.Directories {
		names[i] = d.Name
		d.Check(all.reporter(fmt.Sprintf("directories[%d]", i)))
	}
	all.unique("directories", "directory", names)
}

func (c *Config) checkRules(all *collector) {
	names := make([]string, len(c.Rules))
	for i, r := range c.Rules {
		names[i] = r.Name
		report := all.reporter(fmt.Sprintf("rules[%d]", i))
		r.Check(report)
		c.checkBreached(i, report)
		report("suggestions", want.Between(r.Suggestions, 0, 20))
	}
	all.unique("rules", "entry of rules", names)
}

// checkBreached looks into the file of breached passwords of one entry of rules. Where several name the same, that is
// done, and told, once.
func (c *Config) checkBreached(i int, report func(key, want string)) {
	path := c.Rules[i].BreachedFile
	before := func(r Rules) bool { return r.BreachedFile == path }
	if path == "" || slices.ContainsFunc(c.Rules[:i], before) {
		return
	}
	if err := breached.Check(path); err != nil {
		report("breached_file", fmt.Sprintf("%q: %v", path, err))
	}
}

func (c *Config) checkPopulations(all *collector) {
	if len(c.Populations) == 0 {
		all.report("populations", "missing: wanted at least one population")
	}
	names := make([]string, len(c.Populations))
	for i, p := range c.Populations {
		names[i] = p.Name
		p.check(c, all.reporter(fmt.Sprintf("populations[%d]", i)))
	}
	all.unique("populations", "population", names)
}

// slug is a name that can stand in the address of a page as it is.
var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (p Population) check(c *Config, report func(key, want string)) {
	if p.Name != "" && !slug.MatchString(p.Name) {
		report("name", want.Got(p.Name, "lower-case letters, digits and hyphens, for it stands in addresses"))
	}
	p.Label.Check(c.Portal.Languages, below("label", report))
	if p.Hint != nil {
		p.Hint.Check(c.Portal.Languages, below("hint", report))
	}
	n := 0
	if p.Reset != nil {
		n++
		p.Reset.check(c, below("reset", report))
	}
	if p.Link != nil {
		n++
		p.Link.Check(below("link", report))
	}
	if p.Support != nil {
		n++
		p.Support.Check(c.Portal.Languages, below("support", report))
	}
	if n != 1 {
		report("", fmt.Sprintf("%d of reset, link and support: wanted exactly one of them", n))
	}
}

func (r Reset) check(c *Config, report func(key, want string)) {
	if _, ok := c.Directory(r.Directory); !ok || r.Directory == "" {
		report("directory", want.Got(r.Directory, "the name of an entry of directories"))
	}
	r.Search.Check(report)
	if _, ok := c.RulesNamed(r.Rules); !ok || r.Rules == "" {
		report("rules", want.Got(r.Rules, "the name of an entry of rules"))
	}
	report("wait", want.Between(r.Wait, 0, 10*time.Minute))
}

// below reports to report what is under key.
func below(key string, report func(key, want string)) func(key, want string) {
	return func(k, want string) { report(join(key, k), want) }
}

// unique reports the elements of the list at path without a name of their own.
func (c *collector) unique(path, what string, names []string) {
	want.Unique(names, what, func(i int, want string) { c.report(fmt.Sprintf("%s[%d].name", path, i), want) })
}
