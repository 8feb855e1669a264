package check

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"ssprd/internal/config"
	"ssprd/internal/desk"
	"ssprd/internal/ldapx"
)

// Codes of the helpdesk.
const (
	HelpdeskOK        = "HELPDESK_OK"
	HelpdeskUnasked   = "HELPDESK_UNASKED"
	HelpdeskNoGroup   = "HELPDESK_NO_GROUP"
	HelpdeskNobody    = "HELPDESK_NOBODY"
	HelpdeskNoMail    = "HELPDESK_NO_MAIL"
	HelpdeskApprovers = "HELPDESK_APPROVERS"
	HelpdeskMailbox   = "HELPDESK_MAILBOX"
	HelpdeskOneFactor = "HELPDESK_ONE_FACTOR"
	HelpdeskExposed   = "HELPDESK_EXPOSED"
)

var helpdeskCodes = []Meaning{
	{HelpdeskOK, OK, "The group of a role is there and has agents.", ""},
	{HelpdeskUnasked, Error, "The directory of the agents could not be asked.", "See what is said of its servers, and whether helpdesk.base is there and bind_dn may read it."},
	{HelpdeskNoGroup, Error, "The group of a role is not there, or bind_dn may not read it: nobody has the role.", "Write the DN of the group, and let bind_dn read it with its members."},
	{HelpdeskNobody, Warning, "The group of a role has nobody below helpdesk.base: nobody has the role.", "Put agents into the group, or write the base below which they have their accounts."},
	{HelpdeskNoMail, Warning, "An agent has no mail address, and cannot be sent the code to sign in.", "Give the account a mail address."},
	{HelpdeskApprovers, Warning, "Fewer than two agents may agree to what others ask: nobody agrees to their own request.", "Give `approve` to two agents at least who can be reached at once."},
	{HelpdeskMailbox, Warning, "An agent's password can be reset on the portal: then their mailbox alone is a way into the helpdesk.", "Put agents under `protected` of their directory, or have a proxy ask for a second factor."},
	{HelpdeskOneFactor, Warning, "Agents sign in by their password alone.", "Leave second_factor out, unless a proxy has asked for another one already."},
	{HelpdeskExposed, Warning, "The helpdesk's listener can be reached from other machines.", "Listen on 127.0.0.1 behind a proxy; else let a firewall keep everybody but the proxy from it."},
}

// agentsKey is of the area that asks a directory.
const agentsKey = "helpdesk.directory"

func helpdesk(c *config.Config) []area {
	h := c.Helpdesk
	if !h.Enabled {
		return nil
	}
	return []area{
		{"helpdesk", func(context.Context) []Finding { return judgeHelpdesk(c) }},
		{agentsKey, func(ctx context.Context) []Finding { return agents(ctx, c) }},
		{"helpdesk.public_url", func(ctx context.Context) []Finding {
			return publicAddress(ctx, "helpdesk.public_url", h.PublicURL, nil)
		}},
	}
}

// judgeHelpdesk says what is to be known of the settings of the helpdesk.
func judgeHelpdesk(c *config.Config) (all []Finding) {
	if c.Helpdesk.SecondFactor == "none" {
		all = append(all, Finding{Code: HelpdeskOneFactor, Key: "helpdesk.second_factor", Tried: "the setting", Seen: "none"})
	}
	if far(c.Helpdesk.Listen) {
		all = append(all, Finding{Code: HelpdeskExposed, Key: "helpdesk.listen", Tried: "the setting", Seen: c.Helpdesk.Listen})
	}
	return all
}

// agents asks the directory of the agents who they are, and whether a population has them.
func agents(ctx context.Context, c *config.Config) (all []Finding) {
	d, _ := c.Directory(c.Helpdesk.Directory)
	directory, err := ldapx.Open(d, slog.New(slog.DiscardHandler))
	if err != nil {
		return []Finding{{Code: Failed, Key: "helpdesk.directory", Tried: d.Name, Seen: err.Error()}}
	}
	defer directory.Close()
	ask := directory.Agents(c.Helpdesk.Base, c.Helpdesk.FindBy, nil)
	var roles []ldapx.Members
	for i, role := range c.Helpdesk.Roles {
		m, err := ask.Members(ctx, role.Group)
		if err != nil {
			return append(all, Finding{Code: HelpdeskUnasked, Key: "helpdesk.directory", Tried: "the members of " + role.Group, Seen: err.Error()})
		}
		all = append(all, judgeRole(fmt.Sprintf("helpdesk.roles[%d].group", i), role.Group, m, c.Helpdesk.SecondFactor)...)
		roles = append(roles, m)
	}
	all = append(all, judgeApprovers(c.Helpdesk, roles)...)
	return append(all, mailboxes(ctx, c, directory, roles)...)
}

// judgeRole says what to think of the members of a role's group.
func judgeRole(key, group string, m ldapx.Members, factor string) []Finding {
	f := Finding{Code: HelpdeskOK, Key: key, Tried: "the members of " + group, Seen: some(m.DNs)}
	switch {
	case !m.Known:
		f.Code, f.Seen = HelpdeskNoGroup, "it is not there, or cannot be read"
	case len(m.DNs) == 0:
		f.Code = HelpdeskNobody
	case len(m.Mute) > 0 && factor == "mail":
		f.Code, f.Seen = HelpdeskNoMail, some(m.Mute)
	}
	return []Finding{f}
}

// judgeApprovers wants two agents who may agree where an agreement may be asked for.
func judgeApprovers(h desk.Config, roles []ldapx.Members) (all []Finding) {
	for i, population := range h.Approval {
		var who []string
		for j, role := range h.Roles {
			if slices.Contains(role.Populations, population) && slices.Contains(role.May, string(desk.Approve)) {
				who = append(who, roles[j].DNs...)
			}
		}
		slices.Sort(who)
		if who = slices.Compact(who); len(who) < 2 {
			all = append(all, Finding{Code: HelpdeskApprovers, Key: fmt.Sprintf("helpdesk.approval[%d]", i), Tried: "who may approve for " + population, Seen: some(who)})
		}
	}
	return all
}

// mailboxes looks for agents whom a population with a reset has.
func mailboxes(ctx context.Context, c *config.Config, directory *ldapx.Directory, roles []ldapx.Members) (all []Finding) {
	var everybody []string
	for _, m := range roles {
		everybody = append(everybody, m.DNs...)
	}
	slices.Sort(everybody)
	everybody = slices.Compact(everybody)
	for i, p := range c.Populations {
		if p.Reset == nil || p.Reset.Directory != c.Helpdesk.Directory {
			continue
		}
		key := fmt.Sprintf("populations[%d].reset", i)
		population, held := directory.Population(p.Reset.Search), []string(nil)
		for _, dn := range everybody {
			holds, err := population.Holds(ctx, dn)
			if err != nil {
				return append(all, Finding{Code: HelpdeskUnasked, Key: key, Tried: "whether it has " + dn, Seen: err.Error()})
			}
			if holds {
				held = append(held, dn)
			}
		}
		if len(held) > 0 {
			all = append(all, Finding{Code: HelpdeskMailbox, Key: key, Tried: "whether it has agents", Seen: some(held)})
		}
	}
	return all
}

// shown is how many names a line has.
const shown = 3

// some are the first of a list, and how many there are.
func some(dns []string) string {
	switch n := len(dns); {
	case n == 0:
		return "nobody"
	case n > shown:
		return fmt.Sprintf("%d: %s, …", n, strings.Join(dns[:shown], "; "))
	default:
		return fmt.Sprintf("%d: %s", n, strings.Join(dns, "; "))
	}
}
