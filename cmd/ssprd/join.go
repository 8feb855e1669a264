package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"slices"
	"time"

	"ssprd/internal/audit"
	"ssprd/internal/breached"
	"ssprd/internal/config"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	mailing "ssprd/internal/mail"
	"ssprd/internal/redisstate"
	"ssprd/internal/state"
	"ssprd/internal/web"
)

// parts are what serve has opened and must close, in this order: what uses comes before what it uses.
type parts struct {
	look        *look
	flow        *flow.Service
	mail        *mailing.Queue
	directories map[string]*ldapx.Directory
	lists       map[string]*breached.List // by path
	audit       *audit.Record
	store       state.Store
	key         state.Key
	health      *health
	log         *slog.Logger
}

// open makes the parts that c describes. What a part needs at the start and cannot have ends the program: the state
// file, the key, the audit file, a list of breached passwords. A directory or a mail server that is down does not.
func open(c *config.Config, log *slog.Logger) (p *parts, err error) {
	p = &parts{log: log, health: newHealth(log), directories: map[string]*ldapx.Directory{}, lists: map[string]*breached.List{}}
	if p.look, err = newLook(c); err != nil {
		return nil, fmt.Errorf("portal.theme:\n%w", err)
	}
	p.look.pages.Failed = func(err error) {
		log.Error("a template of the theme failed, and the built-in one was shown", "error", err)
	}
	opened := p
	defer func() {
		if err != nil {
			opened.close(context.Background())
		}
	}()
	if p.key, err = key(c.State); err != nil {
		return nil, fmt.Errorf("state.key_file: %w", err)
	}
	if p.store, err = openStore(c.State, p.key, log); err != nil {
		return nil, fmt.Errorf("state.url: %w", err)
	}
	if p.audit, err = audit.Open(c.Audit.File); err != nil {
		return nil, fmt.Errorf("audit.file: %w", err)
	}
	if p.mail, err = mailing.Open(c.Mail, p.look.mails, log); err != nil {
		return nil, err
	}
	for _, d := range c.Directories {
		if p.directories[d.Name], err = ldapx.Open(d, log); err != nil {
			return nil, err
		}
	}
	if err = p.openLists(c); err != nil {
		return nil, err
	}
	p.flow = flow.NewService(flow.Parts{
		Populations: p.populations(c), Code: c.Code, Limits: c.Limits, Store: p.store, Key: p.key,
		Mailer: p.mail, Audit: p.audit, Log: log,
	})
	p.watch(c)
	return p, nil
}

// watch names the parts on which resets depend.
func (p *parts) watch(c *config.Config) {
	p.health.add("state", localWithin, p.store.Health)
	p.health.add("mail", localWithin, p.mail.Health)
	p.health.add("audit", localWithin, p.audit.Health)
	for _, d := range c.Directories {
		p.health.add("directory "+d.Name, failOver(d), p.directories[d.Name].Health)
	}
}

// openStore opens the place where everything is remembered.
func openStore(c state.Config, key state.Key, log *slog.Logger) (state.Store, error) {
	if c.Shared() {
		return redisstate.Open(c, key, log)
	}
	return state.Open(c.URL, log)
}

// key is read from its file, which is made at the first start; a store that forgets needs none that lasts, and one that is
// shared has the key of all who share it.
func key(c state.Config) (state.Key, error) {
	if c.URL == "memory:" {
		return state.NewKey(), nil
	}
	return state.LoadKey(c.KeyFile, !c.Shared())
}

// contact is whom a mail names for questions: the telephone of the support, else its address.
func contact(c *config.Config) string {
	for _, population := range c.Populations {
		if s := population.Support; s != nil {
			if s.Phone != "" {
				return s.Phone
			}
			return s.Mail
		}
	}
	return ""
}

// populations are those of the flow: the ones that have a reset.
func (p *parts) populations(c *config.Config) (all []flow.Population) {
	for _, population := range c.Populations {
		r := population.Reset
		if r == nil {
			continue
		}
		rules, _ := c.RulesNamed(r.Rules)
		all = append(all, flow.Population{
			Name: population.Name, Directory: p.directories[r.Directory].Population(r.Search), Rules: rulesFor(c, rules),
			Breached: p.list(rules), Wait: r.Wait, Suggested: rules.Suggestions,
		})
	}
	return all
}

// portal are the options of the web side.
func (p *parts) portal(c *config.Config, x extras) web.Options {
	o := web.Options{
		Portal: c.Portal, TrustedProxies: c.Server.TrustedProxies, Code: c.Code, Flow: p.flow, Store: p.store, Key: p.key,
		Pages: p.look.pages, Extra: x.pages, Mailbox: x.mailbox, Log: p.log,
	}
	if sender, err := mail.ParseAddress(c.Mail.From); err == nil {
		o.Sender = sender.Address
	}
	for _, population := range c.Populations {
		o.Populations = append(o.Populations, web.Population{
			Name: population.Name, Label: population.Label, Hint: population.Hint, Link: population.Link,
			Support: population.Support, Identifier: takesIdentifier(population.Reset),
		})
	}
	return o
}

// takesIdentifier tells whether a person may type something else than a mail address: an attribute to find by that is
// none of those that codes are mailed to.
func takesIdentifier(r *config.Reset) bool {
	if r == nil {
		return false
	}
	return slices.ContainsFunc(r.FindBy, func(attribute string) bool {
		return attribute != "mail" && !slices.Contains(r.Mail, attribute)
	})
}

// How long an orderly end may take.
const (
	changesEnd = 50 * time.Second // longer than a write and its search may take
	mailEnd    = 10 * time.Second
)

// close ends the parts: changes under way first, then the mails they have queued, then what both stood on.
func (p *parts) close(ctx context.Context) {
	p.health.stop()
	if p.flow != nil {
		end, cancel := context.WithTimeout(ctx, changesEnd)
		if err := p.flow.Close(end); err != nil {
			p.log.Error("stopping", "error", err)
		}
		cancel()
	}
	if p.mail != nil {
		end, cancel := context.WithTimeout(ctx, mailEnd)
		if n := p.mail.Close(end); n > 0 {
			p.log.Error("mails were given up at the stop", "number", n)
		}
		cancel()
	}
	for _, d := range p.directories {
		if d != nil {
			d.Close()
		}
	}
	for _, l := range p.lists {
		if l != nil {
			_ = l.Close()
		}
	}
	p.health.wait()
	if p.audit != nil {
		_ = p.audit.Close()
	}
	if p.store != nil {
		if err := p.store.Close(); err != nil {
			p.log.Error("closing the state", "error", err)
		}
	}
}
