package main

import (
	"context"

	"ssprd/internal/audit"
	"ssprd/internal/config"
	"ssprd/internal/desk"
	"ssprd/internal/web"
)

// helpdesk are the options of the agents' pages.
func (p *parts) helpdesk(c *config.Config, x extras) web.DeskOptions {
	o := web.DeskOptions{
		PublicURL: c.Helpdesk.PublicURL, Portal: c.Portal, TrustedProxies: c.Server.TrustedProxies, Populations: shownPopulations(c), RuleNames: map[string]string{},
		NeedReason: c.Helpdesk.Reason == "required", Desk: p.deskService(c), Rules: p.flow.RulesOf, Store: p.store, Key: p.key, Pages: p.look.desk,
		Mailbox: x.deskMailbox, Log: p.log,
	}
	for _, check := range c.Helpdesk.Checks {
		o.Checks = append(o.Checks, check)
	}
	for _, population := range c.Populations {
		if population.Reset != nil {
			o.RuleNames[population.Name] = population.Reset.Rules
		}
	}
	return o
}

// deskService joins the helpdesk with the directories, the codes and the record.
func (p *parts) deskService(c *config.Config) *desk.Service {
	people := map[string]desk.People{}
	for _, population := range c.Populations {
		if r := population.Reset; r != nil {
			people[population.Name] = p.directories[r.Directory].Population(r.Search).People()
		}
	}
	h := c.Helpdesk
	return desk.New(desk.Parts{
		Config: h, Agents: p.directories[h.Directory].Agents(h.Base, h.FindBy, h.Groups()), People: people, Codes: p.flow, Events: p.journal,
		Past: func(ctx context.Context, q audit.Query, found func(audit.Event) bool) error {
			return audit.Search(ctx, c.Audit.File, q, found)
		},
		Mailer: p.mail, Limits: c.Limits, Store: p.store, Key: p.key, Audit: p.recorder(), Lang: c.Portal.Languages[0], Log: p.log,
		Reached: p.metrics.LimitReached,
	})
}
