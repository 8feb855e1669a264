package check

import (
	"fmt"
	"regexp"

	"ssprd/internal/config"
)

// examples are what `ssprd init` writes where it cannot know better: hosts and addresses of the domains that are nobody's
// (RFC 2606), and what is below the naming context of the same name.
var examples = regexp.MustCompile(`(?i)(?:^|[^a-z0-9-])example\.(?:org|com|net)\.?(?:$|[^a-z0-9.-])|dc=example, *dc=(?:org|com|net)$`)

// placeholders tells of each setting in which such an example still stands.
func placeholders(c *config.Config, say func(key, seen string)) {
	tell := func(key, value string) {
		if examples.MatchString(value) {
			say(key, value)
		}
	}
	tell("portal.public_url", c.Portal.PublicURL)
	tell("portal.login_url", c.Portal.LoginURL)
	tell("portal.accessibility.contact", c.Portal.Accessibility.Contact)
	tell("mail.server", c.Mail.Server)
	tell("mail.from", c.Mail.From)
	for i, d := range c.Directories {
		key := fmt.Sprintf("directories[%d]", i)
		for j, address := range d.Servers {
			tell(fmt.Sprintf("%s.servers[%d]", key, j), address)
		}
		for j, address := range d.Replicas {
			tell(fmt.Sprintf("%s.replicas[%d]", key, j), address)
		}
		tell(key+".bind_dn", d.BindDN)
	}
	for i, p := range c.Populations {
		key := fmt.Sprintf("populations[%d]", i)
		switch {
		case p.Reset != nil:
			tell(key+".reset.base", p.Reset.Base)
		case p.Link != nil:
			tell(key+".link.url", p.Link.URL)
		case p.Support != nil:
			tell(key+".support.mail", p.Support.Mail)
			tell(key+".support.url", p.Support.URL)
		}
	}
	if h := c.Helpdesk; h.Enabled {
		tell("helpdesk.public_url", h.PublicURL)
		tell("helpdesk.base", h.Base)
	}
}
